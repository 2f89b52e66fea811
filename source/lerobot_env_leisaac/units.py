"""Unit conventions: the only place where the simulator's radians meet the units of LeRobot datasets and policies.

A convention is an affine map a joint, `value = scale * radians + offset`, read from a YAML file: one of those in
`config/units`, or one of the user's own. Files have a line for each joint of one arm; `UnitConvention.of` makes of it
that of a robot with two arms, or with a base.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac import config_files
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.robots.spec import RobotSpec

if TYPE_CHECKING:  # a name or a file is checked in milliseconds, torch takes seconds to import
    import torch

_LONGEST = {"name": 100, "source": 2000, "unit": 32}
"""How many characters each text of a convention may have: tables come from files of others, and go into plots."""


@dataclass(frozen=True)
class UnitConvention:
    """An affine map from joint positions [rad] to the units of a dataset, one scale and offset a joint.

    Attributes:
        name: Name of the convention, for messages and metadata.
        source: Where its figures come from.
        joints: The joints, in the order of state and action vectors and of the tuples that follow.
        units: Unit label of each joint, such as "deg".
        scale: Units per radian of each joint; never zero.
        offset: Value of each joint at zero radians, in units.
    """

    name: str
    source: str
    joints: tuple[str, ...]
    units: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    def of(self, robot: RobotSpec) -> UnitConvention:
        """Return the convention of a robot's vectors: a channel that is a position has the line of its joint.

        Velocities of a base are in [m/s], and in [deg/s] as LeRobot has them, or in [rad/s] where the joints are in
        [rad].
        """
        if robot.channel_names == self.joints:
            return self
        turn = ("rad/s", 1.0, 0.0) if set(self.units) == {"rad"} else ("deg/s", math.degrees(1), 0.0)
        lines = dict(zip(self.joints, zip(self.units, self.scale, self.offset, strict=True), strict=True))
        base = {"linear_velocity": ("m/s", 1.0, 0.0), "angular_velocity": turn}
        found = [lines[each.joint] if each.quantity == "position" else base[each.quantity] for each in robot.channels]
        units, scale, offset = zip(*found, strict=True)
        return dataclasses.replace(self, joints=robot.channel_names, units=units, scale=scale, offset=offset)

    def from_radians(self, joint_pos: torch.Tensor) -> torch.Tensor:
        """Convert joint positions [rad], and velocities [m/s, rad/s], to units. Shape stays (..., C), on the device."""
        scale, offset = _tensors(self, joint_pos.dtype, joint_pos.device)
        return offset.addcmul(joint_pos, scale)

    def to_radians(self, values: torch.Tensor) -> torch.Tensor:
        """Convert units to joint positions [rad], and velocities [m/s, rad/s]. Shape stays (..., C), on the device."""
        scale, offset = _tensors(self, values.dtype, values.device)
        return (values - offset) / scale

    def limits_from_radians(self, joint_pos_limits: torch.Tensor) -> torch.Tensor:
        """Convert joint limits (..., C, 2) [rad] to limits (..., C, 2) in units.

        Low stands before high also where the scale is negative.
        """
        return self.from_radians(joint_pos_limits.mT).mT.sort(dim=-1).values

    @property
    def table(self) -> dict[str, Any]:
        """The whole convention as plain data, for dataset metadata; `from_table` reads it back."""
        joints = {
            joint: {"unit": unit, "scale": scale, "offset": offset}
            for joint, unit, scale, offset in zip(self.joints, self.units, self.scale, self.offset, strict=True)
        }
        return {"name": self.name, "source": self.source, "joints": joints}


@functools.cache
def _tensors(convention: UnitConvention, dtype: torch.dtype, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scale (C,) and offset (C,) as tensors, made once for a dtype and device."""
    import torch

    with torch.inference_mode(False):  # a tensor made in inference mode could never serve a backward pass
        return (
            torch.tensor(convention.scale, dtype=dtype, device=device),
            torch.tensor(convention.offset, dtype=dtype, device=device),
        )


def names() -> tuple[str, ...]:
    """Return the names of the packaged conventions, sorted."""
    return config_files.names("units")


def load(name_or_path: str | Path | UnitConvention) -> UnitConvention:
    """Load a convention.

    Args:
        name_or_path: Name of a packaged convention (see `names`), or path of a YAML file of the same form. A convention
            is returned as it is.

    Raises:
        ValueError: There is no such convention, or its file is not valid; the message names file, key and reason.
    """
    if isinstance(name_or_path, UnitConvention):
        return name_or_path
    path, content = config_files.read("units", name_or_path, "unit convention")
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a mapping with the keys source, joints")
    return from_table({"name": path.stem, **content}, where=str(path))


def from_table(table: Mapping[Any, Any], where: str) -> UnitConvention:
    """Build a convention from plain data: what `UnitConvention.table` returns, or the content of a YAML file.

    Args:
        table: `name`, `source`, and `joints`, which maps each joint of the arm to either `{unit, scale, offset}`, or
            `{unit, limits: [low, high], range: [a, b]}`: `low` [deg] shows as `a`, `high` [deg] as `b`.
        where: File or dataset that the table comes from, to begin the message of an error.

    Raises:
        ValueError: The table is not valid; the message names `where`, the key and the reason.
    """
    _check_keys(table, ("name", "source", "joints"), where)
    for key in ("name", "source"):
        _check_text(table[key], _LONGEST[key], f"{where}: {key}: expected some text")
    joints = table["joints"]
    _check(isinstance(joints, Mapping), f"{where}: joints: expected one entry a joint, found {joints!r}")
    names = SO101.channel_names
    _check_keys(joints, names, f"{where}: joints")
    maps = [_joint_map(joints[joint], f"{where}: joints.{joint}") for joint in names]
    units, scale, offset = zip(*maps, strict=True)
    return UnitConvention(table["name"], table["source"], names, units, scale, offset)


def _joint_map(entry: Any, where: str) -> tuple[str, float, float]:
    """Return unit, scale and offset of one joint's entry."""
    _check(isinstance(entry, Mapping), f"{where}: expected a mapping, found {entry!r}")
    by_limits = "limits" in entry or "range" in entry
    _check_keys(entry, ("unit", "limits", "range") if by_limits else ("unit", "scale", "offset"), where)
    unit = entry["unit"]
    _check_text(unit, _LONGEST["unit"], f"{where}.unit: expected a label such as deg")
    if by_limits:
        low, high = (math.radians(limit) for limit in _pair(entry["limits"], f"{where}.limits"))
        _check(low < high, f"{where}.limits: expected [low, high] with low below high, found {entry['limits']}")
        first, last = _pair(entry["range"], f"{where}.range")
        _check(first != last, f"{where}.range: expected two different values, found {entry['range']}")
        scale = (last - first) / (high - low)
        return unit, scale, first - scale * low
    scale = _number(entry["scale"], f"{where}.scale")
    _check(scale != 0, f"{where}.scale: zero would show every position as the same value")
    return unit, scale, _number(entry["offset"], f"{where}.offset")


def _check_text(text: Any, longest: int, expected: str) -> None:
    """Refuse what is no text, or more of it than anybody reads."""
    _check(isinstance(text, str) and text.strip(), f"{expected}, found {shorten(repr(text), 60)}")
    _check(len(text) <= longest, f"{expected} of {longest} characters at most, found {len(text):,}")


def _pair(value: Any, where: str) -> tuple[float, float]:
    """Return `value` as two finite numbers."""
    _check(isinstance(value, list) and len(value) == 2, f"{where}: expected two numbers, found {value!r}")
    return _number(value[0], where), _number(value[1], where)


def _number(value: Any, where: str) -> float:
    """Return `value` as a finite number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    _check(is_number and math.isfinite(value), f"{where}: expected a finite number, found {value!r}")
    return float(value)


def _check_keys(mapping: Mapping[Any, Any], expected: tuple[str, ...], where: str) -> None:
    """Refuse a mapping that lacks one of the expected keys or holds another."""
    missing = [key for key in expected if key not in mapping]
    unknown = [str(key) for key in mapping if key not in expected]
    _check(not missing, f"{where}: missing {', '.join(missing)}")
    _check(not unknown, f"{where}: unknown {', '.join(unknown)}; expected {', '.join(expected)}")


def _check(condition: Any, message: str) -> None:
    """Raise ValueError with `message` unless the condition holds."""
    if not condition:
        raise ValueError(message)
