"""What sub-tasks and ends of episodes are made of: conditions on objects and joints, and whether all of them hold."""

from __future__ import annotations

import math

import torch
from isaaclab.assets import Articulation, BaseArticulation, BaseDeformableObject, RigidObject
from isaaclab.envs import ManagerBasedEnv, ManagerBasedRLEnv
from isaaclab.managers import ManagerTermBase, ObservationTermCfg, SceneEntityCfg, TerminationTermCfg
from isaaclab.utils.math import quat_apply, quat_apply_inverse, quat_conjugate, quat_mul

from .constants import constant
from .places import grasp_point, grasp_point_in_base, keypoints, position_in_base

REST_POSE_DEG = (0.0, -100.0, 90.0, 50.0, 0.0, -10.0)
REST_TOLERANCE_DEG = 30.0
"""Rest pose of the SO-101, and how far off a joint may be [deg]. Source: LeIsaac 0.4.0."""


def object_near(
    env: ManagerBasedEnv, object_cfg: SceneEntityCfg, target_cfg: SceneEntityCfg, max_offset: tuple[float, float, float]
) -> torch.Tensor:
    """Return whether an object's root is within a box about another's, along the world's axes. Shape is (N,), bool.

    Args:
        env: The environment.
        object_cfg: The object.
        target_cfg: What it shall be near.
        max_offset: Half of the box's edges [m].
    """
    item: RigidObject = env.scene[object_cfg.name]
    target: RigidObject = env.scene[target_cfg.name]
    offset = (item.data.root_pos_w.torch - target.data.root_pos_w.torch).abs()
    return (offset < constant(tuple(max_offset), env.device)).all(dim=-1)


def any_above(
    env: ManagerBasedEnv, min_height: float, base_cfg: SceneEntityCfg, object_cfgs: list[SceneEntityCfg]
) -> torch.Tensor:
    """Return whether one of several objects is above a height. Shape is (N,), bool.

    Args:
        env: The environment.
        min_height: Height over the base body [m].
        base_cfg: The robot's base body.
        object_cfgs: The objects.
    """
    base: Articulation = env.scene[base_cfg.name]
    heights = torch.stack([env.scene[cfg.name].data.root_pos_w.torch[:, 2] for cfg in object_cfgs], dim=-1)
    return (heights - base.data.body_pos_w.torch[:, base_cfg.body_ids[0], 2, None] > min_height).any(dim=-1)


def never(env: ManagerBasedEnv, object_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return False: an object that no place is meant for. Shape is (N,), bool."""
    return torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)


def object_rests_in(
    env: ManagerBasedEnv,
    object_cfg: SceneEntityCfg,
    container_cfg: SceneEntityCfg,
    max_offset: tuple[float, float],
    max_speed: float,
) -> torch.Tensor:
    """Return whether an object's root is within a container, and the object at rest. Shape is (N,), bool.

    Within is: between the container's underside and its rim, and near its middle. The rim's height is that of the scene
    file in use.

    Args:
        env: The environment.
        object_cfg: The object.
        container_cfg: The container, which stood upright when the episode began.
        max_offset: How far it may be from the container's root along the axes of the container that were the world's x
            and y then [m].
        max_speed: Speed at which it still counts as at rest [m/s].
    """
    item: RigidObject = env.scene[object_cfg.name]
    container: RigidObject = env.scene[container_cfg.name]
    upright = quat_mul(container.data.root_quat_w.torch, quat_conjugate(container.data.default_root_pose.torch[:, 3:7]))
    offset = quat_apply_inverse(upright, item.data.root_pos_w.torch - container.data.root_pos_w.torch)
    near = (offset[:, :2].abs() < constant(tuple(max_offset), env.device)).all(dim=-1)
    height = offset[:, 2] + container.cfg.origin_height
    return (
        near
        & (height > 0)
        & (height < container.cfg.height)
        & (item.data.root_lin_vel_w.torch.norm(dim=-1) < max_speed)
    )


def object_rests_on(
    env: ManagerBasedEnv,
    object_cfg: SceneEntityCfg,
    support_cfg: SceneEntityCfg,
    max_distance: float,
    max_gap: float,
    max_speed: float,
) -> torch.Tensor:
    """Return whether an object lies on another one, middle on middle, at rest. Shape is (N,), bool.

    It does where its middle is half of both heights above that of the other one, or a gap more, or up to half of the
    other's height less: what is inside a rim may lie lower than that. Heights are those of the scene file in use.

    Args:
        env: The environment.
        object_cfg: The object.
        support_cfg: What it shall lie on.
        max_distance: How far apart the middles may be from above [m].
        max_gap: How far the object may be above the other one [m].
        max_speed: Speed at which it still counts as at rest [m/s].
    """
    item: RigidObject = env.scene[object_cfg.name]
    support: RigidObject = env.scene[support_cfg.name]
    offset = _middle(item) - _middle(support)
    gap = offset[:, 2] - (item.cfg.height + support.cfg.height) / 2
    return (
        (offset[:, :2].norm(dim=-1) < max_distance)
        & (gap > -support.cfg.height / 2)
        & (gap < max_gap)
        & (item.data.root_lin_vel_w.torch.norm(dim=-1) < max_speed)
    )


def _middle(item: RigidObject) -> torch.Tensor:
    """Return where the middle of an object's height is, which stands upright in its file [m]. Shape is (N, 3)."""
    upright = quat_mul(item.data.root_quat_w.torch, quat_conjugate(item.data.default_root_pose.torch[:, 3:7]))
    up = constant((0.0, 0.0, item.cfg.height / 2 - item.cfg.origin_height), item.device)
    return item.data.root_pos_w.torch + quat_apply(upright, up.expand(len(upright), -1))


def gripper_away_from(
    env: ManagerBasedEnv,
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    point: tuple[float, float, float],
    object_cfgs: list[SceneEntityCfg],
    min_distance: float,
) -> torch.Tensor:
    """Return whether no object is near the point between the jaws. Shape is (N,), bool.

    Args:
        env: The environment.
        base_cfg: The arm's base body.
        gripper_cfg: Its gripper body.
        point: Point between the jaws, in the frame of the gripper body [m].
        object_cfgs: The objects.
        min_distance: How far from it their roots must be [m].
    """
    hand = grasp_point_in_base(env, base_cfg, gripper_cfg, point)
    places = torch.stack([position_in_base(env, base_cfg, each) for each in object_cfgs])
    return ((places - hand).norm(dim=-1) > min_distance).all(dim=0)


def object_grasped(
    env: ManagerBasedEnv,
    object_cfg: SceneEntityCfg,
    point: tuple[float, float, float],
    max_distance: float,
    max_opening: float,
    gripper_cfg: SceneEntityCfg,
    joint_cfg: SceneEntityCfg,
) -> torch.Tensor:
    """Return whether an object is between nearly closed jaws. Shape is (N,), bool.

    Args:
        env: The environment.
        object_cfg: The object.
        point: Point between the jaws, in the frame of the gripper body [m].
        max_distance: From that point to the object's root [m].
        max_opening: Of the gripper joint [rad].
        gripper_cfg: The gripper body.
        joint_cfg: The gripper joint.
    """
    robot: Articulation = env.scene[gripper_cfg.name]
    item: RigidObject = env.scene[object_cfg.name]
    distance = (item.data.root_pos_w.torch - grasp_point(env, gripper_cfg, point)).norm(dim=-1)
    return (distance < max_distance) & (robot.data.joint_pos.torch[:, joint_cfg.joint_ids[0]] < max_opening)


def keypoints_near(
    env: ManagerBasedEnv, cloth_cfg: SceneEntityCfg, names: tuple[str, str], max_distance: float
) -> torch.Tensor:
    """Return whether two keypoints of a cloth are near each other. Shape is (N,), bool.

    Args:
        env: The environment.
        cloth_cfg: The cloth.
        names: The keypoints.
        max_distance: How far apart they may be [m].
    """
    one, other = keypoints(env, cloth_cfg, names).unbind(dim=1)
    return (one - other).norm(dim=-1) < max_distance


def arm_at_rest(env: ManagerBasedEnv, asset_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return whether each of an SO-101's joints is near its rest pose. Shape is (N,), bool.

    Args:
        env: The environment.
        asset_cfg: The joints of one arm, in the order of the robot's channels.
    """
    robot: Articulation = env.scene[asset_cfg.name]
    joint_pos = robot.data.joint_pos.torch[:, asset_cfg.joint_ids]
    rest = constant(REST_POSE_DEG, env.device).deg2rad()
    return ((joint_pos - rest).abs() < math.radians(REST_TOLERANCE_DEG)).all(dim=-1)


def diverged(env: ManagerBasedRLEnv, robot_cfg: SceneEntityCfg, object_cfgs: list[SceneEntityCfg]) -> torch.Tensor:
    """Return whether the physics of an environment broke down: a position that is no number. Shape is (N,), bool.

    It is rare (once in some ten million steps of violent motion) and stays within its environment, where nothing but a
    reset mends it.

    Args:
        env: The environment.
        robot_cfg: The robot.
        object_cfgs: What else moves: the objects, cloths, and further arms.
    """
    robot: Articulation = env.scene[robot_cfg.name]
    total = robot.data.joint_pos.torch.sum(dim=-1)
    for object_cfg in object_cfgs:
        total = total + _moving(env.scene[object_cfg.name]).flatten(start_dim=1).sum(dim=-1)
    return ~torch.isfinite(total)


def _moving(asset: BaseArticulation | BaseDeformableObject | RigidObject) -> torch.Tensor:
    """Return the coordinates of an asset that move. Shape is (N, ...)."""
    if isinstance(asset, BaseArticulation):
        return asset.data.joint_pos.torch
    return asset.data.nodal_pos_w.torch if isinstance(asset, BaseDeformableObject) else asset.data.root_pose_w.torch


class all_hold(ManagerTermBase):
    """All of some conditions have held together for a while, so that a moment's coincidence does not count."""

    def __init__(self, cfg: TerminationTermCfg, env: ManagerBasedRLEnv):
        super().__init__(cfg, env)
        self._steps_held = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Forget the dwell of environments that start an episode."""
        self._steps_held[slice(None) if env_ids is None else env_ids] = 0

    def __call__(
        self, env: ManagerBasedRLEnv, conditions: dict[str, ObservationTermCfg], dwell_s: float
    ) -> torch.Tensor:
        """Return whether they have. Shape is (N,), bool.

        Args:
            env: The environment.
            conditions: Terms that return (N,) bool.
            dwell_s: How long they must hold, without a break [s]; 0 for a single step.
        """
        held = torch.stack([term.func(env, **term.params) for term in conditions.values()]).all(dim=0)
        self._steps_held = torch.where(held, self._steps_held + 1, 0)
        return self._steps_held >= max(1, round(dwell_s / env.step_dt))
