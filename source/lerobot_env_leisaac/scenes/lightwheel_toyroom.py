"""A table in a playroom with two letters E and an open box."""

import dataclasses
import math

from lerobot_env_leisaac.assets.files import AssetFile

from .leisaac_cameras import TOP, WRIST
from .spec import UPRIGHT, Orientation, RigidBody, SceneSpec

LETTER_SIZE = (0.040, 0.050, 0.025)
"""Edges of the block that a letter is cut from [m]: across its bars, along its back, and its thickness."""

BOX_WALL_HEIGHT = 0.045
"""Height of the box's rim above the table [m]."""


def _turned(yaw_deg: float) -> Orientation:
    half = math.radians(yaw_deg) / 2
    return (0.0, 0.0, math.sin(half), math.cos(half))


def _letter(name: str, x: float, y: float, yaw_deg: float) -> RigidBody:
    height = LETTER_SIZE[2] / 2
    return RigidBody(path=name, position=(x, y, height), orientation=_turned(yaw_deg), origin_height=height)


LETTERS = (_letter("Character_E", 0.18, 0.19, 45.0), _letter("Character_E_1", 0.16, -0.19, 135.0))
"""The letters of the packaged file, flat on the table at both sides of the box, turned to be taken from the arm."""

BOX = RigidBody(path="Box", position=(0.29, 0.0, 0.0), origin_height=0.0, height=BOX_WALL_HEIGHT)
"""Its box, the origin in the middle of the underside, which stands on the table top, z = 0."""

LIGHTWHEEL_TOYROOM = SceneSpec(
    file=AssetFile(
        "lightwheel_toyroom",
        "scenes/lightwheel_toyroom.usda",
        "scenes/lightwheel_toyroom/scene.usd",
        real="scenes/lightwheel_toyroom_real.usda",
    ),
    objects={body.path: body for body in (*LETTERS, BOX)},
    cameras=(dataclasses.replace(TOP, name="front"), WRIST),
    leisaac_robot_poses={"robot": ((-0.42, -0.26, 0.43), (0.0, 0.0, 1.0, 0.0))},
    diffuse_light=3000.0,
)
"""LeIsaac's CleanToyTable scene. Source of names, light and the robot's pose: LeIsaac 0.4.0."""

_FACING_Y = (0.0, 0.0, 1.0, 0.0)

LIGHTWHEEL_TOYROOM_TWO_ARMS = dataclasses.replace(
    LIGHTWHEEL_TOYROOM,
    objects={
        "Character_E": dataclasses.replace(LETTERS[0], position=(0.22, 0.21, LETTERS[0].position[2])),
        "Character_E_1": dataclasses.replace(LETTERS[1], position=(0.22, -0.21, LETTERS[1].position[2])),
        "Box": dataclasses.replace(BOX, position=(0.22, 0.0, 0.0)),
    },
    cameras=(
        dataclasses.replace(WRIST, name="left_wrist", entity="left_arm"),
        dataclasses.replace(WRIST, name="right_wrist", entity="right_arm"),
        dataclasses.replace(TOP, entity="right_arm", position=(0.225, *TOP.position[1:])),
    ),
    robot_poses={"left_arm": ((0.0, 0.225, 0.0), UPRIGHT), "right_arm": ((0.0, -0.225, 0.0), UPRIGHT)},
    leisaac_robot_poses={
        "left_arm": ((-0.6, -0.2, 0.43), _FACING_Y),
        "right_arm": ((-0.15, -0.2, 0.43), _FACING_Y),
    },
)
"""The same with two arms 0.45 m apart, as LeIsaac 0.4.0 has them, a letter before each and the box between."""
