"""Configuration of the lift-cube task: one scene, two faces.

:class:`LiftCubeEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`LiftCubeSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: its units, its cameras, an instruction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import (
    EventTermCfg,
    ObservationTermCfg,
    RewardTermCfg,
    SceneEntityCfg,
    TerminationTermCfg,
)
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.tasks.common import events, goals, observations, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.scene_cfg import scene_cfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, joints
from lerobot_env_leisaac.tasks.spec import TaskSpec

from . import mdp
from .spec import SPEC

SUCCESS_HEIGHT = 0.20
"""Height of the cube's centre above the base body at which the task is done [m] (LeIsaac 0.4)."""

TRAINING_EPISODE_S = 5.0
"""Simulated time of an episode for reinforcement learning [s]: a cube that was pushed out of reach is soon back."""

WRIST = "wrist"
"""The camera that a student of reinforcement learning sees by, and the preset that adds it and what it observes."""

_JOINTS = joints(SPEC.robot)
_BASE = SceneEntityCfg("robot", body_names=SPEC.robot.base_body)
_GRIPPER = SceneEntityCfg("robot", body_names=SPEC.robot.tool_body)
_JAW = SceneEntityCfg("robot", joint_names="gripper")
_CUBE = SceneEntityCfg("cube")

_HAND = {
    "point": SPEC.robot.grasp_point,
    "base_cfg": _BASE,
    "gripper_cfg": _GRIPPER,
    "placed": {"cube": ObservationTermCfg(func=goals.never, params={"object_cfg": _CUBE})},
}
"""What rewards need to know of the hand, and what it shall take."""

_IN_HAND = 0.05
"""Distance of the cube from the point between the jaws over which carrying it pays less [m]; one that is held is within
20 mm. With 0.03 jaws close and go no higher."""

_PICKED = {
    "max_distance": 0.02,
    "max_opening": 0.26,
    "gripper_cfg": _GRIPPER,
    "joint_cfg": _JAW,
}
"""When the cube is picked (LeIsaac 0.4)."""


@configclass
class ObservationsCfg:
    """State of robot and cube, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], cube pose in the base frame, vector from the jaws to the cube, last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        cube_pose = ObservationTermCfg(func=mdp.cube_pose_in_base, params={"base_cfg": _BASE})
        grasp_point_to_cube = ObservationTermCfg(func=mdp.grasp_point_to_cube, params={"gripper_cfg": _GRIPPER})
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    @configclass
    class ProprioceptionCfg(VectorGroupCfg):
        """What a robot knows of itself: joints [rad], last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    @configclass
    class WristCfg(VectorGroupCfg):
        """What the wrist camera sees."""

        image = ObservationTermCfg(func=observations.camera_tensor, params={"sensor_cfg": SceneEntityCfg(WRIST)})

    policy: PolicyCfg = PolicyCfg()
    proprioception: Any = preset(default=None, **{WRIST: ProprioceptionCfg()})
    wrist: Any = preset(default=None, **{WRIST: WristCfg()})


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        cube_picked = ObservationTermCfg(func=mdp.cube_grasped, params=_PICKED)

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """LeIsaac's LiftCube randomisation: where the cube lies, and how it is turned."""

    cube_pose = EventTermCfg(
        func=events.reset_object_pose,
        mode="reset",
        params={
            "asset_cfg": _CUBE,
            "pose_range": {
                "x": (-0.075, 0.075),
                "y": (-0.075, 0.075),
                "yaw": (-math.radians(30), math.radians(30)),
            },
        },
    )


@configclass
class SmolVLAEventsCfg(EventsCfg):
    """LeIsaac's LiftCube randomisation of the front camera on top."""

    front_camera: EventTermCfg | None = EventTermCfg(
        func=events.offset_camera_pose,
        mode="reset",
        params={
            "sensor_cfg": SceneEntityCfg("front"),
            "pose_range": {
                **dict.fromkeys(("x", "y", "z"), (-0.005, 0.005)),
                **dict.fromkeys(("roll", "pitch", "yaw"), (-math.radians(0.05), math.radians(0.05))),
            },
        },
    )


@configclass
class RewardsCfg:
    """Come near, take, raise; move no more than needed."""

    near = RewardTermCfg(func=rewards.grasp_point_near_next_object, weight=0.2, params={"std": 0.2, **_HAND})
    # near enough only for jaws that are open: closed ones stop at the cube's faces, 15 mm and more away
    centred = RewardTermCfg(func=rewards.grasp_point_near_next_object, weight=0.4, params={"std": 0.02, **_HAND})
    closed = RewardTermCfg(
        func=rewards.jaws_closed_around_next_object,
        weight=2.0,
        params={"std": 0.015, "opening": (1.0, 0.2), "joint_cfg": _JAW, **_HAND},
    )
    height = RewardTermCfg(
        func=rewards.next_object_raised_in_hand,
        weight=10.0,
        params={"std": _IN_HAND, "heights": (0.015, SUCCESS_HEIGHT), **_HAND},
    )
    # success ends the episode: it must be worth more than staying just below it (12 a second over gamma 0.98's 1.7 s)
    success = RewardTermCfg(
        func=rewards.success_with_object_in_hand,
        weight=1200.0,
        params={"std": _IN_HAND, "term": "success", **_HAND},
    )
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)
    joint_vel = RewardTermCfg(func=rewards.joint_vel_l2, weight=-2e-4, params={"asset_cfg": _JOINTS})


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    success = TerminationTermCfg(
        func=mdp.cube_lifted,
        params={"min_height": SUCCESS_HEIGHT, "dwell_s": 0.2, "base_cfg": _BASE, "cube_cfg": _CUBE},
    )
    diverged = terms.diverged(SPEC.robot, [_CUBE.name])
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class LiftCubeEnvCfg(TaskEnvCfg):
    """Lift the cube: radians, Isaac Lab's observation groups, shaped reward."""

    observations: ObservationsCfg = ObservationsCfg()
    events: EventsCfg = EventsCfg()
    rewards: RewardsCfg = RewardsCfg()
    terminations: TerminationsCfg = TerminationsCfg()

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task."""
        return SPEC

    def mistakes(self, others: Sequence[str]) -> dict[str, ObservationTermCfg]:
        """Return whether another cube is lifted."""
        params = {
            "min_height": SUCCESS_HEIGHT,
            "base_cfg": _BASE,
            "object_cfgs": [SceneEntityCfg(name) for name in others],
        }
        return {"wrong_cube_lifted": ObservationTermCfg(func=goals.any_above, params=params)}

    def __post_init__(self) -> None:
        if self.scene is None:
            self.scene = scene_cfg(SPEC, cameras=False, on_demand=WRIST)
        super().__post_init__()
        self.episode_length_s = TRAINING_EPISODE_S
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(0.75, -0.6, 0.38), lookat=(0.2, 0.0, 0.1))


@configclass
class LiftCubeSmolVLAEnvCfg(LeRobotEnvMixinCfg, LiftCubeEnvCfg):
    """Lift the cube, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
    events: SmolVLAEventsCfg = SmolVLAEventsCfg()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.episode_length_s = SPEC.episode_s
