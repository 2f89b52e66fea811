"""A kitchen counter with a plate and a hamburger in parts: two halves of a bun, a patty and a slice of cheese."""

import dataclasses
import math

from lerobot_env_leisaac.assets.files import AssetFile

from .leisaac_cameras import TOP, WRIST
from .spec import UPRIGHT, Orientation, RigidBody, SceneSpec

WIDTH = 0.050
"""Diameter of buns and patty, and edge of the slice of cheese [m]: a small hamburger, which an SO-101 can grasp.

One as large as a real one, 13 cm across, would not fit between its jaws.
"""


PLATE_HEIGHT = 0.006
LAYER_HEIGHTS = (0.016, 0.012, 0.010, 0.022)
"""Heights of the plate and of the layers, bottom to top [m]."""


def _body(path: str, x: float, y: float, height: float, yaw_deg: float = 0.0) -> RigidBody:
    """Return a body on the counter, its origin in the middle of its underside."""
    half = math.radians(yaw_deg) / 2
    turn: Orientation = (0.0, 0.0, math.sin(half), math.cos(half)) if yaw_deg else UPRIGHT
    return RigidBody(path=path, position=(x, y, 0.0), orientation=turn, origin_height=0.0, height=height)


PLATE = _body("Burger_Plate", 0.165, -0.205, PLATE_HEIGHT)
"""The plate, on the counter top, z = 0, away from where the arm rests. It is flat: layers stand at its height."""

LAYERS = (
    _body("Burger_Bread002", 0.235, -0.008, LAYER_HEIGHTS[0]),
    _body("Burger_Beef_Patties001", 0.209, 0.107, LAYER_HEIGHTS[1]),
    _body("Burger_Cheese001", 0.131, 0.195, LAYER_HEIGHTS[2], 56.0),
    _body("Burger_Bread001", 0.020, 0.234, LAYER_HEIGHTS[3]),
)
"""The layers of the hamburger, bottom to top, on an arc about the arm, so far apart that jaws fit in between."""

KITCHEN_WITH_HAMBURGER = SceneSpec(
    file=AssetFile(
        "kitchen_with_hamburger",
        "scenes/kitchen_with_hamburger.usda",
        "scenes/kitchen_with_hamburger/scene.usd",
        real="scenes/kitchen_with_hamburger_real.usda",
    ),
    objects={body.path: body for body in (*LAYERS, PLATE)},
    cameras=(dataclasses.replace(TOP, name="front"), WRIST),
    leisaac_robot_poses={"robot": ((3.6, -0.65, 0.89), (0.0, 0.0, 1.0, 0.0))},
    diffuse_light=3000.0,
)
"""LeIsaac's AssembleHamburger scene. Source of the robot's pose: LeIsaac 0.4.0.

Its file is in no release. The names of plate, lower bun, patty and cheese are those of public configurations of it;
that of the upper bun is ours.
"""

_FACING_Y = (0.0, 0.0, 1.0, 0.0)

_PLACES = {
    "Burger_Bread002": (0.22, 0.235),
    "Burger_Beef_Patties001": (0.22, -0.235),
    "Burger_Cheese001": (0.13, 0.355),
    "Burger_Bread001": (0.13, -0.355),
    "Burger_Plate": (0.22, 0.0),
}

KITCHEN_WITH_HAMBURGER_TWO_ARMS = dataclasses.replace(
    KITCHEN_WITH_HAMBURGER,
    objects={
        name: dataclasses.replace(body, position=(*_PLACES[name], 0.0))
        for name, body in KITCHEN_WITH_HAMBURGER.objects.items()
    },
    cameras=(
        dataclasses.replace(WRIST, name="left_wrist", entity="left_arm"),
        dataclasses.replace(WRIST, name="right_wrist", entity="right_arm"),
        dataclasses.replace(TOP, entity="right_arm", position=(0.225, *TOP.position[1:])),
    ),
    robot_poses={"left_arm": ((0.0, 0.2, 0.0), UPRIGHT), "right_arm": ((0.0, -0.2, 0.0), UPRIGHT)},
    leisaac_robot_poses={"left_arm": ((3.4, -0.65, 0.89), _FACING_Y), "right_arm": ((3.8, -0.65, 0.89), _FACING_Y)},
)
"""The same with two arms 0.40 m apart, as LeIsaac 0.4.0 has them, two layers before each and the plate between."""
