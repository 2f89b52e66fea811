"""What the scenes of all tasks have in common: an SO-101, a scene file, the objects in it, cameras on the robot, light.

The files come from :mod:`lerobot_env_leisaac.assets.paths`. Presets choose among them: by default LeIsaac's own where
``LEISAAC_ASSETS_ROOT`` is set and the packaged ones elsewhere; ``presets=packaged`` always the packaged ones;
``presets=nucleus`` NVIDIA's robot from Nucleus in the packaged scene.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from .cameras import BaseFrame

Pose = tuple[tuple[float, float, float], tuple[float, float, float, float]]
"""Position [m] and orientation xyzw."""

_SCENE = "{ENV_REGEX_NS}/Scene"

_PHYSX = ("isaacsim_physx", "ovphysx", "physx")
_RTX = ("isaacsim_rtx", "ovrtx", "rtx")
"""Names of the presets that select PhysX, and RTX."""


def env_spacing(*, cameras: bool) -> Any:
    """Return the distance between environments [m]: none, but for the backends that hold all of them in one world.

    Newton simulates and renders each environment in a world of its own, so all of them stand at the origin: a grasp is
    chaotic, and the rounding of a different origin would make an episode depend on which environment plays it. PhysX
    and RTX hold all environments in one world and need the space.
    """
    return preset(default=0.0, **dict.fromkeys((*_PHYSX, *_RTX) if cameras else _PHYSX, 2.0))


def scene_entities(asset: paths.AssetFile, leisaac_robot_pose: Pose, objects: Sequence[str]) -> dict[str, Any]:
    """Return robot, surroundings and objects of a scene file by name, each with its presets.

    Args:
        asset: The scene file.
        leisaac_robot_pose: Where the robot stands in LeIsaac's own file.
        objects: Names of the rigid bodies that come with the file.
    """

    def entities(source: paths.Source | None, robot: ArticulationCfg) -> dict[str, Any]:
        file = paths.resolve(asset, source)
        robot.prim_path = "{ENV_REGEX_NS}/Robot"
        if file.source != "packaged":
            robot.init_state.pos, robot.init_state.rot = leisaac_robot_pose
        found: dict[str, Any] = {
            "robot": robot,
            "surroundings": AssetBaseCfg(prim_path=_SCENE, spawn=sim_utils.UsdFileCfg(usd_path=str(file.path))),
        }
        for name in objects:
            body = object_of(file.path, name)
            found[name] = RigidObjectCfg(
                prim_path=f"{_SCENE}/{body.path}",
                spawn=None,  # it comes with the scene's file
                init_state=RigidObjectCfg.InitialStateCfg(pos=body.position, rot=body.orientation),
            )
        return found

    return _presets(
        default=entities(None, so101_cfg(None)),
        packaged=entities("packaged", so101_cfg("packaged")),
        nucleus=entities("packaged", _nucleus_robot()),
    )


def base_cameras(**cameras: Callable[[BaseFrame], CameraCfg]) -> dict[str, Any]:
    """Return cameras on the robot's base by name, each with its presets: robot files reach in different directions."""

    def seen_from(frame: BaseFrame) -> dict[str, Any]:
        return {name: camera(frame) for name, camera in cameras.items()}

    is_packaged = paths.resolve(paths.ROBOT).source == "packaged"
    return _presets(
        default=seen_from("urdf" if is_packaged else "leisaac"),
        packaged=seen_from("urdf"),
        nucleus=seen_from("leisaac"),
    )


def _nucleus_robot() -> ArticulationCfg:
    """Return NVIDIA's robot; its file holds one set of physics for Newton and one for PhysX."""
    robot = so101_nucleus_cfg()
    robot.spawn.variants["Physics"] = preset(default="physics", **dict.fromkeys(_PHYSX, "physx"))
    return robot


def _presets(default: dict[str, Any], packaged: dict[str, Any], nucleus: dict[str, Any]) -> dict[str, Any]:
    """Return a preset for each entity."""
    return {name: preset(default=default[name], packaged=packaged[name], nucleus=nucleus[name]) for name in default}


@configclass
class TabletopSceneCfg(InteractiveSceneCfg):
    """An SO-101 and the surroundings that it stands in; a scene adds its objects, cameras and diffuse light."""

    num_envs: int = 1
    env_spacing: float = env_spacing(cameras=False)
    robot: ArticulationCfg = MISSING
    surroundings: AssetBaseCfg = MISSING
    key_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/KeyLight",
        spawn=sim_utils.DistantLightCfg(intensity=1500.0, angle=1.0),
        init_state=AssetBaseCfg.InitialStateCfg(rot=(0.17, 0.22, 0.04, 0.96)),
    )

    def place(self, entities: dict[str, Any]) -> None:
        """Set entities by name."""
        for name, entity in entities.items():
            setattr(self, name, entity)


def dome_light(intensity: float) -> AssetBaseCfg:
    """Return the diffuse light of a scene."""
    return AssetBaseCfg(
        prim_path="/World/DomeLight",
        spawn=sim_utils.DomeLightCfg(intensity=intensity, color=(0.75, 0.75, 0.75)),
    )
