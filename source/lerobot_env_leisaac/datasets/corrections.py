"""A policy acts for a share of the time, and a demonstrator says at every step what it would have done: DAgger.

A policy that learns from demonstrations alone sees only where a demonstrator has brought the arm. Where its own
mistakes bring it, it sees here, with the demonstrator's actions beside (Ross et al., AISTATS 2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from lerobot_env_leisaac.episodes.draws import uniform

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation

TURN_S = 1.0
"""How long either acts before it is drawn again who does [s]: policies plan chunks of about as long, and what a mistake
leads to takes a while."""


class Learner(Protocol):
    """A policy that is corrected: :class:`~lerobot_env_leisaac.policies.chunks.ChunkScheduler`, say."""

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, C) in units where an episode is played; see `ChunkScheduler.act`."""

    def forget(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names, whatever was planned."""


class Mixture:
    """DAgger's mixture of a demonstrator and a policy: who acts is drawn for every turn of an episode.

    The draws are a function of seed, episode and turn alone.

    Attributes:
        learner_acted: Where the policy acted in the last step. Shape is (N,), bool.
    """

    def __init__(self, env: LeRobotEnv, learner: Learner, beta: float):
        """Build the mixture for an environment.

        Args:
            env: The environment.
            learner: The policy.
            beta: Share of the turns in which the demonstrator acts.
        """
        self._env, self._learner, self._beta = env, learner, beta
        self._steps = round(TURN_S / env.step_dt)
        self.learner_acted = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)

    def act(self, observation: Observation, label: torch.Tensor) -> torch.Tensor:
        """Return the actions to carry out (N, C) in units: the policy's in its turns, else the demonstrator's.

        Args:
            observation: What the environment returned.
            label: The demonstrator's actions in units. Shape is (N, C).
        """
        step, episodes = self._env.episode_length_buf, self._env.episodes
        drawn = uniform(self._env.cfg.seed, episodes, "corrections", 1, first=(step // self._steps).unsqueeze(-1))
        is_learners = (drawn[:, 0] >= self._beta) & (episodes >= 0)
        begins = step == 0
        self._learner.forget(is_learners & ~(self.learner_acted & ~begins))
        action = self._learner.act(observation, begins, torch.where(is_learners, episodes, -1))
        self.learner_acted = is_learners & torch.isfinite(action).all(dim=-1)  # what is no action is not carried out
        return torch.where(self.learner_acted[:, None], action, label)
