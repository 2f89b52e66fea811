"""Plays a task's demonstrator on OVPhysX, on a CPU, and prints how many of its episodes succeed.

python ovphysx_demonstrates.py --task PickOrange --episodes 64
"""

import gymnasium as gym
import ovphysx_on_a_cpu  # noqa: F401 - first
import torch
import tyro

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.base import make_expert


def main(task: str, episodes: int, seed: int = 21) -> None:
    """Play.

    Args:
        task: Name of the task.
        episodes: How many episodes, side by side.
        seed: Their seed.
    """
    spec = catalog.demonstrated_task(task)
    env = gym.make(
        spec.lerobot_id,
        num_envs=episodes,
        seed=seed,
        device="cpu",
        physics="ovphysx",
        cameras=(),
        time_limit=spec.longest_demonstration_s,
        variation="demonstrations",
    ).unwrapped
    env.cfg.compute_final_obs = False
    env.reset(options={"queue": range(episodes)})
    expert = make_expert(spec, env)
    success, ended = torch.zeros(episodes, dtype=torch.bool), torch.zeros(episodes, dtype=torch.bool)
    while not ended.all():
        _, _, terminated, truncated, _ = env.step(expert.act())
        success |= ~ended & env.termination_manager.get_term("success")
        ended |= terminated | truncated
    low, high = wilson_interval(int(success.sum()), episodes)
    print(f"{task}: {int(success.sum())} of {episodes} ({low:.1%} to {high:.1%})")
    env.close()


if __name__ == "__main__":
    tyro.cli(main)
