"""Terms that the configurations of several tasks have alike, of whatever robot: its joints, its rest, its breakdown."""

from __future__ import annotations

from collections.abc import Iterable

from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationTermCfg, SceneEntityCfg, TerminationTermCfg

from lerobot_env_leisaac.robots.spec import ALONE, RobotSpec

from . import goals
from .task_env_cfg import joints


def joint_pos(robot: RobotSpec, arm: str = ALONE) -> ObservationTermCfg:
    """Return the joint positions of a robot, or of one of its arms [rad]."""
    return ObservationTermCfg(func=isaaclab_mdp.joint_pos, params={"asset_cfg": joints(robot, arm)})


def joint_vel(robot: RobotSpec, arm: str = ALONE) -> ObservationTermCfg:
    """Return the joint velocities of a robot, or of one of its arms [rad/s]."""
    return ObservationTermCfg(func=isaaclab_mdp.joint_vel, params={"asset_cfg": joints(robot, arm)})


def arm_at_rest(robot: RobotSpec, arm: str = ALONE) -> ObservationTermCfg:
    """Return the condition that a robot, or one of its arms, is in its rest pose."""
    return ObservationTermCfg(func=goals.arm_at_rest, params={"asset_cfg": joints(robot, arm)})


def diverged(robot: RobotSpec, objects: Iterable[str]) -> TerminationTermCfg:
    """Return the end of an episode in which the physics of a robot or of an object broke down."""
    first, *others = robot.entities
    bodies = [SceneEntityCfg(name) for name in (*others, *objects)]
    return TerminationTermCfg(func=goals.diverged, params={"robot_cfg": joints(robot, first), "object_cfgs": bodies})
