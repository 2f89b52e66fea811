"""What a state that an episode is to start from must be, told before anything is simulated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

_WIDTHS = {"root_pose": 7, "root_velocity": 6}
"""How many numbers a quantity has, whatever it is of."""

_OF_VERTICES = ("nodal_position", "nodal_velocity")
"""Quantities of a cloth: three numbers a vertex."""

_LARGEST = 1e5
"""No position [m, rad] and no velocity [m/s, rad/s] of a scene is as large."""

_UNIT = 0.01
"""How far a quaternion's length may be from 1."""


def impossible(state: Any, robot: RobotSpec) -> str | None:
    """Return what in a scene's state cannot be; None where nothing is wrong.

    Args:
        state: Numbers by kind, asset and quantity, as Isaac Lab's ``InteractiveScene.get_state`` has them for one
            environment [m, rad, xyzw].
        robot: The robot that it holds.
    """
    return next(_impossible(state, robot), None)


def missing(state: Mapping[str, Any], task: TaskSpec) -> str | None:
    """Return what a task's scene has and a state has not, such as ``rigid_object/cube``; None where all is there."""
    needed = [f"articulation/{entity}" for entity in task.robot.entities]
    needed += [f"rigid_object/{name}" for name in task.scene.objects]
    needed += [f"deformable_object/{name}" for name in task.scene.cloths]
    for place in needed:
        kind, _, asset = place.partition("/")
        quantities = state.get(kind, {}).get(asset, {})
        joints = ("joint_position", "joint_velocity") if kind == "articulation" else ()
        wanted = _OF_VERTICES if kind == "deformable_object" else (*_WIDTHS, *joints)
        if absent := next((name for name in wanted if name not in quantities), None):
            return f"{place}/{absent}" if quantities else place
    for name, cloth in task.scene.cloths.items():
        for quantity, values in state["deformable_object"][name].items():
            if quantity in _OF_VERTICES and (not isinstance(values, list) or len(values) != len(cloth.corners)):
                return f"deformable_object/{name}/{quantity} of {len(cloth.corners)} vertices"
    return None


def _impossible(state: Any, robot: RobotSpec) -> Iterator[str]:
    if not isinstance(state, Mapping):
        yield f"it is {state!s:.40}, expected numbers by kind, asset and quantity"
        return
    for kind, assets in state.items():
        for asset, quantities in assets.items() if isinstance(assets, Mapping) else [("", None)]:
            if not isinstance(quantities, Mapping):
                yield f"{kind}/{asset} is {quantities!s:.40}, expected numbers by quantity"
                return
            joints = len(robot.channels_of(asset)) if kind == "articulation" else 0
            for quantity, values in quantities.items():
                width = _WIDTHS.get(quantity, (joints or None) if quantity.startswith("joint_") else None)
                if reason := _wrong(quantity, values, width):
                    yield f"{kind}/{asset}/{quantity} {reason}"


def _wrong(quantity: str, values: Any, width: int | None) -> str | None:
    """Return why values are none of a quantity."""
    if quantity in _OF_VERTICES and isinstance(values, list):
        reasons = (_wrong("of a vertex", each, 3) for each in values)
        return next(filter(None, reasons), None if values else "is empty, expected numbers")
    if not isinstance(values, list) or any(type(value) not in (int, float) for value in values):
        return f"is {values!s:.40}, expected numbers"
    if width is not None and len(values) != width:
        return f"has {len(values)} numbers, expected {width}"
    if far := [value for value in values if not abs(value) <= _LARGEST]:
        return f"holds {far[0]!s:.20}, beyond {_LARGEST:,.0f}"
    if quantity == "root_pose" and not abs(math.hypot(*values[3:]) - 1) <= _UNIT:
        return f"has a quaternion of length {math.hypot(*values[3:]):.3g}, expected 1"
    return None
