"""What a server's policy is asked with, and what it answers: units, names, cameras, image sizes.

A YAML file of ``config/policies`` says it, or one of the user's own; ``leisaac serve`` says it in its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from lerobot_env_leisaac import config_files
from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.arguments import short, whole_number
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention

from .protocol import ImageSize, Protocol

ALL = "all"
"""Word for all channels of the robot, in their order."""

MOST_ACTIONS = 10_000
"""Actions of a chunk."""

NOISE = "noise"
"""Name of a request's noise, which ``leisaac serve`` takes: its chunks are then a function of the request alone."""

_MOST_PIXELS, _LONGEST_NAME, _MOST_NAMES = 8192, 200, 64

_IN_FILES = tuple(name for name in get_args(Protocol) if name != "lerobot")
"""The protocols that files are about: LeRobot's server is told a checkpoint, which says the rest."""

_REQUIRED = ("protocol", "source", "units", "state", "cameras", "prompt", "actions")
_OPTIONAL = ("sent_size", "n_action_steps")


@dataclass(frozen=True)
class RequestFormat:
    """What a server's policy is asked with, and what it answers.

    Attributes:
        name: Name of the file, or address of the server, that says it.
        protocol: Whose protocol the server speaks.
        units: Unit convention of states and actions.
        state: The channels that each part of the state has, by its name in a request; None stands for all.
        cameras: Names in a request by the environment's names of cameras.
        image_sizes: What each camera shows, height and width [px]; None for the task's own size.
        prompt: Name of the instruction in a request.
        actions: The channels that each part of an answer has, by its name; None stands for all.
        sent_size: Height and width [px] that images are resized to, and padded, before they are sent; None for as they
            are.
        n_action_steps: How many actions of a chunk are carried out; None for all.
    """

    name: str
    protocol: Protocol
    units: UnitConvention
    state: Mapping[str, tuple[str, ...] | None]
    cameras: Mapping[str, str]
    image_sizes: Mapping[str, ImageSize | None]
    prompt: str
    actions: Mapping[str, tuple[str, ...] | None]
    sent_size: ImageSize | None = None
    n_action_steps: int | None = None

    @classmethod
    def load(cls, name_or_path: str | Path) -> RequestFormat:
        """Read a file: one of ``config/policies`` by its name, or one of the user's own.

        Raises:
            ValueError: There is no such file, or it is not valid; the message names file, key and reason.
        """
        path, content = config_files.read("policies", name_or_path, "policy format")
        return cls.from_table(content, where=str(path), name=path.stem)

    @classmethod
    def from_table(cls, table: Any, where: str, name: str) -> RequestFormat:
        """Build a format from plain data, the content of a YAML file or what a server says.

        Args:
            table: See the files of ``config/policies``; ``units`` may be the table of a convention, too.
            where: File or server, to begin the message of an error.
            name: What it is called.

        Raises:
            ValueError: It is not valid; the message names `where`, the key and the reason.
        """
        if not isinstance(table, Mapping):
            raise ValueError(f"{where}: expected names with values, found {short(table)}")
        if missing := [key for key in _REQUIRED if key not in table]:
            raise ValueError(f"{where}: missing {', '.join(missing)}")
        if unknown := [short(key) for key in table if key not in _REQUIRED + _OPTIONAL]:
            raise ValueError(f"{where}: unknown {', '.join(unknown)}; expected {', '.join(_REQUIRED + _OPTIONAL)}")
        protocol = table["protocol"]
        if not isinstance(protocol, str) or protocol not in _IN_FILES:
            raise ValueError(f"{where}: protocol: expected one of {', '.join(_IN_FILES)}, found {short(protocol)}")
        cameras = {
            _name(camera, f"{where}: cameras"): _camera(entry, f"{where}: cameras.{camera}")
            for camera, entry in _mapping(table["cameras"], f"{where}: cameras").items()
        }
        state, prompt = _parts(table["state"], f"{where}: state"), _name(table["prompt"], f"{where}: prompt")
        in_requests = [*state, *(in_request for in_request, _ in cameras.values()), prompt, NOISE]
        if twice := sorted({each for each in in_requests if in_requests.count(each) > 1}):
            raise ValueError(f"{where}: {', '.join(twice)} would stand for two things in a request, name each but once")
        steps, sent_size = table.get("n_action_steps"), table.get("sent_size")
        return cls(
            name=name,
            protocol=cast(Protocol, protocol),
            units=_units(table["units"], f"{where}: units"),
            state=state,
            cameras={camera: in_request for camera, (in_request, _) in cameras.items()},
            image_sizes={camera: size for camera, (_, size) in cameras.items()},
            prompt=prompt,
            actions=_parts(table["actions"], f"{where}: actions"),
            sent_size=None if sent_size is None else _size(sent_size, f"{where}: sent_size"),
            n_action_steps=(
                None if steps is None else whole_number(f"{where}: n_action_steps", steps, 1, MOST_ACTIONS)
            ),
        )

    @property
    def table(self) -> dict[str, Any]:
        """The format as plain data; `from_table` reads it back."""
        return {
            "protocol": self.protocol,
            "source": self.name,
            "units": self.units.table,
            "state": _as_table(self.state),
            "cameras": {
                camera: {"name": name, "size": None if (size := self.image_sizes[camera]) is None else list(size)}
                for camera, name in self.cameras.items()
            },
            "prompt": self.prompt,
            "actions": _as_table(self.actions),
            "sent_size": None if self.sent_size is None else list(self.sent_size),
            "n_action_steps": self.n_action_steps,
        }

    def mistakes(self, robot: RobotSpec, cameras: Iterable[str]) -> list[str]:
        """Return what is wrong with it for a robot and a task's cameras, a line each."""
        names, known = robot.channel_names, list(cameras)
        found = []
        if absent := [camera for camera in self.cameras if camera not in known]:
            found.append(f"it looks through {', '.join(absent)}, the task's cameras are {', '.join(known) or 'none'}")
        for what, parts in (("state", self.state), ("actions", self.actions)):
            told = [channel for channels in parts.values() for channel in channels or names]
            if strangers := [channel for channel in told if channel not in names]:
                found.append(f"its {what} has {', '.join(strangers)}, which no {robot.title} has")
            elif what == "actions" and sorted(told) != sorted(names):
                found.append(f"its actions are of {', '.join(told)}, expected each of {', '.join(names)} once")
        return found


def _as_table(parts: Mapping[str, tuple[str, ...] | None]) -> dict[str, Any]:
    return {name: ALL if channels is None else list(channels) for name, channels in parts.items()}


def _units(value: Any, where: str) -> UnitConvention:
    if not isinstance(value, str | Path | Mapping):
        raise ValueError(f"{where}: expected the name of a unit convention, or its table, found {short(value)}")
    try:
        return unit_conventions.from_table(value, where) if isinstance(value, Mapping) else unit_conventions.load(value)
    except (ValueError, TypeError) as error:
        raise ValueError(str(error) if str(error).startswith(where) else f"{where}: {error}") from error


def _parts(value: Any, where: str) -> dict[str, tuple[str, ...] | None]:
    parts: dict[str, tuple[str, ...] | None] = {}
    for name, channels in _mapping(value, where).items():
        if channels == ALL:
            parts[_name(name, where)] = None
        elif isinstance(channels, list) and channels:
            parts[_name(name, where)] = tuple(_name(channel, f"{where}.{name}") for channel in channels)
        else:
            raise ValueError(f"{where}.{name}: expected {ALL}, or a list of channels, found {short(channels)}")
    if not parts:
        raise ValueError(f"{where}: expected a name or more")
    return parts


def _camera(value: Any, where: str) -> tuple[str, ImageSize | None]:
    """Return a camera's name in a request and its size, of `name` or `{name: name, size: [height, width]}`."""
    if isinstance(value, str):
        return _name(value, where), None
    table = _mapping(value, where)
    if set(table) - {"name", "size"} or "name" not in table:
        raise ValueError(f"{where}: expected a name, or {{name: NAME, size: [HEIGHT, WIDTH]}}, found {short(value)}")
    size = table.get("size")
    return _name(table["name"], where), None if size is None else _size(size, f"{where}.size")


def _size(value: Any, where: str) -> ImageSize:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{where}: expected [HEIGHT, WIDTH] in pixels, found {short(value)}")
    height, width = (whole_number(where, side, 1, _MOST_PIXELS) for side in value)
    return height, width


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping) or len(value) > _MOST_NAMES:
        raise ValueError(f"{where}: expected names with values, {_MOST_NAMES} at most, found {short(value)}")
    return value


def _name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(rf"[\w./ -]{{1,{_LONGEST_NAME}}}", value):
        raise ValueError(f"{where}: expected a name of letters, digits and . / _ -, found {short(value)}")
    return value
