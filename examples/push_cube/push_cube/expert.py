"""The scripted demonstrator: what `leisaac record` and `leisaac play --expert` let act."""

import torch
from isaaclab.managers import SceneEntityCfg

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics
from lerobot_env_leisaac.experts.phases import Phases, fit_durations
from lerobot_env_leisaac.tasks.common.places import position_in_base

from .spec import MARK

_SECONDS = {"above": 1.2, "down": 0.6, "push": 2.5, "wait": 0.5}
"""How long each phase takes, where the joints need no more [s]."""

_BEHIND, _SHORT = 0.045, 0.025
"""How far behind the cube the jaws go down, and how far short of the mark they stop [m]."""


class PushCubeExpert:
    """Goes down behind the cube with closed jaws and pushes it along the line to the mark."""

    def __init__(self, env: LeRobotEnv):
        self._env = env
        self._base = SceneEntityCfg("robot", body_names=env.robot.base_body)
        self._base.resolve(env.scene)
        robot = env.scene["robot"].cfg
        self._kinematics = GraspKinematics(
            env.robot, robot, env.robot.grasp_point, env.num_envs, env.device, orientation_weight=0.02
        )
        self._steps = [round(seconds / env.step_dt) for seconds in _SECONDS.values()]
        self._phases = Phases(env.num_envs, self._steps, len(env.robot.channels), env.device)

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names, to where the cube is now."""
        cube = position_in_base(self._env, self._base, SceneEntityCfg("cube"))
        mark = torch.tensor(MARK, device=cube.device).expand(len(cube), 2)
        way = mark - cube[:, :2]
        ahead = way / way.norm(dim=-1, keepdim=True)
        yaw = torch.atan2(ahead[:, 1], ahead[:, 0])  # the broad side of the jaws pushes

        def joints_at(place: torch.Tensor, height: float) -> torch.Tensor:
            position = torch.cat([place, torch.full_like(place[:, :1], height)], dim=1)
            start = self._kinematics.neutral(torch.atan2(place[:, 1], place[:, 0]))
            return self._kinematics.solve(position, yaw, start)

        behind, end = cube[:, :2] - _BEHIND * ahead, mark - _SHORT * ahead
        above, down, pushed = joints_at(behind, 0.08), joints_at(behind, 0.018), joints_at(end, 0.018)
        now = self._env.unit_convention.to_radians(self._env.obs_buf["lerobot"]["state"])
        waypoints = torch.stack([now, above, down, pushed, pushed], dim=1)
        waypoints[:, 1:, self._env.robot.columns("gripper")] = 0.0  # closed
        pace = torch.ones(len(cube), 1, device=cube.device)
        durations = fit_durations(waypoints, self._steps, pace, self._env.robot.plan_speed, self._env.step_dt)
        self._phases.set(envs, waypoints, durations, self._env.episode_length_buf)

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""
        now = self._env.episode_length_buf
        if (anew := (now == 0) | (now - self._phases.begun >= self._phases.ends[:, -1])).any():
            self.plan(anew)
        return self._env.unit_convention.from_radians(self._phases.advance(now))
