"""The scene of a kitchen with oranges: what a configuration says of its file, which it names and does not open."""

from __future__ import annotations

from .rigid_body import RigidBody

ORANGE_RADIUS = 0.024
"""Radius of an orange [m]: between the jaws it holds the gripper below 0.60 rad, LeIsaac's mark of a picked one."""

_UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def _orange(name: str, x: float, y: float) -> RigidBody:
    return RigidBody(path=name, position=(x, y, ORANGE_RADIUS), orientation=_UPRIGHT, origin_height=ORANGE_RADIUS)


ORANGES = (_orange("Orange001", 0.06, 0.22), _orange("Orange002", 0.20, 0.15), _orange("Orange003", 0.26, 0.0))
"""The oranges of the packaged file, at rest on an arc about the arm, so far apart that jaws fit in between."""

PLATE = RigidBody(path="Plate", position=(0.16, -0.21, 0.0), orientation=_UPRIGHT, origin_height=0.0)
"""Its plate, the origin in the middle of the underside. The robot stands at the origin of the counter top, z = 0."""
