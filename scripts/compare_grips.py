"""Measure what the servos of the SO-101 hold: how deep a light cube sinks into the jaws, and how heavy a one they lift.

    python scripts/compare_grips.py
    python scripts/compare_grips.py --servos identified

The demonstrator of LiftCube takes cubes of one size and of many masses, lifts each to 0.1 m and holds it for a second.
Each servo is simulated in a process of its own.
"""

from __future__ import annotations

import multiprocessing

import tyro

from lerobot_env_leisaac.robots.so101.spec import SO101

LIGHT_G = 10
MASSES_G = (50, 100, 200, 300, 400, 600, 800)
STARTS = (5, 6)
"""Episodes of seed 0 that each mass is tried in."""

LIFTED, HELD = 0.10, 0.08
"""Heights of the cube's centre that count as lifted, and as held a second later [m]."""


def measure(servo: str) -> dict[str, float]:
    """Return the deepest overlap with a cube of `LIGHT_G` [mm], and the heaviest mass held in every start [g]."""
    import gymnasium as gym
    import torch
    from isaaclab_newton.physics import NewtonManager

    import lerobot_env_leisaac  # noqa: F401 - registers the ids
    from lerobot_env_leisaac.envs.endless import end_neither_on_success_nor_in_time
    from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert

    masses = [mass for mass in (LIGHT_G, *MASSES_G) for _ in STARTS]
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0", num_envs=len(masses), device="cpu", cameras=(), servo=servo
    ).unwrapped
    end_neither_on_success_nor_in_time(env)
    env.reset(seed=0, options={"episodes": list(STARTS) * (len(MASSES_G) + 1)})
    cube = env.scene["cube"]
    mass = torch.tensor(masses)[:, None] / 1000
    cube.set_inertias_index(inertias=cube.data.body_inertia.torch * (mass / cube.data.body_mass.torch)[..., None])
    cube.set_masses_index(masses=mass)
    expert = LiftCubeExpert(env, lift_height=0.15)
    lifted, action, overlap = torch.zeros(len(masses), 1, dtype=torch.bool), expert.act(), 0.0
    for _ in range(160):
        env.step(action)
        lifted |= cube.data.root_pos_w.torch[:, 2:] > LIFTED
        action = torch.where(lifted, action, expert.act())
    contacts = NewtonManager._solver.mjw_data
    model = NewtonManager._solver.mj_model
    of_cube = [model.body(body).name.endswith("_Scene_cube") for body in model.geom_bodyid]
    for _ in range(30):
        env.step(action)
        count = int(contacts.nacon.numpy()[0])
        pairs = zip(contacts.contact.geom.numpy()[:count], contacts.contact.worldid.numpy()[:count], strict=True)
        for depth, (geoms, world) in zip(-contacts.contact.dist.numpy()[:count], pairs, strict=True):
            if world < len(STARTS) and any(of_cube[geom] for geom in geoms):
                overlap = max(overlap, float(depth))
    height = cube.data.root_pos_w.torch[:, 2]
    env.close()
    held = ((height > HELD) & lifted[:, 0]).unflatten(0, (-1, len(STARTS))).all(dim=1).tolist()
    heaviest = 0
    for grams, good in zip((LIGHT_G, *MASSES_G), held, strict=True):
        if not good:
            break
        heaviest = grams
    return {"overlap_mm": overlap * 1e3, "heaviest_g": heaviest}


def main(servos: tuple[str, ...] = tuple(SO101.servos)) -> None:
    """Measure.

    Args:
        servos: Servos to measure.
    """
    print(f"| servo | overlap with a cube of {LIGHT_G} g [mm] | heaviest cube held [g] |\n|---|---|---|")
    for servo in servos:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            found = process.apply(measure, (servo,))
        print(f"| {servo} | {found['overlap_mm']:.2f} | {found['heaviest_g']:.0f} |", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
