"""Lifts cubes with the demonstrator on OVPhysX, on a CPU, and prints how it went as JSON.

python ovphysx_lifts.py

Isaac Lab's OVPhysX allocates pinned memory, which takes an NVIDIA driver; here it is plain memory of the host.
"""

import json

import warp as wp
import warp._src.context as context

wp.init()
context.CpuPinnedAllocator.allocate = context.CpuDefaultAllocator.allocate
context.CpuPinnedAllocator.deallocate = context.CpuDefaultAllocator.deallocate

import gymnasium as gym  # noqa: E402
import torch  # noqa: E402

import lerobot_env_leisaac  # noqa: E402, F401 - registers the ids
from lerobot_env_leisaac import backends, catalog  # noqa: E402
from lerobot_env_leisaac.experts.base import make_expert  # noqa: E402

backends.has_gpu = lambda: True
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
