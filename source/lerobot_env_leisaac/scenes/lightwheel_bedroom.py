"""A table in a bedroom with a T-shirt on it, and two arms."""

import dataclasses

from lerobot_env_leisaac.assets.files import AssetFile

from .cloth import Cloth, rectangle
from .leisaac_cameras import TOP, WRIST
from .spec import UPRIGHT, SceneSpec

_CELL = 0.014
_BODY, _LENGTH = 12, 14
_SLEEVE, _CUFF = 5, 5
"""Cells of the shirt: its body's width and length, a sleeve's length and width."""

_LEFT, _RIGHT = _BODY + _SLEEVE, -_SLEEVE

SHIRT = Cloth(
    cells=(
        *rectangle(range(_BODY), range(_LENGTH)),
        *rectangle(range(_BODY, _LEFT), range(_LENGTH - _CUFF, _LENGTH)),
        *rectangle(range(_RIGHT, 0), range(_LENGTH - _CUFF, _LENGTH)),
    ),
    cell=_CELL,
    position=(0.10, -_CELL * _BODY / 2),
    keypoints={
        "left_sleeve": (_LEFT, _LENGTH - 2),
        "left_shoulder": (_BODY, _LENGTH),
        "left_hem": (_BODY, 0),
        "right_sleeve": (_RIGHT, _LENGTH - 2),
        "right_shoulder": (0, _LENGTH),
        "right_hem": (0, 0),
    },
    density=0.2,  # of a T-shirt's jersey
    color=(0.16, 0.42, 0.66),
)
"""A T-shirt for a doll, 308 mm from sleeve to sleeve, its hem to the arms; left is the left of who stands behind them.

Its keypoints are those that LeIsaac 0.4.0 numbers on its own shirt, which is in no release.
"""

LIGHTWHEEL_BEDROOM = SceneSpec(
    file=AssetFile("lightwheel_bedroom", "scenes/lightwheel_bedroom.usda", real="scenes/lightwheel_bedroom_real.usda"),
    objects={},
    cloths={"cloth": SHIRT},
    cameras=(
        dataclasses.replace(WRIST, name="left_wrist", entity="left_arm"),
        dataclasses.replace(WRIST, name="right_wrist", entity="right_arm"),
        dataclasses.replace(TOP, entity="right_arm", position=(0.225, *TOP.position[1:])),
    ),
    robot_poses={"left_arm": ((0.0, 0.225, 0.0), UPRIGHT), "right_arm": ((0.0, -0.225, 0.0), UPRIGHT)},
    diffuse_light=3000.0,
)
"""LeIsaac's FoldCloth scene, with a cloth of our own: LeIsaac's is a particle cloth that PhysX alone simulates.

Source of names, cameras and light: LeIsaac 0.4.0. The arms stand 0.45 m apart, as in the toy room; LeIsaac's 0.28 m.
"""
