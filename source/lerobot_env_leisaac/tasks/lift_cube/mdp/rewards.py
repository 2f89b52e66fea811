"""Shaped reward: come near the cube, take it, raise it.

Where the physics diverged there is nothing to reward: the terms are zero there, not NaN.
"""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import SceneEntityCfg

from lerobot_env_leisaac.tasks.common.goals import object_grasped
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC

from .observations import cube_pose_in_base, grasp_point_to_cube


def cube_near_grasp_point(env: ManagerBasedRLEnv, std: float, gripper_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return 1 when the cube is between the jaws, falling off with distance over ``std`` [m]. Shape is (N,)."""
    return torch.nan_to_num(1.0 - torch.tanh(grasp_point_to_cube(env, gripper_cfg).norm(dim=-1) / std))


def cube_grasped(
    env: ManagerBasedRLEnv,
    max_distance: float,
    max_opening: float,
    gripper_cfg: SceneEntityCfg,
    joint_cfg: SceneEntityCfg,
) -> torch.Tensor:
    """Return 1 where the cube is between nearly closed jaws, else 0. Shape is (N,).

    Args:
        env: The environment.
        max_distance: From the point between the jaws to the cube's centre [m].
        max_opening: Of the gripper joint [rad].
        gripper_cfg: The gripper body.
        joint_cfg: The gripper joint.
    """
    cube = SceneEntityCfg("cube")
    point = SPEC.robot.grasp_point
    return object_grasped(env, cube, point, max_distance, max_opening, gripper_cfg, joint_cfg).float()


def cube_height_progress(
    env: ManagerBasedRLEnv, rest_height: float, goal_height: float, base_cfg: SceneEntityCfg
) -> torch.Tensor:
    """Return how far the cube has risen from rest to the goal, 0 to 1. Shape is (N,).

    Args:
        env: The environment.
        rest_height: Height of the cube's centre above the base body when it lies on the table [m].
        goal_height: Height at which the task is done [m].
        base_cfg: The robot's base body.
    """
    height = cube_pose_in_base(env, base_cfg)[:, 2]
    return torch.nan_to_num(((height - rest_height) / (goal_height - rest_height)).clamp(0.0, 1.0))


def joint_vel_l2(env: ManagerBasedRLEnv, asset_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the sum of squared joint velocities [rad^2/s^2]. Shape is (N,)."""
    robot: Articulation = env.scene[asset_cfg.name]
    return torch.nan_to_num(robot.data.joint_vel.torch[:, asset_cfg.joint_ids].square().sum(dim=-1))
