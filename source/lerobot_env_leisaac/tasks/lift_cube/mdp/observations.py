"""Privileged observations of the cube, for reinforcement learning and scripted demonstrators."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation, RigidObject
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils import math as math_utils

from lerobot_env_leisaac.tasks.common.constants import constant
from lerobot_env_leisaac.tasks.common.places import pose_in_base
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC


def cube_pose_in_base(env: ManagerBasedEnv, base_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the cube's position [m] and orientation (xyzw) in the frame of the robot's base body. Shape is (N, 7)."""
    return pose_in_base(env, base_cfg, SceneEntityCfg("cube"))


def grasp_point_to_cube(env: ManagerBasedEnv, gripper_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the vector from the point between the jaws to the cube's centre, world axes [m]. Shape is (N, 3)."""
    robot: Articulation = env.scene[gripper_cfg.name]
    cube: RigidObject = env.scene["cube"]
    gripper = robot.data.body_pose_w.torch[:, gripper_cfg.body_ids[0]]
    grasp_point = gripper[:, :3] + math_utils.quat_apply(
        gripper[:, 3:], constant(SPEC.robot.grasp_point, env.device).expand_as(gripper[:, :3])
    )
    return cube.data.root_pos_w.torch - grasp_point
