"""What the configurations of all tasks have in common, as their :class:`~..spec.TaskSpec` says it."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.envs.mdp import JointPositionActionCfg, reset_scene_to_default
from isaaclab.managers import EventTermCfg, ObservationGroupCfg, SceneEntityCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .presets import physics_cfg
from .scene_cfg import TabletopSceneCfg, scene_cfg


def joints(robot: RobotSpec) -> SceneEntityCfg:
    """Return the joints of a robot, in the order of its channels."""
    return SceneEntityCfg("robot", joint_names=robot.joint_names, preserve_order=True)


@configclass
class ActionsCfg:
    """Absolute joint position targets [rad], in the order of the robot's channels."""

    joint_pos: JointPositionActionCfg = JointPositionActionCfg(
        asset_name="robot", joint_names=MISSING, preserve_order=True, use_default_offset=False
    )


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


@configclass
class TaskEnvCfg(ManagerBasedRLEnvCfg):
    """A task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.

    Scene, actions, physics and rates are those of :meth:`spec`; a task adds its observations, events, rewards and
    terminations.
    """

    scene: TabletopSceneCfg = None  # type: ignore[assignment] # made with each configuration
    """The task's scene where none is given: it depends on where assets come from."""
    actions: ActionsCfg = ActionsCfg()
    env_name: str = ""
    """Name that Isaac Lab's recorder notes: an id of the task."""

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task; no field, since Isaac Lab's configurations write into the fields of their fields."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        spec = self.spec()
        if self.scene is None:
            self.scene = scene_cfg(spec, cameras=False)
        self.actions.joint_pos.joint_names = spec.robot.joint_names
        self.env_name = self.env_name or spec.isaaclab_id
        self.sim.device = "cuda:0" if torch.cuda.is_available() else "cpu"
        self.sim.dt = 1 / spec.physics_hz
        self.decimation = spec.physics_hz // spec.control_hz
        self.sim.render_interval = self.decimation
        self.sim.physics = physics_cfg(spec)
        self.episode_length_s = spec.episode_s
