"""Shaped reward: come near the cube, then raise it."""

from __future__ import annotations

import torch
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import SceneEntityCfg

from .observations import cube_pose_in_base, grasp_point_to_cube


def cube_near_grasp_point(env: ManagerBasedRLEnv, std: float, gripper_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return 1 when the cube is between the jaws, falling off with distance over ``std`` [m]. Shape is (N,)."""
    return 1.0 - torch.tanh(grasp_point_to_cube(env, gripper_cfg).norm(dim=-1) / std)


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
    return ((height - rest_height) / (goal_height - rest_height)).clamp(0.0, 1.0)
