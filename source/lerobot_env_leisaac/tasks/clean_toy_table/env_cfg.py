"""Configuration of the clean-toy-table task: one scene, two faces.

:class:`CleanToyTableEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`CleanToyTableSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: units, cameras, an instruction.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import (
    ObservationTermCfg,
    RewardTermCfg,
    SceneEntityCfg,
    TerminationTermCfg,
)
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.common import goals, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, scattered
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import BOX, LETTERS, SPEC

GRASP_POINT = (0.0084, 0.0, -0.0900)
"""Where a letter's middle is between the jaws, in the frame of the gripper body [m]."""

_BASE = SceneEntityCfg("robot", body_names=SPEC.robot.base_body)
_GRIPPER = SceneEntityCfg("robot", body_names=SPEC.robot.tool_body)
_OBJECTS = (*LETTERS, BOX)


def in_box(letter: str) -> ObservationTermCfg:
    """Return LeIsaac 0.4's rule that a letter is in the box, and ours: within its walls and at rest."""
    params = {
        "object_cfg": SceneEntityCfg(letter),
        "container_cfg": SceneEntityCfg(BOX),
        "max_offset": (0.05, 0.05),
        "max_speed": 0.02,
    }
    return ObservationTermCfg(func=goals.object_rests_in, params=params)


def letters_in_box() -> dict[str, ObservationTermCfg]:
    """Return the condition that each letter is in the box, by sub-task."""
    return dict(zip(SPEC.subtasks, map(in_box, LETTERS), strict=False))


def _subtasks() -> dict[str, ObservationTermCfg]:
    """Return the condition of each sub-task."""
    return {
        **letters_in_box(),
        "arm_at_rest": terms.arm_at_rest(SPEC.robot),
    }


def _where(place: Callable[..., torch.Tensor], name: str) -> ObservationTermCfg:
    return ObservationTermCfg(func=place, params={"base_cfg": _BASE, "object_cfg": SceneEntityCfg(name)})


@configclass
class ObservationsCfg:
    """State of robot and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], poses of letters and position of the box in the base frame [m], last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        character_e = _where(places.pose_in_base, "Character_E")
        character_e_1 = _where(places.pose_in_base, "Character_E_1")
        box = _where(places.position_in_base, "Box")
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        character_e_in_box = in_box("Character_E")
        character_e_1_in_box = in_box("Character_E_1")
        arm_at_rest = _subtasks()["arm_at_rest"]

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """Where letters and box stand."""

    character_e = scattered("Character_E", 0.03, math.radians(30))
    character_e_1 = scattered("Character_E_1", 0.03, math.radians(30))
    box = scattered("Box", 0.02)


@configclass
class RewardsCfg:
    """Come near the next letter, bring it into the box; move no more than needed."""

    near = RewardTermCfg(
        func=rewards.grasp_point_near_next_object,
        weight=1.0,
        params={
            "std": 0.1,
            "point": GRASP_POINT,
            "base_cfg": _BASE,
            "gripper_cfg": _GRIPPER,
            "placed": letters_in_box(),
        },
    )
    in_box = RewardTermCfg(func=rewards.objects_placed, weight=5.0, params={"placed": letters_in_box()})
    # success ends the episode: it must be worth more than staying just short of it
    success = RewardTermCfg(func=isaaclab_mdp.is_terminated_term, weight=3000.0, params={"term_keys": "success"})
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    # LeIsaac 0.4's rule; that letters lie within the walls, and the dwell, are ours
    success = TerminationTermCfg(func=goals.all_hold, params={"conditions": _subtasks(), "dwell_s": 0.2})
    diverged = terms.diverged(SPEC.robot, _OBJECTS)
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class CleanToyTableEnvCfg(TaskEnvCfg):
    """Put the letters into the box: radians, Isaac Lab's observation groups, shaped reward."""

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
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(-0.35, -0.65, 0.5), lookat=(0.2, 0.0, 0.05))


@configclass
class CleanToyTableSmolVLAEnvCfg(LeRobotEnvMixinCfg, CleanToyTableEnvCfg):
    """Put the letters into the box, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
