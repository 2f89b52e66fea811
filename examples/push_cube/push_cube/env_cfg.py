"""The configurations of the task: one scene, two faces."""

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import (
    EventTermCfg,
    ObservationTermCfg,
    RewardTermCfg,
    SceneEntityCfg,
    TerminationTermCfg,
)
from isaaclab.utils import configclass

from lerobot_env_leisaac.tasks.common import events, goals, places
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, joints
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import MARK, SPEC

_JOINTS = joints(SPEC.robot)
_BASE = SceneEntityCfg("robot", body_names=SPEC.robot.base_body)
_CUBE = SceneEntityCfg("cube")


def distance_to_mark(env: ManagerBasedEnv, base_cfg: SceneEntityCfg, cube_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return how far the cube is from the mark [m]. Shape is (N,)."""
    cube = places.position_in_base(env, base_cfg, cube_cfg)
    return (cube[:, :2] - torch.tensor(MARK, device=env.device)).norm(dim=-1)


def cube_on_mark(env: ManagerBasedEnv, base_cfg: SceneEntityCfg, cube_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return whether the cube is on the mark. Shape is (N,), bool."""
    return distance_to_mark(env, base_cfg, cube_cfg) < 0.025


_ON_MARK = ObservationTermCfg(func=cube_on_mark, params={"base_cfg": _BASE, "cube_cfg": _CUBE})


@configclass
class ObservationsCfg:
    """State of robot and cube, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], position of the cube in the base frame [m], last action."""

        joint_pos = ObservationTermCfg(func=isaaclab_mdp.joint_pos, params={"asset_cfg": _JOINTS})
        cube = ObservationTermCfg(
            func=places.position_in_base, params={"base_cfg": _BASE, "object_cfg": SceneEntityCfg("cube")}
        )
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class EventsCfg(ResetCfg):
    """Where the cube lies when an episode starts: a function of seed and episode alone."""

    cube_pose = EventTermCfg(
        func=events.reset_object_pose,
        mode="reset",
        params={"asset_cfg": _CUBE, "pose_range": {"x": (-0.02, 0.02), "y": (-0.02, 0.02)}},
    )


@configclass
class RewardsCfg:
    """The nearer the better."""

    distance = RewardTermCfg(
        func=distance_to_mark, weight=-1.0, params={"base_cfg": _BASE, "cube_cfg": SceneEntityCfg("cube")}
    )


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    success = TerminationTermCfg(func=goals.all_hold, params={"conditions": {"on_mark": _ON_MARK}, "dwell_s": 0.2})
    diverged = TerminationTermCfg(func=goals.diverged, params={"robot_cfg": _JOINTS, "object_cfgs": [_CUBE]})
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class PushCubeEnvCfg(TaskEnvCfg):
    """Push the cube: radians, Isaac Lab's observation groups, a reward."""

    observations: ObservationsCfg = ObservationsCfg()
    events: EventsCfg = EventsCfg()
    rewards: RewardsCfg = RewardsCfg()
    terminations: TerminationsCfg = TerminationsCfg()

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task."""
        return SPEC


@configclass
class PushCubeLeRobotEnvCfg(LeRobotEnvMixinCfg, PushCubeEnvCfg):
    """Push the cube, in LeRobot units, seen by the cameras of the scene."""

    observations: LeRobotObservationsCfg = LeRobotObservationsCfg()
