"""Scripted demonstrator of the cleanup-trash task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from lerobot_env_leisaac.robots.lekiwi.spec import BASE_HEIGHT
from lerobot_env_leisaac.scenes.lightwheel_loft import BIN_HEIGHT, TISSUE_RADIUS
from lerobot_env_leisaac.tasks.common.goals import object_rests_in
from lerobot_env_leisaac.tasks.common.pick_and_place import PHASES, STYLE, Handling, PickAndPlaceExpert
from lerobot_env_leisaac.tasks.common.places import position_in_base

from .spec import BIN, TISSUE

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_ON_FLOOR = TISSUE_RADIUS - BASE_HEIGHT
"""Height of the tissue's middle where it lies, above the origin of the base [m]."""

_OVER_RIM = BIN_HEIGHT - BASE_HEIGHT + 0.045
"""Height of its middle on its way: jaws reach 22 mm below it [m]."""

HANDLING = Handling(
    half_width=TISSUE_RADIUS,
    tips=0.022,
    clearance=0.010,
    open=0.95,
    closed=0.35,
    released=0.80,
    pick_height=_ON_FLOOR,
    carry_height=_OVER_RIM,
    release_height=_OVER_RIM - 0.010,
    gripped=((-0.010, -0.008, -0.012), (0.008, 0.008, 0.012)),
    in_hand=0.025,
    durations={
        "loosen": 15,
        "rise": 15,
        "approach": 35,
        "descend": 25,
        "close": 25,
        "settle": 14,
        "squeeze": 20,
        "lift": 40,
        "carry": 30,
        "lower": 10,
        "open": 20,
    },
    style={**STYLE, "approach_height": (_ON_FLOOR + 0.055, _ON_FLOOR + 0.080)},
)

_TISSUE_AHEAD, _BIN_AHEAD = 0.27, 0.30
"""How far ahead of the base's middle tissue and bin are when the arm reaches for them [m]."""

_ARRIVED = 0.004
"""How far from there they may be [m]."""

_GAIN = 2.5
"""Speed by distance that is left [1/s]."""

_SPEED, _TURN_SPEED = 0.20, 0.9
"""Highest speed ahead [m/s] and about the vertical [rad/s]."""

_ACCELERATION, _TURN_ACCELERATION = 0.5, 3.0
"""Change of the speeds in a second [m/s^2], [rad/s^2]."""

_AHEAD_WITHIN = 0.5
"""Direction off the way ahead up to which the base drives while it turns [rad]."""


class CleanupTrashExpert(PickAndPlaceExpert):
    """Drives until the tissue is before the arm, picks it up, drives until the bin is there, and drops it in.

    The arm plans for the places where the base brings tissue and bin; over the first it waits with open jaws, over the
    second with the tissue, until they are there.
    """

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        super().__init__(env, (TISSUE,), BIN, HANDLING)
        self._velocity = torch.zeros(env.num_envs, 3, device=env.device)
        self._highest = torch.tensor((_SPEED, 0.0, _TURN_SPEED), device=env.device)
        self._change = torch.tensor((_ACCELERATION, 0.0, _TURN_ACCELERATION), device=env.device) * env.step_dt

    def positions(self) -> torch.Tensor:
        """Return where the tissue is when the base has brought it before the arm. Shape is (N, 1, 3)."""
        return self._velocity.new_tensor((_TISSUE_AHEAD, 0.0, _ON_FLOOR)).repeat(self.env.num_envs, 1, 1)

    def in_place(self) -> torch.Tensor:
        """Return whether the tissue is in the bin. Shape is (N, 1), bool."""
        return object_rests_in(self.env, self.objects[0], self.target, (0.1, 0.1), math.inf)[:, None]

    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return where the bin's middle is when the base has brought it before the arm."""
        ahead = torch.zeros_like(positions[:, 0, 0])
        return torch.stack([ahead + _BIN_AHEAD, ahead], dim=1), ahead

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""
        now, ends = self.env.episode_length_buf, self._phases.ends
        done = now - self._phases.begun
        rise, approach, lift, carry = (ends[:, PHASES.index(name)] for name in ("rise", "approach", "lift", "carry"))
        to_tissue = self._carries & (done >= rise) & (done <= approach)
        to_bin = self._carries & (done >= lift) & (done <= carry)
        drives = (to_tissue | to_bin) & (now > 0)
        place, there = self._way(to_bin)
        self.wait(drives & ~there & ((done == approach) | (done == carry)))
        self._drive(place, drives & ~there, now == 0)
        joints = self.move()
        return self.env.unit_convention.from_radians(torch.cat([joints, self._velocity], dim=1))

    def _way(self, to_bin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return direction [rad] and distance [m] of what is driven to, (N, 2), and whether it is reached, (N,)."""
        tissue, bin_ = (position_in_base(self.env, self.base, each)[:, :2] for each in (*self.objects, self.target))
        place = torch.where(to_bin[:, None], bin_, tissue)
        ahead = torch.where(to_bin, _BIN_AHEAD, _TISSUE_AHEAD)
        off = torch.hypot(place[:, 0] - ahead, place[:, 1])
        left = torch.stack([torch.atan2(place[:, 1], place[:, 0]), place.norm(dim=1) - ahead], dim=1)
        return left, off < _ARRIVED

    def _drive(self, left: torch.Tensor, drives: torch.Tensor, begins: torch.Tensor) -> None:
        """Set the velocities of this step: turn towards the place and drive there, or stand."""
        direction, distance = left.unbind(dim=1)
        ahead = _GAIN * distance.clamp(-_SPEED / _GAIN, _SPEED / _GAIN) * (1 - direction.abs() / _AHEAD_WITHIN).clamp(0)
        wanted = torch.stack([ahead, torch.zeros_like(ahead), _GAIN * direction], dim=1)
        wanted = wanted.clamp(-self._highest, self._highest)
        faster = self._velocity + (wanted - self._velocity).clamp(-self._change, self._change)
        self._velocity = torch.where((drives & ~begins)[:, None], faster, 0.0)
