"""Scripted demonstrator of the clean-toy-table task with two arms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from isaaclab.utils.math import euler_xyz_from_quat

from lerobot_env_leisaac.tasks.clean_toy_table.expert import CleanToyTableExpert
from lerobot_env_leisaac.tasks.clean_toy_table.spec import LETTERS
from lerobot_env_leisaac.tasks.common.pick_and_place import ArmsInTurn, axes, nearest_turn
from lerobot_env_leisaac.tasks.common.places import pose_in_base

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_SPOT = (-0.006, 0.028)
"""Where in the box the left arm puts its letter: along and across the direction in which the jaws open [m]."""


class _Arm(CleanToyTableExpert):
    """Puts the letter before one arm into that arm's side of the box."""

    def __init__(self, env: LeRobotEnv, arm: str, letter: str, side: float):
        super().__init__(env, (letter,), arm)
        self._spot = torch.tensor((_SPOT[0], side * _SPOT[1]), device=env.device)

    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the arm's side of the box; the jaws open straight ahead, so that they never reach the other side."""
        box = pose_in_base(self.env, self.base, self.target)
        yaw = nearest_turn(euler_xyz_from_quat(box[:, 3:])[2], torch.zeros_like(box[:, 0]), math.pi / 2)
        along, across = axes(yaw).unbind(dim=1)
        return box[:, :2] + self._spot[0] * along + self._spot[1] * across, yaw


class CleanToyTableBiArmExpert(ArmsInTurn):
    """Each arm takes the letter before it; they put them into the box one after the other."""

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        sides = zip(env.robot.entities, LETTERS, (1.0, -1.0), strict=True)
        super().__init__([_Arm(env, arm, letter, side) for arm, letter, side in sides])
