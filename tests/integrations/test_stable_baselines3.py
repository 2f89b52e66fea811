"""Stable-Baselines3 trains on the id in radians, through Isaac Lab's own wrapper."""

import subprocess
import sys

SCRIPT = """
import gymnasium as gym
import lerobot_env_leisaac
from isaaclab_rl.sb3 import Sb3VecEnvWrapper
from stable_baselines3 import PPO

env = Sb3VecEnvWrapper(gym.make("LeIsaac-SO101-LiftCube-v0", num_envs=4, device="cpu", seed=0))
model = PPO("MlpPolicy", env, n_steps=8, batch_size=16, n_epochs=1, device="cpu")
print("steps", model.learn(64).num_timesteps)
"""


def test_ppo_of_stable_baselines3_learns():
    process = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert process.stdout.splitlines()[-1] == "steps 64"
