"""Configuration of the assemble-hamburger task: one scene, two faces.

:class:`AssembleHamburgerEnvCfg` is the task as Isaac Lab knows tasks: radians, observation groups, a shaped reward.
:class:`AssembleHamburgerSmolVLAEnvCfg` is the same scene as a LeRobot policy sees it: units, cameras, an instruction.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationTermCfg, RewardTermCfg, SceneEntityCfg, TerminationTermCfg
from isaaclab.utils import configclass
from isaaclab.visualizers import VisualizerCfg

from lerobot_env_leisaac.tasks.common import goals, places, rewards, terms
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import LeRobotEnvMixinCfg, LeRobotObservationsCfg, NamedGroupCfg
from lerobot_env_leisaac.tasks.common.task_env_cfg import ResetCfg, TaskEnvCfg, VectorGroupCfg, scattered
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .spec import BOTTOM_BUN, CHEESE, LAYERS, PATTY, PLATE, SPEC, STACKED, TOP_BUN

GRASP_POINT = (0.0134, 0.0, -0.1015)
"""Where the middle of a layer's underside is between the jaws, in the frame of the gripper body [m]."""

HANDS_OFF = 0.10
"""How far from every layer the point between the jaws must be in the end [m]."""


def base(arm: str = "robot") -> SceneEntityCfg:
    """Return an arm's base body."""
    return SceneEntityCfg(arm, body_names=SPEC.robot.base_body)


def gripper(arm: str = "robot") -> SceneEntityCfg:
    """Return an arm's gripper body."""
    return SceneEntityCfg(arm, body_names=SPEC.robot.tool_body)


def stacked(layer: str) -> ObservationTermCfg:
    """Return our rule that a layer lies on what is below it in a hamburger; LeIsaac 0.4 has none."""
    below = (PLATE, *LAYERS)[LAYERS.index(layer)]
    params = {
        "object_cfg": SceneEntityCfg(layer),
        "support_cfg": SceneEntityCfg(below),
        "max_distance": 0.02,
        "max_gap": 0.005,
        "max_speed": 0.02,
    }
    return ObservationTermCfg(func=goals.object_rests_on, params=params)


def layers_stacked(layers: tuple[str, ...] = LAYERS) -> dict[str, ObservationTermCfg]:
    """Return the condition that each of some layers is in its place, bottom to top, by sub-task."""
    return {STACKED[LAYERS.index(layer)]: stacked(layer) for layer in layers}


def hands_off(arm: str = "robot") -> ObservationTermCfg:
    """Return the condition that the jaws are away from the hamburger."""
    params = {
        "base_cfg": base(arm),
        "gripper_cfg": gripper(arm),
        "point": GRASP_POINT,
        "object_cfgs": [SceneEntityCfg(layer) for layer in LAYERS],
        "min_distance": HANDS_OFF,
    }
    return ObservationTermCfg(func=goals.gripper_away_from, params=params)


def near(layers: tuple[str, ...] = LAYERS, arm: str = "robot") -> RewardTermCfg:
    """Return the reward for coming near the next one of some layers."""
    params = {
        "std": 0.1,
        "point": GRASP_POINT,
        "base_cfg": base(arm),
        "gripper_cfg": gripper(arm),
        "placed": layers_stacked(layers),
        "in_order": True,
    }
    return RewardTermCfg(func=rewards.grasp_point_near_next_object, weight=1.0, params=params)


def where(
    name: str, place: Callable[..., torch.Tensor] = places.pose_in_base, arm: str = "robot"
) -> ObservationTermCfg:
    """Return where an object is, seen from an arm's base."""
    return ObservationTermCfg(func=place, params={"base_cfg": base(arm), "object_cfg": SceneEntityCfg(name)})


@configclass
class ObservationsCfg:
    """State of robot and objects, for reinforcement learning."""

    @configclass
    class PolicyCfg(VectorGroupCfg):
        """Joints [rad], poses of layers and position of the plate in the base frame [m], last action."""

        joint_pos = terms.joint_pos(SPEC.robot)
        joint_vel = terms.joint_vel(SPEC.robot)
        bottom_bun = where(BOTTOM_BUN)
        patty = where(PATTY)
        cheese = where(CHEESE)
        top_bun = where(TOP_BUN)
        plate = where(PLATE, places.position_in_base)
        actions = ObservationTermCfg(func=isaaclab_mdp.last_action)

    policy: PolicyCfg = PolicyCfg()


@configclass
class StackedCfg(NamedGroupCfg):
    """The sub-tasks of layers, by name."""

    bottom_bun_on_plate = stacked(BOTTOM_BUN)
    patty_on_bottom_bun = stacked(PATTY)
    cheese_on_patty = stacked(CHEESE)
    top_bun_on_cheese = stacked(TOP_BUN)


@configclass
class SmolVLAObservationsCfg(LeRobotObservationsCfg):
    """What a LeRobot policy sees, and which sub-tasks are done."""

    @configclass
    class SubtasksCfg(StackedCfg):
        """The sub-tasks, by name."""

        arm_at_rest = terms.arm_at_rest(SPEC.robot)

    subtasks: SubtasksCfg = SubtasksCfg()


@configclass
class EventsCfg(ResetCfg):
    """Where plate and layers stand."""

    bottom_bun = scattered(BOTTOM_BUN, 0.02)
    patty = scattered(PATTY, 0.02)
    cheese = scattered(CHEESE, 0.02, math.radians(30))
    top_bun = scattered(TOP_BUN, 0.02)
    plate = scattered(PLATE, 0.02)


@configclass
class RewardsCfg:
    """Come near the next layer, bring it into its place; move no more than needed."""

    near = near()
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
            "conditions": {**layers_stacked(), "hands_off": hands_off(), "arm_at_rest": terms.arm_at_rest(SPEC.robot)},
            "dwell_s": 0.2,
        },
    )
    diverged = terms.diverged(SPEC.robot, (*LAYERS, PLATE))
    time_out = TerminationTermCfg(func=isaaclab_mdp.time_out, time_out=True)


@configclass
class AssembleHamburgerEnvCfg(TaskEnvCfg):
    """Stack the hamburger: radians, Isaac Lab's observation groups, shaped reward."""

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
class AssembleHamburgerSmolVLAEnvCfg(LeRobotEnvMixinCfg, AssembleHamburgerEnvCfg):
    """Stack the hamburger, in LeRobot units."""

    observations: SmolVLAObservationsCfg = SmolVLAObservationsCfg()  # type: ignore[assignment]
