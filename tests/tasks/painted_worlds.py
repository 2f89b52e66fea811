"""What cameras show of worlds that are painted, lit or seen otherwise; `test_painted.py` runs it in its own process."""

import sys

import gymnasium as gym
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids

WORLDS = {
    "as it is": {},
    "painted": {"surfaces": {"wall": {"color": [0.1, 0.1, 0.9]}, "printed": {"brightness": [0.2, 0.9]}}},
    "lit": {"light_azimuth_deg": 90, "light_elevation_deg": 20},
    "long": {"focal_length": 1.5},
    "longer or shorter": {"focal_length": [1.0, 1.5]},
}


def look(values: dict) -> dict[str, torch.Tensor]:
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        num_envs=2,
        seed=0,
        device="cpu",
        look="real",
        cameras=("front", "wrist", "wrist_kit"),
        image_size=(96, 128),
        variation=values or None,
    )
    for _ in range(2):
        observation, _ = env.reset(seed=3)
    env.close()
    return {key.rpartition(".")[2]: image for key, image in observation.items() if ".images." in key}


if __name__ == "__main__":
    torch.save({name: look(values) for name, values in WORLDS.items()}, sys.argv[1])
