"""Measure an actor that RSL-RL trained for LiftCube: success over numbered episodes that training never saw.

python scripts/evaluate_actor.py --checkpoint logs/rsl_rl/leisaac_lift_cube/RUN/model_400.pt --episodes 1024 --seed 7
python scripts/evaluate_actor.py --checkpoint logs/rsl_rl/leisaac_lift_cube_wrist/RUN/model_1499.pt --student
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch
import tyro
from safetensors.torch import save_file

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.actor import Actor, load_states
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC

IN_HAND = 0.03
"""How far the cube's centre may be from the point between the jaws one step before success [m]; else it was thrown."""


def _actor(state: Mapping[str, torch.Tensor], device: str) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Return what gives actions (N, 6) to observations."""
    actor = Actor(state).to(device)
    return lambda observation: actor(observation["policy"])


def _student(env: Any, checkpoint: Path) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Return the same of a student."""
    from isaaclab_rl.rsl_rl import (
        RslRlVecEnvWrapper,
        check_rsl_rl_version,
        create_rsl_rl_runner,
        handle_deprecated_rsl_rl_cfg,
    )
    from tensordict import TensorDict

    from lerobot_env_leisaac.tasks.lift_cube.agents.rsl_rl_distillation_cfg import LiftCubeDistillationRunnerCfg

    cfg = handle_deprecated_rsl_rl_cfg(LiftCubeDistillationRunnerCfg(device=env.device), check_rsl_rl_version())
    runner = create_rsl_rl_runner(RslRlVecEnvWrapper(env), cfg)
    student = runner.alg.get_policy()
    student.load_state_dict(torch.load(checkpoint, map_location=env.device, weights_only=True)["student_state_dict"])
    student.eval()

    @torch.inference_mode()
    def act(observation: Mapping[str, torch.Tensor]) -> torch.Tensor:
        action: torch.Tensor = student(TensorDict(dict(observation), batch_size=env.num_envs))
        return action

    return act


def main(
    checkpoint: Path,
    episodes: int = 1024,
    num_envs: int = 1024,
    seed: int = 7,
    device: str | None = None,
    time_limit: float = SPEC.episode_s,
    save: Path | None = None,
    student: bool = False,
) -> None:
    """Play the actor without noise and print how it did.

    Args:
        checkpoint: A model_N.pt of RSL-RL, or a safetensors file.
        episodes: How many episodes.
        num_envs: How many side by side.
        seed: Seed of the episodes.
        device: cpu or cuda:<index>.
        time_limit: Simulated time after which an episode has failed [s].
        save: Where to write actor and critic as a safetensors file.
        student: It is what a distillation made, and sees by the wrist camera.
    """
    states = {} if student else load_states(checkpoint)
    if save is not None:
        save_file({f"{network}.{name}": each for network in states for name, each in states[network].items()}, save)
    with quiet():
        cfg = load_cfg(SPEC.isaaclab_cfg, ["wrist"] if student else [])
        env = gym.make(
            SPEC.isaaclab_id, cfg=cfg, num_envs=min(num_envs, episodes), seed=seed, device=device, time_limit=time_limit
        ).unwrapped
        # with the simulator: what stands beside it imports it
        from isaaclab.managers import SceneEntityCfg

        from lerobot_env_leisaac.tasks.lift_cube.mdp import grasp_point_to_cube

        gripper = SceneEntityCfg("robot", body_names=SPEC.robot.tool_body)
        gripper.resolve(env.scene)
        # first: RSL-RL's wrapper resets the environment, too
        act = _student(env, checkpoint) if student else _actor(states["actor"], env.device)
        observation, _ = env.reset(options={"queue": range(episodes)})
    times: list[float] = []
    failed: list[int] = []
    in_hand = 0
    with contextlib.closing(env):
        while len(times) + len(failed) < episodes:
            playing, length = env.episodes.clone(), env.episode_length_buf + 1
            near = grasp_point_to_cube(env, gripper).norm(dim=-1) < IN_HAND
            observation, _, terminated, truncated, _ = env.step(act(observation))
            ended = (terminated | truncated) & (playing >= 0)
            success = ended & env.termination_manager.get_term("success")
            times += (length[success] * env.step_dt).tolist()
            failed += playing[ended & ~success].tolist()
            in_hand += int((success & near).sum())
    low, high = wilson_interval(len(times), episodes)
    print(f"success {len(times)}/{episodes} = {len(times) / episodes:.1%}, 95 % interval {low:.1%} .. {high:.1%}")
    if times:
        times.sort()
        print(f"with the cube in the jaws: {in_hand}, else thrown: {len(times) - in_hand}")
        print(
            f"time to success [s]: median {times[len(times) // 2]:.2f}, 95 % below {times[len(times) * 95 // 100]:.2f}"
        )
    if failed:
        print(f"failed: {sorted(failed)}")


if __name__ == "__main__":
    tyro.cli(main)
