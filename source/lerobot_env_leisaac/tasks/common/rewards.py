"""Shaped reward of tasks that take objects and bring them somewhere: come near the next one, grip it, carry it.

The next object is the nearest of those that are not in place, or the first of them. It is in the hand where its middle
is between the jaws; what pays for carrying it pays less the farther it is from there, so that throwing gains nothing.
Where the physics diverged there is nothing to reward: the terms are zero there, not NaN.
"""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import ObservationTermCfg, SceneEntityCfg

from .places import grasp_point_in_base, keypoints, position_in_base


def grasp_point_near_next_object(
    env: ManagerBasedRLEnv,
    std: float,
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
    in_order: bool = False,
) -> torch.Tensor:
    """Return 1 when the next object is between the jaws, less farther off. Shape is (N,).

    Args:
        env: The environment.
        std: Distance over which it falls off [m].
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
        in_order: Whether objects go in place in the order of `placed`.
    """
    distance, _ = _next_object(env, point, base_cfg, gripper_cfg, placed, in_order)
    return torch.nan_to_num(1.0 - torch.tanh(distance / std))


def jaws_closed_around_next_object(
    env: ManagerBasedRLEnv,
    std: float,
    opening: tuple[float, float],
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    joint_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
    in_order: bool = False,
) -> torch.Tensor:
    """Return how far the jaws have closed around the next object, 0 to 1. Shape is (N,).

    Jaws that close beside an object push it out from between them, and earn little.

    Args:
        env: The environment.
        std: Distance of the object from the point between the jaws over which it falls off, as a bell curve [m].
        opening: The gripper joint where the jaws are open and where they hold the object [rad].
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        joint_cfg: The gripper joint.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
        in_order: Whether objects go in place in the order of `placed`.
    """
    distance, _ = _next_object(env, point, base_cfg, gripper_cfg, placed, in_order)
    robot: Articulation = env.scene[joint_cfg.name]
    joint_pos = robot.data.joint_pos.torch[:, joint_cfg.joint_ids[0]]
    closed = ((opening[0] - joint_pos) / (opening[0] - opening[1])).clamp(0.0, 1.0)
    return torch.nan_to_num(_in_hand(distance, std) * closed)


def next_object_raised_in_hand(
    env: ManagerBasedRLEnv,
    std: float,
    heights: tuple[float, float],
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
    in_order: bool = False,
) -> torch.Tensor:
    """Return how far the hand has raised the next object, 0 to 1. Shape is (N,).

    It is the root of the share of the way, so that the first centimetre, which is found by chance, pays most.

    Args:
        env: The environment.
        std: Distance of the object from the point between the jaws over which it falls off, as a bell curve [m].
        heights: Of the object's root above the base body where it rests and where it is high enough [m].
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
        in_order: Whether objects go in place in the order of `placed`.
    """
    distance, position = _next_object(env, point, base_cfg, gripper_cfg, placed, in_order)
    raised = ((position[:, 2] - heights[0]) / (heights[1] - heights[0])).clamp(0.0, 1.0)
    return torch.nan_to_num(_in_hand(distance, std) * raised.sqrt())


def next_object_carried_to(
    env: ManagerBasedRLEnv,
    std: float,
    reach: float,
    target_cfg: SceneEntityCfg,
    above: float,
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
    in_order: bool = False,
) -> torch.Tensor:
    """Return how near the hand has carried the next object to a place above another one, 0 to 1. Shape is (N,).

    Args:
        env: The environment.
        std: Distance of the object from the point between the jaws over which it falls off, as a bell curve [m].
        reach: Distance from the place over which it falls off [m].
        target_cfg: What it is brought to.
        above: Height of the place above the target's root [m].
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
        in_order: Whether objects go in place in the order of `placed`.
    """
    distance, position = _next_object(env, point, base_cfg, gripper_cfg, placed, in_order)
    offset = position - position_in_base(env, base_cfg, target_cfg)
    offset[:, 2] -= above
    return torch.nan_to_num(_in_hand(distance, std) * (1.0 - torch.tanh(offset.norm(dim=-1) / reach)))


def objects_placed(env: ManagerBasedRLEnv, placed: dict[str, ObservationTermCfg]) -> torch.Tensor:
    """Return how many objects are in place. Shape is (N,).

    Args:
        env: The environment.
        placed: Conditions that the objects are.
    """
    return torch.stack([term.func(env, **term.params) for term in placed.values()]).float().sum(dim=0)


def success_with_object_in_hand(
    env: ManagerBasedRLEnv,
    std: float,
    term: str,
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
) -> torch.Tensor:
    """Return 1 where an episode ends in success with the next object between the jaws, less farther off. Shape is (N,).

    Args:
        env: The environment.
        std: Distance of the object from the point between the jaws over which it falls off, as a bell curve [m].
        term: Name of the termination.
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
    """
    distance, _ = _next_object(env, point, base_cfg, gripper_cfg, placed, in_order=False)
    return torch.nan_to_num(_in_hand(distance, std)) * env.termination_manager.get_term(term)


def joint_vel_l2(env: ManagerBasedRLEnv, asset_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the sum of squared joint velocities [rad^2/s^2]. Shape is (N,)."""
    robot: Articulation = env.scene[asset_cfg.name]
    return torch.nan_to_num(robot.data.joint_vel.torch[:, asset_cfg.joint_ids].square().sum(dim=-1))


def _in_hand(distance: torch.Tensor, std: float) -> torch.Tensor:
    return torch.exp(-((distance / std) ** 2))


def _next_object(
    env: ManagerBasedRLEnv,
    point: tuple[float, float, float],
    base_cfg: SceneEntityCfg,
    gripper_cfg: SceneEntityCfg,
    placed: dict[str, ObservationTermCfg],
    in_order: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the next object's distance from the point between the jaws (N,) and its place (N, 3), base frame [m].

    The distance is infinite where all objects are in place.
    """
    place = grasp_point_in_base(env, base_cfg, gripper_cfg, point)
    distances, positions, passed = [], [], torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
    for term in placed.values():
        positions.append(position_in_base(env, base_cfg, term.params["object_cfg"]))
        held = term.func(env, **term.params)
        distances.append(torch.where(held | passed, torch.inf, (positions[-1] - place).norm(dim=-1)))
        if in_order:
            passed = passed | ~held
    distance, nearest = torch.stack(distances).min(dim=0)
    return distance, torch.stack(positions)[nearest, torch.arange(env.num_envs, device=env.device)]


def keypoints_come_near(
    env: ManagerBasedRLEnv, cloth_cfg: SceneEntityCfg, pairs: tuple[tuple[str, str], ...], std: float
) -> torch.Tensor:
    """Return 1 for each pair of a cloth's keypoints that lie on each other, less farther apart. Shape is (N,).

    Args:
        env: The environment.
        cloth_cfg: The cloth.
        pairs: The keypoints.
        std: Distance over which it falls off [m].
    """
    ones, others = (keypoints(env, cloth_cfg, names) for names in zip(*pairs, strict=True))
    return torch.nan_to_num(1.0 - torch.tanh((ones - others).norm(dim=-1) / std)).sum(dim=-1)
