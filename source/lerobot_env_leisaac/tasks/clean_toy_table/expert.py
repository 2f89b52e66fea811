"""Scripted demonstrator of the clean-toy-table task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from isaaclab.utils.math import euler_xyz_from_quat, matrix_from_quat

from lerobot_env_leisaac.scenes.lightwheel_toyroom import LETTER_SIZE
from lerobot_env_leisaac.tasks.common.goals import object_rests_in
from lerobot_env_leisaac.tasks.common.pick_and_place import (
    STYLE,
    Handling,
    PickAndPlaceExpert,
    axes,
    direction_of,
    farthest_spot,
    nearest_turn,
)
from lerobot_env_leisaac.tasks.common.places import pose_in_base

from .spec import BOX, LETTERS

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

HANDLING = Handling(
    half_width=LETTER_SIZE[0] / 2,
    tips=0.0115,  # they keep 1 mm clear of the table
    clearance=0.008,
    open=0.70,
    closed=0.0,
    released=0.55,  # wider, the jaw would push against the box
    pick_height=LETTER_SIZE[2] / 2,
    carry_height=0.11,
    release_height=0.025,  # it drops by some millimetres
    # one that stands on its edge is thinner, and its middle higher
    gripped=((-0.012, -0.010, -0.010), (0.004, 0.010, 0.018)),
    in_hand=0.025,
    durations={
        "loosen": 15,
        "rise": 15,
        "approach": 35,
        "descend": 20,
        "close": 25,
        "settle": 14,
        "squeeze": 20,
        "lift": 36,
        "carry": 40,
        "lower": 25,
        "open": 20,
    },
    style=STYLE,
)

_SPOTS = ((-0.006, 0.028), (-0.006, -0.028))
"""Where in the box letters go: along and across the direction in which the jaws open [m]; the moving jaw needs room."""


class CleanToyTableExpert(PickAndPlaceExpert):
    """Puts one letter after the other into the box, side by side."""

    def __init__(self, env: LeRobotEnv, letters: Sequence[str] = LETTERS, arm: str = "robot"):
        """Build the demonstrator for an environment; for arguments see :class:`PickAndPlaceExpert`."""
        super().__init__(env, letters, BOX, HANDLING, arm)
        self._spots = torch.tensor(_SPOTS, device=env.device)

    def in_place(self) -> torch.Tensor:
        """Return which letters are in the box. Shape is (N, K), bool."""
        return torch.stack(
            [object_rests_in(self.env, each, self.target, (0.045, 0.045), math.inf) for each in self.objects], dim=1
        )

    def grasp_yaw(self, chosen: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """Return the direction across a letter that lies, or through one that stands on an edge. Shape is (N,)."""
        poses = torch.stack([pose_in_base(self.env, self.base, each) for each in self.objects], dim=1)
        row = torch.arange(len(poses), device=poses.device)
        across, _, through = matrix_from_quat(poses[row, chosen, 3:]).unbind(dim=-1)
        axis = torch.where(through[:, 2:].abs() > 0.7, across, through)
        return nearest_turn(direction_of(axis), direction, math.pi)

    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the free side of the box, and the direction of its walls that is nearest to the arm's."""
        box = pose_in_base(self.env, self.base, self.target)
        yaw = nearest_turn(euler_xyz_from_quat(box[:, 3:])[2], direction_of(box), math.pi / 2)
        spots = box[:, None, :2] + self._spots @ axes(yaw)
        return farthest_spot(spots, positions, placed), yaw
