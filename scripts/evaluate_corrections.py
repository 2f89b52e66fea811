"""Measure how a demonstrator corrects: success where somebody else acts in a share of the turns, without cameras.

python scripts/evaluate_corrections.py --expert scripted --learner wander --betas 1 0.75 0.5 0.25 --episodes 64
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal

import gymnasium as gym
import torch
import tyro

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.datasets.corrections import Mixture
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.episodes.draws import uniform
from lerobot_env_leisaac.evaluation.rollout import play_episodes
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.base import CorrectingExpert, make_correcting
from lerobot_env_leisaac.quiet import quiet

WANDER = 0.15
"""How far from where the arm is a wanderer's turn leads a joint, at most, as a share of its range."""


@dataclass
class Other:
    """Somebody who does not know the task: stands still, or wanders to a random pose in each turn.

    Attributes:
        env: The environment.
        wanders: Whether it wanders.
    """

    env: LeRobotEnv
    wanders: bool

    def __post_init__(self) -> None:
        self._goal = torch.zeros(self.env.num_envs, len(self.env.robot.channels), device=self.env.device)
        bounds = self.env.single_action_space.low, self.env.single_action_space.high
        self._low, self._high = (torch.tensor(bound, device=self.env.device) for bound in bounds)
        self._here = self._goal

    def forget(self, envs: torch.Tensor) -> None:
        """Choose where to go, in the environments that the mask (N,) names."""
        state = self.env.obs_buf["lerobot"]["state"]
        step = self.env.episode_length_buf.unsqueeze(-1) * len(self._low)
        drawn = uniform(self.env.cfg.seed, self.env.episodes, "wander", len(self._low), first=step)
        goal = state + self.wanders * WANDER * (2 * drawn - 1) * (self._high - self._low)
        self._goal = torch.where(envs[:, None], goal.clamp(self._low, self._high), self._goal)
        self._here = torch.where(envs[:, None], state, self._here)

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, C) in units: a thirtieth of the way further each step."""
        self._here = self._here + (self._goal - self._here) / 30
        return self._here


@dataclass
class Actor:
    """A mixture as an actor of the evaluation."""

    expert: CorrectingExpert
    mixture: Mixture

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, C) in units."""
        self.expert.go_on(self.mixture.learner_acted & ~begins)
        return self.mixture.act(observation, self.expert.act())


@dataclass
class Trained:
    """Another demonstrator in the policy's place."""

    expert: CorrectingExpert

    def forget(self, envs: torch.Tensor) -> None:
        """Go on from where the arm is."""
        self.expert.go_on(envs)

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, C) in units."""
        return self.expert.act()


def main(
    task: str = "LiftCube",
    expert: str = "scripted",
    learner: Literal["wander", "still", "pretrained"] = "wander",
    betas: tuple[float, ...] = (1.0, 0.75, 0.5, 0.25),
    episodes: int = 64,
    num_envs: int = 64,
    seed: int = 1,
    device: str | None = None,
) -> None:
    """Play mixtures and print how often the task is done within the time of a demonstration.

    Args:
        task: Name of the task.
        expert: Who corrects: scripted, pretrained, or a checkpoint of isaaclab train.
        learner: Who is corrected.
        betas: Shares of the turns in which the expert acts.
        episodes: How many episodes of each.
        num_envs: How many side by side.
        seed: Seed of the episodes.
        device: cpu or cuda:<index>.
    """
    spec = catalog.demonstrated_task(task, expert)
    with quiet():
        env = gym.make(
            spec.lerobot_id,
            num_envs=min(num_envs, episodes),
            seed=seed,
            device=device,
            time_limit=spec.longest_demonstration_s,
            cameras=(),
            variation="demonstrations",
        )
        env.reset()
    with contextlib.closing(env):
        for beta in betas:
            corrects = make_correcting(spec, env, expert)
            wanders = learner == "wander"
            by = Trained(make_correcting(spec, env, learner)) if learner == "pretrained" else Other(env, wanders)
            played = list(play_episodes(env, Actor(corrects, Mixture(env, by, beta)), range(episodes), seed))
            done = sorted(each.length * env.step_dt for each in played if each.success)
            low, high = wilson_interval(len(done), len(played))
            middle = f", median {done[len(done) // 2]:.1f} s" if done else ""
            print(f"beta {beta:.2f}: success {len(done)}/{len(played)}, {low:.0%} .. {high:.0%}{middle}", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
