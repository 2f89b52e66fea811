"""Which units the numbers are in that are to be converted: declared, never guessed, and not against the numbers."""

from __future__ import annotations

import numpy as np
import torch

from lerobot_env_leisaac.datasets.check_units import contradictions, widest_limits
from lerobot_env_leisaac.datasets.findings import listing
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.unit_equality import difference
from lerobot_env_leisaac.units import UnitConvention

_LARGEST = 1e6
"""No joint is as far from zero, in any unit."""


def source_convention(
    name: str, robot: RobotSpec, recorded: UnitConvention | None, asked: UnitConvention | None
) -> UnitConvention:
    """Return the unit convention of what is to be converted.

    Args:
        name: What is to be converted, for the message of an error.
        robot: The robot that it is of.
        recorded: Convention that it declares itself.
        asked: Convention that the user names.

    Raises:
        ValueError: Neither is there, or they differ.
    """
    if recorded is None and asked is None:
        raise ValueError(
            f"{name} does not say which units it is in: say --source-units NAME, one that `leisaac units` shows,"
            " with --calibration FILE for a real arm"
        )
    if recorded is not None and asked is not None:
        how = difference(recorded.of(robot), asked.of(robot), widest_limits(robot))
        if how is not None:
            raise ValueError(
                f"{name} declares {recorded.name}, --source-units says {asked.name}, {how}: leave --source-units out,"
                f" or correct the declaration with leisaac declare --units {asked.name} --replace"
            )
    convention = asked or recorded
    assert convention is not None
    return convention


def require_numbers(name: str, state: np.ndarray, action: np.ndarray) -> None:
    """Refuse what is no number of any unit.

    Args:
        name: What is to be converted, for the message of an error.
        state: Joint positions. Shape is (F, C).
        action: Joint targets. Shape is (F, C).

    Raises:
        ValueError: Some are not finite, or too large.
    """
    for what, values in (("state", state), ("action", action)):
        if broken := np.flatnonzero(~(abs(values) <= _LARGEST).all(axis=1)).tolist():
            raise ValueError(f"the {what} of {name} is not finite, or beyond {_LARGEST:,.0f}, in row {listing(broken)}")


def require_plausible(
    name: str, robot: RobotSpec, convention: UnitConvention, state: np.ndarray, action: np.ndarray, *, overruled: bool
) -> None:
    """Refuse units that the numbers contradict.

    Args:
        name: What is to be converted, for the message of an error.
        robot: The robot that it is of.
        convention: The convention that it is said to be in.
        state: Joint positions. Shape is (F, C).
        action: Joint targets. Shape is (F, C).
        overruled: The user knows better than limits and scales.

    Raises:
        ValueError: The numbers contradict it, or some are not finite, or too large for any unit.
    """
    require_numbers(name, state, action)
    if not overruled and (found := list(contradictions(robot, convention.of(robot), state, action))):
        raise ValueError(
            f"{name} is not in {convention.name}: {listing(found, 3)}; name the right --source-units, or say"
            " --overrule units if you know better"
        )


def rescaled(values: np.ndarray, robot: RobotSpec, source: UnitConvention, target: UnitConvention) -> np.ndarray:
    """Return values of one convention in another, in double precision. Shape is (..., C)."""
    source, target = source.of(robot), target.of(robot)
    return target.from_radians(source.to_radians(torch.from_numpy(np.asarray(values, np.float64)))).numpy()
