"""Where things are in the robot's base frame, for rewards and scripted demonstrators: no policy sees it."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation, DeformableObject, RigidObject
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils import math as math_utils

from .constants import constant


def position_in_base(env: ManagerBasedEnv, base_cfg: SceneEntityCfg, object_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return an object's position in the frame of the robot's base body [m]. Shape is (N, 3)."""
    item: RigidObject = env.scene[object_cfg.name]
    return _in_base(env, base_cfg, item.data.root_pos_w.torch)


def pose_in_base(env: ManagerBasedEnv, base_cfg: SceneEntityCfg, object_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return an object's position [m] and orientation (xyzw) in the frame of the robot's base body. Shape is (N, 7)."""
    robot: Articulation = env.scene[base_cfg.name]
    item: RigidObject = env.scene[object_cfg.name]
    base = robot.data.body_pose_w.torch[:, base_cfg.body_ids[0]]
    pose = item.data.root_pose_w.torch
    position, orientation = math_utils.subtract_frame_transforms(base[:, :3], base[:, 3:], pose[:, :3], pose[:, 3:])
    return torch.cat([position, orientation], dim=-1)


def keypoints(env: ManagerBasedEnv, cloth_cfg: SceneEntityCfg, names: tuple[str, ...]) -> torch.Tensor:
    """Return where keypoints of a cloth are in the world [m]. Shape is (N, K, 3).

    Args:
        env: The environment.
        cloth_cfg: The cloth.
        names: The keypoints, names that its :class:`~lerobot_env_leisaac.scenes.cloth.Cloth` has.
    """
    cloth: DeformableObject = env.scene[cloth_cfg.name]
    plan = env.cfg.spec().scene.cloths[cloth_cfg.name]
    return cloth.data.nodal_pos_w.torch[:, constant(tuple(map(plan.index, names)), env.device)]


def keypoints_in_base(
    env: ManagerBasedEnv, base_cfg: SceneEntityCfg, cloth_cfg: SceneEntityCfg, names: tuple[str, ...]
) -> torch.Tensor:
    """Return where keypoints of a cloth are in the frame of the robot's base body [m]. Shape is (N, 3 K)."""
    places = keypoints(env, cloth_cfg, names)
    return torch.cat([_in_base(env, base_cfg, place) for place in places.unbind(dim=1)], dim=-1)


def grasp_point(env: ManagerBasedEnv, gripper_cfg: SceneEntityCfg, point: tuple[float, float, float]) -> torch.Tensor:
    """Return where a point of the gripper is in the world [m]. Shape is (N, 3).

    Args:
        env: The environment.
        gripper_cfg: The gripper body.
        point: The point in its frame [m].
    """
    robot: Articulation = env.scene[gripper_cfg.name]
    gripper = robot.data.body_pose_w.torch[:, gripper_cfg.body_ids[0]]
    offset = constant(tuple(point), env.device).expand_as(gripper[:, :3])
    return gripper[:, :3] + math_utils.quat_apply(gripper[:, 3:], offset)


def grasp_point_in_base(
    env: ManagerBasedEnv, base_cfg: SceneEntityCfg, gripper_cfg: SceneEntityCfg, point: tuple[float, float, float]
) -> torch.Tensor:
    """Return where a point of the gripper is in the frame of the robot's base body [m]. Shape is (N, 3).

    Args:
        env: The environment.
        base_cfg: The base body.
        gripper_cfg: The gripper body.
        point: The point in its frame [m].
    """
    return _in_base(env, base_cfg, grasp_point(env, gripper_cfg, point))


def _in_base(env: ManagerBasedEnv, base_cfg: SceneEntityCfg, position: torch.Tensor) -> torch.Tensor:
    robot: Articulation = env.scene[base_cfg.name]
    base = robot.data.body_pose_w.torch[:, base_cfg.body_ids[0]]
    return math_utils.quat_apply_inverse(base[:, 3:], position - base[:, :3])
