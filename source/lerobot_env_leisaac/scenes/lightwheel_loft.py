"""A room with a crumpled tissue on its floor and a waste bin."""

import math

from lerobot_env_leisaac.assets.files import AssetFile

from .leisaac_cameras import WRIST
from .spec import UPRIGHT, CameraSpec, RigidBody, SceneSpec

TISSUE_RADIUS = 0.024
"""Radius of the crumpled tissue [m]."""

BIN_HEIGHT = 0.16
"""Height of the bin's rim above the floor [m]: below it the arm of a LeKiwi carries a tissue over it."""

TISSUE = RigidBody(path="Tissue005", position=(0.85, 0.26, TISSUE_RADIUS), origin_height=TISSUE_RADIUS)
"""The tissue of the packaged file, on the floor, z = 0, ahead of the robot at its left."""

BIN = RigidBody(path="GarbageCan003_1", position=(1.10, -0.36, 0.0), origin_height=0.0, height=BIN_HEIGHT)
"""Its bin, at the robot's right, the origin in the middle of the underside."""

FRONT = CameraSpec(
    name="front",
    on="base",
    position=(0.0, 0.13, 0.025),
    orientation=(0.76604, 0.0, 0.0, 0.64279),
    convention="opengl",
    focal_length=36.5,
    horizontal_aperture=36.83,
    reach_yaw=math.pi / 2,
)
"""LeIsaac 0.4's on the LeKiwi, between its front wheels: it looks ahead and a little up."""

LIGHTWHEEL_LOFT = SceneSpec(
    file=AssetFile(
        "lightwheel_loft",
        "scenes/lightwheel_loft.usda",
        "scenes/lightwheel_loft/LW_Loft.usd",
        real="scenes/lightwheel_loft_real.usda",
    ),
    objects={body.path: body for body in (TISSUE, BIN)},
    cameras=(FRONT, WRIST),
    leisaac_robot_poses={"robot": ((-2.3, 0.8, 0.035), UPRIGHT)},
    diffuse_light=3000.0,
)
"""LeIsaac's CleanupTrash scene. Source of names, light and the robot's pose: LeIsaac 0.4.0."""
