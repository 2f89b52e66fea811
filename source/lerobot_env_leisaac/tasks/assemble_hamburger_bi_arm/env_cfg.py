"""Configuration of the assemble-hamburger task with two arms: one scene, two faces, as with one arm."""

from __future__ import annotations

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationTermCfg, RewardTermCfg, TerminationTermCfg
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.assemble_hamburger.env_cfg import (
    AssembleHamburgerEnvCfg,
    EventsCfg,
    StackedCfg,
    hands_off,
    layers_stacked,
    near,
    where,
)
from lerobot_env_leisaac.tasks.assemble_hamburger.spec import BOTTOM_BUN, CHEESE, LAYERS, PATTY, PLATE, TOP_BUN
from lerobot_env_leisaac.tasks.common import goals, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import VectorGroupCfg
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import SPEC

LEFT, RIGHT = SPEC.robot.entities


@configclass
class ObservationsCfg:
    """State of arms and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints of both arms [rad], poses of layers and plate in the left base's frame [m], last action."""

        left_joint_pos = terms.joint_pos(SPEC.robot, LEFT)
        right_joint_pos = terms.joint_pos(SPEC.robot, RIGHT)
        left_joint_vel = terms.joint_vel(SPEC.robot, LEFT)
        right_joint_vel = terms.joint_vel(SPEC.robot, RIGHT)
        bottom_bun = where(BOTTOM_BUN, arm=LEFT)
        patty = where(PATTY, arm=LEFT)
        cheese = where(CHEESE, arm=LEFT)
        top_bun = where(TOP_BUN, arm=LEFT)
        plate = where(PLATE, arm=LEFT)
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(StackedCfg):
        """The sub-tasks, by name."""

        left_arm_at_rest = terms.arm_at_rest(SPEC.robot, LEFT)
        right_arm_at_rest = terms.arm_at_rest(SPEC.robot, RIGHT)

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class RewardsCfg:
    """Come near the next layer before each arm, bring it into its place; move no more than needed."""

    left_near = near((BOTTOM_BUN, CHEESE), LEFT)
    right_near = near((PATTY, TOP_BUN), RIGHT)
    stacked = RewardTermCfg(func=rewards.objects_placed, weight=5.0, params={"placed": layers_stacked()})
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
                **layers_stacked(),
                **{f"{arm}_hands_off": hands_off(arm) for arm in (LEFT, RIGHT)},
                **{f"{arm}_at_rest": terms.arm_at_rest(SPEC.robot, arm) for arm in (LEFT, RIGHT)},
            },
            "dwell_s": 0.2,
        },
    )
    diverged = terms.diverged(SPEC.robot, (*LAYERS, PLATE))
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class AssembleHamburgerBiArmEnvCfg(AssembleHamburgerEnvCfg):
    """Stack the hamburger with two arms: radians, Isaac Lab's observation groups, shaped reward."""

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
class AssembleHamburgerBiArmSmolVLAEnvCfg(LeRobotEnvMixinCfg, AssembleHamburgerBiArmEnvCfg):
    """Stack the hamburger with two arms, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
