"""A kitchen counter with three oranges and a plate."""

import dataclasses

from lerobot_env_leisaac.assets.files import AssetFile

from .leisaac_cameras import TOP, WRIST
from .spec import RigidBody, SceneSpec

ORANGE_RADIUS = 0.024
"""Radius of an orange [m]: between the jaws it holds the gripper below 0.60 rad, LeIsaac's mark of a picked one."""


def _orange(name: str, x: float, y: float) -> RigidBody:
    return RigidBody(path=name, position=(x, y, ORANGE_RADIUS), origin_height=ORANGE_RADIUS)


ORANGES = (_orange("Orange001", 0.06, 0.22), _orange("Orange002", 0.20, 0.15), _orange("Orange003", 0.26, 0.0))
"""The oranges of the packaged file, at rest on an arc about the arm, so far apart that jaws fit in between."""

PLATE = RigidBody(path="Plate", position=(0.16, -0.21, 0.0), origin_height=0.0)
"""Its plate, the origin in the middle of the underside, which stands on the counter top, z = 0."""

KITCHEN_WITH_ORANGE = SceneSpec(
    file=AssetFile(
        "kitchen_with_orange",
        "scenes/kitchen_with_orange.usda",
        "scenes/kitchen_with_orange/scene.usd",
        real="scenes/kitchen_with_orange_real.usda",
    ),
    objects={body.path: body for body in (*ORANGES, PLATE)},
    cameras=(dataclasses.replace(TOP, name="front"), WRIST),
    leisaac_robot_poses={"robot": ((2.2, -0.61, 0.89), (0.0, 0.0, 1.0, 0.0))},
    diffuse_light=3000.0,
)
"""LeIsaac's PickOrange scene. Source of names, light and the robot's pose: LeIsaac 0.4.0."""
