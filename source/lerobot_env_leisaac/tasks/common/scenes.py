"""Scenes that tasks share: which robot stands where, at what, under which cameras.

The files come from :mod:`lerobot_env_leisaac.assets.paths`. Presets choose among them: by default LeIsaac's own where
``LEISAAC_ASSETS_ROOT`` is set and the packaged ones elsewhere; ``presets=packaged`` always the packaged ones;
``presets=nucleus`` NVIDIA's robot from Nucleus in the packaged scene.
"""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.assets.scenes.objects import object_of
from lerobot_env_leisaac.robots.so101.cfg import so101_cfg, so101_nucleus_cfg

from . import cameras

_ROBOT = "{ENV_REGEX_NS}/Robot"
_SCENE = "{ENV_REGEX_NS}/Scene"

_LEISAAC_ROBOT_POSE = ((0.35, -0.64, 0.01), (0.0, 0.0, 1.0, 0.0))
"""Where LeIsaac 0.4 puts the robot in its LiftCube scene: position [m], orientation xyzw (180 degrees about z)."""

_PHYSX = ("isaacsim_physx", "ovphysx", "physx")
_RTX = ("isaacsim_rtx", "ovrtx", "rtx")
"""Names of the presets that select PhysX, and RTX."""


def _table_with_cube(source: paths.Source | None, robot: ArticulationCfg | None = None) -> dict[str, Any]:
    """Return the scene's entities by name, with files from ``source``."""
    file = paths.resolve(paths.SCENE, source)
    robot = robot or so101_cfg(source)
    robot.prim_path = _ROBOT
    if file.source != "packaged":
        robot.init_state.pos, robot.init_state.rot = _LEISAAC_ROBOT_POSE
    cube = object_of(file.path, "cube")
    return {
        "robot": robot,
        "surroundings": AssetBaseCfg(prim_path=_SCENE, spawn=sim_utils.UsdFileCfg(usd_path=str(file.path))),
        "cube": RigidObjectCfg(
            prim_path=f"{_SCENE}/{cube.path}",
            spawn=None,  # it comes with the table's file
            init_state=RigidObjectCfg.InitialStateCfg(pos=cube.position, rot=cube.orientation),
        ),
    }


def _nucleus_robot() -> ArticulationCfg:
    """Return NVIDIA's robot; its file holds one set of physics for Newton and one for PhysX."""
    robot = so101_nucleus_cfg()
    robot.spawn.variants["Physics"] = preset(default="physics", **dict.fromkeys(_PHYSX, "physx"))
    return robot


def _base_cameras(frame: cameras.BaseFrame) -> dict[str, Any]:
    return {"front": cameras.front_camera(frame), "top": cameras.top_camera(frame)}


def _asset_presets(default: dict[str, Any], packaged: dict[str, Any], nucleus: dict[str, Any]) -> dict[str, Any]:
    """Return a preset for each entity."""
    return {name: preset(default=default[name], packaged=packaged[name], nucleus=nucleus[name]) for name in default}


def _env_spacing(*shared_world: str) -> Any:
    """Return the distance between environments [m]: none, but for the backends that hold all of them in one world.

    Newton simulates and renders each environment in a world of its own, so all of them stand at the origin: a grasp is
    chaotic, and the rounding of a different origin would make an episode depend on which environment plays it. PhysX
    and RTX hold all environments in one world and need the space.
    """
    return preset(default=0.0, **dict.fromkeys(shared_world, 2.0))


@configclass
class TableWithCubeSceneCfg(InteractiveSceneCfg):
    """SO-101 at a table with a cube, which is named ``cube``."""

    num_envs: int = 1
    env_spacing: float = _env_spacing(*_PHYSX)
    robot: ArticulationCfg = MISSING
    surroundings: AssetBaseCfg = MISSING
    cube: RigidObjectCfg = MISSING
    key_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/KeyLight",
        spawn=sim_utils.DistantLightCfg(intensity=1500.0, angle=1.0),
        init_state=AssetBaseCfg.InitialStateCfg(rot=(0.17, 0.22, 0.04, 0.96)),
    )
    dome_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/DomeLight",
        spawn=sim_utils.DomeLightCfg(intensity=1000.0, color=(0.75, 0.75, 0.75)),  # LeIsaac 0.4's for LiftCube
    )

    def __post_init__(self) -> None:
        entities = _asset_presets(
            default=_table_with_cube(None),
            packaged=_table_with_cube("packaged"),
            nucleus=_table_with_cube("packaged", _nucleus_robot()),
        )
        for name, entity in entities.items():
            setattr(self, name, entity)


@configclass
class TableWithCubeCamerasSceneCfg(TableWithCubeSceneCfg):
    """The same scene with its three cameras."""

    env_spacing: float = _env_spacing(*_PHYSX, *_RTX)
    front: CameraCfg | None = MISSING
    top: CameraCfg | None = MISSING
    wrist: CameraCfg | None = cameras.wrist_camera()

    def __post_init__(self) -> None:
        super().__post_init__()
        default_frame: cameras.BaseFrame = "urdf" if paths.resolve(paths.ROBOT).source == "packaged" else "leisaac"
        entities = _asset_presets(
            default=_base_cameras(default_frame), packaged=_base_cameras("urdf"), nucleus=_base_cameras("leisaac")
        )
        for name, entity in entities.items():
            setattr(self, name, entity)
