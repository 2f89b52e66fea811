"""From a scene as data to its Isaac Lab configuration: robot, surroundings, objects, cameras, light.

Presets choose among the files: by default LeIsaac's own where ``LEISAAC_ASSETS_ROOT`` is set and the packaged ones
elsewhere; ``presets=packaged`` always the packaged ones; ``presets=nucleus`` NVIDIA's robot in the packaged scene.
"""

from __future__ import annotations

import pkgutil
from dataclasses import MISSING
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.utils import configclass
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.backends import PHYSX, RTX
from lerobot_env_leisaac.scenes.read import object_of
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .cameras import camera_cfg

_SCENE = "{ENV_REGEX_NS}/Scene"


@configclass
class TabletopSceneCfg(InteractiveSceneCfg):
    """A robot and the surroundings that it stands in; :func:`scene_cfg` adds a scene's objects and cameras by name."""

    num_envs: int = 1
    robot: ArticulationCfg = MISSING
    surroundings: AssetBaseCfg = MISSING
    key_light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/KeyLight",
        spawn=sim_utils.DistantLightCfg(intensity=1500.0, angle=1.0),
        init_state=AssetBaseCfg.InitialStateCfg(rot=(0.17, 0.22, 0.04, 0.96)),
    )
    dome_light: AssetBaseCfg = MISSING


@configclass
class SceneObjectCfg(RigidObjectCfg):
    """A rigid body of a scene file, with what its :class:`~..scenes.spec.RigidBody` says of its size."""

    origin_height: float = 0.0
    height: float | None = None


def scene_cfg(task: TaskSpec, *, cameras: bool) -> TabletopSceneCfg:
    """Return the scene of a task; its robot is ``robot``, objects and cameras have their own names.

    Args:
        task: The task.
        cameras: Whether its cameras are there.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: LeIsaac's file has no rigid body of an object's name.
    """
    default, packaged, nucleus = (_entities(task, model, cameras) for model in (None, "packaged", "nucleus"))
    entities = {name: preset(default=default[name], packaged=packaged[name], nucleus=nucleus[name]) for name in default}
    entities["env_spacing"] = _env_spacing(cameras)
    entities["dome_light"] = _dome_light(task.scene.diffuse_light)
    # fields of a class, and not attributes set on an object, so that copies of the configuration keep them
    fields = {"__annotations__": dict.fromkeys(entities, Any), **entities}
    scene: TabletopSceneCfg = configclass(type(TabletopSceneCfg.__name__, (TabletopSceneCfg,), fields))()
    return scene


def _entities(task: TaskSpec, model: str | None, cameras: bool) -> dict[str, Any]:
    """Return what is in a scene by name, around one model of the robot."""
    file = files.resolve(task.scene.file, None if model is None else "packaged")
    robot: ArticulationCfg = pkgutil.resolve_name(task.robot.cfg)(model)
    robot.prim_path = "{ENV_REGEX_NS}/Robot"
    if file.source == "leisaac" and task.scene.leisaac_robot_pose is not None:
        robot.init_state.pos, robot.init_state.rot = task.scene.leisaac_robot_pose
    entities: dict[str, Any] = {
        "robot": robot,
        "surroundings": AssetBaseCfg(prim_path=_SCENE, spawn=sim_utils.UsdFileCfg(usd_path=str(file.path))),
    }
    for name in task.scene.objects:
        body = object_of(task.scene, file.path, name)
        entities[name] = SceneObjectCfg(
            prim_path=f"{_SCENE}/{body.path}",
            spawn=None,  # it comes with the scene's file
            init_state=RigidObjectCfg.InitialStateCfg(pos=body.position, rot=body.orientation),
            origin_height=body.origin_height,
            height=body.height,
        )
    for camera in task.scene.cameras if cameras else ():
        entities[camera.name] = camera_cfg(camera, task.robot, task.robot.model(robot))
    return entities


def _env_spacing(cameras: bool) -> Any:
    """Return the distance between environments [m]: none, but for the backends that hold all of them in one world.

    Newton simulates and renders each environment in a world of its own, so all of them stand at the origin: a grasp is
    chaotic, and the rounding of a different origin would make an episode depend on which environment plays it. PhysX
    and RTX hold all environments in one world and need the space.
    """
    return preset(default=0.0, **dict.fromkeys((*PHYSX, *RTX) if cameras else PHYSX, 2.0))


def _dome_light(intensity: float) -> AssetBaseCfg:
    return AssetBaseCfg(
        prim_path="/World/DomeLight", spawn=sim_utils.DomeLightCfg(intensity=intensity, color=(0.75, 0.75, 0.75))
    )
