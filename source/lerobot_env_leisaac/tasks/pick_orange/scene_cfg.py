"""The kitchen: an SO-101 at a counter with three oranges and a plate, and its two cameras."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.assets.scenes.objects import object_of
from lerobot_env_leisaac.robots.so101.cfg import so101_cfg
from lerobot_env_leisaac.tasks.common import cameras, scenes

from .spec import ORANGES, PLATE

LEISAAC_ROBOT_POSE = ((2.2, -0.61, 0.89), (0.0, 0.0, 1.0, 0.0))
"""Where LeIsaac 0.4 puts the robot in its kitchen: position [m], orientation xyzw (180 degrees about z)."""


def _kitchen(source: paths.Source | None, robot: ArticulationCfg | None = None) -> dict[str, Any]:
    """Return the scene's entities by name, with files from ``source``."""
    file = paths.resolve(paths.KITCHEN_WITH_ORANGE, source)
    robot = robot or so101_cfg(source)
    robot.prim_path = "{ENV_REGEX_NS}/Robot"
    if file.source != "packaged":
        robot.init_state.pos, robot.init_state.rot = LEISAAC_ROBOT_POSE
    prim_path = "{ENV_REGEX_NS}/Scene"
    entities: dict[str, Any] = {
        "robot": robot,
        "surroundings": AssetBaseCfg(prim_path=prim_path, spawn=sim_utils.UsdFileCfg(usd_path=str(file.path))),
    }
    for name in (*ORANGES, PLATE):
        body = object_of(file.path, name)
        entities[name] = RigidObjectCfg(
            prim_path=f"{prim_path}/{body.path}",
            spawn=None,  # it comes with the kitchen's file
            init_state=RigidObjectCfg.InitialStateCfg(pos=body.position, rot=body.orientation),
        )
    return entities


@configclass
class KitchenWithOrangeSceneCfg(InteractiveSceneCfg):
    """SO-101 at a kitchen counter; the objects have LeIsaac's names."""

    num_envs: int = 1
    env_spacing: float = scenes._env_spacing(*scenes._PHYSX)
    robot: ArticulationCfg = MISSING
    surroundings: AssetBaseCfg = MISSING
    Orange001: RigidObjectCfg = MISSING
    Orange002: RigidObjectCfg = MISSING
    Orange003: RigidObjectCfg = MISSING
    Plate: RigidObjectCfg = MISSING
    key_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/KeyLight",
        spawn=sim_utils.DistantLightCfg(intensity=1500.0, angle=1.0),
        init_state=AssetBaseCfg.InitialStateCfg(rot=(0.17, 0.22, 0.04, 0.96)),
    )
    dome_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/DomeLight",
        spawn=sim_utils.DomeLightCfg(intensity=3000.0, color=(0.75, 0.75, 0.75)),  # LeIsaac 0.4's
    )

    def __post_init__(self) -> None:
        entities = scenes._asset_presets(
            default=_kitchen(None),
            packaged=_kitchen("packaged"),
            nucleus=_kitchen("packaged", scenes._nucleus_robot()),
        )
        for name, entity in entities.items():
            setattr(self, name, entity)


@configclass
class KitchenWithOrangeCamerasSceneCfg(KitchenWithOrangeSceneCfg):
    """The same scene with LeIsaac's two cameras: ``front`` above the counter, ``wrist`` on the gripper."""

    env_spacing: float = scenes._env_spacing(*scenes._PHYSX, *scenes._RTX)
    front: CameraCfg | None = MISSING
    wrist: CameraCfg | None = cameras.wrist_camera()

    def __post_init__(self) -> None:
        super().__post_init__()
        is_packaged = paths.resolve(paths.ROBOT).source == "packaged"
        front = scenes._asset_presets(
            default={"front": cameras.top_camera("urdf" if is_packaged else "leisaac", name="front")},
            packaged={"front": cameras.top_camera("urdf", name="front")},
            nucleus={"front": cameras.top_camera("leisaac", name="front")},
        )
        self.front = front["front"]
