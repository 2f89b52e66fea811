"""Configuration of the fold-cloth task: one scene, two faces.

:class:`FoldClothBiArmEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`FoldClothBiArmSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: units, cameras, an instruction.
"""

from __future__ import annotations

import math

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import EventTermCfg, ObservationTermCfg, RewardTermCfg, SceneEntityCfg, TerminationTermCfg
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.common import goals, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, scattered_cloth
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import CLOTH, FOLDED, FOLDED_DISTANCE, SPEC

LEFT, RIGHT = SPEC.robot.entities


def _folded(subtask: str) -> ObservationTermCfg:
    """Return LeIsaac 0.4's rule that a part of the shirt is folded."""
    params = {"cloth_cfg": SceneEntityCfg(CLOTH), "names": FOLDED[subtask], "max_distance": FOLDED_DISTANCE}
    return ObservationTermCfg(func=goals.keypoints_near, params=params)


@configclass
class ObservationsCfg:
    """State of arms and shirt, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints of both arms [rad], keypoints of the shirt in the left base's frame [m], last action."""

        left_joint_pos = terms.joint_pos(SPEC.robot, LEFT)
        right_joint_pos = terms.joint_pos(SPEC.robot, RIGHT)
        left_joint_vel = terms.joint_vel(SPEC.robot, LEFT)
        right_joint_vel = terms.joint_vel(SPEC.robot, RIGHT)
        cloth = ObservationTermCfg(
            func=places.keypoints_in_base,
            params={
                "base_cfg": SceneEntityCfg(LEFT, body_names=SPEC.robot.base_body),
                "cloth_cfg": SceneEntityCfg(CLOTH),
                "names": tuple(SPEC.scene.cloths[CLOTH].keypoints),
            },
        )
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        left_sleeve_folded = _folded("left_sleeve_folded")
        right_sleeve_folded = _folded("right_sleeve_folded")
        left_hem_folded = _folded("left_hem_folded")
        right_hem_folded = _folded("right_hem_folded")
        left_arm_at_rest = terms.arm_at_rest(SPEC.robot, LEFT)
        right_arm_at_rest = terms.arm_at_rest(SPEC.robot, RIGHT)

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """Where the shirt lies: turned as in LeIsaac 0.4, and shifted."""

    cloth: EventTermCfg = scattered_cloth(CLOTH, 0.01, math.radians(5))


@configclass
class RewardsCfg:
    """Bring what shall be folded together; move no more than needed."""

    folded = RewardTermCfg(
        func=rewards.keypoints_come_near,
        weight=1.0,
        params={"cloth_cfg": SceneEntityCfg(CLOTH), "pairs": tuple(FOLDED.values()), "std": 0.1},
    )
    # success ends the episode: it must be worth more than staying just short of it
    success = RewardTermCfg(func=isaaclab_mdp.is_terminated_term, weight=3000.0, params={"term_keys": "success"})
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    # LeIsaac 0.4's rule; the dwell is ours
    success = TerminationTermCfg(
        func=goals.all_hold,
        params={
            "conditions": {
                **{subtask: _folded(subtask) for subtask in FOLDED},
                "left_at_rest": terms.arm_at_rest(SPEC.robot, LEFT),
                "right_at_rest": terms.arm_at_rest(SPEC.robot, RIGHT),
            },
            "dwell_s": 0.2,
        },
    )
    diverged = terms.diverged(SPEC.robot, (CLOTH,))
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class FoldClothBiArmEnvCfg(TaskEnvCfg):
    """Fold the shirt with two arms: radians, Isaac Lab's observation groups, shaped reward."""

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
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(-0.45, 0.0, 0.6), lookat=(0.2, 0.0, 0.05))


@configclass
class FoldClothBiArmSmolVLAEnvCfg(LeRobotEnvMixinCfg, FoldClothBiArmEnvCfg):
    """Fold the shirt with two arms, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
