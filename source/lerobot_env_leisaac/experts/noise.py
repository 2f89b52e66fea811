"""Noise on the actions of a demonstrator, so that its data shows how to recover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from lerobot_env_leisaac.episodes.draws import normal

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_CORRELATION_TIME = 0.3
"""Time after which the noise has forgotten 63 % of itself [s]: it pushes the arm aside, it does not shake it."""


class ActionNoise:
    """Correlated noise on the joints of the arm, a function of seed, episode and step alone.

    Each joint follows a first-order autoregressive process. The gripper is left alone: its target says how hard the
    jaws press.
    """

    def __init__(self, env: LeRobotEnv, std_deg: float):
        """Build the noise for an environment.

        Args:
            env: The environment.
            std_deg: Standard deviation at each joint [deg].
        """
        self._env = env
        size = len(env.robot.channels)
        self._scale = torch.zeros(size, device=env.device)
        self._scale[env.robot.columns("arm")] = math.radians(std_deg)
        self._keep = math.exp(-env.step_dt / _CORRELATION_TIME)
        self._state = torch.zeros(env.num_envs, size, device=env.device)

    def add(self, action: torch.Tensor) -> torch.Tensor:
        """Return the action (N, C) in units with this step's noise on it; call once a step."""
        step, size = self._env.episode_length_buf.unsqueeze(-1), len(self._scale)
        fresh = normal(self._env.cfg.seed, self._env.episodes, "action_noise", size, first=size * step)
        moved = self._keep * self._state + math.sqrt(1 - self._keep**2) * fresh
        self._state = torch.where(step == 0, fresh, moved)
        convention = self._env.unit_convention
        return convention.from_radians(convention.to_radians(action) + self._scale * self._state)
