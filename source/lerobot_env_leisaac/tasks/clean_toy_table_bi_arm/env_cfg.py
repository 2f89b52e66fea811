"""Configuration of the clean-toy-table task with two arms: one scene, two faces, as with one arm."""

from __future__ import annotations

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationTermCfg, RewardTermCfg, SceneEntityCfg, TerminationTermCfg
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.clean_toy_table.env_cfg import (
    GRASP_POINT,
    CleanToyTableEnvCfg,
    EventsCfg,
    in_box,
    letters_in_box,
)
from lerobot_env_leisaac.tasks.clean_toy_table.spec import BOX, LETTERS
from lerobot_env_leisaac.tasks.common import goals, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import VectorGroupCfg
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import SPEC

LEFT, RIGHT = SPEC.robot.entities


def _base(arm: str) -> SceneEntityCfg:
    return SceneEntityCfg(arm, body_names=SPEC.robot.base_body)


def _near(arm: str) -> RewardTermCfg:
    return RewardTermCfg(
        func=rewards.grasp_point_near_next_object,
        weight=1.0,
        params={
            "std": 0.1,
            "point": GRASP_POINT,
            "base_cfg": _base(arm),
            "gripper_cfg": SceneEntityCfg(arm, body_names=SPEC.robot.tool_body),
            "placed": letters_in_box(),
        },
    )


def _where(name: str) -> ObservationTermCfg:
    return ObservationTermCfg(
        func=places.pose_in_base, params={"base_cfg": _base(LEFT), "object_cfg": SceneEntityCfg(name)}
    )


@configclass
class ObservationsCfg:
    """State of arms and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints of both arms [rad], poses of letters and box in the left base's frame [m], last action."""

        left_joint_pos = terms.joint_pos(SPEC.robot, LEFT)
        right_joint_pos = terms.joint_pos(SPEC.robot, RIGHT)
        left_joint_vel = terms.joint_vel(SPEC.robot, LEFT)
        right_joint_vel = terms.joint_vel(SPEC.robot, RIGHT)
        character_e = _where(LETTERS[0])
        character_e_1 = _where(LETTERS[1])
        box = _where(BOX)
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        character_e_in_box = in_box(LETTERS[0])
        character_e_1_in_box = in_box(LETTERS[1])
        left_arm_at_rest = terms.arm_at_rest(SPEC.robot, LEFT)
        right_arm_at_rest = terms.arm_at_rest(SPEC.robot, RIGHT)

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class RewardsCfg:
    """Come near a letter, bring them into the box; move no more than needed."""

    left_near = _near(LEFT)
    right_near = _near(RIGHT)
    in_box = RewardTermCfg(func=rewards.objects_placed, weight=5.0, params={"placed": letters_in_box()})
    # success ends the episode: it must be worth more than staying just short of it
    success = RewardTermCfg(func=isaaclab_mdp.is_terminated_term, weight=3000.0, params={"term_keys": "success"})
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    success = TerminationTermCfg(
        func=goals.all_hold,
        params={
            "conditions": {
                **letters_in_box(),
                "left_at_rest": terms.arm_at_rest(SPEC.robot, LEFT),
                "right_at_rest": terms.arm_at_rest(SPEC.robot, RIGHT),
            },
            "dwell_s": 0.2,
        },
    )
    diverged = terms.diverged(SPEC.robot, (*LETTERS, BOX))
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class CleanToyTableBiArmEnvCfg(CleanToyTableEnvCfg):
    """Put the letters into the box with two arms: radians, Isaac Lab's observation groups, shaped reward."""

    observations: ObservationsCfg = ObservationsCfg()  # type: ignore[assignment]
    events: EventsCfg = EventsCfg()
    rewards: RewardsCfg = RewardsCfg()  # type: ignore[assignment]
    terminations: TerminationsCfg = TerminationsCfg()  # type: ignore[assignment]

    @classmethod
    def spec(cls) -> TaskSpec:
        """Return the task."""
        return SPEC

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(-0.45, 0.0, 0.6), lookat=(0.2, 0.0, 0.05))


@configclass
class CleanToyTableBiArmSmolVLAEnvCfg(LeRobotEnvMixinCfg, CleanToyTableBiArmEnvCfg):
    """Put the letters into the box with two arms, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
