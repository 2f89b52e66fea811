"""The table: an SO-101 at it with a cube, and its three cameras."""

from __future__ import annotations

from dataclasses import MISSING

from isaaclab.assets import AssetBaseCfg, RigidObjectCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.tasks.common import cameras, scenes

from .spec import SPEC

_LEISAAC_ROBOT_POSE = ((0.35, -0.64, 0.01), (0.0, 0.0, 1.0, 0.0))
"""Where LeIsaac 0.4 puts the robot in its LiftCube scene: position [m], orientation xyzw (180 degrees about z)."""


@configclass
class TableWithCubeSceneCfg(scenes.TabletopSceneCfg):
    """SO-101 at a table with a cube, which is named ``cube``."""

    cube: RigidObjectCfg = MISSING
    dome_light: AssetBaseCfg = scenes.dome_light(1000.0)  # LeIsaac 0.4's for LiftCube

    def __post_init__(self) -> None:
        self.place(scenes.scene_entities(paths.SCENE, _LEISAAC_ROBOT_POSE, SPEC.objects))


@configclass
class TableWithCubeCamerasSceneCfg(TableWithCubeSceneCfg):
    """The same scene with its three cameras."""

    env_spacing: float = scenes.env_spacing(cameras=True)
    front: CameraCfg | None = MISSING
    top: CameraCfg | None = MISSING
    wrist: CameraCfg | None = cameras.wrist_camera()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.place(scenes.base_cameras(front=cameras.front_camera, top=cameras.top_camera))
