"""Configuration of the cleanup-trash task: one scene, two faces.

:class:`CleanupTrashEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`CleanupTrashSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: units, cameras, an instruction.
"""

from __future__ import annotations

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationTermCfg, RewardTermCfg, SceneEntityCfg, TerminationTermCfg
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.common import goals, observations, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, scattered
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import BIN, SPEC, TISSUE

GRASP_POINT = (0.0124, 0.0, -0.0795)
"""Where the tissue's middle is between the jaws, in the frame of the gripper body [m]."""

_BASE = SceneEntityCfg("robot", body_names=SPEC.robot.base_body)
_GRIPPER = SceneEntityCfg("robot", body_names=SPEC.robot.tool_body)

_PICKED = ObservationTermCfg(
    func=goals.object_grasped,
    params={
        "object_cfg": SceneEntityCfg(TISSUE),
        "point": GRASP_POINT,
        "max_distance": 0.02,
        "max_opening": 0.60,  # LeIsaac 0.4's mark of a picked orange, which is as large
        "gripper_cfg": _GRIPPER,
        "joint_cfg": SceneEntityCfg("robot", joint_names="gripper"),
    },
)
_IN_BIN = ObservationTermCfg(
    func=goals.object_rests_in,
    params={
        "object_cfg": SceneEntityCfg(TISSUE),
        "container_cfg": SceneEntityCfg(BIN),
        "max_offset": (0.10, 0.10),
        "max_speed": 0.02,
    },
)


def _near(std: float) -> RewardTermCfg:
    return RewardTermCfg(
        func=rewards.grasp_point_near_next_object,
        weight=1.0,
        params={
            "std": std,
            "point": GRASP_POINT,
            "base_cfg": _BASE,
            "gripper_cfg": _GRIPPER,
            "placed": {"tissue": _IN_BIN},
        },
    )


@configclass
class ObservationsCfg:
    """State of robot and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], velocities of the base, positions of tissue and bin in its frame [m], last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        base_velocity = ObservationTermCfg(func=observations.base_velocity)
        tissue = ObservationTermCfg(
            func=places.position_in_base, params={"base_cfg": _BASE, "object_cfg": SceneEntityCfg(TISSUE)}
        )
        bin = ObservationTermCfg(
            func=places.position_in_base, params={"base_cfg": _BASE, "object_cfg": SceneEntityCfg(BIN)}
        )
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(NamedGroupCfg):
        """The sub-tasks, by name."""

        tissue005_picked = _PICKED
        tissue005_in_bin = _IN_BIN

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """Where tissue and bin stand: LeIsaac 0.4's ranges."""

    tissue = scattered(TISSUE, 0.05)
    bin = scattered(BIN, 0.05)


@configclass
class RewardsCfg:
    """Come near the tissue, first from afar, and bring it into the bin; move no more than needed."""

    far = _near(1.0)
    near = _near(0.1)
    # success ends the episode: it must be worth more than staying just short of it
    success = RewardTermCfg(func=isaaclab_mdp.is_terminated_term, weight=3000.0, params={"term_keys": "success"})
    action_rate = RewardTermCfg(func=isaaclab_mdp.action_rate_l2, weight=-1e-3)


@configclass
class TerminationsCfg:
    """Success, a breakdown of the physics, or the end of the time."""

    # LeIsaac 0.4's distance from the bin's middle; that it lies below the rim and at rest, and the dwell, are ours
    success = TerminationTermCfg(func=goals.all_hold, params={"conditions": {"in_bin": _IN_BIN}, "dwell_s": 0.2})
    diverged = terms.diverged(SPEC.robot, (TISSUE, BIN))
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class CleanupTrashEnvCfg(TaskEnvCfg):
    """Throw the tissue into the bin: radians, Isaac Lab's observation groups, shaped reward."""

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
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(-0.9, -0.9, 1.1), lookat=(0.6, 0.0, 0.0))


@configclass
class CleanupTrashSmolVLAEnvCfg(LeRobotEnvMixinCfg, CleanupTrashEnvCfg):
    """Throw the tissue into the bin, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
