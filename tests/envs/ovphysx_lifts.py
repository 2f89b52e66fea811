"""Lifts cubes with the demonstrator on OVPhysX, on a CPU, and prints how it went as JSON.

python ovphysx_lifts.py
"""

import json

import gymnasium as gym
import ovphysx_on_a_cpu  # noqa: F401 - first
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.base import make_expert

ENVS, SEED, STEPS = 4, 5, 220

env = gym.make(
    "LeIsaac-SO101-LiftCube-SmolVLA-v0",
    num_envs=ENVS,
    seed=SEED,
    device="cpu",
    physics="ovphysx",
    cameras=("front",),
    image_size=(48, 64),
).unwrapped
observation, info = env.reset(options={"queue": range(ENVS)})
cubes = env.scene["cube"].data.root_pos_w.torch - env.scene.env_origins
found = {"seed": SEED, "states": observation["observation.state"].tolist(), "cubes": cubes.tolist()}
seen = observation["observation.images.front"].clone()
expert = make_expert(catalog.task("LiftCube"), env)
success = torch.zeros(ENVS, dtype=torch.bool)
for _ in range(STEPS):
    observation, *_, info = env.step(expert.act())
    success |= info["is_success"]
    if success.all():
        break
found["success"] = success.tolist()
found["brightness"] = seen.mean().item()
found["image_change"] = (observation["observation.images.front"] - seen).abs().mean().item()
print(json.dumps(found))
env.close()
