"""Shaped reward of tasks that put objects in place: come near one that is not there yet, and bring it there.

Where the physics diverged there is nothing to reward: the terms are zero there, not NaN.
"""

from __future__ import annotations

import torch
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import ObservationTermCfg, SceneEntityCfg

from .places import grasp_point_in_base, position_in_base


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

    The next one is the nearest of those that are not in place, or the first of them.

    Args:
        env: The environment.
        std: Distance over which it falls off [m].
        point: Point between the jaws, in the frame of the gripper body [m].
        base_cfg: The robot's base body.
        gripper_cfg: The gripper body.
        placed: Conditions that the objects are in place, each with its ``object_cfg``.
        in_order: Whether objects go in place in the order of `placed`.
    """
    place = grasp_point_in_base(env, base_cfg, gripper_cfg, point)
    distances, passed = [], torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
    for term in placed.values():
        distance = (position_in_base(env, base_cfg, term.params["object_cfg"]) - place).norm(dim=-1)
        held = term.func(env, **term.params)
        distances.append(torch.where(held | passed, torch.inf, distance))
        if in_order:
            passed = passed | ~held
    return torch.nan_to_num(1.0 - torch.tanh(torch.stack(distances).amin(dim=0) / std))


def objects_placed(env: ManagerBasedRLEnv, placed: dict[str, ObservationTermCfg]) -> torch.Tensor:
    """Return how many objects are in place. Shape is (N,).

    Args:
        env: The environment.
        placed: Conditions that the objects are.
    """
    return torch.stack([term.func(env, **term.params) for term in placed.values()]).float().sum(dim=0)
