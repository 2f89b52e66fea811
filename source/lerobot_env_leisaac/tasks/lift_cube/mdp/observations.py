"""Privileged observations of the cube, for reinforcement learning, scripted demonstrators and sub-tasks."""

from __future__ import annotations

import torch
from isaaclab.assets import RigidObject
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import SceneEntityCfg

from lerobot_env_leisaac.tasks.common.goals import object_grasped
from lerobot_env_leisaac.tasks.common.places import grasp_point, pose_in_base
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC


def cube_pose_in_base(env: ManagerBasedEnv, base_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the cube's position [m] and orientation (xyzw) in the frame of the robot's base body. Shape is (N, 7)."""
    return pose_in_base(env, base_cfg, SceneEntityCfg("cube"))


def grasp_point_to_cube(env: ManagerBasedEnv, gripper_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the vector from the point between the jaws to the cube's centre, world axes [m]. Shape is (N, 3)."""
    cube: RigidObject = env.scene["cube"]
    return cube.data.root_pos_w.torch - grasp_point(env, gripper_cfg, SPEC.robot.grasp_point)


def cube_grasped(
    env: ManagerBasedEnv,
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
