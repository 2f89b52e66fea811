"""Checks of the declared unit against what the numbers allow; a unit is never guessed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from lerobot_env_leisaac import units
from lerobot_env_leisaac.datasets.findings import Finding, listing
from lerobot_env_leisaac.datasets.trajectories import Trajectories
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.unit_equality import difference
from lerobot_env_leisaac.units import UnitConvention

_BEYOND = {"%": 0.02}
"""How far beyond its limits a joint's state may lie, in parts of its range: LeRobot clamps percentages to theirs."""
_BEYOND_OTHERWISE = 0.10
"""The same for joints in other units: the zero of a calibrated arm is somewhere else than the model's."""
_TARGET_BEYOND = 0.5
"""The same for actions: a leader arm, or a gripper that squeezes, asks for more than the joint can do."""

_RADIANS = math.pi
"""No joint of the arm turns further from its zero [rad]: in another unit, values that stay within are next to none."""

_REAL_ARMS = ("so100_follower", "so101_follower", "so_follower", "bi_so_follower", "lekiwi", "lekiwi_client")

_PERCENT_STOPS = 2
"""So many joints that end at exactly -100 or 100 look like LeRobot's percentages, which are clamped there."""


def declared_units(
    data: Trajectories,
    recorded: UnitConvention | None,
    asked: str | Path | UnitConvention | None,
    robot_type: str | None = None,
) -> tuple[UnitConvention | None, Finding]:
    """Return the unit convention that the numbers do not contradict, if one is declared.

    Args:
        data: Trajectories.
        recorded: Convention that the dataset's manifest names.
        asked: Name or file of the convention that the user names.
        robot_type: LeRobot's name of the robot that was recorded: its real arms always have their gripper in 0..100.

    Raises:
        ValueError: There is no convention of that name.
    """
    named = None if asked is None else units.load(asked).of(data.robot)
    recorded = None if recorded is None else recorded.of(data.robot)
    if recorded and named and (how := difference(recorded, named, widest_limits(data.robot))):
        verdict = f"--units says {named.name}, meta/leisaac.json says {recorded.name}, {how}"
        return None, Finding("error", "units", verdict)
    convention = named or recorded
    grippers = data.robot.columns("gripper")
    is_real_arm = recorded is None and robot_type in _REAL_ARMS
    allowed = [
        name
        for name in units.names()
        if not list(contradictions(data.robot, known := units.load(name).of(data.robot), data.state, data.action))
        and not (is_real_arm and _has_other_unit(known, grippers))
    ]
    figures = {"declared": convention.name if convention else None, "allowed": allowed}
    possible = f"the numbers allow {', '.join(allowed) or 'none of the packaged ones'}"
    if convention is None:
        verdict = f"undeclared, so limits and speeds go unchecked: declare them with --units; {possible}"
        return None, Finding("warning", "units", verdict, figures)
    if found := list(contradictions(data.robot, convention, data.state, data.action)):
        verdict = f"declared {convention.name}, but {listing(found, 3)}; {possible}"
        return None, Finding("error", "units", verdict, figures)
    stops = [
        convention.joints[column]
        for column in data.robot.columns("arm")
        if convention.units[column] != "%" and _ends_at_100(data.state[:, column])
    ]
    if is_real_arm and _has_other_unit(convention, grippers):
        verdict = (
            f"declared {convention.name}, but robot_type is {robot_type}, whose gripper LeRobot records in 0..100; "
            f"{possible}"
        )
        return convention, Finding("warning", "units", verdict, figures)
    if len(stops) >= _PERCENT_STOPS:
        verdict = f"declared {convention.name}, but {', '.join(stops)} end at exactly 100 as LeRobot's percentages do"
        return convention, Finding("warning", "units", verdict, figures)
    return convention, Finding("ok", "units", f"declared {convention.name}, and the numbers do not contradict", figures)


def _has_other_unit(convention: UnitConvention, grippers: list[int]) -> bool:
    return any(convention.units[column] != "%" for column in grippers)


def _ends_at_100(values: np.ndarray) -> bool:
    return bool(values.min() == -100 or values.max() == 100)


def joint_limits(robot: RobotSpec, convention: UnitConvention) -> np.ndarray:
    """Return low and high of each joint in a convention: the widest of all robot models. Shape is (C, 2)."""
    return convention.limits_from_radians(widest_limits(robot)).numpy()


def widest_limits(robot: RobotSpec) -> torch.Tensor:
    """Return the widest limits of all models of a robot [rad]. Shape is (C, 2)."""
    return torch.tensor(robot.widest_limits, dtype=torch.float64)


def beyond_limits(robot: RobotSpec, convention: UnitConvention, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far values lie beyond the joint limits, and how far they may, in parts of each joint's range.

    Args:
        robot: The robot.
        convention: Unit convention of the values.
        values: States or actions. Shape is (..., C).

    Returns:
        Excess, of shape (..., C) and negative inside the limits, and the tolerance of a state, of shape (C,).
    """
    low, high = joint_limits(robot, convention).T
    excess = np.maximum(low - values, values - high) / (high - low)
    return excess, np.array([_BEYOND.get(unit, _BEYOND_OTHERWISE) for unit in convention.units])


def contradictions(
    robot: RobotSpec, convention: UnitConvention, state: np.ndarray, action: np.ndarray
) -> Iterator[str]:
    """Yield what the numbers say against a convention; single outliers say nothing.

    Args:
        robot: The robot.
        convention: Unit convention.
        state: Joint positions. Shape is (F, C).
        action: Joint targets. Shape is (F, C).
    """
    low, high = joint_limits(robot, convention).T
    for what, values in (("state", state), ("action", action)):
        usual = np.quantile(values, (0.005, 0.995), axis=0)
        excess, tolerance = beyond_limits(robot, convention, usual)
        allowed = tolerance if what == "state" else np.full_like(tolerance, _TARGET_BEYOND)
        for number in np.flatnonzero((excess > allowed).any(axis=0)):
            reached = usual[excess[:, number].argmax(), number]
            unit = convention.units[number]
            yield (
                f"the {what} of {convention.joints[number]} reaches {reached:.4g} {unit}, its limits are "
                f"{low[number]:.4g}..{high[number]:.4g}"
            )
        joints = usual[:, robot.positions]
        if np.abs(joints).max() <= _RADIANS and (high - low)[robot.positions].min() > 10 * _RADIANS:
            yield f"the {what} of every joint stays within {joints.min():.3g}..{joints.max():.3g}, the scale of radians"
