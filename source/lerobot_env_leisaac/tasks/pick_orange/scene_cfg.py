"""The kitchen: an SO-101 at a counter with three oranges and a plate, and its two cameras."""

from __future__ import annotations

import functools
from dataclasses import MISSING

from isaaclab.assets import AssetBaseCfg, RigidObjectCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.tasks.common import cameras, scenes

from .spec import ORANGES, PLATE

LEISAAC_ROBOT_POSE = ((2.2, -0.61, 0.89), (0.0, 0.0, 1.0, 0.0))
"""Where LeIsaac 0.4 puts the robot in its kitchen: position [m], orientation xyzw (180 degrees about z)."""


@configclass
class KitchenWithOrangeSceneCfg(scenes.TabletopSceneCfg):
    """SO-101 at a kitchen counter; the objects have LeIsaac's names."""

    Orange001: RigidObjectCfg = MISSING
    Orange002: RigidObjectCfg = MISSING
    Orange003: RigidObjectCfg = MISSING
    Plate: RigidObjectCfg = MISSING
    dome_light: AssetBaseCfg = scenes.dome_light(3000.0)  # LeIsaac 0.4's

    def __post_init__(self) -> None:
        self.place(scenes.scene_entities(paths.KITCHEN_WITH_ORANGE, LEISAAC_ROBOT_POSE, (*ORANGES, PLATE)))


@configclass
class KitchenWithOrangeCamerasSceneCfg(KitchenWithOrangeSceneCfg):
    """The same scene with LeIsaac's two cameras: ``front`` above the counter, ``wrist`` on the gripper."""

    env_spacing: float = scenes.env_spacing(cameras=True)
    front: CameraCfg | None = MISSING
    wrist: CameraCfg | None = cameras.wrist_camera()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.place(scenes.base_cameras(front=functools.partial(cameras.top_camera, name="front")))
