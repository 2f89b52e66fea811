"""Who acts, watched in environment 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.lift_cube import LiftCubeExpert
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep

from .action_plots import ActionTrace


class Demonstrator:
    """A scripted demonstrator as an actor; it has no chunks."""

    start_every = 1
    begins_chunk = None

    def __init__(self, expert: LiftCubeExpert):
        self._expert = expert

    def act(self, observation: Mapping[str, Any], begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the next action of each environment (N, 6), in units."""
        return self._expert.act()


class WatchedActor:
    """An actor whose doings in environment 0 are filmed and traced, while it plays an episode.

    Attributes:
        start_every: At multiples of how many steps episodes had better begin: as the actor says, but at once where
            every step is rendered for the film.
        episode: Episode that environment 0 played in the last call.
    """

    def __init__(
        self,
        actor: ChunkScheduler | LockStep | Demonstrator,
        env: LeRobotEnv,
        frames: list[Any] | None = None,
        trace: ActionTrace | None = None,
    ):
        """Watch an actor.

        Args:
            actor: Who acts.
            env: The environment.
            frames: Is appended what the cameras show before each step, uint8 (H, W, 3).
            trace: Is shown each action.
        """
        self._actor, self._env, self._frames, self._trace = actor, env, frames, trace
        self.start_every = actor.start_every if frames is None or actor.start_every is None else 1
        self.episode = IDLE

    def act(self, observation: Mapping[str, Any], begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the actor's action (N, 6)."""
        action = self._actor.act(observation, begins, episodes)
        if self._frames is None and self._trace is None:
            return action
        self.episode = int(episodes[0])
        if self.episode != IDLE:
            if self._frames is not None:
                self._frames.append(self._env.render())
            if self._trace is not None:
                self._trace.see_action(observation, action, self._actor.begins_chunk)
        return action
