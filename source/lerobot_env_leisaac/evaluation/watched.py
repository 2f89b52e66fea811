"""Who acts, watched in environment 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch

from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.base import Expert
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep

from .action_plots import ActionTrace
from .replay_page import ReplayPage
from .video import VideoFile


class Demonstrator:
    """A demonstrator as an actor; it has no chunks."""

    start_every = 1
    begins_chunk = None
    unanswered: frozenset[int] = frozenset()

    def __init__(self, expert: Expert):
        self._expert = expert

    def act(self, observation: Mapping[str, Any], begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the next action of each environment (N, C), in units."""
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
        video: VideoFile | None = None,
        trace: ActionTrace | None = None,
        max_frames: int | None = None,
        replay: ReplayPage | None = None,
    ):
        """Watch an actor.

        Args:
            actor: Who acts.
            env: The environment.
            video: Is appended what the cameras show before each step.
            trace: Is shown each action.
            max_frames: After how many frames the film is complete; never by default.
            replay: Records the first episode.
        """
        self._actor, self._env, self._video, self._trace = actor, env, video, trace
        self._max_frames, self._replay = max_frames, replay
        self._first = IDLE
        self.start_every = actor.start_every if video is None or actor.start_every is None else 1
        self.episode = IDLE

    @property
    def unanswered(self) -> frozenset[int]:
        """Environments for which the policy's server gave no answer in the last call."""
        return self._actor.unanswered

    def act(self, observation: Mapping[str, Any], begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the actor's action (N, C)."""
        action = self._actor.act(observation, begins, episodes)
        if self._video is None and self._trace is None and self._replay is None:
            return action
        self.episode = int(episodes[0])
        if self.episode != IDLE:
            if self._video is not None and (self._max_frames is None or self._video.frames < self._max_frames):
                self._video.append(cast(np.ndarray, self._env.render()))
            if self._first == IDLE:
                self._first = self.episode
            if self._replay is not None and self.episode == self._first:
                self._replay.append()
            if self._trace is not None:
                self._trace.see_action(observation, action, self._actor.begins_chunk)
        return action
