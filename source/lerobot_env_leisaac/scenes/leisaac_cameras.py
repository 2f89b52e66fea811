"""LeIsaac 0.4's cameras, on its own robot file, whose arm reaches along -Y of its base."""

import math

from .spec import CameraSpec

FRONT = CameraSpec(
    name="front",
    on="base",
    position=(-0.6, -0.75, 0.38),
    orientation=(0.55078, -0.2374, -0.20537, 0.77337),
    convention="opengl",
    focal_length=40.6,
    horizontal_aperture=38.11,
    reach_yaw=-math.pi / 2,
)
"""LiftCube's: it looks diagonally at the arm from beyond the workspace."""

TOP = CameraSpec(
    name="top",
    on="base",
    position=(0.0, -0.5, 0.6),
    orientation=(-0.9862856, 0.0, 0.0, 0.1650476),
    convention="ros",
    focal_length=28.7,
    horizontal_aperture=38.11,
    reach_yaw=-math.pi / 2,
)
"""It looks down at the workspace; the template of tasks with one arm calls it ``front``, that with two ``top``."""

WRIST = CameraSpec(
    name="wrist",
    on="tool",
    position=(-0.001, 0.1, -0.04),
    orientation=(-0.912179, -0.0451242, 0.0486914, -0.404379),
    convention="ros",
    focal_length=36.5,
    horizontal_aperture=36.83,
)
"""On the gripper, looking along the fingers."""
