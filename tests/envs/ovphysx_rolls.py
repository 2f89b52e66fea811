"""Lets oranges roll at 0.1 m/s on OVPhysX, on a CPU, and prints how far they went [m] as JSON.

python ovphysx_rolls.py
"""

import json

import gymnasium as gym
import ovphysx_on_a_cpu  # noqa: F401 - first
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog

SPEED, RADIUS = 0.1, 0.024  # [m/s], [m]

env = gym.make(
    catalog.task("PickOrange").lerobot_id, num_envs=1, seed=5, device="cpu", physics="ovphysx", cameras=()
).unwrapped
observation, _ = env.reset()
rest = observation["observation.state"].clone()
for _ in range(10):
    env.step(rest)
oranges = [env.scene[name] for name in ("Orange001", "Orange002", "Orange003")]
begun = [orange.data.root_pos_w.torch.clone() for orange in oranges]
for orange in oranges:
    velocity = torch.tensor([[0.0, SPEED, 0.0, -SPEED / RADIUS, 0.0, 0.0]])
    orange.write_root_velocity_to_sim_index(root_velocity=velocity)
for _ in range(45):
    env.step(rest)
print(
    json.dumps([(orange.data.root_pos_w.torch - at).norm().item() for orange, at in zip(oranges, begun, strict=True)])
)
env.close()
