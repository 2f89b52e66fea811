"""Variations: the world changed on purpose, for training on more than one world and for finding where a policy breaks.

A variation is a YAML file: one of those in `config/variations`, or one of the user's own. Each of its fields changes
one thing and may be left out. A number changes it by as much in every episode; a pair `[low, high]` lets each episode
draw its own, from seed and episode number alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lerobot_env_leisaac import config_files
from lerobot_env_leisaac.arguments import short
from lerobot_env_leisaac.tasks.spec import TaskSpec

Range = tuple[float, float]
Color = tuple[float, float, float]


COLOR_WORDS: dict[str, Color] = {
    "red": (0.80, 0.09, 0.08),
    "green": (0.13, 0.55, 0.17),
    "blue": (0.10, 0.25, 0.80),
    "yellow": (0.90, 0.75, 0.10),
}
"""Colours that an instruction may name, red, green and blue as a colour picker shows them (sRGB, 0 to 1)."""

MOST_DISTRACTORS = len(COLOR_WORDS) - 1
"""Most further objects: each has a colour of its own."""

SURFACES = ("printed", "servo", "table", "wall", "floor")
"""What is painted besides objects, with ``look=real``: printed parts and servos of the arms, table, walls, floor."""


@dataclass(frozen=True)
class ObjectVariation:
    """What is changed of one object.

    Attributes:
        color: Its colour, red, green and blue as a colour picker shows them (sRGB, 0 to 1); its own without it.
        hue_deg: Turn of its hue [deg].
        brightness: Factor of its albedo.
        scale: Factor of its edges; its mass stays. Fixed: objects are built once.
        mass: Factor of its mass.
    """

    color: Color | None = None
    hue_deg: Range = (0.0, 0.0)
    brightness: Range = (1.0, 1.0)
    scale: Range = (1.0, 1.0)
    mass: Range = (1.0, 1.0)


@dataclass(frozen=True)
class Variation:
    """What is changed, by how much. A range whose ends are equal is fixed.

    Attributes:
        name: Name of the variation, for messages and metadata.
        description: What it is for.
        camera_offset_mm: Length of each camera's offset, in a direction of its own [mm].
        camera_rotation_deg: Angle of each camera's rotation, about an axis of its own [deg].
        light_intensity: Factor of all light.
        light_tint: Factor of all light in red, green and blue, each drawn on its own.
        object_color: Colour of the task's objects, red, green and blue as a colour picker shows them (sRGB, 0 to 1).
        object_hue_deg: Turn of each object's hue [deg].
        object_brightness: Factor of each object's albedo.
        object_scale: Factor of the objects' edges; their mass stays. Fixed: objects are built once.
        object_mass: Factor of each object's mass.
        light_azimuth_deg: Turn of the light about the vertical [deg]. Fixed: all environments have one light.
        light_elevation_deg: How much steeper it falls [deg]. Fixed, too.
        color_words: Names among `COLOR_WORDS`, one of which each episode draws: the object that the task is about has
            that colour, and the instruction names it. Its own colour, and the task's instruction, without.
        distractors: How many objects of the same shape and of other colours among `COLOR_WORDS` lie around it.
        surfaces: How `SURFACES` are painted, by name: a colour, hue and brightness as of objects; over a texture the
            colour is a tint. One that a scene has not is passed over, and all of them are refused.
        objects: What is changed of single objects: fields of :class:`ObjectVariation` by the object's name. Any of the
            scene's objects may be named. What is said here wins over what is said of all that the task moves.
        friction: Factor of the friction of every surface.
        latency_steps: Control steps by which actions come late.
        start_pose_deg: Offset of each joint from its default start, each drawn on its own [deg].
        servo_friction: Factor of the dry and the viscous friction of every joint.
        servo_stiffness: Factor of the stiffness of every joint's drive.
        backlash_deg: Play of the gears, from stop to stop [deg]: a joint that turns back follows when it is used up.
        encoder_offset_deg: How much more an encoder reads than its joint's position, each drawn on its own [deg]. The
            servo goes by its encoder, so the joint stops as far before its target.
        observation_latency_steps: Control steps by which states and images come late.
        state_noise_deg: Standard deviation of the noise on every reading of a joint [deg].
        action_noise_deg: Standard deviation of the noise on every target of a joint [deg].
        focal_length: Factor of each camera's focal length. A range is seen through the shortest, and enlarged.
        exposure: Factor of the light that a camera takes in.
        white_balance: Factor of what a camera makes of red, green and blue, each drawn on its own.
        blur: Standard deviation of the Gaussian that a camera blurs by [px].
        pixel_noise: Standard deviation of the noise on every pixel's red, green and blue, which go from 0 to 1.
    """

    name: str
    description: str
    camera_offset_mm: Range = (0.0, 0.0)
    camera_rotation_deg: Range = (0.0, 0.0)
    light_intensity: Range = (1.0, 1.0)
    light_tint: Range = (1.0, 1.0)
    object_color: Color | None = None
    object_hue_deg: Range = (0.0, 0.0)
    object_brightness: Range = (1.0, 1.0)
    object_scale: Range = (1.0, 1.0)
    object_mass: Range = (1.0, 1.0)
    light_azimuth_deg: Range = (0.0, 0.0)
    light_elevation_deg: Range = (0.0, 0.0)
    color_words: tuple[str, ...] = ()
    distractors: tuple[int, int] = (0, 0)
    surfaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    friction: Range = (1.0, 1.0)
    latency_steps: tuple[int, int] = (0, 0)
    start_pose_deg: Range = (0.0, 0.0)
    servo_friction: Range = (1.0, 1.0)
    servo_stiffness: Range = (1.0, 1.0)
    backlash_deg: Range = (0.0, 0.0)
    encoder_offset_deg: Range = (0.0, 0.0)
    observation_latency_steps: tuple[int, int] = (0, 0)
    state_noise_deg: Range = (0.0, 0.0)
    action_noise_deg: Range = (0.0, 0.0)
    focal_length: Range = (1.0, 1.0)
    exposure: Range = (1.0, 1.0)
    white_balance: Range = (1.0, 1.0)
    blur: Range = (0.0, 0.0)
    pixel_noise: Range = (0.0, 0.0)

    @property
    def changes(self) -> dict[str, Any]:
        """What is changed, as plain data: the fields that differ from the unchanged world, numbers in lists.

        This, not the name, says which world it is: a file may be edited, and two names may mean the same. `load` reads
        it back.
        """
        unchanged = vars(Variation(self.name, self.description))
        return {key: _plain(value) for key, value in vars(self).items() if value != unchanged[key]}

    def of_object(self, name: str, *, moved: bool) -> ObjectVariation:
        """Return what is changed of an object.

        Args:
            name: Its name.
            moved: Whether it is one of those that the task moves, which `object_color` and the like are about.
        """
        of_all = {key: getattr(self, f"object_{key}") for key in _OF_OBJECT} if moved else {}
        return ObjectVariation(**{**of_all, **self.objects.get(name, {})})

    def instruction_of(self, task: TaskSpec, otherwise: str) -> str:
        """Return what a policy is told; where it is another colour in each episode, with ``{color}`` in its place.

        Args:
            task: The task.
            otherwise: What it is told where all episodes are told the same.
        """
        return task.choice.instruction if self.color_words and task.choice is not None else otherwise

    def require_task(self, task: TaskSpec) -> None:
        """Refuse what a task has not.

        Args:
            task: The task.

        Raises:
            ValueError: Its scene has no object of a name, or nothing that a colour tells from others; the message names
                what there is.
        """
        fields = [name for name in ("color_words", "distractors") if name in self.changes]
        if fields and task.choice is None:
            raise ValueError(
                f"variation {self.name}: {', '.join(fields)} needs an object that its colour tells from others, which"
                f" {task.name} has not"
            )
        if self.color_words and self.object_color is not None:
            raise ValueError(f"variation {self.name}: object_color or color_words may say the colour, not both")
        available = task.scene.objects
        if strangers := [name for name in self.objects if name not in available]:
            raise ValueError(
                f"variation {self.name}: the task's scene has no object {', '.join(strangers)}, expected some of "
                f"{', '.join(available) or 'none'}"
            )


_PAINT = ("color", "hue_deg", "brightness")
"""What can be said of a surface."""

_FIXED = {
    "object_scale": "objects are built once",
    "light_azimuth_deg": "all environments have one light",
    "light_elevation_deg": "all environments have one light",
}
"""What cannot differ from episode to episode, and why."""

_WHOLE = ("latency_steps", "observation_latency_steps", "distractors")
"""What is a whole number."""

_OF_OBJECT = tuple(each.name for each in dataclasses.fields(ObjectVariation))
"""What can be said of an object by its name; of all that a task moves `object_` stands before it."""


_EARLIER = "cube_"
"""What fields of objects began with when there was one task; files that say so are read as ever."""

_LIMITS: dict[str, Range] = {
    "camera_offset_mm": (0.0, 200.0),
    "camera_rotation_deg": (0.0, 45.0),
    "light_intensity": (0.05, 20.0),
    "light_tint": (0.1, 10.0),
    "object_hue_deg": (-180.0, 180.0),
    "object_brightness": (0.05, 20.0),
    "distractors": (0, MOST_DISTRACTORS),
    "light_azimuth_deg": (-180.0, 180.0),
    "light_elevation_deg": (-30.0, 50.0),
    "object_scale": (0.5, 1.5),
    "object_mass": (0.1, 100.0),
    "friction": (0.05, 10.0),
    "latency_steps": (0, 30),
    "start_pose_deg": (-30.0, 30.0),
    "servo_friction": (0.0, 10.0),
    "servo_stiffness": (0.1, 10.0),
    "backlash_deg": (0.0, 10.0),
    "encoder_offset_deg": (-20.0, 20.0),
    "observation_latency_steps": (0, 30),
    "state_noise_deg": (0.0, 10.0),
    "action_noise_deg": (0.0, 10.0),
    "focal_length": (0.5, 2.0),
    "exposure": (0.05, 20.0),
    "white_balance": (0.1, 10.0),
    "blur": (0.0, 10.0),
    "pixel_noise": (0.0, 0.5),
}
"""Bounds of what each field may hold; beyond them nothing of the task is left."""


def names() -> tuple[str, ...]:
    """Return the names of the packaged variations, sorted."""
    return config_files.names("variations")


def load(variation: str | Path | Mapping[str, Any]) -> Variation:
    """Load a variation.

    Args:
        variation: Name of a packaged variation (see `names`), path of a YAML file of the same form, or its fields as a
            mapping, such as `Variation.changes`.

    Raises:
        ValueError: There is no such variation, or its file is not valid; the message names file, key and reason.
    """
    if isinstance(variation, Mapping):
        return from_table({"description": "given as values", **variation}, "values", where="variation")
    path, content = config_files.read("variations", variation, "variation")
    return from_table(content, path.stem, where=str(path))


def with_present_names(table: Mapping[Any, Any]) -> dict[str, Any]:
    """Return fields and values under what the fields are called now."""
    return {_present_name(key): value for key, value in table.items()}


def from_table(table: Any, name: str, where: str) -> Variation:
    """Build a variation from plain data, the content of a YAML file.

    Args:
        table: Its fields; `description` is needed, the others may be left out.
        name: Its name.
        where: File or argument that the table comes from, to begin the message of an error.

    Raises:
        ValueError: The table is not valid; the message names `where`, the key and the reason.
    """
    legal = [each.name for each in dataclasses.fields(Variation) if each.name != "name"]
    if not isinstance(table, Mapping):
        raise ValueError(f"{where}: expected a mapping with some of {', '.join(legal)}, found {table!r}")
    unknown = [str(key) for key in table if _present_name(key) not in legal]
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; expected some of {', '.join(legal)}")
    if twice := [key for key in table if _present_name(key) != key and _present_name(key) in table]:
        raise ValueError(f"{where}: {_present_name(twice[0])} stands there twice, as {twice[0]} too: leave one out")
    values = {_present_name(key): _value(_present_name(key), value, f"{where}: {key}") for key, value in table.items()}
    if "description" not in values:
        raise ValueError(f"{where}: missing description")
    return Variation(name=name, **values)


def _present_name(key: Any) -> str:
    return re.sub(f"^{_EARLIER}", "object_", str(key))


def _value(key: str, value: Any, where: str) -> Any:
    """Return the value of one field, or raise ValueError."""
    if key == "description":
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{where}: expected some text, found {value!r}")
        return value
    if key == "color_words":
        return _words(value, where)
    if key == "objects":
        return _named(value, where, "objects", _OF_OBJECT)
    if key == "surfaces":
        painted = _named(value, where, "surfaces", _PAINT)
        if strangers := [name for name in painted if name not in SURFACES]:
            raise ValueError(f"{where}: no surface {', '.join(strangers)}, expected some of {', '.join(SURFACES)}")
        return painted
    return _color(value, where) if key == "object_color" else _range(value, key, where)


def _named(value: Any, where: str, what: str, fields: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what is said of objects or surfaces by their names; whether there are such objects depends on the task."""
    legal = ", ".join(fields)
    if not isinstance(value, Mapping) or not all(isinstance(name, str) and name.isprintable() for name in value):
        raise ValueError(f"{where}: expected names of {what}, each with some of {legal}, found {short(value)}")
    for name, said in value.items():
        if not isinstance(said, Mapping) or not said:
            raise ValueError(f"{where}.{name}: expected a mapping with some of {legal}, found {short(said)}")
        if unknown := [str(key) for key in said if key not in fields]:
            raise ValueError(f"{where}.{name}: unknown {', '.join(unknown)}; expected some of {legal}")
    return {
        name: {key: _value(f"object_{key}", of_it, f"{where}.{name}.{key}") for key, of_it in said.items()}
        for name, said in value.items()
    }


def _words(value: Any, where: str) -> tuple[str, ...]:
    """Return names of colours, each once."""
    if not isinstance(value, list) or not value or not all(name in COLOR_WORDS for name in value):
        raise ValueError(f"{where}: expected some of {', '.join(COLOR_WORDS)}, found {short(value)}")
    return tuple(dict.fromkeys(value))


def _range(value: Any, key: str, where: str) -> tuple[Any, Any]:
    """Return a number, or a pair of numbers, as the two ends of a range."""
    limits = _LIMITS[key]
    kind = int if key in _WHOLE else float
    expected = f"{'a number' if kind is float else 'a whole number'} or [low, high]"
    ends = value if isinstance(value, list) else [value, value]
    if key in _FIXED:
        expected = f"one number ({_FIXED[key]})"
        ends = ends if len(ends) == 2 and ends[0] == ends[1] else [value, value]
    if len(ends) != 2 or not all(_is_number(end, limits, kind) for end in ends) or ends[0] > ends[1]:
        raise ValueError(f"{where}: expected {expected}, from {limits[0]:g} to {limits[1]:g}, found {value!r}")
    return ends[0], ends[1]


def _color(value: Any, where: str) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != 3 or not all(_is_number(part, (0.0, 1.0)) for part in value):
        raise ValueError(f"{where}: expected three numbers from 0 to 1, found {value!r}")
    return tuple(value)


def _plain(value: Any) -> Any:
    """Return a field's value as JSON holds it."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return list(value)


def _is_number(value: Any, limits: Range, kind: type = float) -> bool:
    """Return whether a value is a number within limits, and a whole one if `kind` is int."""
    is_number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    return is_number and limits[0] <= value <= limits[1]
