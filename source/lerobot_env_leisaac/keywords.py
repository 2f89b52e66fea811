"""What options may be, those of commands and of LeRobot's configurations as keywords of ``gym.make``.

Told from plain data, without torch or Isaac Lab, so that a wrong one is refused in milliseconds.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from lerobot_env_leisaac import backends
from lerobot_env_leisaac.assets.look import LookName
from lerobot_env_leisaac.options import LeRobotEnvOptions, Overrulable
from lerobot_env_leisaac.resources import packaged_checkpoints
from lerobot_env_leisaac.robots.servo import ServoName
from lerobot_env_leisaac.tasks.spec import IMAGE_FORMATS, PHYSICS, TaskSpec

from .arguments import legal_seed, short, whole_number

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from lerobot_env_leisaac.units import UnitConvention

MOST_ENVS = 2**20
"""More sub-environments than any device holds."""

MOST_PIXELS = 8192
"""Longest side of an image [px]."""

LONGEST_S = 86_400.0
"""Longest episode [s]."""

LONGEST_TEXT = 1000
"""Most characters of an instruction."""

OVERRULABLE = get_args(Overrulable)

UNCHANGED = "none"
"""Word for the world as it is, where a variation could be named."""

RENDER_MODES = (None, "rgb_array")

_DEVICE = re.compile(r"cpu(?::0)?|cuda(?::(?P<index>\d{1,4}))?")

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


@dataclass(kw_only=True)
class Keywords(LeRobotEnvOptions):
    """Keywords of ``gym.make``, None where the task's default is meant.

    Attributes:
        image_format: ``float_chw`` or ``uint8_hwc``.
        render_mode: ``rgb_array`` or None.
    """

    image_format: str | None = None
    render_mode: str | None = None

    def checked(self, cameras: Iterable[str] | None = None) -> Keywords:
        """Return the same keywords as plain values; see :func:`checked`."""
        return checked(self, cameras)


def checked[Options: DataclassInstance](options: Options, cameras: Iterable[str] | None = None) -> Options:
    """Return the same options as plain values: numpy's integers as ints, sequences as tuples, JSON as a mapping.

    Args:
        options: Options of a job, those that ``gym.make`` has too are looked at.
        cameras: Cameras that there are; any name is taken for one where they are not known yet.

    Raises:
        ValueError: An option is not legal; the message names it and what is.
        FileNotFoundError: A file that it names is missing.
    """
    cameras = None if cameras is None else tuple(cameras)
    checks = {field.name: globals()[f"_{field.name}"] for field in dataclasses.fields(Keywords)}
    given = {name: value for name, value in vars(options).items() if name in checks and value is not None}
    legal = {name: checks[name](value) for name, value in given.items()}
    if cameras is not None and legal.get("cameras") is not None:
        require_cameras(legal["cameras"], cameras)
    if cameras is not None and legal.get("rename_map") is not None:
        _require_observations(legal["rename_map"], cameras)
    return dataclasses.replace(options, **legal)


def checked_for[Options: DataclassInstance](options: Options, task: TaskSpec | None) -> Options:
    """Return the same of options that are for a task; None where it is not known yet. Errors as of :func:`checked`."""
    if task is None:
        return checked(options)
    options = checked(options, task.every_camera)
    if (variation := getattr(options, "variation", None)) is not None:
        from lerobot_env_leisaac.tasks.common import variations

        world = variations.load(variation)
        world.require_task(task)
        if world.color_words and getattr(options, "instruction", None) is not None:
            raise ValueError(
                f"variation {world.name} has instructions of its own, which name a colour: expected no instruction"
            )
    if (physics := getattr(options, "physics", None)) not in (None, *task.physics):
        raise ValueError(f"physics is {physics!r}, which {task.name} has not, expected {', '.join(task.physics)}")
    return options


def require_cameras(cameras: Sequence[str], available: Iterable[str]) -> None:
    """Refuse names of cameras that there are not.

    Raises:
        ValueError: One is not; the message names those that are.
    """
    names = list(available)
    if not set(cameras) <= set(names):
        raise ValueError(f"cameras is {short(tuple(cameras))}, expected names among {names}")


def _require_observations(rename_map: Mapping[str, Any], cameras: Iterable[str]) -> None:
    """Refuse a map that renames what the environment does not show; what is None there is a name of the policy's."""
    shown = ["observation.state", *(f"observation.images.{camera}" for camera in cameras)]
    for old, new in rename_map.items():
        if new is not None and old not in shown:
            reverse = ", and the policy's to the right" if new in shown else ""
            raise ValueError(
                f"the rename map renames {short(old)}, which the environment does not show: expected names among "
                f"{', '.join(shown)} to the left{reverse}"
            )


def parse_rename_map(text: str | None) -> dict[str, str | None] | None:
    """Read a rename map, as LeRobot's own commands take it: JSON; null for a camera that training had no data of.

    Raises:
        ValueError: It is no such map.
    """
    if text is None:
        return None
    try:
        rename_map = json.loads(text)
    except ValueError:
        rename_map = None
    if not isinstance(rename_map, dict) or not all(isinstance(name, str | None) for name in rename_map.values()):
        raise ValueError(
            f"rename map is {text!r}, expected JSON such as "
            '\'{"observation.images.front": "observation.images.camera1"}\''
        )
    return rename_map


def _num_envs(value: Any) -> int:
    return whole_number("num_envs", value, 1, MOST_ENVS)


def _seed(value: Any) -> int:
    return legal_seed(value)


def _device(value: Any) -> str:
    match = _DEVICE.fullmatch(str(value))
    if match is None:
        raise ValueError(f"device is {short(value)}, expected 'cpu' or 'cuda:<index>'")
    if match[0].startswith("cpu"):
        return "cpu"
    import torch  # it alone knows the devices; who asks for one needs it anyway

    index, count = int(match["index"] or 0), torch.cuda.device_count()
    if index >= count:
        raise ValueError(f"device {match[0]!r} is not here, this machine has 'cpu' and {count} CUDA devices")
    return f"cuda:{index}"


def _physics(value: Any) -> str:
    backends.require_usable("physics", _one_of("physics", value, PHYSICS))
    return value


def _servo(value: Any) -> str:
    return _one_of("servo", value, get_args(ServoName))


def _look(value: Any) -> str:
    return _one_of("look", value, get_args(LookName))


def _time_limit(value: Any) -> float:
    try:
        seconds = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        seconds = math.nan
    if not 0 < seconds <= LONGEST_S:
        raise ValueError(f"time_limit is {short(value)}, expected more than 0 seconds, {LONGEST_S:g} at most")
    return seconds


def _units(value: Any) -> str | Path | UnitConvention:
    from lerobot_env_leisaac import units  # its YAML reader takes a third of a second

    if isinstance(value, units.UnitConvention):
        return value
    _text_or_path("units", value, "a name of `leisaac list` or the path of a YAML file")
    units.load(value)
    return value


def _variation(value: Any) -> Any:
    from lerobot_env_leisaac.tasks.common import variations

    if not isinstance(value, Mapping):
        _text_or_path("variation", value, "a name of `leisaac list`, the path of a YAML file, or a mapping of values")
    if value == UNCHANGED:
        return None
    variations.load(value)
    return value


def _cameras(value: Any) -> tuple[str, ...]:
    is_sequence = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    names = tuple(value) if is_sequence else ()
    if not is_sequence or not all(isinstance(name, str) for name in names):
        raise ValueError(f"cameras is {short(value)}, expected a sequence of names, such as ('front', 'wrist')")
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"cameras is {short(names)}, which names {twice[0]} twice: expected each camera once")
    return tuple(str(name) for name in names)  # plain ones, in place of numpy's


def _image_size(value: Any) -> tuple[int, int]:
    try:
        if isinstance(value, str | bytes | Mapping | set):
            raise TypeError
        height, width = value
        return whole_number("height", height, 1, MOST_PIXELS), whole_number("width", width, 1, MOST_PIXELS)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"image_size is {short(value)}, expected (height, width) in pixels, such as (480, 640),"
            f" {MOST_PIXELS} at most"
        ) from None


def _image_format(value: Any) -> str:
    return _one_of("image_format", value, IMAGE_FORMATS)


def _render_mode(value: Any) -> str:
    return _one_of("render_mode", value, RENDER_MODES)


def _instruction(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"instruction is {short(value)}, expected what the policy is told to do, such as 'Lift it.'")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"instruction has {len(value):,} characters, expected {LONGEST_TEXT:,} at most")
    return value


def _checkpoint(value: Any) -> str | Path:
    expected = "a directory that lerobot-train wrote, the id of a policy on the Hub, or packaged"
    _text_or_path("checkpoint", value, expected)
    is_word = isinstance(value, str) and value in packaged_checkpoints()
    if not (is_word or Path(value).expanduser().is_dir() or _HUB_ID.fullmatch(str(value))):
        raise FileNotFoundError(
            f"checkpoint {str(value)!r} is no directory here and no id of the Hub, such as user/policy: expected"
            f" {expected}"
        )
    return value


def _rename_map(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        return parse_rename_map(value)
    legal = isinstance(value, Mapping) and all(
        isinstance(old, str) and isinstance(new, str | None) for old, new in value.items()
    )
    if not legal:
        raise ValueError(
            f"rename_map is {short(value)}, expected names by names, such as"
            " {'observation.images.front': 'observation.images.camera1'}, or None for a camera without data"
        )
    return value


def _overrule(value: Any) -> tuple[str, ...]:
    is_sequence = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    names = tuple(value) if is_sequence else ()
    if not is_sequence or any(name not in OVERRULABLE for name in names):
        raise ValueError(f"overrule is {short(value)}, expected a sequence of names among {list(OVERRULABLE)}")
    return names


def _trust_checkpoint(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"trust_checkpoint is {short(value)}, expected True or False")
    return value


def _text_or_path(name: str, value: Any, expected: str) -> str | Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError(f"{name} is {short(value)}, expected {expected}")
    return value


def _one_of(name: str, value: Any, legal: Sequence[str | None]) -> Any:
    if not isinstance(value, str) or value not in legal:
        raise ValueError(f"{name} is {short(value)}, expected one of {list(legal)}")
    return value
