"""Scripted demonstrator of the lift-cube task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import euler_xyz_from_quat

from lerobot_env_leisaac.episodes.draws import uniform_in_ranges
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics
from lerobot_env_leisaac.experts.phases import Phases, fit_durations

from .mdp.observations import cube_pose_in_base, grasp_point_to_cube

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_OPEN, _CLOSED = 0.75, -0.1745
"""Gripper targets [rad]: 61 mm between the tips, and fully closed so that the grip presses."""

_CLEARANCE = 0.010
"""How far the fixed jaw keeps from where it will hold the cube until the other pushes the cube home [m]."""

_LIFT_HEIGHT = 0.24
"""Height of the point between the jaws at the end of the lift, base frame [m]."""

_IN_HAND = 0.025
"""How far the cube's centre may be from the point between closed jaws [m]; one that is held is within 20 mm of it."""

_AROUND = 0.018
"""How far the cube's centre may be from the point between the jaws for them to close on it [m]: the clearance, and what
the arm and the cube are off."""

_ABOVE = 0.025
"""Horizontal distance of the cube from the point between open jaws up to which they go down to it [m]."""

_SHUT, _WIDE = 0.35, 0.5
"""Joint positions of the gripper up to which jaws may hold the cube, and from which on it fits between them [rad]."""

_DURATIONS = {"approach": 45, "descend": 25, "close": 18, "lift": 50, "hold": 30}
"""Control steps of each phase at the pace 1, where the joints need no more."""

_PHASES = list(_DURATIONS)

_FIRST_CLOSED = _PHASES.index("close")

_STYLE = {
    "approach_height": (0.055, 0.10),
    "approach_x": (-0.012, 0.012),
    "approach_y": (-0.012, 0.012),
    "grasp_yaw": (-math.radians(8), math.radians(8)),
    "pace": (0.8, 1.3),
}
"""What differs from episode to episode: height of the point between the jaws before the descent and its offset from
above the cube [m], turn of the jaws against the cube's faces [rad], factor on the speed."""


class LiftCubeExpert:
    """Approaches, descends, closes, lifts and holds, each environment in its own phase.

    It reads where the cube lies, solves for the joint positions of each phase's end, and then moves from one to the
    next along minimum-jerk curves, slowly enough for the servos. Where it does not have the cube when the jaws have
    closed or the arm is up, or has no success at the end, it tries again from there: what its data shows of an empty
    hand is how to open it. Height and offset of the approach, turn of the jaws and pace differ from episode to episode,
    a function of seed and episode alone. It acts as a policy does, by (N, 6) actions in units.
    """

    def __init__(self, env: LeRobotEnv, lift_height: float = _LIFT_HEIGHT):
        """Build the demonstrator for an environment.

        Args:
            env: The environment.
            lift_height: Height of the point between the jaws at the end of the lift, base frame [m].
        """
        self._env = env
        self._lift_height = lift_height
        robot = env.scene["robot"]
        self._base = SceneEntityCfg("robot", body_names="base")
        self._base.resolve(env.scene)
        self._gripper = SceneEntityCfg("robot", body_names="gripper")
        self._gripper.resolve(env.scene)
        x, y, z = env.robot.grasp_point
        self._kinematics = GraspKinematics(
            env.robot, robot.cfg, (x + _CLEARANCE, y, z), env.num_envs, env.device, orientation_weight=0.02
        )
        self._start, self._grasp = torch.zeros(2, env.num_envs, 6, device=env.device)
        self._phases = Phases(env.num_envs, list(_DURATIONS.values()), 6, env.device)

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names, to where the cube is now."""
        state = self._env.unit_convention.to_radians(self._env.obs_buf["lerobot"]["state"])
        # another try goes on from where the arm was sent: a grip holds the jaws far from there, and they would jump
        start = torch.where(self._env.episode_length_buf[:, None] == 0, state, self._phases.target)
        waypoints, pace = self._waypoints(start)
        self._start = torch.where(envs[:, None], start, self._start)
        self._grasp = torch.where(envs[:, None], waypoints[:, _FIRST_CLOSED], self._grasp)
        self._phases.set(envs, waypoints, self._fit(waypoints, pace), self._env.episode_length_buf)

    def go_on(self, envs: torch.Tensor) -> None:
        """Go on from where somebody else has brought arm and cube, in the environments that the mask (N,) names.

        Which phase it is shows in the world: the cube is held, or between the jaws, or below them when they are open,
        or elsewhere. Of the phase as much is over as the arm is on its way.
        """
        if not envs.any():
            return
        waypoints, pace = self._waypoints(self._start)
        here = self._env.unit_convention.to_radians(self._env.action_manager.action)
        to_cube = grasp_point_to_cube(self._env, self._gripper)
        opening = self._env.unit_convention.to_radians(self._env.obs_buf["lerobot"]["state"])[:, 5]
        distance = to_cube.norm(dim=-1)
        phase = torch.zeros_like(self._phases.begun)
        for number, holds in (
            (_PHASES.index("descend"), (to_cube[:, :2].norm(dim=-1) < _ABOVE) & (opening > _WIDE)),
            (_PHASES.index("close"), distance < _AROUND),
            (_PHASES.index("lift"), (distance < _IN_HAND) & (opening < _SHUT)),
        ):
            phase = torch.where(holds, number, phase)
        # a hand that holds presses on, however the other held it, and has left where it took the cube
        lift = _PHASES.index("lift")
        here[:, 5] = torch.where(phase == lift, _CLOSED, here[:, 5])
        waypoints[:, lift] = torch.where((phase == lift)[:, None], self._grasp, waypoints[:, lift])
        self._phases.enter(
            envs, waypoints, phase, here, lambda each: self._fit(each, pace), self._env.episode_length_buf
        )

    def _waypoints(self, start: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return joint positions at the begin and at the end of each phase (N, P + 1, 6) [rad], and the pace (N, 1)."""
        style = uniform_in_ranges(self._env.cfg.seed, self._env.episodes, "expert", _STYLE, tuple(_STYLE))
        height, offset, turn, pace = style[:, :1], style[:, 1:3], style[:, 3], style[:, 4:]
        pose = cube_pose_in_base(self._env, self._base)
        position, yaw = pose[:, :3], euler_xyz_from_quat(pose[:, 3:])[2]
        direction = torch.atan2(position[:, 1], position[:, 0])
        # of the four ways to take a cube, the one that turns the wrist least: jaws open away from the base
        yaw = direction + torch.remainder(yaw - direction + math.pi / 4, math.pi / 2) - math.pi / 4 + turn
        grasp = self._kinematics.solve(position, yaw, self._kinematics.neutral(direction))
        above = self._kinematics.solve(torch.cat([position[:, :2] + offset, height], dim=1), yaw, grasp)
        lift_height = torch.full_like(height, self._lift_height)
        lifted = self._kinematics.solve(torch.cat([position[:, :2], lift_height], dim=1), yaw, grasp)
        waypoints = torch.stack([start, above, grasp, grasp, lifted, lifted], dim=1)
        waypoints[:, 1:3, 5], waypoints[:, 3:, 5] = _OPEN, _CLOSED
        return waypoints, pace

    def _fit(self, waypoints: torch.Tensor, pace: torch.Tensor) -> torch.Tensor:
        wanted = list(_DURATIONS.values())
        return fit_durations(waypoints, wanted, pace, self._env.robot.plan_speed, self._env.step_dt)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, 6)."""
        now = self._env.episode_length_buf
        done, ends = now - self._phases.begun, self._phases.ends
        lost = grasp_point_to_cube(self._env, self._gripper).norm(dim=-1) > _IN_HAND
        # between phases the arm is at rest, and may go anywhere
        missed = lost & (done[:, None] == ends[:, _FIRST_CLOSED:]).any(dim=1)
        if (anew := missed | (done >= ends[:, -1]) | (now == 0)).any():
            self.plan(anew)
        return self._env.unit_convention.from_radians(self._phases.advance(now))
