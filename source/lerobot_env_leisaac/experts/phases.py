"""Minimum-jerk moves from pose to pose, each environment in its own phase of its own plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

MAX_ACCELERATION = 20.0
"""Joint acceleration that no plan exceeds [rad/s^2].

LeRobot allows an STS3215 its register's maximum, 254 x 8.79 deg/s^2 = 39 rad/s^2; this is half of it.
"""

_PEAK_SPEED, _PEAK_ACCELERATION = 1.875, 10 / math.sqrt(3)
"""Highest speed and acceleration of a minimum-jerk move over unit distance in unit time."""

_MIDST = 0.05, 0.95
"""Least and most of a phase's way that counts as covered where a plan begins in its midst."""

_NO_WAY = 0.02
"""Distance of two poses that are the same one [rad]."""


class Phases:
    """A plan for each environment: poses, and how many control steps each move between two of them takes.

    Attributes:
        durations: Control steps of each phase. Shape is (N, P), int64.
        ends: Step at which each phase ends, counted from the plan's begin. Shape is (N, P), int64.
        begun: Step of the episode at which each plan begins. Shape is (N,), int64.
        target: Joint positions last asked for [rad]. Shape is (N, J).
    """

    def __init__(self, num_envs: int, durations: Sequence[int], num_joints: int, device: str):
        """Build empty plans.

        Args:
            num_envs: Number of environments.
            durations: Control steps of each phase.
            num_joints: Number of joints.
            device: Where the plans are kept.
        """
        self.durations = torch.tensor(list(durations), device=device).repeat(num_envs, 1)
        self.ends = self.durations.cumsum(1)
        self.begun = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.target = torch.zeros(num_envs, num_joints, device=device)
        self._waypoints = torch.zeros(num_envs, len(durations) + 1, num_joints, device=device)

    def set(self, envs: torch.Tensor, waypoints: torch.Tensor, durations: torch.Tensor, now: torch.Tensor) -> None:
        """Replace the plans of the environments that the mask (N,) names.

        Args:
            envs: The environments.
            waypoints: Joint positions at the begin and at the end of each phase [rad]. Shape is (N, P + 1, J).
            durations: Control steps of each phase. Shape is (N, P).
            now: Step of the episode. Shape is (N,).
        """
        self._waypoints = torch.where(envs[:, None, None], waypoints, self._waypoints)
        self.durations = torch.where(envs[:, None], durations, self.durations)
        self.ends = self.durations.cumsum(1)
        self.begun = torch.where(envs, now, self.begun)

    def enter(
        self,
        envs: torch.Tensor,
        waypoints: torch.Tensor,
        phase: torch.Tensor,
        here: torch.Tensor,
        fit: Callable[[torch.Tensor], torch.Tensor],
        now: torch.Tensor,
    ) -> None:
        """Replace the plans of the environments that the mask (N,) names, each to go on in the midst of a phase.

        The arm is taken to be as far on the way of the phase as its distance from the phase's end tells, and to be as
        fast as a plan is there: what is asked for next is a step of an arm that moves, not of one that starts from
        rest.

        Args:
            envs: The environments.
            waypoints: Joint positions at the begin and at the end of each phase [rad]. Shape is (N, P + 1, J).
            phase: The phase that each is in. Shape is (N,), int64.
            here: Joint positions to go on from [rad]. Shape is (N, J).
            fit: Gives control steps of each phase (N, P) to waypoints.
            now: Step of the episode. Shape is (N,).
        """
        row = torch.arange(len(phase), device=phase.device)
        start, end = waypoints[row, phase], waypoints[row, phase + 1]
        way, left = ((end - where).abs().amax(dim=-1) for where in (start, here))
        covered = (1 - left / way.clamp(min=_NO_WAY)).clamp(*_MIDST)
        waypoints = waypoints.clone()
        waypoints[row, phase] = _begin(here, end, covered)
        durations = fit(waypoints)
        steps = torch.round(_progress_at(covered) * durations[row, phase]).long()
        waypoints[row, phase] = _begin(here, end, minimum_jerk(steps / durations[row, phase]))
        before = durations.cumsum(1)[row, phase] - durations[row, phase]
        self.set(envs, waypoints, durations, now - before - steps)
        self.target = torch.where(envs[:, None], here, self.target)

    def cut(self, envs: torch.Tensor, phase: int, now: torch.Tensor) -> None:
        """End a phase now in the environments that the mask (N,) names; they must be in it, and at its end pose."""
        left = self.ends[:, phase] - (now - self.begun)
        self.durations[:, phase] -= torch.where(envs, left, 0)
        self.ends = self.durations.cumsum(1)

    def redirect(self, envs: torch.Tensor, phase: int, ends: torch.Tensor) -> None:
        """Let a phase and those after it end elsewhere in the environments that the mask (N,) names.

        Args:
            envs: The environments; the phase must not have begun there.
            phase: The phase.
            ends: Joint positions at the end of it and of each that follows [rad]. Shape is (N, P - phase, J).
        """
        old = self._waypoints[:, phase + 1 :]
        self._waypoints[:, phase + 1 :] = torch.where(envs[:, None, None], ends, old)

    def advance(self, now: torch.Tensor) -> torch.Tensor:
        """Return the joint positions to ask for in the step that begins now [rad]. Shape is (N, J)."""
        step = (now - self.begun + 1).unsqueeze(-1)
        phase = torch.searchsorted(self.ends, step)
        duration = self.durations.gather(1, phase)
        progress = (step - self.ends.gather(1, phase) + duration) / duration
        row = torch.arange(len(step), device=step.device)
        start, end = self._waypoints[row, phase[:, 0]], self._waypoints[row, phase[:, 0] + 1]
        self.target = start + (end - start) * minimum_jerk(progress)
        return self.target


def fit_durations(
    waypoints: torch.Tensor, wanted: Sequence[int], pace: torch.Tensor, max_speed: float, step_dt: float
) -> torch.Tensor:
    """Return the control steps of each phase (N, P): those of the pace, or what speed and acceleration ask for.

    Args:
        waypoints: Joint positions at the begin and at the end of each phase [rad]. Shape is (N, P + 1, J).
        wanted: Control steps of each phase at the pace 1.
        pace: Factor on the speed. Shape is (N, 1).
        max_speed: Joint speed that no phase exceeds [rad/s].
        step_dt: Simulated time of a control step [s].
    """
    distance = (waypoints[:, 1:] - waypoints[:, :-1]).abs().amax(dim=-1)
    steps = torch.tensor(list(wanted), device=distance.device) / pace
    for_speed = _PEAK_SPEED * distance / max_speed / step_dt
    for_acceleration = torch.sqrt(_PEAK_ACCELERATION * distance / MAX_ACCELERATION) / step_dt
    return torch.stack([steps, for_speed, for_acceleration]).amax(dim=0).ceil().long()


def minimum_jerk(progress: torch.Tensor) -> torch.Tensor:
    """Return the fraction of the way after a fraction of the time, at rest at both ends."""
    return progress**3 * (10 - 15 * progress + 6 * progress**2)


def _progress_at(covered: torch.Tensor) -> torch.Tensor:
    """Return the fraction of the time after a fraction of the way: the inverse of :func:`minimum_jerk`."""
    progress = torch.linspace(0, 1, 257, device=covered.device)
    return progress[torch.searchsorted(minimum_jerk(progress), covered.contiguous()).clamp(max=256)]


def _begin(here: torch.Tensor, end: torch.Tensor, covered: torch.Tensor) -> torch.Tensor:
    """Return where a move to the end (N, J) began that is here (N, J) after a fraction (N,) of its way."""
    return end - (end - here) / (1 - covered[:, None])
