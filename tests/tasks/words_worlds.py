"""Worlds in which words say which cube is meant; `test_words.py` runs it in its own process."""

import json
import sys

import gymnasium as gym
import torch
import warp as wp
from isaaclab_newton.physics import NewtonManager

import lerobot_env_leisaac  # noqa: F401 - registers the ids

OTHERS = ("distractor_1", "distractor_2", "distractor_3")


def places(env) -> dict[str, list[list[float]]]:
    return {name: env.scene[name].data.root_pos_w.torch.tolist() for name in ("cube", *OTHERS)}


def colors(env) -> dict[str, list[list[float]]]:
    """The colour that is seen of each cube, by environment."""
    model = NewtonManager.get_model()
    world, shown = model.shape_world.numpy(), wp.to_torch(model.shape_color)
    found = {name: [[]] * env.num_envs for name in ("cube", *OTHERS)}
    for shape, label in enumerate(model.shape_label):
        for name in found:
            if f"/{name}/visuals/" in label:
                found[name][world[shape]] = shown[shape].tolist()
    return found


def main(report: str) -> None:
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        num_envs=8,
        device="cpu",
        cameras=("front",),
        image_size=(48, 64),
        variation="words",
    ).unwrapped
    observation, _ = env.reset(seed=3)
    seen = {"told": list(observation["task"]), "places": places(env), "colors": colors(env)}
    seen["instructions"] = list(env.instructions)
    seen["in the space"] = observation["task"][0] in env.single_observation_space["task"]

    lifted = env.scene["distractor_1"]
    pose = lifted.data.root_pose_w.torch[[2]].clone()
    pose[:, 2] = 0.4
    lifted.write_root_pose_to_sim_index(root_pose=pose, env_ids=torch.tensor([2]))
    steps = [env.step(observation["observation.state"])[-1] for _ in range(20)]
    seen["mistakes"] = [info["mistakes"]["wrong_cube_lifted"].tolist() for info in (steps[0], steps[-1])]
    seen["success"] = steps[-1]["is_success"].tolist()
    seen["places later"] = places(env)

    env.end_episodes(torch.arange(8) == 2)
    observation, _, _, _, info = env.step(observation["observation.state"])
    seen["told at last"] = info["final_obs"]["task"][2]
    seen["told next"] = list(observation["task"])
    seen["episodes next"] = info["episode"].tolist()
    seen["made at last"] = info["final_info"]["mistakes"]["wrong_cube_lifted"].tolist()
    seen["made next"] = env.step(observation["observation.state"])[-1]["mistakes"]["wrong_cube_lifted"].tolist()

    observation, _ = env.reset(env_ids=[0, 1], options={"episodes": [5, 8]})
    seen["told elsewhere"] = list(observation["task"])
    seen["places elsewhere"] = places(env)
    with open(report, "w") as file:
        json.dump(seen, file)
    env.close()


if __name__ == "__main__":
    main(sys.argv[1])
