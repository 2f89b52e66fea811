"""What the configurations of all tasks have in common, as their :class:`~..spec.TaskSpec` says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

import torch
from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.envs.mdp import JointPositionActionCfg, reset_scene_to_default
from isaaclab.managers import ActionTermCfg, EventTermCfg, ObservationGroupCfg, ObservationTermCfg, SceneEntityCfg
from isaaclab.utils import configclass
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.assets.look import DEFAULT_LOOK, LookName
from lerobot_env_leisaac.robots.spec import RobotSpec, named
from lerobot_env_leisaac.tasks.spec import TaskSpec

from . import events
from .base_actions import BaseVelocityActionCfg
from .cloth import cloth_physics_cfg
from .pinch import PinchCfg
from .presets import physics_cfg
from .scene_cfg import TabletopSceneCfg, scene_cfg


def joints(robot: RobotSpec, entity: str = "robot") -> SceneEntityCfg:
    """Return the joints of a robot, or of one of its arms by what the scene calls it, in the order of its channels.

    Those of a base that drives are not among them: its channels are velocities.
    """
    names = [robot.channels[index].joint for index in robot.positions_of(entity)]
    return SceneEntityCfg(entity, joint_names=names, preserve_order=True)


@configclass
class ActionsCfg:
    """Absolute joint position targets [rad], and velocities of a base that drives [m/s], [rad/s].

    They stand in the order of the robot's channels; see :func:`actions_cfg`.
    """


def actions_cfg(
    task: TaskSpec,
    arm: Callable[..., JointPositionActionCfg],
    base: Callable[..., BaseVelocityActionCfg],
    **params: Any,
) -> ActionsCfg:
    """Return an action term for each of a robot's arms, ``joint_pos``, or ``<arm>_joint_pos`` where it has several.

    One that drives has a further term, ``base_velocity``, and a scene with cloth one that takes no numbers.

    Args:
        task: The task.
        arm: The kind of the arms' terms.
        base: The kind of the base's term.
        params: Further parameters of each.
    """
    robot = task.robot
    terms: dict[str, ActionTermCfg] = {}
    for entity in robot.entities:
        asset = joints(robot, entity)
        terms[named("joint_pos", entity)] = arm(
            asset_name=entity,
            joint_names=asset.joint_names,
            preserve_order=True,
            use_default_offset=False,
            **params,
        )
    if moving := [robot.channels[column] for column in robot.columns("base")]:
        names = [channel.joint for channel in moving]
        terms["base_velocity"] = base(asset_name=moving[0].entity, joint_names=names, **params)
    terms |= {f"{name}_pinch": PinchCfg(asset_name=name) for name in task.scene.cloths}
    # fields of a class, and not attributes set on an object, so that copies of the configuration keep them
    fields = {"__annotations__": dict.fromkeys(terms, ActionTermCfg), **terms}
    actions: ActionsCfg = configclass(type(ActionsCfg.__name__, (ActionsCfg,), fields))()
    return actions


@configclass
class VectorGroupCfg(ObservationGroupCfg):
    """A group of observations whose terms are one vector, for reinforcement learning."""

    def __post_init__(self) -> None:
        self.concatenate_terms = True
        self.enable_corruption = False


@configclass
class ResetCfg:
    """What every reset begins with: everything is where its configuration says; a task adds what its episodes draw."""

    reset_scene: EventTermCfg = EventTermCfg(
        func=reset_scene_to_default, mode="reset", params={"reset_joint_targets": True}
    )


def scattered(name: str, distance: float, turn: float = 0.0) -> EventTermCfg:
    """Return the reset of an object by up to a distance along x and along y [m], and by up to a turn [rad]."""
    pose_range = {"x": (-distance, distance), "y": (-distance, distance), "yaw": (-turn, turn)}
    return EventTermCfg(
        func=events.reset_object_pose,
        mode="reset",
        params={"asset_cfg": SceneEntityCfg(name), "pose_range": pose_range},
    )


def scattered_cloth(name: str, distance: float, turn: float) -> EventTermCfg:
    """Return the same of a cloth."""
    term = scattered(name, distance, turn)
    term.func = events.reset_cloth_pose
    return term


@configclass
class TaskEnvCfg(ManagerBasedRLEnvCfg):
    """A task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.

    Scene, actions, physics and rates are those of :meth:`spec`; a task adds its observations, events, rewards and
    terminations.
    """

    scene: TabletopSceneCfg = None  # type: ignore[assignment] # made with each configuration
    """The task's scene where none is given: it depends on where assets come from."""
    actions: ActionsCfg = None  # type: ignore[assignment] # made with each configuration
    look: str = preset(default=DEFAULT_LOOK, **{look: look for look in get_args(LookName)})
    """How robot and scene look, which :func:`.scene_cfg.scene_cfg` has for each."""
    env_name: str = ""
    """Name that Isaac Lab's recorder notes: an id of the task."""
    models: dict[str, Any] = {}  # noqa: RUF012 - Isaac Lab copies the fields of a configuration
    """What it notes of the robot's models, once they are built: their joints, in order, and the way ahead."""

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task; no field, since Isaac Lab's configurations write into the fields of their fields."""
        raise NotImplementedError

    def mistakes(self, others: Sequence[str]) -> dict[str, ObservationTermCfg]:
        """Return what tells that the task was done with an object that is not meant, by name.

        Args:
            others: The objects that are not.
        """
        return {}

    def get_ep_meta(self) -> dict[str, Any]:
        """Return what Isaac Lab's recorder notes beside the episodes: its own facts, and the robot's models."""
        return {
            "sim_args": {
                "dt": self.sim.dt,
                "decimation": self.decimation,
                "render_interval": self.sim.render_interval,
                "num_envs": self.scene.num_envs,
            },
            "leisaac_models": self.models,
        }

    def __post_init__(self) -> None:
        spec = self.spec()
        if self.scene is None:
            self.scene = scene_cfg(spec, cameras=False)
        if self.actions is None:
            self.actions = actions_cfg(spec, JointPositionActionCfg, BaseVelocityActionCfg)
        self.env_name = self.env_name or spec.isaaclab_id
        self.sim.device = "cuda:0" if torch.cuda.is_available() else "cpu"
        self.sim.dt = 1 / spec.physics_hz
        self.decimation = spec.physics_hz // spec.control_hz
        self.sim.render_interval = self.decimation
        self.sim.physics = cloth_physics_cfg(spec) if spec.scene.cloths else physics_cfg(spec)
        self.episode_length_s = spec.episode_s
