"""A demonstrator that reinforcement learning made: an actor of the state face, in an environment in LeRobot units."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from isaaclab.envs import mdp as isaaclab_mdp
from isaaclab.managers import ObservationManager, ObservationTermCfg

from .actor import Actor, load_states

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
    from lerobot_env_leisaac.tasks.spec import TaskSpec

_GROUP = "policy"
"""What RSL-RL's configurations call the observations of an actor."""


class LearnedExpert:
    """Acts as a script does, by what RSL-RL trained in the task's other face.

    It observes what the actor was trained on, the group ``policy`` of the task's Isaac Lab configuration, of the world
    that the environment simulates. The actor's actions are absolute joint targets [rad], and velocities of a base that
    drives [m/s], [rad/s], as the configurations of these tasks have them: here alone they become units. It remembers
    nothing but its last action, and so can go on from wherever somebody else has brought the arm.
    """

    def __init__(self, env: LeRobotEnv, task: TaskSpec, file: Path):
        """Build the demonstrator for an environment.

        Args:
            env: The environment.
            task: Its task.
            file: The actor.

        Raises:
            ValueError: The file is no actor, or one of another task.
        """
        self._env = env
        self._raw = torch.zeros(env.num_envs, len(env.robot.channels), device=env.device)
        self._asked = torch.zeros_like(self._raw)
        self._low, self._high = (
            torch.tensor(bound, device=env.device)
            for bound in (env.single_action_space.low, env.single_action_space.high)
        )
        group = pkgutil.resolve_name(task.isaaclab_cfg)().observations.policy
        for term in vars(group).values():
            if isinstance(term, ObservationTermCfg) and term.func is isaaclab_mdp.last_action:
                term.func = lambda _: self._last_action()
        self._observations = ObservationManager({_GROUP: group}, env)
        self._actor = Actor(load_states(file)["actor"]).to(env.device)
        trained, given = self._actor.mean.shape[-1], self._observations.group_obs_dim[_GROUP][0]
        try:
            self.act()
        except RuntimeError:
            raise ValueError(
                f"{file} is an actor of another task: it observes {trained} numbers, {task.name} shows {given} and has"
                f" {len(env.robot.channels)} channels to move"
            ) from None

    def plan(self, envs: torch.Tensor) -> None:
        """Nothing is planned."""

    def go_on(self, envs: torch.Tensor) -> None:
        """Nothing is planned that another's actions could upset."""

    def act(self) -> torch.Tensor:
        """Return the next action in units, without noise. Shape is (N, C)."""
        self._raw.copy_(self._actor(self._observations.compute_group(_GROUP)))
        self._asked = self._env.unit_convention.from_radians(self._raw)
        return self._asked

    def _last_action(self) -> torch.Tensor:
        """Return the last action (N, C) as the actor knows it, before limits; or what was done in its place."""
        done = self._env.action_manager.action
        is_its_own = done == self._asked.clamp(self._low, self._high)
        last = torch.where(is_its_own, self._raw, self._env.unit_convention.to_radians(done))
        return torch.where(self._env.episode_length_buf[:, None] == 0, 0.0, last)
