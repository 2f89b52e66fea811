"""What an episode does in a look, and what it shows: a hash of each; run by test_looks, one environment a process."""

import hashlib
import sys

import gymnasium as gym

import lerobot_env_leisaac  # noqa: F401 - registers the ids


def main(look: str) -> None:
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        look=look,
        num_envs=2,
        seed=3,
        device="cpu",
        image_size=(48, 64),
        image_format="uint8_hwc",
    )
    observation, _ = env.reset()
    images = [value for key, value in observation.items() if ".images." in key]
    states = hashlib.sha256()
    cube = env.unwrapped.scene["cube"]
    for step in range(40):
        action = observation["observation.state"].clone()
        action[:, 1] += 12 if step < 20 else -3
        action[:, 5] = 30 if step % 10 < 5 else 0
        observation, *_ = env.step(action)
        for value in (observation["observation.state"], cube.data.root_pose_w.torch):
            states.update(value.contiguous().numpy().tobytes())
    print(states.hexdigest())
    print(hashlib.sha256(b"".join(image.contiguous().numpy().tobytes() for image in images)).hexdigest())
    env.close()


if __name__ == "__main__":
    main(sys.argv[1])
