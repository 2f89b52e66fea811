"""Measure an actor that RSL-RL trained: success over numbered episodes that training never saw.

python scripts/evaluate_actor.py --checkpoint logs/rsl_rl/leisaac_lift_cube/RUN/model_400.pt --episodes 1024 --seed 7
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import gymnasium as gym
import torch
import tyro
from safetensors.torch import save_file

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.actor import Actor, load_actor
from lerobot_env_leisaac.quiet import quiet


def main(
    checkpoint: Path,
    task: str = "LiftCube",
    episodes: int = 1024,
    num_envs: int = 1024,
    seed: int = 7,
    device: str | None = None,
    time_limit: float | None = None,
    save: Path | None = None,
) -> None:
    """Play the actor without noise and print how it did.

    Args:
        checkpoint: A model_N.pt of RSL-RL, or a safetensors file.
        task: Name of the task.
        episodes: How many episodes.
        num_envs: How many side by side.
        seed: Seed of the episodes.
        device: cpu or cuda:<index>.
        time_limit: Simulated time after which an episode has failed [s]; the task's by default.
        save: Where to write the actor as a safetensors file.
    """
    with quiet():
        env = gym.make(
            catalog.task(task).isaaclab_id,
            num_envs=min(num_envs, episodes),
            seed=seed,
            device=device,
            time_limit=time_limit,
        ).unwrapped
        observation, _ = env.reset(options={"queue": range(episodes)})
    if checkpoint.suffix == ".safetensors":
        actor = load_actor(checkpoint, env.device)
    else:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["actor_state_dict"]
        actor = Actor(state).to(env.device)
        if save is not None:
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, save)
    with contextlib.closing(env):
        steps: dict[int, int] = {}
        failed: list[int] = []
        while len(steps) + len(failed) < episodes:
            playing, length = env.episodes.clone(), env.episode_length_buf.clone()
            observation, _, terminated, truncated, _ = env.step(actor(observation["policy"]))
            success = env.termination_manager.get_term("success")
            ended = (terminated | truncated) & (playing >= 0)
            steps |= dict(zip(playing[ended & success].tolist(), (length[ended & success] + 1).tolist(), strict=True))
            failed += playing[ended & ~success].tolist()
        step_dt = env.step_dt
    low, high = wilson_interval(len(steps), episodes)
    print(f"success {len(steps)}/{episodes} = {len(steps) / episodes:.1%}, 95 % interval {low:.1%} .. {high:.1%}")
    times = sorted(count * step_dt for count in steps.values())
    if times:
        print(
            f"time to success [s]: median {times[len(times) // 2]:.2f}, 95 % below {times[len(times) * 95 // 100]:.2f}"
        )
    if failed:
        print(f"failed: {sorted(failed)}")


if __name__ == "__main__":
    tyro.cli(main)
