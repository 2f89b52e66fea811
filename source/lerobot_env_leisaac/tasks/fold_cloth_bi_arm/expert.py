"""Scripted demonstrator of the fold-cloth task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from isaaclab.managers import SceneEntityCfg

from lerobot_env_leisaac.episodes.draws import uniform_in_ranges
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics
from lerobot_env_leisaac.experts.phases import Phases, fit_durations
from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, TIP_Z
from lerobot_env_leisaac.tasks.common.constants import constant
from lerobot_env_leisaac.tasks.common.goals import keypoints_near
from lerobot_env_leisaac.tasks.common.pick_and_place import REST, STYLE, direction_of
from lerobot_env_leisaac.tasks.common.places import keypoints_in_base

from .spec import CLOTH, FOLDED, FOLDED_DISTANCE

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_PHASES: Mapping[str, int] = {
    "approach": 24,
    "descend": 14,
    "close": 26,
    "hold": 6,
    "lift": 20,
    "lower": 20,
    "open": 12,
    "rise": 12,
    "rest": 22,
}
"""What is done for each fold, with control steps at the pace 1; the arm that has no part in it rests."""

_PINCH = (FIXED_FACE_X + 0.004, 0.0, TIP_Z)
"""Where a point of the shirt is between the jaws when they close, in the frame of the gripper body [m]."""

_OPEN, _CLOSED = 0.45, -0.17
"""Gripper targets around a point of the shirt, and when it is held [rad]."""

_TOUCH, _RELEASE, _CLEAR = 0.001, 0.010, 0.08
"""Height of the tips above the shirt when they grip it, above the table where they let go, and on their way [m]."""

_SIDES = ("left", "right")
"""The hands, in the order of the robot's arms."""

_INSET = 0.008
"""How far from a keypoint a hand takes the shirt, towards its middle [m]: a corner alone slips out between the jaws."""

_TRIES = 3
"""How often each fold is tried before the next one is."""

_STYLE = {name: STYLE[name] for name in ("approach_x", "approach_y", "pace")}
"""What differs from episode to episode; see :class:`~..common.pick_and_place.Handling`."""


@dataclass(frozen=True)
class _Fold:
    """A fold: which keypoint each hand takes, and where it goes.

    Attributes:
        takes: Keypoint by hand; a hand that has none rests, and so does one whose keypoint is where it shall be.
        across: Where it goes across the shirt, from its middle, the hand's own side positive, in halves of the width
            of its shoulders.
        down: How far below the shoulders [m].
        height: How high it is carried [m].
    """

    takes: dict[int, str]
    across: float
    down: float
    height: float


_FOLDS = (
    _Fold({0: "left_sleeve"}, -0.45, 0.028, 0.08),
    _Fold({1: "right_sleeve"}, -0.45, 0.028, 0.08),
    _Fold({0: "left_hem", 1: "right_hem"}, 0.90, 0.02, 0.12),
)
"""First the sleeves, one over the other, then the hem up to the shoulders."""


class FoldClothBiArmExpert:
    """Folds one sleeve in, then the other, then takes the hem up with both hands, and brings both arms to rest.

    Which fold is next is decided when the last one is done: the first that does not hold and was tried less than three
    times. It acts as a policy does, by (N, C) actions in units.
    """

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        self.env = env
        self._bases = [SceneEntityCfg(name, body_names=spec.base_body) for name, spec in env.robot.arms.items()]
        for base in self._bases:
            base.resolve(env.scene)
        self._kinematics = [
            GraspKinematics(spec, env.scene[name].cfg, _PINCH, env.num_envs, env.device, orientation_weight=0.02)
            for name, spec in env.robot.arms.items()
        ]
        self._steps = list(_PHASES.values())
        self._phases = Phases(env.num_envs, self._steps, len(env.robot.channels), env.device)
        self._tries = torch.zeros(env.num_envs, len(_FOLDS), device=env.device)
        self._rest = torch.tensor(REST, device=env.device)

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names: the next fold, or rest."""
        now = self.env.episode_length_buf
        style = uniform_in_ranges(self.env.cfg.seed, self.env.episodes, "expert", dict(_STYLE), tuple(_STYLE))
        offset, pace = style[:, :2], style[:, 2:]
        tries = torch.where((now == 0)[:, None], 0.0, self._tries)
        done = self._done()
        due = torch.stack(
            [~torch.stack([done[name] for name in fold.takes.values()]).all(dim=0) for fold in _FOLDS], dim=1
        )
        due &= tries < _TRIES
        folds, chosen = due.any(dim=1), due.int().argmax(dim=1)
        tries = tries + torch.nn.functional.one_hot(chosen, len(_FOLDS)) * folds[:, None]
        state = self.env.unit_convention.to_radians(self.env.obs_buf["lerobot"]["state"])
        # another plan goes on from where the arms were sent
        start = torch.where((now == 0)[:, None], state, self._phases.target)
        rest = self._rest.repeat(len(self._bases)).expand_as(start)
        waypoints = torch.stack([start, *[rest] * len(_PHASES)], dim=1)
        for index, fold in enumerate(_FOLDS):
            for hand, keypoint in fold.takes.items():
                moves = folds & (chosen == index) & ~done[keypoint]
                columns = self.env.robot.positions_of(self.env.robot.entities[hand])
                way = torch.where(moves[:, None, None], self._way(fold, hand, offset), waypoints[:, 1:, columns])
                waypoints[:, 1:, columns] = way
        durations = fit_durations(waypoints, self._steps, pace, self.env.robot.plan_speed, self.env.step_dt)
        durations[:, 1:] *= folds[:, None]
        self._phases.set(envs, waypoints, durations, now)
        self._tries = torch.where(envs[:, None], tries, self._tries)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""
        now = self.env.episode_length_buf
        if (anew := (now - self._phases.begun >= self._phases.ends[:, -1]) | (now == 0)).any():
            self.plan(anew)
        return self.env.unit_convention.from_radians(self._phases.advance(now))

    def _done(self) -> dict[str, torch.Tensor]:
        """Return which keypoints that hands take are where they shall be. Shapes are (N,), bool."""
        cloth = SceneEntityCfg(CLOTH)
        return {pair[0]: keypoints_near(self.env, cloth, pair, FOLDED_DISTANCE) for pair in FOLDED.values()}

    def _way(self, fold: _Fold, hand: int, offset: torch.Tensor) -> torch.Tensor:
        """Return where a hand's joints are at the end of each phase of a fold [rad]. Shape is (N, P, J)."""
        places = self._in_base(hand)
        own, other = (places[f"{side}_shoulder"] for side in _SIDES[:: 1 if hand == 0 else -1])
        middle, half = (own + other) / 2, (own - other) / 2
        left = half if hand == 0 else -half
        down = torch.nn.functional.normalize(torch.stack([-left[:, 1], left[:, 0]], dim=1), dim=1)
        corner, whole = places[fold.takes[hand]], torch.stack(list(places.values())).mean(dim=0)
        inwards = torch.nn.functional.normalize(whole[:, :2] - corner[:, :2], dim=1)
        spot, height = corner[:, :2] + _INSET * inwards, corner[:, 2:]
        goal = middle[:, :2] + fold.across * half[:, :2] + fold.down * down
        grasp = self._solve(hand, spot, height + _TOUCH)
        above = self._solve(hand, spot + offset, _CLEAR, grasp)
        lifted = self._solve(hand, (spot + goal) / 2, fold.height, grasp)
        lowered = self._solve(hand, goal, _RELEASE, lifted)
        risen = self._solve(hand, goal, _CLEAR, lowered)
        way = torch.stack([above, grasp, grasp, grasp, lifted, lowered, lowered, risen, risen], dim=1)
        way[:, -1] = self._rest
        way[:, :-1, 5] = constant((_OPEN, _OPEN, *[_CLOSED] * 4, _OPEN, _OPEN), self.env.device)
        return way

    def _in_base(self, hand: int) -> dict[str, torch.Tensor]:
        """Return where each keypoint is in the frame of a hand's base [m]. Shapes are (N, 3)."""
        names = tuple(self.env.cfg.spec().scene.cloths[CLOTH].keypoints)
        places = keypoints_in_base(self.env, self._bases[hand], SceneEntityCfg(CLOTH), names)
        return dict(zip(names, places.split(3, dim=-1), strict=True))

    def _solve(
        self, hand: int, spot: torch.Tensor, height: torch.Tensor | float, start: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return joint positions that bring the tips to a spot (N, 2) at a height [m], fingers down [rad]. (N, J)."""
        kinematics, direction = self._kinematics[hand], direction_of(spot)
        place = torch.cat([spot, torch.as_tensor(height, device=spot.device).expand(len(spot), 1)], dim=1)
        return kinematics.solve(place, direction, kinematics.neutral(direction) if start is None else start).clone()
