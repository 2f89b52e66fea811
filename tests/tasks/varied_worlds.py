"""Plays varied worlds and saves what happened; `test_variations_in_the_world.py` runs it in a process of its own."""

import sys
from pathlib import Path

import gymnasium as gym
import torch
from isaaclab.utils.math import quat_apply_inverse

import lerobot_env_leisaac  # noqa: F401 - registers the ids

FIXED = """
description: every field, fixed
light_intensity: 0.5
object_color: [0.13, 0.25, 0.83]
object_scale: 0.8
object_mass: 5
friction: 0.5
latency_steps: 2
start_pose_deg: 3
"""

DRAWN = """
description: every field that an episode can draw
start_pose_deg: [-5, 5]
camera_offset_mm: [5, 10]
camera_rotation_deg: [0, 1]
light_intensity: [0.4, 2.2]
light_tint: [0.9, 1.1]
object_hue_deg: [-20, 20]
object_brightness: [0.7, 1.3]
cube_mass: [0.5, 5]
friction: [0.6, 1.5]
latency_steps: [0, 3]
"""

OF_ALL = """
description: all oranges alike
object_mass: 2
object_hue_deg: [-40, 40]
"""

NAMED = f"""{OF_ALL}
objects:
  Orange001: {{mass: 3}}
  Plate: {{color: [0.1, 0.2, 0.8], hue_deg: [-1, 1]}}
"""

TARGET = torch.tensor([20.0, -30.0, 25.0, 40.0, -35.0, 30.0])
DOWN = torch.tensor([0.0, 60.0, 30.0, 40.0, 0.0, 20.0])  # onto the table, where contacts make small differences grow
NOMINAL = {"top": (0.5, 0.0, 0.6), "wrist": (-0.001, 0.1, -0.04)}


def make(variation: Path, num_envs: int, task: str = "LiftCube"):
    return gym.make(
        f"LeIsaac-SO101-{task}-SmolVLA-v0",
        num_envs=num_envs,
        image_size=(96, 128),
        seed=0,
        device="cpu",
        variation=variation,
    )


def slide(env, speed: float) -> torch.Tensor:
    """Push the cubes off at a speed [m/s]; return how far they slide (N,) [m]."""
    cube = env.unwrapped.scene["cube"]
    start = cube.data.root_pos_w.torch.clone()
    velocity = torch.zeros(env.unwrapped.num_envs, 6)
    velocity[:, 1] = speed
    cube.write_root_velocity_to_sim_index(root_velocity=velocity)
    for _ in range(10):
        env.step(torch.full((env.unwrapped.num_envs, 6), 3.0))
    return (cube.data.root_pos_w.torch - start)[:, :2].norm(dim=1)


def masses_in_the_solver(env) -> torch.Tensor:
    """Return the mass of every body as the physics solver holds it (N, bodies) [kg]."""
    return torch.from_numpy(env.unwrapped.sim.physics_manager._solver.mjw_model.body_mass.numpy()).clone()


def mounted(env, camera: str, body: str) -> torch.Tensor:
    """Return where a camera stands in the frame of the body that carries it, less its nominal place (N, 3) [m]."""
    robot = env.unwrapped.scene["robot"]
    pose = robot.data.body_pose_w.torch[:, robot.body_names.index(body)]
    position = env.unwrapped.scene[camera].data.pos_w.torch
    return quat_apply_inverse(pose[:, 3:], position - pose[:, :3]) - torch.tensor(NOMINAL[camera])


def play_fixed(variation: Path) -> dict:
    env = make(variation, 4)
    seen = {"first": env.reset(seed=3)[0]}
    seen["states"] = torch.stack([env.step(TARGET.repeat(4, 1))[0]["observation.state"] for _ in range(8)])
    for _ in range(2):  # into an episode that follows another one
        env.reset(seed=3)
    seen["again"] = torch.stack([env.step(TARGET.repeat(4, 1))[0]["observation.state"] for _ in range(8)])
    env.reset(seed=3)
    seen["cube_height"] = env.unwrapped.scene["cube"].data.root_pos_w.torch[:, 2].clone()
    seen["slid"] = slide(env, 0.5)
    seen["masses"] = masses_in_the_solver(env)
    env.close()
    return seen


def play_drawn(variation: Path, num_envs: int, lists_of_episodes: list[list[int]]) -> list[dict]:
    env = make(variation, num_envs)
    played = []
    for episodes in lists_of_episodes:
        first, _ = env.reset(seed=9, options={"episodes": episodes})
        places = {name: [mounted(env, name, body)] for name, body in (("top", "base"), ("wrist", "gripper"))}
        for _ in range(30):
            last, *_ = env.step(DOWN.repeat(num_envs, 1))
        for name, body in (("top", "base"), ("wrist", "gripper")):
            places[name].append(mounted(env, name, body))
        cube = env.unwrapped.scene["cube"]
        played.append(
            {
                "first": first,
                "last": last,
                "masses": masses_in_the_solver(env),
                "cube": cube.data.root_pose_w.torch.clone(),
                "places": {name: torch.stack(place) for name, place in places.items()},
            }
        )
    env.close()
    return played


def see_oranges(variation: Path) -> dict:
    env = make(variation, 2, "PickOrange")
    first, _ = env.reset(seed=9)
    seen = {"image": first["observation.images.front"].clone()}
    env.step(torch.zeros(2, 6))  # with which the solver takes over what changed
    seen["masses"] = masses_in_the_solver(env)
    for name in ("Orange001", "Orange002", "Orange003", "Plate"):
        seen[name] = env.unwrapped.scene[name].data.body_mass.torch.clone()
    env.close()
    return seen


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "fixed.yaml").write_text(FIXED)
    (folder / "drawn.yaml").write_text(DRAWN)
    (folder / "of_all.yaml").write_text(OF_ALL)
    (folder / "named.yaml").write_text(NAMED)
    torch.save(
        {
            "fixed": play_fixed(folder / "fixed.yaml"),
            "four": play_drawn(folder / "drawn.yaml", 4, [[30, 1, 2, 3], [4, 5, 6, 30]]),
            "two": play_drawn(folder / "drawn.yaml", 2, [[1, 30]]),
            "oranges": {name: see_oranges(folder / f"{name}.yaml") for name in ("of_all", "named")},
        },
        folder / "seen.pt",
    )
