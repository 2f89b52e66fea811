"""Configuration of the pick-orange task: one scene, two faces.

:class:`PickOrangeEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`PickOrangeSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: its units, its cameras, an instruction.
"""

from __future__ import annotations

import math

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

from lerobot_env_leisaac.tasks.common import events, goals, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, scattered
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import ORANGES, PLATE, SPEC

GRASP_POINT = (0.0124, 0.0, -0.0795)
"""Where an orange's middle is between the jaws, in the frame of the gripper body [m]."""

_BASE = SceneEntityCfg("robot", body_names=SPEC.robot.base_body)
_GRIPPER = SceneEntityCfg("robot", body_names=SPEC.robot.tool_body)
_JAW = SceneEntityCfg("robot", joint_names="gripper")
_OBJECTS = (*ORANGES, PLATE)

TRAINING_EPISODE_S = 12.0
"""Simulated time of an episode for reinforcement learning [s]: oranges that rolled away are soon back."""


def _on_plate(orange: str) -> ObservationTermCfg:
    """Return LeIsaac 0.4's rule that an orange is on the plate."""
    params = {
        "object_cfg": SceneEntityCfg(orange),
        "target_cfg": SceneEntityCfg(PLATE),
        "max_offset": (0.10, 0.10, 0.07),
    }
    return ObservationTermCfg(func=goals.object_near, params=params)


def _oranges_on_plate() -> dict[str, ObservationTermCfg]:
    return dict(zip(SPEC.subtasks, map(_on_plate, ORANGES), strict=False))


_HAND = {"point": GRASP_POINT, "base_cfg": _BASE, "gripper_cfg": _GRIPPER, "placed": _oranges_on_plate()}
"""What rewards need to know of the hand, and what it shall take."""


def _subtasks() -> dict[str, ObservationTermCfg]:
    """Return the condition of each sub-task."""
    return {
        **_oranges_on_plate(),
        "arm_at_rest": terms.arm_at_rest(SPEC.robot),
    }


def _position(name: str) -> ObservationTermCfg:
    params = {"base_cfg": _BASE, "object_cfg": SceneEntityCfg(name)}
    return ObservationTermCfg(func=places.position_in_base, params=params)


@configclass
class ObservationsCfg:
    """State of robot and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], positions of oranges and plate in the base frame [m], last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        orange001 = _position("Orange001")
        orange002 = _position("Orange002")
        orange003 = _position("Orange003")
        plate = _position("Plate")
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        orange001_on_plate = _on_plate("Orange001")
        orange002_on_plate = _on_plate("Orange002")
        orange003_on_plate = _on_plate("Orange003")
        arm_at_rest = _subtasks()["arm_at_rest"]

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """LeIsaac's PickOrange randomisation: where oranges and plate stand."""

    orange001 = scattered("Orange001", 0.03)
    orange002 = scattered("Orange002", 0.03)
    orange003 = scattered("Orange003", 0.03)
    plate = scattered("Plate", 0.03)


@configclass
class SmolVLAEventsCfg(EventsCfg):
    """LeIsaac's PickOrange randomisation of the front camera on top."""

    front_camera: EventTermCfg | None = EventTermCfg(
        func=events.offset_camera_pose,
        mode="reset",
        params={
            "sensor_cfg": SceneEntityCfg("front"),
            "pose_range": {
                **dict.fromkeys(("x", "y", "z"), (-0.025, 0.025)),
                **dict.fromkeys(("roll", "pitch", "yaw"), (-math.radians(2.5), math.radians(2.5))),
            },
        },
    )


@configclass
class RewardsCfg:
    """Come near the next orange, grip it, bring it to the plate; move no more than needed."""

    near = RewardTermCfg(func=rewards.grasp_point_near_next_object, weight=0.2, params={"std": 0.2, **_HAND})
    centred = RewardTermCfg(func=rewards.grasp_point_near_next_object, weight=0.4, params={"std": 0.02, **_HAND})
    closed = RewardTermCfg(
        func=rewards.jaws_closed_around_next_object,
        weight=1.0,
        params={"std": 0.02, "opening": (1.2, 0.6), "joint_cfg": _JAW, **_HAND},
    )
    carried = RewardTermCfg(
        func=rewards.next_object_carried_to,
        weight=6.0,
        params={"std": 0.03, "reach": 0.2, "target_cfg": SceneEntityCfg(PLATE), "above": 0.05, **_HAND},
    )
    on_plate = RewardTermCfg(func=rewards.objects_placed, weight=10.0, params={"placed": _oranges_on_plate()})
    # success ends the episode: it must be worth more than staying just short of it
    success = RewardTermCfg(func=isaaclab_mdp.is_terminated_term, weight=3000.0, params={"term_keys": "success"})
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    # LeIsaac 0.4's rule; the dwell is ours
    success = TerminationTermCfg(func=goals.all_hold, params={"conditions": _subtasks(), "dwell_s": 0.2})
    diverged = terms.diverged(SPEC.robot, _OBJECTS)
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class PickOrangeEnvCfg(TaskEnvCfg):
    """Put the oranges on the plate: radians, Isaac Lab's observation groups, shaped reward."""

    observations: ObservationsCfg = ObservationsCfg()
    events: EventsCfg = EventsCfg()
    rewards: RewardsCfg = RewardsCfg()
    terminations: TerminationsCfg = TerminationsCfg()

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task."""
        return SPEC

    def __post_init__(self) -> None:
        super().__post_init__()
        self.episode_length_s = TRAINING_EPISODE_S
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(-0.35, -0.65, 0.5), lookat=(0.2, 0.0, 0.05))


@configclass
class PickOrangeSmolVLAEnvCfg(LeRobotEnvMixinCfg, PickOrangeEnvCfg):
    """Put the oranges on the plate, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
    events: SmolVLAEventsCfg = SmolVLAEventsCfg()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.episode_length_s = SPEC.episode_s
