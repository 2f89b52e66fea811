"""Trains LiftCube's PPO for a few iterations and prints the return from fixed starts before and after, as JSON.

python ppo_learns.py
"""

import json

import gymnasium as gym
import torch
from isaaclab_rl.rsl_rl import (
    RslRlVecEnvWrapper,
    check_rsl_rl_version,
    create_rsl_rl_runner,
    handle_deprecated_rsl_rl_cfg,
)

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.tasks.lift_cube.agents.rsl_rl_ppo_cfg import LiftCubePPORunnerCfg

ENVS, ITERATIONS, STEPS = 32, 18, 45

env = gym.make("LeIsaac-SO101-LiftCube-v0", num_envs=ENVS, seed=0, device="cpu")
agent = handle_deprecated_rsl_rl_cfg(
    LiftCubePPORunnerCfg(seed=0, device="cpu", num_steps_per_env=12), check_rsl_rl_version()
)
wrapped = RslRlVecEnvWrapper(env)
torch.manual_seed(0)
runner = create_rsl_rl_runner(wrapped, agent)


@torch.inference_mode()  # as RSL-RL trains: the environment's tensors are then of that kind
def mean_return() -> float:
    policy = runner.get_inference_policy("cpu")
    observation, _ = env.reset(seed=3)
    total = torch.zeros(ENVS)
    for _ in range(STEPS):
        observation, reward, *_ = env.step(policy(observation))
        total += reward
    return total.mean().item()


before = mean_return()
runner.learn(ITERATIONS)
print(json.dumps({"before": before, "after": mean_return()}))
env.close()
