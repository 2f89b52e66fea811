"""What demonstrators have in common that put one object after another in place."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import quat_apply_inverse

from lerobot_env_leisaac.episodes.draws import uniform_in_ranges
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics
from lerobot_env_leisaac.experts.phases import Phases, fit_durations
from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, TIP_Z
from lerobot_env_leisaac.robots.spec import named

from .constants import constant
from .places import grasp_point_in_base, position_in_base

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

PHASES = ("loosen", "rise", "approach", "descend", "close", "settle", "squeeze", "lift", "carry", "lower", "open")
"""What is done for each object, in this order; the squeeze ends when the jaw stops."""

_SQUEEZE = PHASES.index("squeeze")
_AIRBORNE = [PHASES.index(name) for name in ("lift", "carry")]
"""Phases at whose end the object must still be in the jaws."""

_STOPPED = 0.05
"""Speed below which the jaw has stopped [rad/s]."""

REST = (0.0, -1.66, 1.54, 0.90, 0.0, 0.0)
"""Joint positions of the rest pose [rad]: LeIsaac's, short of the joint limit."""


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How objects of one kind are handled.

    Attributes:
        half_width: Half of an object's width between the jaws [m].
        tips: How far the tips of the jaws reach below the middle of an object that they hold [m].
        clearance: How far the fixed jaw keeps from the object until the other pushes it home [m].
        open: Gripper target around an object [rad].
        closed: Gripper target when it presses on one [rad].
        released: Gripper target when it has let one go [rad].
        pick_height: Height of an object's middle where it lies [m].
        carry_height: Height of its middle on its way [m].
        release_height: Height of its middle where it is let go [m].
        gripped: How far from its place between the jaws an object may be gripped, lowest and highest: along their way,
            across it, along the fingers [m].
        in_hand: How far from that place one may be in the air [m]; farther off it is lost.
        durations: Control steps of each of the `PHASES` at the pace 1, where the joints need no more.
        style: Bounds of what differs from episode to episode: ``approach_height`` of the jaws before the descent and
            their offset from above the object ``approach_x``, ``approach_y`` [m], ``grasp_yaw``, turn of the jaws
            against the object [rad], and ``pace``, factor on the speed.
    """

    half_width: float
    tips: float
    clearance: float
    open: float
    closed: float
    released: float
    pick_height: float
    carry_height: float
    release_height: float
    gripped: tuple[tuple[float, float, float], tuple[float, float, float]]
    in_hand: float
    durations: Mapping[str, int]
    style: Mapping[str, tuple[float, float]]


class PickAndPlaceExpert(ABC):
    """Takes one object after the other to its place, then brings the arm to rest, each environment in its own phase.

    For each object it rises, approaches, descends, closes until the jaw stops, lifts, carries, lowers and opens. Which
    one is next is decided when the last one has been let go: among those that are not in place, the one tried least.
    Where it has not gripped an object well it lets go of it before it rises; there, and where one was lost on the way,
    it goes on with the next one, and so comes back to what it missed. It acts as a policy does, by (N, C) actions in
    units; where the robot has several arms, one of these moves each.

    A task says which objects are in place, where the chosen one goes, and how the jaws are turned; and, where objects
    lie on each other, which one is next and how high it is let go.

    Attributes:
        waits_after: Phase after which the arm waits where others are in its way: ``lift``, or ``squeeze`` with objects
            that slip where they are held up for long.
        rises_from_rest: Whether an arm that rests low rises each time it has looked for something to do. Where two arms
            must rest together neither should; the demonstrators that were measured so keep it.
    """

    waits_after = "lift"
    rises_from_rest = True

    def __init__(self, env: LeRobotEnv, objects: Sequence[str], target: str, handling: Handling, arm: str = "robot"):
        """Build the demonstrator.

        Args:
            env: The environment.
            objects: Names of the objects.
            target: Name of what they are put on or into.
            handling: How they are handled.
            arm: What the scene calls the arm that does it.
        """
        self.env = env
        self.arm = arm
        self.objects = [SceneEntityCfg(name) for name in objects]
        self.target = SceneEntityCfg(target)
        spec = env.robot.arms[arm]
        self.base = self._entity(body_names=spec.base_body)
        self._handling = handling
        self._gripper = self._entity(body_names=spec.tool_body)
        self._jaw = self._entity(joint_names="gripper")
        self._held_at = (FIXED_FACE_X + handling.half_width, 0.0, TIP_Z + handling.tips)
        self._middle = (self._held_at[0] + handling.clearance, *self._held_at[1:])
        self._kinematics = GraspKinematics(
            spec, env.scene[arm].cfg, self._middle, env.num_envs, env.device, orientation_weight=0.02
        )
        self._durations = [handling.durations[name] for name in PHASES]
        self._columns = env.robot.positions_of(arm)
        self._phases = Phases(env.num_envs, self._durations, len(self._columns), env.device)
        self._stream = named("expert", arm)
        self._tries = torch.zeros(env.num_envs, len(objects), device=env.device)
        self._chosen = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._carries = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
        self._rest = torch.tensor(REST, device=env.device)

    def positions(self) -> torch.Tensor:
        """Return where the objects are when they are taken, base frame [m]. Shape is (N, K, 3)."""
        return torch.stack([position_in_base(self.env, self.base, each) for each in self.objects], dim=1)

    @abstractmethod
    def in_place(self) -> torch.Tensor:
        """Return which objects are where they shall be, and left there. Shape is (N, K), bool."""

    def grasp_yaw(self, chosen: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """Return the direction in which the jaws open around an object, about the vertical [rad]. Shape is (N,).

        Args:
            chosen: Index of the object. Shape is (N,).
            direction: Direction in which the arm reaches for it [rad]. Shape is (N,).
        """
        return direction

    def next_object(self, tries: torch.Tensor, placed: torch.Tensor) -> torch.Tensor:
        """Return which object is next: of those that are not in place, the one tried least. Shape is (N,).

        Args:
            tries: How often each has been tried in this episode. Shape is (N, K).
            placed: Which are in place. Shape is (N, K).
        """
        return (tries + 1e6 * placed).argmin(dim=1)

    def release_height(self, placed: torch.Tensor) -> torch.Tensor | float:
        """Return the height of the next object's middle where it is let go, a number or (N, 1) [m].

        Args:
            placed: Which objects are in place. Shape is (N, K).
        """
        return self._handling.release_height

    @abstractmethod
    def place(self, positions: torch.Tensor, placed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return where the next object goes, base frame (N, 2) [m], and the way the jaws open there (N,) [rad].

        Args:
            positions: Where the objects are, base frame [m]. Shape is (N, K, 3).
            placed: Which of them are in place. Shape is (N, K).
        """

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names: the next object, or the way to rest."""
        how, now = self._handling, self.env.episode_length_buf
        style = uniform_in_ranges(self.env.cfg.seed, self.env.episodes, self._stream, dict(how.style), tuple(how.style))
        height, offset, turn, pace = style[:, :1], style[:, 1:3], style[:, 3], style[:, 4:]
        positions = self.positions()
        placed = self.in_place()
        tries = torch.where((now == 0)[:, None], 0.0, self._tries)
        chosen = self.next_object(tries, placed)
        carries = ~placed.all(dim=1)
        tries = tries + torch.nn.functional.one_hot(chosen, len(self.objects))

        state = self.env.unit_convention.to_radians(self.env.obs_buf["lerobot"]["state"])[:, self._columns]
        # another plan goes on from where the arm was sent: a grip holds the jaws far from there, and they would jump
        start = torch.where(now[:, None] == 0, state, self._phases.target)
        at = grasp_point_in_base(self.env, self.base, self._gripper, self._middle)
        low = at[:, 2] < how.carry_height - 0.02
        if not self.rises_from_rest:
            low = low & (carries | ((start - self._rest).abs() > 1e-3).any(dim=1))
        grips = low & (start[:, 5] < how.released)
        loose, risen = start.clone(), self._solve(at[:, :2], how.carry_height, direction_of(at), start)
        loose[:, 5] = torch.where(grips, how.open, start[:, 5])
        risen[:, 5] = torch.where(carries, how.open, how.released)
        risen = torch.where(low[:, None], risen, start)
        where = positions[torch.arange(len(positions), device=positions.device), chosen]
        yaw = self.grasp_yaw(chosen, direction_of(where)) + turn
        grasp = self._solve(where[:, :2], how.pick_height, yaw)
        above = self._solve(where[:, :2] + offset, height, yaw, grasp)
        lifted = self._solve(where[:, :2], how.carry_height, yaw, grasp)
        picking = torch.stack([start, loose, risen, above, grasp, grasp, grasp, grasp, lifted], dim=1)
        picking[:, 3:, 5] = constant((how.open, how.open, *[how.closed] * 4), self.env.device)
        picking = torch.cat([picking, self._delivery(positions, placed)], dim=1)
        resting = torch.stack([start, loose, risen, *[self._rest.expand_as(risen)] * (len(PHASES) - 2)], dim=1)
        waypoints = torch.where(carries[:, None, None], picking, resting)
        durations = fit_durations(waypoints, self._durations, pace, self.env.robot.plan_speed, self.env.step_dt)
        durations[:, 0] *= grips
        durations[:, 1] *= low
        durations[:, 3:] *= carries[:, None]

        self._phases.set(envs, waypoints, durations, now)
        self._tries = torch.where(envs[:, None], tries, self._tries)
        self._chosen, self._carries = torch.where(envs, chosen, self._chosen), torch.where(envs, carries, self._carries)

    def aim(self, envs: torch.Tensor) -> None:
        """Bring what the arm has to where it goes now, in the environments that the mask (N,) names."""
        positions = torch.stack([position_in_base(self.env, self.base, each) for each in self.objects], dim=1)
        self._phases.redirect(envs, PHASES.index("carry"), self._delivery(positions, self.in_place()))

    def _delivery(self, positions: torch.Tensor, placed: torch.Tensor) -> torch.Tensor:
        """Return joint positions at the ends of carry, lower and open [rad]. Shape is (N, 3, J)."""
        how = self._handling
        spot, yaw = self.place(positions, placed)
        # the object is held at the fixed jaw, short of the jaws' middle by the clearance
        spot = spot + how.clearance * axes(yaw)[:, 0]
        over = self._solve(spot, how.carry_height, yaw)
        lowered = self._solve(spot, self.release_height(placed), yaw, over)
        ends = torch.stack([over, lowered, lowered], dim=1)
        ends[:, :, 5] = constant((how.closed, how.closed, how.released), self.env.device)
        return ends

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""
        self.feel()
        return self.env.unit_convention.from_radians(self.move())

    def feel(self) -> None:
        """End the squeeze where the jaw has stopped; what the next move begins with."""
        now = self.env.episode_length_buf
        done, stopped = now - self._phases.begun, self._jaw_speed() < _STOPPED
        squeezes = (done > self._phases.ends[:, _SQUEEZE - 1]) & (done < self._phases.ends[:, _SQUEEZE])
        self._phases.cut(self._carries & squeezes & stopped, _SQUEEZE, now)

    def may_deliver(self) -> torch.Tensor:
        """Return where the object in hand may go in place now, for all that it rests on. Shape is (N,), bool."""
        return torch.ones_like(self._carries)

    def is_ready(self) -> torch.Tensor:
        """Return where the arm has an object and begins to bring it to its place. Shape is (N,), bool."""
        done = self.env.episode_length_buf - self._phases.begun
        return self._carries & (done == self._phases.ends[:, PHASES.index(self.waits_after)])

    def is_at_target(self) -> torch.Tensor:
        """Return where the arm is on its way to what it puts objects on, there, or on its way back. Shape is (N,)."""
        done = self.env.episode_length_buf - self._phases.begun
        goes = self._carries & (done > self._phases.ends[:, PHASES.index(self.waits_after)])
        returns = (self._phases.begun > 0) & (done < self._phases.ends[:, PHASES.index("approach")])
        return goes | returns

    def wait(self, envs: torch.Tensor) -> None:
        """Stay where it is for a step, in the environments that the mask (N,) names."""
        self._phases.begun += envs

    def move(self) -> torch.Tensor:
        """Return where the arm's joints are sent next [rad]. Shape is (N, J)."""
        now = self.env.episode_length_buf
        done = now - self._phases.begun
        ends, off = self._phases.ends, self._off_grip()
        lowest, highest = constant(self._handling.gripped, self.env.device)
        gripped = ((off > lowest) & (off < highest)).all(dim=1)
        airborne = (done[:, None] == ends[:, _AIRBORNE]).any(dim=1)
        lost = off.norm(dim=1) > self._handling.in_hand
        missed = self._carries & ((done == ends[:, _SQUEEZE]) & ~gripped | airborne & lost)
        if (anew := missed | (done >= self._phases.ends[:, -1]) | (now == 0)).any():
            self.plan(anew)
        return self._phases.advance(now)

    def _off_grip(self) -> torch.Tensor:
        """Return how far the chosen object is from its place between the jaws, in the gripper's frame [m]; (N, 3)."""
        row = torch.arange(len(self._chosen), device=self._chosen.device)
        positions = torch.stack([self.env.scene[each.name].data.root_pos_w.torch for each in self.objects], dim=1)
        gripper = self.env.scene[self.arm].data.body_pose_w.torch[:, self._gripper.body_ids[0]]
        held = quat_apply_inverse(gripper[:, 3:], positions[row, self._chosen] - gripper[:, :3])
        return held - constant(self._held_at, self.env.device)

    def _jaw_speed(self) -> torch.Tensor:
        return self.env.scene[self.arm].data.joint_vel.torch[:, self._jaw.joint_ids[0]].abs()

    def _entity(self, **parts: str) -> SceneEntityCfg:
        entity = SceneEntityCfg(self.arm, **parts)
        entity.resolve(self.env.scene)
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
            start = self._kinematics.neutral(direction_of(position))
        return self._kinematics.solve(torch.cat([position, heights], dim=1), yaw, start)


class ArmsInTurn:
    """Lets arms work side by side, one at a time over what they put objects on; the others wait with theirs in hand."""

    def __init__(self, arms: Sequence[PickAndPlaceExpert]):
        """Build the demonstrator of a robot's arms, in the order of its channels."""
        self._arms = arms

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names."""
        for arm in self._arms:
            arm.plan(envs)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""
        for arm in self._arms:
            arm.feel()
        taken = torch.stack([arm.is_at_target() for arm in self._arms]).any(dim=0)
        for arm in self._arms:
            ready = arm.is_ready()
            goes = ready & ~taken & arm.may_deliver()
            arm.wait(ready & ~goes)
            taken = taken | goes
        joints = torch.cat([arm.move() for arm in self._arms], dim=1)
        return self._arms[0].env.unit_convention.from_radians(joints)


def direction_of(position: torch.Tensor) -> torch.Tensor:
    """Return the direction about the vertical in which the arm reaches for positions (N, 2) or (N, 3) [rad]."""
    return torch.atan2(position[:, 1], position[:, 0])


def axes(yaw: torch.Tensor) -> torch.Tensor:
    """Return the directions along a yaw (N,) [rad] and across it, one below the other. Shape is (N, 2, 2)."""
    along = torch.stack([yaw.cos(), yaw.sin()], dim=1)
    return torch.stack([along, torch.stack([-along[:, 1], along[:, 0]], dim=1)], dim=1)


def nearest_turn(yaw: torch.Tensor, direction: torch.Tensor, symmetry: float) -> torch.Tensor:
    """Return the yaw nearest to a direction of those that an object's symmetry makes equal [rad]. Shape is (N,).

    Args:
        yaw: Yaw of the object. Shape is (N,).
        direction: The direction. Shape is (N,).
        symmetry: Turn after which the object looks the same to the jaws [rad].
    """
    return direction + torch.remainder(yaw - direction + symmetry / 2, symmetry) - symmetry / 2


def farthest_spot(spots: torch.Tensor, positions: torch.Tensor, placed: torch.Tensor) -> torch.Tensor:
    """Return the spot (N, 2) that is farthest from objects in place; of equals the first.

    Args:
        spots: Spots to choose from [m]. Shape is (N, S, 2).
        positions: Where the objects are [m]. Shape is (N, K, 3).
        placed: Which of them are in place. Shape is (N, K).
    """
    distance = (spots[:, :, None] - positions[:, None, :, :2]).norm(dim=-1)
    room = torch.where(placed[:, None], distance, 1.0).amin(dim=2)
    room = room - 1e-3 * torch.arange(spots.shape[1], device=room.device)
    return spots[torch.arange(len(spots), device=room.device), room.argmax(dim=1)]


STYLE: Mapping[str, tuple[float, float]] = {
    "approach_height": (0.085, 0.11),
    "approach_x": (-0.008, 0.008),
    "approach_y": (-0.008, 0.008),
    "grasp_yaw": (-math.radians(8), math.radians(8)),
    "pace": (0.8, 1.2),
}
"""A usual `Handling.style`."""
