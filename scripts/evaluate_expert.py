"""Measure the scripted demonstrator: success over numbered episodes, and where the objects lay when it failed.

python scripts/evaluate_expert.py --episodes 1000 --num-envs 1000 --seed 1 --noise 1.5

What was played until Ctrl-C, or until the process is told to end, is printed, too.
"""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass

import gymnasium as gym
import torch
import tyro
from tqdm import tqdm

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.evaluation.episode import Episode
from lerobot_env_leisaac.evaluation.rollout import Timing, play_episodes
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.quiet import quiet


@dataclass
class Demonstrator:
    """The demonstrator of a task as an actor of the evaluation."""

    env: LeRobotEnv
    task: str
    noise_deg: float

    def __post_init__(self) -> None:
        self._expert = make_expert(catalog.task(self.task), self.env)
        self._noise = ActionNoise(self.env, self.noise_deg)

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, 6) in units."""
        return self._noise.add(self._expert.act())


def main(
    task: str = "LiftCube",
    episodes: int = 1000,
    num_envs: int = 1000,
    seed: int = 1,
    noise: float = 0.0,
    variation: str = "demonstrations",
    time_limit: float | None = None,
    device: str | None = None,
) -> None:
    """Play the demonstrator and print how it did.

    Args:
        task: Name of the task.
        episodes: How many episodes.
        num_envs: How many side by side.
        seed: Seed of the episodes.
        noise: Standard deviation of the noise on its actions [deg].
        variation: How the world differs from episode to episode.
        time_limit: Simulated time after which an episode has failed [s]; the task's by default.
        device: cpu or cuda:<index>.
    """
    spec = catalog.demonstrated_task(task)
    with quiet():
        env = gym.make(
            spec.lerobot_id,
            num_envs=min(num_envs, episodes),
            seed=seed,
            device=device,
            time_limit=time_limit,
            cameras=(),
            variation=variation,
        )
        env.reset()
        actor = Demonstrator(env, spec.name, noise)
    played: list[Episode] = []
    timing = Timing()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.closing(env), contextlib.suppress(KeyboardInterrupt):
        playing = play_episodes(env, actor, range(episodes), seed, timing=timing)
        for episode in tqdm(playing, total=episodes, mininterval=1.0):
            played.append(episode)
    if not played:
        raise SystemExit("no episode has ended")
    failed = [episode for episode in played if not episode.success]
    low, high = wilson_interval(len(played) - len(failed), len(played))
    rate = 1 - len(failed) / len(played)
    print(f"success {len(played) - len(failed)}/{len(played)} = {rate:.1%}, 95 % interval {low:.1%} .. {high:.1%}")
    print(f"{timing.env_steps:,} environment steps, {sum(each.failure == 'diverged' for each in failed)} diverged")
    times = sorted(episode.time_to_success for episode in played if episode.time_to_success is not None)
    if times:
        print(f"time to success [s]: median {times[len(times) // 2]}, 95 % below {times[len(times) * 95 // 100]}")
    for name in spec.subtasks:
        held = sum(episode.subtasks[name] for episode in played)
        print(f"{name} {held}/{len(played)} = {held / len(played):.1%}")
    for episode in failed:
        missing = ", ".join(name for name, held in episode.subtasks.items() if not held) or "in time"
        places = [
            f"{name} at {state['position']} m turned by {state['yaw']} deg"
            for name, state in episode.initial_state.items()
            if name != "joints"
        ]
        print(f"failed {episode.episode}: {episode.failure}, not {missing}; {'; '.join(places)}")


if __name__ == "__main__":
    tyro.cli(main)
