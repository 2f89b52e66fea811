"""Isaac Lab's manager-based environment, with episodes that are numbered and repeatable."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import gymnasium as gym
import torch
from isaaclab.envs import ManagerBasedRLEnv, ManagerBasedRLEnvCfg
from isaaclab.envs.common import VecEnvStepReturn
from isaaclab.sim import SimulationContext

IDLE = -1
"""Number of the episode of a sub-environment that has none left to play; it moves along, and nobody looks."""


class EpisodicEnv(ManagerBasedRLEnv):
    """Manager-based environment in which episode i of seed s starts from the same state, whoever plays it.

    Each sub-environment plays one numbered episode at a time. After ``reset(seed=s)`` sub-environment k plays episode
    k; whenever one ends, the sub-environment goes on with the lowest number not yet played. Reset terms draw from
    ``cfg.seed`` and ``episodes`` alone (see :mod:`lerobot_env_leisaac.tasks.common.draws`), so an episode's start
    depends neither on how many sub-environments run, nor on when the others end, nor on the device.

    Attributes:
        episodes: Number of the episode that each sub-environment plays, or ``IDLE``. Shape is (N,), int64.
    """

    def __init__(self, cfg: ManagerBasedRLEnvCfg, render_mode: str | None = None):
        """Build the environment.

        Args:
            cfg: Resolved configuration. Without a seed it gets a random one, so that reports can name it.
            render_mode: As Gymnasium defines it.

        Raises:
            RuntimeError: An environment already lives in this process.
        """
        if SimulationContext.instance() is not None:
            raise RuntimeError(
                "an environment already lives in this process, and the simulator holds one at a time:"
                " call its close() first, or make the second one in another process"
            )
        if cfg.seed is None or cfg.seed < 0:
            cfg.seed = secrets.randbits(31)
        # before the parent's constructor: its managers probe the reset terms
        self.episodes = torch.arange(cfg.scene.num_envs, device=cfg.sim.device)
        self._queue: Iterator[int] = itertools.count()
        self._requested_episodes: Sequence[int] | None = None
        self._has_been_reset = False
        super().__init__(cfg, render_mode)

    def reset(
        self,
        env_ids: torch.Tensor | slice | None = slice(None),
        *,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in the chosen sub-environments.

        Args:
            env_ids: Sub-environments to reset, all by default.
            seed: Seed of the run; numbering starts again at episode 0.
            options: ``{"episodes": [...]}`` names the episode that each of ``env_ids`` plays; numbering goes on after
                the highest of them. ``{"queue": [...]}`` names all episodes to play, in order, from this reset on;
                sub-environments that find it empty are ``IDLE``.

        Returns:
            Observations and info.
        """
        options = options or {}
        if seed is not None:
            self.cfg.seed = seed
            self._queue = itertools.count()
        if "queue" in options:
            self._queue = itertools.chain(options["queue"], itertools.repeat(IDLE))
        self._has_been_reset = True
        self._requested_episodes = options.get("episodes")
        return super().reset(slice(None) if env_ids is None else env_ids, seed=seed, options=options)

    def end_episodes(self, envs: torch.Tensor) -> None:
        """Let the episodes of the sub-environments that the mask (N,) names time out in the next step."""
        self.episode_length_buf.masked_fill_(envs, self.max_episode_length)

    def step(self, action: torch.Tensor) -> VecEnvStepReturn:
        """Advance by one control step; see Isaac Lab's ``ManagerBasedRLEnv.step``.

        Raises:
            ResetNeeded: :meth:`reset` has never been called.
        """
        if not self._has_been_reset:
            raise gym.error.ResetNeeded("step() before the first reset(): call reset() once after gym.make()")
        return super().step(action)

    def _reset_idx(self, env_ids: torch.Tensor | slice) -> None:
        self.episodes[env_ids] = self._draw_episodes(len(self.episodes[env_ids]))
        super()._reset_idx(env_ids)

    def _draw_episodes(self, count: int) -> torch.Tensor:
        requested, self._requested_episodes = self._requested_episodes, None
        if requested is None:
            requested = list(itertools.islice(self._queue, count))
        elif len(requested) != count:
            raise ValueError(f"options['episodes'] names {len(requested)} episodes for {count} environments")
        else:
            self._queue = itertools.count(max(requested) + 1)
        return torch.as_tensor(requested, device=self.device)
