"""From a scene as data to its Isaac Lab configuration: robot, surroundings, objects, cameras, light.

Presets choose among the files: by default LeIsaac's own where ``LEISAAC_ASSETS_ROOT`` is set and the packaged ones
elsewhere; ``presets=packaged`` always the packaged ones; ``presets=nucleus`` NVIDIA's robot in the packaged scene.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import MISSING, replace
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.utils import clone, configclass
from isaaclab.utils.math import quat_apply, quat_mul
from isaaclab_tasks.utils import preset
from isaaclab_tasks.utils.hydra import resolve_presets
from pxr import Usd
from torch import tensor

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.backends import PHYSX, RTX
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.scenes.read import object_of
from lerobot_env_leisaac.scenes.spec import SceneSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .cameras import camera_cfg, robot_path
from .cloth import cloth_cfg
from .physx import spawn_for_physx, spawn_with_exact_meshes_for_physx
from .presets import renderer_cfg
from .spawners import spawn_with_exact_meshes

_SCENE = "{ENV_REGEX_NS}/Scene"


@configclass
class TabletopSceneCfg(InteractiveSceneCfg):
    """Surroundings and light; :func:`scene_cfg` adds a scene's arms, objects and cameras by name."""

    num_envs: int = 1
    robot: ArticulationCfg | None = None
    """First of all that is built, since the order of bodies is that of sums; None where there are several arms."""
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


def scene_cfg(
    task: TaskSpec, *, cameras: bool, on_demand: str | None = None, size: tuple[int, int] = (48, 64)
) -> TabletopSceneCfg:
    """Return the scene of a task; its robot is ``robot``, arms, objects and cameras have their own names.

    Args:
        task: The task.
        cameras: Whether its cameras are there.
        on_demand: A camera at the tool that is there where the preset of its name is selected.
        size: Height and width of its images [px].

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: LeIsaac's file has no rigid body of an object's name.
    """
    default, packaged, nucleus = (_entities(task, model, cameras) for model in (None, "packaged", "nucleus"))
    entities = {name: preset(default=default[name], packaged=packaged[name], nucleus=nucleus[name]) for name in default}
    entities |= dict.fromkeys(task.optional_cameras)  # room for them
    if on_demand is not None:
        camera = next(each for each in task.scene.cameras if each.name == on_demand)
        camera = replace(camera, height=size[0], width=size[1])
        arm = task.robot.arms[camera.entity]
        sensor = camera_cfg(camera, arm, arm.model(pkgutil.resolve_name(arm.cfg)(None)), renderer_cfg(task.scene))
        # of one size and renderer: what else a camera offers would be offered where there is none
        entities[on_demand] = preset(default=None, **{on_demand: resolve_presets(sensor)})
    entities["env_spacing"] = _env_spacing(cameras)
    entities["dome_light"] = _dome_light(task.scene.diffuse_light)
    # fields of a class, and not attributes set on an object, so that copies of the configuration keep them
    fields = {"__annotations__": dict.fromkeys(entities, Any), **entities}
    scene: TabletopSceneCfg = configclass(type(TabletopSceneCfg.__name__, (TabletopSceneCfg,), fields))()
    return scene


def _entities(task: TaskSpec, model: str | None, cameras: bool) -> dict[str, Any]:
    """Return what is in a scene by name, around one model of the robot."""
    file = files.resolve(task.scene.file, None if model is None else "packaged")
    arms: dict[str, Any] = {}
    for name, arm in task.robot.arms.items():
        make = pkgutil.resolve_name(arm.cfg)
        arms[name] = make(model)
        arms[name].spawn.func = _with_physx(arms[name].spawn.func, spawn_for_physx)
        if arm.servos:
            servos = {servo: make(model, servo) for servo in arm.servos}
            arms[name].servo = preset(default=DEFAULT_SERVO, **{servo: servo for servo in servos})
            arms[name].actuators = preset(
                default=arms[name].actuators, **{servo: cfg.actuators for servo, cfg in servos.items()}
            )
        if arms[name].model == "packaged" and arm.file.real_path is not None:
            real = clone(arms[name].spawn)
            real.usd_path = str(arm.file.real_path)
            real.func = _with_physx(spawn_with_exact_meshes, spawn_with_exact_meshes_for_physx)
            arms[name].spawn = preset(default=arms[name].spawn, real=real)
        arms[name].prim_path = robot_path(name)
        _place(arms[name].init_state, name, task.scene, file.source)
    path: Any = str(file.path)
    if file.source == "packaged" and task.scene.file.real_path is not None:
        path = preset(default=path, real=str(task.scene.file.real_path))
    surroundings = sim_utils.UsdFileCfg(usd_path=path)
    surroundings.func = _with_physx(surroundings.func, spawn_for_physx)
    entities: dict[str, Any] = {**arms, "surroundings": AssetBaseCfg(prim_path=_SCENE, spawn=surroundings)}
    for name in task.scene.objects:
        body = object_of(task.scene, file.path, name)
        entities[name] = SceneObjectCfg(
            prim_path=f"{_SCENE}/{body.path}",
            spawn=None,  # it comes with the scene's file
            init_state=RigidObjectCfg.InitialStateCfg(pos=body.position, rot=body.orientation),
            origin_height=body.origin_height,
            height=body.height,
        )
    entities |= {name: cloth_cfg(name, cloth) for name, cloth in task.scene.cloths.items()}
    for camera in task.scene.cameras if cameras else ():
        arm = task.robot.arms[camera.entity]
        entities[camera.name] = camera_cfg(camera, arm, arm.model(arms[camera.entity]), renderer_cfg(task.scene))
    return entities


def _with_physx(spawn: Callable[..., Usd.Prim], for_physx: Callable[..., Usd.Prim]) -> Any:
    return preset(default=spawn, **dict.fromkeys(PHYSX, for_physx))


def _place(state: ArticulationCfg.InitialStateCfg, arm: str, scene: SceneSpec, source: files.Source) -> None:
    """Put an arm, which stands at the origin, where the scene has it."""
    if source == "leisaac" and arm in scene.leisaac_robot_poses:
        state.pos, state.rot = scene.leisaac_robot_poses[arm]
    elif source == "packaged" and arm in scene.robot_poses:
        position, turn = (tensor([part]) for part in scene.robot_poses[arm])
        state.pos = tuple((position + quat_apply(turn, tensor([state.pos])))[0].tolist())
        state.rot = tuple(quat_mul(turn, tensor([state.rot]))[0].tolist())


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
