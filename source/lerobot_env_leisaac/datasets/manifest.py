"""What `leisaac record` and `leisaac convert` note beside a dataset, in ``meta/leisaac.json``: nothing else says it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from lerobot_env_leisaac import units
from lerobot_env_leisaac.assets.look import DEFAULT_LOOK
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.keywords import LONGEST_TEXT
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.units import UnitConvention

SCRATCH = Path(".recording")
"""Folder inside a dataset that is being recorded, for what is not part of it yet."""

Vcodec = Literal["av1", "h264"]
"""Codecs that frames may be stored with, by LeRobot's names, its default first."""

_FORMAT = 4
"""2 added the instruction and the values of the variation, 3 conversions and what binds an episode to its rows, 4 who
demonstrated; what is missing in files of an older format is not known."""

_MOST = 2**31 - 1
"""Largest number of an episode, and of its frames."""

_MOST_SEED = 2**32 - 1

_MOST_CONVERSIONS = 1000

_MAY_BE_MISSING = ("actions_sha256", "seed")
"""What episodes of older files do not say."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

ENV_ID = re.compile(r"\w[\w.-]{0,99}")
"""An id and no more: Gymnasium imports, and so runs, a module that is named before a colon."""


@dataclass(frozen=True)
class RecordedEpisode:
    """One episode of a dataset.

    Attributes:
        episode_index: Its index in the dataset.
        episode: Its number in the environment: it starts as every episode of this number and seed does.
        length: Its number of frames.
        success: Whether the task was done.
        initial_state: Scene state at its first frame, as Isaac Lab's ``InteractiveScene.get_state`` gives it for one
            environment, relative to the environment's origin [m, rad, xyzw].
        actions_sha256: Digest of its actions, see :func:`.episode_content.digest`: whatever number another tool
            gives it, it is found again. None where it is not on record.
        seed: Seed of its run where the dataset is made of several; None for the manifest's.
    """

    episode_index: int
    episode: int
    length: int
    success: bool
    initial_state: dict[str, Any]
    actions_sha256: str | None = None
    seed: int | None = None


@dataclass
class Manifest:
    """How a dataset was made.

    Attributes:
        task: Name of the task, such as ``LiftCube``.
        env_id: Gymnasium id of the environment.
        units: Unit convention of states and actions, the whole table.
        seed: Seed of the run; None where it is not on record, as of what was converted.
        fps: Control rate and frame rate [Hz].
        cameras: Height and width of the images by camera [px].
        noise_deg: Standard deviation of the noise on the executed actions [deg]; the recorded actions have none.
        variation: How the world varied, by name or path; None if it did not.
        variation_values: What varied, by how much: the file may have been edited since. None where it is not on record.
        instruction: The text of every row; None where it is not on record.
        subtasks: What the column ``subtask_index`` counts; empty where there is none.
        expert: Who demonstrated: ``scripted``, ``pretrained`` or the name of an actor's file; files that do not say
            were written when there was only the script. None where it is not on record, as of what was converted.
        expert_sha256: Digest of the actor's file; None of a script.
        policy: The policy that acted for a share of the time while the expert said what would have been right; None
            where the expert alone acted. The column ``executed_action`` holds what was carried out.
        policy_sha256: Digest of its checkpoint.
        beta: Share of the turns in which the expert acted.
        video: Whether frames are stored as video, not as images.
        vcodec: Codec of the video; files that do not say were written when there was only this one.
        device: Where it was simulated; None where it is not on record.
        physics: Preset of the physics that it was simulated with; None where it is not on record.
        servo: The robot's servos; files that do not say were written when there were only these. None as with physics.
        look: How robot and scene look; as with the servos.
        arm_shapes: Which shapes the arm has, ``exact`` or ``authored``, where the look is ``real``.
        versions: Versions of the packages that matter, by name.
        dropped: Numbers of the episodes that were played and not kept, since they failed.
        conversions: What `leisaac convert` did to it, the first first: plain data, for people.
        episodes: What was kept, in the dataset's order.
    """

    task: str
    env_id: str
    units: UnitConvention
    seed: int | None
    fps: int
    cameras: dict[str, tuple[int, int]]
    noise_deg: float = 0.0
    variation: str | None = None
    variation_values: dict[str, Any] | None = None
    instruction: str | None = None
    subtasks: tuple[str, ...] = ()
    expert: str | None = SCRIPTED
    expert_sha256: str | None = None
    policy: str | None = None
    policy_sha256: str | None = None
    beta: float = 1.0
    video: bool = True
    vcodec: str = "av1"
    device: str | None = "cpu"
    physics: str | None = "newton_mjwarp"
    servo: str | None = DEFAULT_SERVO
    look: str | None = DEFAULT_LOOK
    arm_shapes: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    conversions: list[dict[str, Any]] = field(default_factory=list)
    episodes: list[RecordedEpisode] = field(default_factory=list)

    def write(self, root: Path) -> None:
        """Write the manifest of the dataset at ``root``, in one piece or not at all."""
        episodes = [vars(episode) for episode in self.episodes]
        data = {"format": _FORMAT, **vars(self), "units": self.units.table, "episodes": episodes}
        write_json(data, root / OF_DATASET)

    def seed_of(self, episode: RecordedEpisode) -> int | None:
        """Return the seed that an episode was played with: its own, where the dataset is made of several."""
        return self.seed if episode.seed is None else episode.seed

    @property
    def world(self) -> str | dict[str, Any] | None:
        """What ``gym.make`` takes as ``variation`` to make the world that it was recorded in."""
        return self.variation if self.variation_values is None else self.variation_values


def read(root: str | Path) -> Manifest | None:
    """Read the manifest of the dataset at ``root``.

    Fields that are not known are left alone, fields that may be missing take their defaults: other versions may read
    what this one writes, and this one reads theirs.

    Returns:
        The manifest; None if there is none, or one that only declares units.

    Raises:
        ValueError: The file is there and is not a manifest; the message names file and reason.
    """
    path = Path(root) / OF_DATASET
    require_own_files(Path(root))
    content = content_of(path)
    if content is None or "episodes" not in content:
        return None
    try:
        return _manifest(content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path} is no manifest of a dataset: {reason}") from error


def declared_units(root: str | Path) -> UnitConvention | None:
    """Return the unit convention that a dataset's manifest declares, as a table or by name; None if it has none.

    Raises:
        ValueError: The file is there and declares no convention; the message names file and reason.
    """
    path = Path(root) / OF_DATASET
    require_own_files(Path(root))
    content = content_of(path)
    if content is None or "units" not in content:
        return None
    return _units(content["units"], f"{path}: units")


def content_of(path: Path) -> dict[str, Any] | None:
    """Return the content of a manifest; None where there is no such file."""
    return read_json(path) if os.path.lexists(path) else None


def _units(declared: Any, where: str) -> UnitConvention:
    """Return a convention from its table, or by its name; a path would lead out of the dataset."""
    if isinstance(declared, str):
        if declared not in units.names():
            raise ValueError(
                f"{where}: no convention {declared!s:.60}, expected a table, or one of {', '.join(units.names())}"
            )
        return units.load(declared)
    if not isinstance(declared, Mapping):
        raise ValueError(f"{where}: expected a table or a name, found {declared!s:.40}")
    return units.from_table(declared, where=where)


def _manifest(content: dict[str, Any]) -> Manifest:
    """Return a manifest whose every value is of its kind, or raise with the name of the one that is not."""
    known = {each.name for each in fields(Manifest)}
    data = {key: value for key, value in content.items() if key in known}
    data["units"] = _units(data["units"], "units")
    world = ("variation", "physics", "servo", "look", "arm_shapes")
    for name in ("task", "env_id", "device", *world, "instruction", "vcodec", "expert", "policy"):
        if data.get(name) is not None or name in ("task", "env_id"):
            _text(data[name], name)
    for name in ("expert_sha256", "policy_sha256"):
        _digest(data.get(name), name)
    named = data.get("subtasks", [])
    if not isinstance(named, list):
        raise ValueError(f"subtasks is {named!s:.40}, expected a list of names")
    for name in named:
        _text(name, "subtasks")
    data["subtasks"] = tuple(named)
    if not ENV_ID.fullmatch(data["env_id"]):
        raise ValueError(f"env_id is {data['env_id']!r:.60}, expected the id of an environment")
    if data["seed"] is not None or not data.get("conversions"):  # of what was converted it may be unknown
        _whole(data["seed"], "seed", 0, _MOST_SEED)
    _whole(data["fps"], "fps", 1, 1000)
    noise = data.get("noise_deg", 0.0)
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise <= 180 or math.isnan(noise):
        raise ValueError(f"noise_deg is {noise!r}, expected degrees from 0 to 180")
    beta = data.get("beta", 1.0)
    if isinstance(beta, bool) or not isinstance(beta, int | float) or not 0 <= beta <= 1:
        raise ValueError(f"beta is {beta!s:.40}, expected a share from 0 to 1")
    if not isinstance(data.get("video", True), bool):
        raise ValueError(f"video is {data['video']!r}, expected true or false")
    values = data.get("variation_values")
    if values is not None and not isinstance(values, Mapping):
        raise ValueError(f"variation_values is {values!s:.40}, expected values by field")
    if values is not None:
        data["variation_values"] = variations.with_present_names(values)
    versions = data.get("versions", {})
    if not isinstance(versions, dict) or not all(isinstance(version, str) for version in versions.values()):
        raise ValueError(f"versions is {versions!s:.40}, expected a version by package")
    data["cameras"] = {str(name): _image_size(size, f"cameras.{name}") for name, size in data["cameras"].items()}
    for number in data.get("dropped", ()):
        _whole(number, "dropped", 0, _MOST)
    conversions = data.get("conversions", [])
    is_list = isinstance(conversions, list) and len(conversions) <= _MOST_CONVERSIONS
    if not is_list or not all(isinstance(each, dict) for each in conversions):
        raise ValueError(f"conversions is {conversions!s:.40}, expected a list of {_MOST_CONVERSIONS} objects at most")
    data["episodes"] = [_episode(episode, place) for place, episode in enumerate(data["episodes"])]
    for name, of_each in (("episode_index", lambda each: each.episode_index), ("episode", _number_in_run)):
        numbers = [of_each(episode) for episode in data["episodes"]]
        if len(set(numbers)) < len(numbers):
            twice = next(place for place, number in enumerate(numbers) if numbers.index(number) < place)
            raise ValueError(f"episodes: {name} {getattr(data['episodes'][twice], name)} is there twice")
    return Manifest(**data)


def _number_in_run(episode: RecordedEpisode) -> tuple[int | None, int, str | None]:
    """Return what no two episodes share: runs of one seed that were merged number theirs alike."""
    return episode.seed, episode.episode, episode.actions_sha256


def _episode(content: Any, place: int) -> RecordedEpisode:
    if not isinstance(content, dict):
        raise ValueError(f"episodes[{place}] is {content!s:.40}, expected an object")
    names = [each.name for each in fields(RecordedEpisode)]
    if missing := [name for name in names if name not in content and name not in _MAY_BE_MISSING]:
        raise ValueError(f"episodes[{place}]: missing {', '.join(missing)}")
    for name, low in (("episode_index", 0), ("episode", 0), ("length", 1)):
        _whole(content[name], f"episodes[{place}].{name}", low, _MOST)
    if not isinstance(content["success"], bool) or not isinstance(content["initial_state"], dict):
        raise ValueError(f"episodes[{place}]: expected true or false for success, and a state for initial_state")
    _digest(content.get("actions_sha256"), f"episodes[{place}].actions_sha256")
    if content.get("seed") is not None:
        _whole(content["seed"], f"episodes[{place}].seed", 0, _MOST_SEED)
    return RecordedEpisode(**{name: content[name] for name in names if name in content})


def _whole(value: Any, name: str, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} is {value!s:.40}, expected a whole number from {low} to {high}")


def _digest(value: Any, name: str) -> None:
    if value is not None and not (isinstance(value, str) and _SHA256.fullmatch(value)):
        raise ValueError(f"{name} is {value!s:.40}, expected 64 hexadecimal digits")


def _text(value: Any, name: str) -> None:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"{name} is {value!s:.40}, expected a text of {LONGEST_TEXT} characters at most")


def _image_size(value: Any, name: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{name} is {value!s:.40}, expected height and width")
    for number in value:
        _whole(number, name, 1, 2**14)
    return value[0], value[1]
