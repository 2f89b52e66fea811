"""The scene of a table with a cube: what a configuration says of its file, which it names and does not open."""

from __future__ import annotations

from .rigid_body import RigidBody

CUBE_EDGE = 0.03015
"""Edge of the cube [m]. Source: LeIsaac 0.4.0, ``cube/model.xml``."""

CUBE = RigidBody(
    path="cube", position=(0.24, 0.0, CUBE_EDGE / 2), orientation=(0.0, 0.0, 0.0, 1.0), origin_height=CUBE_EDGE / 2
)
"""The cube of the packaged file, at rest on the table top, which is the plane z = 0; the robot stands at the origin."""
