"""Spaces: batched ones that take no memory, and the bounds of actions."""

import copy

import gymnasium as gym
import numpy as np
import torch
from isaaclab.envs.mdp.actions import JointPositionAction
from isaaclab.managers import ActionManager

from lerobot_env_leisaac.tasks.common.base_actions import BaseVelocityAction


def batched_box(space: gym.spaces.Box, num_envs: int) -> gym.spaces.Box:
    """Return the space of ``num_envs`` values of ``space``, stacked along a new first axis.

    Gymnasium's ``batch_space`` writes out the bounds for every environment: with three 640x480 cameras and 1,024
    environments that is 23 GB of zeros and ones. Here the bounds are views of the single space's.

    Args:
        space: Space of one environment. Shape is (...).
        num_envs: Number of environments.

    Returns:
        Space of shape (num_envs, ...).
    """
    batched = copy.deepcopy(space)
    batched._shape = (num_envs, *space.shape)
    for name in ("low", "high", "bounded_below", "bounded_above"):
        setattr(batched, name, np.broadcast_to(getattr(space, name), batched._shape))
    return batched


def action_bounds(manager: ActionManager) -> tuple[np.ndarray, np.ndarray]:
    """Return low and high of an action: for joint position targets the joint limits, in the terms' own units.

    For a base that drives they are the velocities that its wheels reach.

    Returns:
        Two float32 arrays of shape (A,); infinite where a term sets something else than joint positions.
    """
    bounds = []
    for term in map(manager.get_term, manager.active_terms):
        limits = torch.tensor([-torch.inf, torch.inf]).repeat(term.action_dim, 1)
        if isinstance(term, JointPositionAction):
            radians = term._asset.data.joint_pos_limits.torch[0, term._joint_ids].cpu()
            scale, offset = (torch.as_tensor(value).cpu() for value in (term._scale, term._offset))
            scale, offset = (value[0] if value.ndim == 2 else value for value in (scale, offset))
            limits = ((radians - offset.reshape(-1, 1)) / scale.reshape(-1, 1)).sort(dim=-1).values
        elif isinstance(term, BaseVelocityAction):
            limits = term.limits
        bounds.append(limits)
    low, high = torch.cat(bounds).unbind(-1)
    return low.numpy(), high.numpy()
