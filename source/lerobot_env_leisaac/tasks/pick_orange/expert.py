"""Scripted demonstrator of the pick-orange task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import quat_apply_inverse

from lerobot_env_leisaac.episodes.draws import uniform_in_ranges
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics
from lerobot_env_leisaac.experts.phases import Phases, fit_durations
from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, TIP_Z
from lerobot_env_leisaac.tasks.common.goals import object_near
from lerobot_env_leisaac.tasks.common.places import grasp_point_in_base, position_in_base

from .spec import ORANGES, PLATE

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_RADIUS = 0.024
"""Radius of an orange [m]."""

_TIPS = 0.022
"""How far the tips of the jaws reach below the middle of an orange that they hold [m]."""

_CLEARANCE = 0.010
"""How far the fixed jaw keeps from the orange until the other pushes it home [m]."""

_OPEN, _CLOSED, _RELEASED, _SHUT = 0.95, 0.35, 0.80, 0.0
"""Gripper targets [rad]: around an orange, pressing on it, letting it go, and at rest."""

_CARRY_HEIGHT, _RELEASE_HEIGHT = 0.11, 0.042
"""Height of an orange's middle on its way, and where it is let go [m]: it drops by a finger's breadth."""

_SPOTS = tuple((0.040 * math.cos(angle), 0.040 * math.sin(angle)) for angle in (0.0, 2 * math.pi / 3, -2 * math.pi / 3))
"""Where on the plate oranges go: along and across the direction in which the arm reaches [m].

The jaws open along it, so that two neighbours are never in their way.
"""

_REST = (0.0, -1.66, 1.54, 0.90, 0.0, _SHUT)
"""Joint positions of the rest pose [rad]: LeIsaac's, short of the joint limit."""

_GRIPPED = (0.008, 0.007, 0.012)
"""How far from its place between the jaws an orange may be gripped: along their way, across it, along the fingers [m].

Farther across, it sits on the edges of the fingers, which are 8 mm from their middle, and slips out in the air.
"""

_IN_HAND = 0.025
"""How far from that place an orange may be in the air [m]; farther off it is lost."""

_ON_PLATE = (0.09, 0.09, 0.07)
"""How near the plate's middle an orange must lie to be left there [m], LeIsaac's rule less a margin."""

_DURATIONS = {
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
}
"""Control steps of each phase at the pace 1, where the joints need no more; the squeeze ends when the jaw stops."""

_PHASES = list(_DURATIONS)
_SQUEEZE = _PHASES.index("squeeze")
_AIRBORNE = [_PHASES.index(name) for name in ("lift", "carry")]
"""Phases at whose end the orange must still be in the jaws."""

_STOPPED = 0.05
"""Speed below which the jaw has stopped [rad/s]."""

_STYLE = {
    "approach_height": (0.085, 0.11),
    "approach_x": (-0.008, 0.008),
    "approach_y": (-0.008, 0.008),
    "grasp_yaw": (-math.radians(8), math.radians(8)),
    "pace": (0.8, 1.2),
}
"""What differs from episode to episode: height of the jaws before the descent and their offset from above the orange
[m], turn of the jaws against the direction of reach [rad], factor on the speed."""


class PickOrangeExpert:
    """Takes one orange after the other to the plate, then brings the arm to rest, each environment in its own phase.

    For each orange it rises, approaches, descends, closes until the jaw stops, lifts, carries, lowers and opens. Which
    one is next is decided when the last one has been let go: among those that are not on the plate, the one tried
    least. Where it has not gripped an orange well it lets go of it before it rises; there, and where one was lost on
    the way, it goes on with the next one, and so comes back to what it missed. It acts as a policy does, by (N, 6)
    actions in units.
    """

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        self._env = env
        self._base = self._entity(body_names="base")
        self._gripper = self._entity(body_names="gripper")
        self._jaw = self._entity(joint_names="gripper")
        self._oranges = [SceneEntityCfg(name) for name in ORANGES]
        self._plate = SceneEntityCfg(PLATE)
        self._held_at = (FIXED_FACE_X + _RADIUS, 0.0, TIP_Z + _TIPS)
        self._middle = (self._held_at[0] + _CLEARANCE, *self._held_at[1:])
        self._kinematics = GraspKinematics(
            env.robot, env.scene["robot"].cfg, self._middle, env.num_envs, env.device, orientation_weight=0.02
        )
        self._phases = Phases(env.num_envs, list(_DURATIONS.values()), 6, env.device)
        self._tries = torch.zeros(env.num_envs, len(ORANGES), device=env.device)
        self._chosen = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._carries = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
        self._spots = torch.tensor(_SPOTS, device=env.device)
        self._rest = torch.tensor(_REST, device=env.device)

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names: the next orange, or the way to rest."""
        now = self._env.episode_length_buf
        style = uniform_in_ranges(self._env.cfg.seed, self._env.episodes, "expert", _STYLE, tuple(_STYLE))
        height, offset, turn, pace = style[:, :1], style[:, 1:3], style[:, 3], style[:, 4:]
        oranges = torch.stack([position_in_base(self._env, self._base, orange) for orange in self._oranges], dim=1)
        plate = position_in_base(self._env, self._base, self._plate)
        placed = torch.stack([object_near(self._env, each, self._plate, _ON_PLATE) for each in self._oranges], dim=1)
        tries = torch.where((now == 0)[:, None], 0.0, self._tries)
        chosen = (tries + 1e6 * placed).argmin(dim=1)
        carries = ~placed.all(dim=1)
        tries = tries + torch.nn.functional.one_hot(chosen, len(ORANGES))
        row = torch.arange(len(oranges), device=oranges.device)

        state = self._env.unit_convention.to_radians(self._env.obs_buf["lerobot"]["state"])
        # another plan goes on from where the arm was sent: a grip holds the jaws far from there, and they would jump
        start = torch.where(now[:, None] == 0, state, self._phases.target)
        place = grasp_point_in_base(self._env, self._base, self._gripper, self._middle)
        low = place[:, 2] < _CARRY_HEIGHT - 0.02
        grips = low & (start[:, 5] < _RELEASED)
        loose, risen = start.clone(), self._solve(place[:, :2], _CARRY_HEIGHT, _direction(place), start)
        loose[:, 5] = torch.where(grips, _OPEN, start[:, 5])
        risen[:, 5] = torch.where(carries, _OPEN, _RELEASED)
        risen = torch.where(low[:, None], risen, start)
        orange = oranges[row, chosen]
        direction = _direction(orange)
        grasp = self._solve(orange[:, :2], _RADIUS, direction + turn)
        above = self._solve(orange[:, :2] + offset, height, direction + turn, grasp)
        lifted = self._solve(orange[:, :2], _CARRY_HEIGHT, direction + turn, grasp)
        spot = self._free_spot(oranges, placed, plate)
        direction = _direction(spot)
        # the orange is held at the fixed jaw, nearer to the arm than the jaws' middle by the clearance
        spot = spot + _CLEARANCE * torch.stack([direction.cos(), direction.sin()], dim=1)
        over = self._solve(spot, _CARRY_HEIGHT, direction)
        lowered = self._solve(spot, _RELEASE_HEIGHT, direction, over)
        picking = torch.stack(
            [start, loose, risen, above, grasp, grasp, grasp, grasp, lifted, over, lowered, lowered], dim=1
        )
        gripper = (_OPEN, _OPEN, *[_CLOSED] * 6, _RELEASED)
        picking[:, 3:, 5] = torch.tensor(gripper, device=picking.device)
        resting = torch.stack([start, loose, risen, *[self._rest.expand_as(risen)] * (len(_PHASES) - 2)], dim=1)
        waypoints = torch.where(carries[:, None, None], picking, resting)
        durations = fit_durations(
            waypoints, list(_DURATIONS.values()), pace, self._env.robot.plan_speed, self._env.step_dt
        )
        durations[:, 0] *= grips
        durations[:, 1] *= low
        durations[:, 3:] *= carries[:, None]

        self._phases.set(envs, waypoints, durations, now)
        self._tries = torch.where(envs[:, None], tries, self._tries)
        self._chosen, self._carries = torch.where(envs, chosen, self._chosen), torch.where(envs, carries, self._carries)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, 6)."""
        now = self._env.episode_length_buf
        done = now - self._phases.begun
        stopped = self._jaw_speed() < _STOPPED
        squeezes = (done > self._phases.ends[:, _SQUEEZE - 1]) & (done < self._phases.ends[:, _SQUEEZE])
        self._phases.cut(self._carries & squeezes & stopped, _SQUEEZE, now)
        ends, off = self._phases.ends, self._off_grip()
        gripped = (off.abs() < torch.tensor(_GRIPPED, device=off.device)).all(dim=1)
        airborne = (done[:, None] == ends[:, _AIRBORNE]).any(dim=1)
        missed = self._carries & ((done == ends[:, _SQUEEZE]) & ~gripped | airborne & (off.norm(dim=1) > _IN_HAND))
        if (anew := missed | (done >= self._phases.ends[:, -1]) | (now == 0)).any():
            self.plan(anew)
        return self._env.unit_convention.from_radians(self._phases.advance(now))

    def _free_spot(self, oranges: torch.Tensor, placed: torch.Tensor, plate: torch.Tensor) -> torch.Tensor:
        """Return the place on the plate (N, 2) that is farthest from oranges (N, 3, 3) that are placed (N, 3) [m]."""
        direction = _direction(plate)
        along = torch.stack([direction.cos(), direction.sin()], dim=1)
        across = torch.stack([-along[:, 1], along[:, 0]], dim=1)
        axes = torch.stack([along, across], dim=1)
        spots = plate[:, None, :2] + self._spots @ axes
        distance = (spots[:, :, None] - oranges[:, None, :, :2]).norm(dim=-1)
        room = torch.where(placed[:, None], distance, 1.0).amin(dim=2)
        room = room - 1e-3 * torch.arange(len(_SPOTS), device=room.device)  # of equals the first
        return spots[torch.arange(len(spots), device=room.device), room.argmax(dim=1)]

    def _off_grip(self) -> torch.Tensor:
        """Return how far the chosen orange is from its place between the jaws, in the gripper's frame [m]; (N, 3)."""
        row = torch.arange(len(self._chosen), device=self._chosen.device)
        positions = torch.stack([self._env.scene[name].data.root_pos_w.torch for name in ORANGES], dim=1)
        gripper = self._env.scene["robot"].data.body_pose_w.torch[:, self._gripper.body_ids[0]]
        orange = quat_apply_inverse(gripper[:, 3:], positions[row, self._chosen] - gripper[:, :3])
        return orange - torch.tensor(self._held_at, device=orange.device)

    def _jaw_speed(self) -> torch.Tensor:
        return self._env.scene["robot"].data.joint_vel.torch[:, self._jaw.joint_ids[0]].abs()

    def _entity(self, **parts: str) -> SceneEntityCfg:
        entity = SceneEntityCfg("robot", **parts)
        entity.resolve(self._env.scene)
        return entity

    def _solve(
        self,
        position: torch.Tensor,
        height: torch.Tensor | float,
        yaw: torch.Tensor,
        start: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return joint positions with the jaws' middle at a position (N, 2) and a height above the base [m]."""
        heights = torch.zeros_like(position[:, :1]) + height
        if start is None:
            start = self._kinematics.neutral(_direction(position))
        return self._kinematics.solve(torch.cat([position, heights], dim=1), yaw, start)


def _direction(position: torch.Tensor) -> torch.Tensor:
    """Return the direction about the vertical in which the arm reaches for positions (N, 2) or (N, 3) [rad]."""
    return torch.atan2(position[:, 1], position[:, 0])
