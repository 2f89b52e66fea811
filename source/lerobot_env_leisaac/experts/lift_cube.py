"""Scripted demonstrator of the lift-cube task."""

from __future__ import annotations

import math

import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import euler_xyz_from_quat

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.tasks.lift_cube.mdp.observations import GRASP_POINT, cube_pose_in_base

from .grasp_kinematics import GraspKinematics

_OPEN, _CLOSED = 0.6, -0.1745
"""Gripper targets [rad]: 49 mm between the tips, and fully closed so that the grip presses."""

_APPROACH_HEIGHT, _LIFT_HEIGHT = 0.07, 0.24
"""Height of the point between the jaws before the descent and at the end of the lift, base frame [m]."""

_DURATIONS = {"approach": 45, "descend": 25, "close": 18, "lift": 50, "hold": 30}
"""Control steps of each phase."""

_NEUTRAL = (0.0, -0.2, 0.2, 1.4, 0.0, 0.0)
"""Where the search for a grasp begins [rad]: elbow up, fingers down."""


class LiftCubeExpert:
    """Approaches, descends, closes, lifts and holds, each environment in its own phase.

    It reads where the cube lies, solves for the joint positions of each phase's end, and then moves from one to the
    next along minimum-jerk curves. Where the last phase ends and the episode does not, it tries again from there. It
    acts as a policy does, by (N, 6) actions in units.
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
        self._kinematics = GraspKinematics(
            robot.cfg.spawn.usd_path, GRASP_POINT, env.num_envs, env.device, orientation_weight=0.02
        )
        self._ends = torch.tensor(list(_DURATIONS.values()), device=env.device).cumsum(0)
        self._durations = torch.tensor(list(_DURATIONS.values()), device=env.device)
        self._planned_at = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._waypoints = torch.zeros(env.num_envs, len(_DURATIONS) + 1, 6, device=env.device)

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names, from where arm and cube are now."""
        pose = cube_pose_in_base(self._env, self._base)
        position, yaw = pose[:, :3], euler_xyz_from_quat(pose[:, 3:])[2]
        direction = torch.atan2(position[:, 1], position[:, 0])
        # of the four ways to take a cube, the one that turns the wrist least: jaws open away from the base
        yaw = direction + torch.remainder(yaw - direction + math.pi / 4, math.pi / 2) - math.pi / 4
        neutral = torch.tensor(_NEUTRAL, device=self._env.device).repeat(self._env.num_envs, 1)
        neutral[:, 0] = -direction

        grasp = self._kinematics.solve(position, yaw, neutral)
        above = self._kinematics.solve(_at_height(position, _APPROACH_HEIGHT), yaw, grasp)
        lifted = self._kinematics.solve(_at_height(position, self._lift_height), yaw, grasp)
        now = self._env.unit_convention.to_radians(self._env.obs_buf["lerobot"]["state"])
        waypoints = torch.stack([now, above, grasp, grasp, lifted, lifted], dim=1)
        waypoints[:, 1:3, 5], waypoints[:, 3:, 5] = _OPEN, _CLOSED
        self._waypoints = torch.where(envs[:, None, None], waypoints, self._waypoints)
        self._planned_at = torch.where(envs, self._env.episode_length_buf, self._planned_at)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, 6)."""
        out_of_plan = self._env.episode_length_buf - self._planned_at >= self._ends[-1]
        begins = self._env.episode_length_buf == 0
        if (anew := out_of_plan | begins).any():
            self.plan(anew)
        step = self._env.episode_length_buf - self._planned_at + 1
        phase = torch.searchsorted(self._ends, step)
        duration = self._durations[phase]
        progress = ((step - self._ends[phase] + duration) / duration).unsqueeze(-1)
        envs = torch.arange(len(step), device=step.device)
        start, end = self._waypoints[envs, phase], self._waypoints[envs, phase + 1]
        return self._env.unit_convention.from_radians(start + (end - start) * _minimum_jerk(progress))


def _at_height(position: torch.Tensor, height: float) -> torch.Tensor:
    """Return the positions (N, 3) moved to a height [m]."""
    return torch.cat([position[:, :2], torch.full_like(position[:, 2:], height)], dim=-1)


def _minimum_jerk(progress: torch.Tensor) -> torch.Tensor:
    """Return the fraction of the way after a fraction of the time, at rest at both ends."""
    return progress**3 * (10 - 15 * progress + 6 * progress**2)
