"""Plays the actor that ships for LiftCube through one of the task's faces; prints joint positions as JSON [rad].

python faces_probe.py radians|units
"""

import json
import sys

import gymnasium as gym

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.actor import Actor, load_states
from lerobot_env_leisaac.experts.base import make_expert

SPEC = catalog.task("LiftCube")
STEPS = 25

if sys.argv[1] == "radians":
    env = gym.make(SPEC.isaaclab_id, num_envs=4, seed=3, device="cpu").unwrapped
    actor = Actor(load_states(SPEC.pretrained)["actor"])
    observation, _ = env.reset()
    act = lambda: actor(observation["policy"])  # noqa: E731
else:
    env = gym.make(SPEC.lerobot_id, num_envs=4, seed=3, device="cpu", cameras=()).unwrapped
    env.reset()
    act = make_expert(SPEC, env, "pretrained").act
path = []
for _ in range(STEPS):
    observation = env.step(act())[0]
    path.append(env.scene["robot"].data.joint_pos.torch.tolist())
print(json.dumps(path))
env.close()
