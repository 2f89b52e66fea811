"""Scripted demonstrator of the pick-orange task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from lerobot_env_leisaac.scenes.kitchen_with_orange import ORANGE_RADIUS
from lerobot_env_leisaac.tasks.common.goals import object_near
from lerobot_env_leisaac.tasks.common.pick_and_place import (
    STYLE,
    Handling,
    PickAndPlaceExpert,
    axes,
    direction_of,
    farthest_spot,
)
from lerobot_env_leisaac.tasks.common.places import position_in_base

from .spec import ORANGES, PLATE

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

HANDLING = Handling(
    half_width=ORANGE_RADIUS,
    tips=0.022,
    clearance=0.010,
    open=0.95,
    closed=0.35,
    released=0.80,
    pick_height=ORANGE_RADIUS,
    carry_height=0.11,
    release_height=0.042,  # it drops by a finger's breadth
    # farther across, it sits on the edges of the fingers, which are 8 mm from their middle, and slips out in the air
    gripped=((-0.008, -0.007, -0.012), (0.008, 0.007, 0.012)),
    in_hand=0.025,
    durations={
        "loosen": 15,
        "rise": 12,
        "approach": 35,
        "descend": 20,
        "close": 22,
        "settle": 14,
        "squeeze": 20,
        "lift": 36,
        "carry": 40,
        "lower": 16,
        "open": 15,
    },
    style=STYLE,
)

_SPOTS = tuple((0.040 * math.cos(angle), 0.040 * math.sin(angle)) for angle in (0.0, 2 * math.pi / 3, -2 * math.pi / 3))
"""Where on the plate oranges go: along and across the direction in which the arm reaches [m].

The jaws open along it, so that two neighbours are never in their way.
"""

_ON_PLATE = (0.09, 0.09, 0.07)
"""How near the plate's middle an orange must lie to be left there [m], LeIsaac's rule less a margin."""


class PickOrangeExpert(PickAndPlaceExpert):
    """Puts one orange after another on the plate, where it is farthest from those that lie there."""

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        super().__init__(env, ORANGES, PLATE, HANDLING)
        self._spots = torch.tensor(_SPOTS, device=env.device)

    def in_place(self) -> torch.Tensor:
        """Return which oranges are on the plate. Shape is (N, 3), bool."""
        return torch.stack([object_near(self.env, each, self.target, _ON_PLATE) for each in self.objects], dim=1)

    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the free place on the plate, and the direction in which the arm reaches for it."""
        plate = position_in_base(self.env, self.base, self.target)
        direction = direction_of(plate)
        spots = plate[:, None, :2] + self._spots @ axes(direction)
        spot = farthest_spot(spots, positions, placed)
        return spot, direction_of(spot)
