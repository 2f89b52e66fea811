"""Scripted demonstrator of the assemble-hamburger task."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import euler_xyz_from_quat

from lerobot_env_leisaac.scenes import kitchen_with_hamburger
from lerobot_env_leisaac.tasks.common.goals import object_rests_on
from lerobot_env_leisaac.tasks.common.pick_and_place import (
    STYLE,
    Handling,
    PickAndPlaceExpert,
    direction_of,
    nearest_turn,
)
from lerobot_env_leisaac.tasks.common.places import pose_in_base, position_in_base

from .spec import CHEESE, LAYERS, PLATE

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

HANDLING = Handling(
    half_width=kitchen_with_hamburger.WIDTH / 2,
    tips=-0.001,  # they keep 1 mm clear of the counter; heights are those of undersides
    clearance=0.008,
    open=0.65,
    closed=0.0,
    released=0.58,
    pick_height=0.0,
    carry_height=0.090,
    release_height=0.004,  # above what it is put on
    gripped=((-0.012, -0.010, -0.010), (0.006, 0.010, 0.012)),
    in_hand=0.025,
    durations={
        "loosen": 15,
        "rise": 18,
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
    style={**STYLE, "approach_height": (0.065, 0.09)},
)

_TOPS = tuple(itertools.accumulate((kitchen_with_hamburger.PLATE_HEIGHT, *kitchen_with_hamburger.LAYER_HEIGHTS)))
"""Height of what each layer is put on [m]."""

_CENTERED, _GAP = 0.016, 0.005
"""How near the middle of what is below it a layer must lie to be left there, and how near its top [m]: our rule less a
margin.
"""


class AssembleHamburgerExpert(PickAndPlaceExpert):
    """Stacks one layer after the other, or of them those that an arm has been given."""

    waits_after = "squeeze"
    rises_from_rest = False

    def __init__(self, env: LeRobotEnv, layers: Sequence[str] = LAYERS, arm: str = "robot"):
        """Build the demonstrator for an environment; for arguments see :class:`PickAndPlaceExpert`."""
        super().__init__(env, layers, PLATE, HANDLING, arm)
        self._place_of = torch.tensor([LAYERS.index(layer) for layer in layers], device=env.device)
        self._tops = torch.tensor(_TOPS, device=env.device)
        self._bodies = [SceneEntityCfg(name) for name in (PLATE, *LAYERS)]

    def in_place(self) -> torch.Tensor:
        """Return which layers lie on what is below them. Shape is (N, K), bool."""
        return self._stacked()[:, self._place_of]

    def next_object(self, tries: torch.Tensor, placed: torch.Tensor) -> torch.Tensor:
        """Return the lowest layer that is not in place. Shape is (N,)."""
        return placed.long().cumprod(dim=1).sum(dim=1).clamp(max=placed.shape[1] - 1)

    def release_height(self, placed: torch.Tensor) -> torch.Tensor:
        """Return the height of the next layer's underside where it is let go [m]. Shape is (N, 1)."""
        return (self._tops[self._next(placed)] + self._handling.release_height)[:, None]

    def may_deliver(self) -> torch.Tensor:
        """Return where all that is below the chosen layer is in place. Shape is (N,), bool."""
        return self._built() >= self._place_of[self._chosen]

    def move(self) -> torch.Tensor:
        """Return where the arm's joints are sent next: with a layer in hand, to where the hamburger stands by then."""
        if (ready := self.is_ready()).any():
            self.aim(ready)
        return super().move()

    def grasp_yaw(self, chosen: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """Return the way across the cheese, or the direction of reach around what is round. Shape is (N,)."""
        cheese = pose_in_base(self.env, self.base, SceneEntityCfg(CHEESE))
        across = nearest_turn(euler_xyz_from_quat(cheese[:, 3:])[2], direction, math.pi / 2)
        return torch.where(self._place_of[chosen] == LAYERS.index(CHEESE), across, direction)

    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the middle of what the next layer lies on, or shall lie on, and the direction of reach."""
        bodies = torch.stack([position_in_base(self.env, self.base, each)[:, :2] for each in self._bodies], dim=1)
        # what is below may not be there yet: then it is the highest layer that is
        below = torch.minimum(self._built(), self._next(placed))
        spot = bodies[torch.arange(len(bodies), device=bodies.device), below]
        return spot, direction_of(spot)

    def _next(self, placed: torch.Tensor) -> torch.Tensor:
        """Return the next layer's place in the hamburger. Shape is (N,)."""
        return self._place_of[self.next_object(self._tries, placed)]

    def _built(self) -> torch.Tensor:
        """Return how many layers lie on the plate, one on the other. Shape is (N,)."""
        return self._stacked().long().cumprod(dim=1).sum(dim=1)

    def _stacked(self) -> torch.Tensor:
        """Return which layers of all lie on what is below them. Shape is (N, 4), bool."""
        pairs = itertools.pairwise(self._bodies)
        return torch.stack(
            [object_rests_on(self.env, layer, below, _CENTERED, _GAP, math.inf) for below, layer in pairs], dim=1
        )
