"""What the numbers of a dataset say for or against a unit convention.

They never say which convention it is: only declarations do. A factor of 57 between radians and degrees shows in any
statistics. Degrees and LeRobot's -100..100 lie within 10 % of each other on most joints of the SO-101, and do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch

from lerobot_env_leisaac.units import UnitConvention

from .joint_statistics import JointStatistics

Level = Literal["error", "warning"]

_RADIAN_MARGIN = 0.25
"""Statistics are on the scale of radians if no joint passes its limits [rad] by more than this part of their range."""

_COARSE = 10.0
"""A convention with as many units per radian, or more, cannot be mistaken for radians."""

_FAR_JOINTS = 3
"""So many joints must be out of scale before the units are blamed: one alone may be a sensor that slipped."""

_LIMIT_MARGIN = 0.05
"""Part of a joint's range by which a value may pass its limits without a word."""


@dataclass(frozen=True)
class Evidence:
    """Something that the numbers say.

    Attributes:
        level: ``error`` if the convention cannot be the right one, ``warning`` if it may not be.
        verdict: What was found, in one line.
        units: Name of the convention that the numbers are in, where they tell.
    """

    level: Level
    verdict: str
    units: str | None = None


def weigh(statistics: JointStatistics, convention: UnitConvention, limits: torch.Tensor) -> list[Evidence]:
    """Return what speaks against a unit convention.

    Args:
        statistics: Statistics of the training data.
        convention: The unit convention that is declared or assumed.
        limits: Joint limits [rad]. Shape is (C, 2).

    Returns:
        Errors and warnings; nothing where the numbers agree with the convention.
    """
    limits = limits.double()
    low, high = convention.limits_from_radians(limits).unbind(-1)
    scale = torch.tensor(convention.scale, dtype=torch.float64).abs()
    if _within(statistics, limits[:, 0], limits[:, 1], _RADIAN_MARGIN).all() and scale.min() >= _COARSE:
        return [
            Evidence(
                "error",
                f"statistics of {statistics.feature} are on the scale of radians: for {convention.name!r} they are too "
                f"small by a factor of about {scale.median():.3g} in {', '.join(convention.joints)}",
                "radians",
            )
        ]
    far = ~_within(statistics, low, high, 1.0)
    if far.sum() >= _FAR_JOINTS:
        factor = (torch.pi * scale / 180).reciprocal().median()
        return [
            Evidence(
                "error",
                f"statistics of {statistics.feature} are on another scale than {convention.name!r}: too large in "
                f"{_names(convention, far)}, and by a factor of about {factor:.3g} if they are degrees",
            )
        ]
    return [*_beyond_limits(statistics, convention, low, high), *_saturated(statistics, convention, low, high)]


def _within(
    statistics: JointStatistics, low: torch.Tensor, high: torch.Tensor, margin: float | torch.Tensor
) -> torch.Tensor:
    """Return for each joint whether its values keep to the limits widened by a part of their range."""
    slack = margin * (high - low)
    return (statistics.low >= low - slack) & (statistics.high <= high + slack)


def _beyond_limits(
    statistics: JointStatistics, convention: UnitConvention, low: torch.Tensor, high: torch.Tensor
) -> Iterable[Evidence]:
    """Yield what measured extremes beyond the joint limits mean."""
    if not statistics.measured:
        return
    beyond = ~_within(statistics, low, high, _LIMIT_MARGIN)
    percent = torch.tensor([unit == "%" for unit in convention.units])
    cases: tuple[tuple[torch.Tensor, Level, str], ...] = (
        (beyond & percent, "error", "and a percentage of the joint's range cannot"),
        (beyond & ~percent, "warning", "so the data may be of another convention, zero or robot"),
    )
    for joints, level, meaning in cases:
        if joints.any():
            reach = ", ".join(
                f"{name} {_number(statistics.low[index])}..{_number(statistics.high[index])} "
                f"(limits {_number(low[index])}..{_number(high[index])})"
                for index, name in enumerate(convention.joints)
                if joints[index]
            )
            yield Evidence(
                level,
                f"{statistics.feature} passes the joint limits in {convention.name!r}, {meaning}: {reach}",
            )


def _saturated(
    statistics: JointStatistics, convention: UnitConvention, low: torch.Tensor, high: torch.Tensor
) -> Iterable[Evidence]:
    """Yield a warning where body joints end at exactly -100 or 100, as LeRobot's clamping leaves them."""
    ends = _near_100(statistics.low, 1e-3) | _near_100(statistics.high, 1e-3)
    ends &= ~(_near_100(low, 0.1) | _near_100(high, 0.1))  # a joint whose own limit is 100
    ends[statistics.robot.columns("gripper")] = False  # it ends at 100 in several conventions
    if statistics.measured and ends.sum() >= 2:
        yield Evidence(
            "warning",
            f"{statistics.feature} ends at exactly 100 in {_names(convention, ends)}, as LeRobot's -100..100 does and "
            f"{convention.name!r} does not",
        )


def _near_100(values: torch.Tensor, tolerance: float) -> torch.Tensor:
    return (values.abs() - 100).abs() < tolerance


def _number(value: torch.Tensor) -> str:
    return f"{round(value.item(), 2) + 0.0:g}"  # never -0


def _names(convention: UnitConvention, chosen: torch.Tensor) -> str:
    return ", ".join(name for name, is_chosen in zip(convention.joints, chosen, strict=True) if is_chosen)
