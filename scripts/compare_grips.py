"""Measure what the servos of the SO-101 hold: how deep a light cube sinks into the jaws, and how heavy a one they lift.

    python scripts/compare_grips.py
    python scripts/compare_grips.py --servos tracking --engines newton_mjwarp ovphysx --device cuda:0

The demonstrator of LiftCube takes cubes of one size and of many masses, lifts each to 0.1 m and holds it for a second.
The overlap is that of the shapes themselves, whatever an engine thinks of it. A stiff servo follows each of the 30
targets a second with all of its torque, which shakes the cube: masses are tried with targets that move on at every step
of the physics as well. Each servo is simulated in a process of its own.
"""

from __future__ import annotations

import functools
import multiprocessing
from typing import TYPE_CHECKING, Any

import tyro

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import CUBE_EDGE

if TYPE_CHECKING:
    import torch

LIGHT_G = 10
MASSES_G = (50, 100, 200, 300, 400, 600, 800)
STARTS = (5, 6)
"""Episodes of seed 0 that each mass is tried in."""

LIFTED, HELD = 0.10, 0.08
"""Heights of the cube's centre that count as lifted, and as held a second later [m]."""


PADS = ("gripper", "jaw")
"""Bodies whose pads hold the cube."""


@functools.cache
def pads() -> dict[str, Any]:
    """Return the pad of each jaw: the transform from its frame to the body's (4, 4), and half its edges (3,) [m]."""
    import numpy as np
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(SO101.file.packaged_path))
    found = {}
    for body in PADS:
        top = stage.GetDefaultPrim().GetPrimAtPath(body)
        to_body, _ = UsdGeom.XformCache().ComputeRelativeTransform(top.GetPrimAtPath("collisions/pad"), top)
        matrix = np.array(to_body).T
        edges = np.linalg.norm(matrix[:3, :3], axis=0)
        matrix[:3, :3] /= edges
        found[body] = matrix, edges / 2
    return found


def overlaps(robot: Any, cube: Any) -> torch.Tensor:
    """Return how deep the cube is in the deeper of the pads (N,) [m]: the least way out of it of its deepest point."""
    import torch
    from isaaclab.utils.math import quat_apply, quat_apply_inverse

    steps = torch.linspace(-CUBE_EDGE / 2, CUBE_EDGE / 2, 41, device=cube.device)
    points = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), dim=-1).reshape(-1, 3)
    points = points[points.abs().amax(dim=-1) > CUBE_EDGE / 2 - 1e-6]  # of its surface
    pose = cube.data.root_pose_w.torch[:, None]
    in_world = pose[..., :3] + quat_apply(pose[..., 3:].expand(-1, len(points), -1), points.expand(len(pose), -1, -1))
    deepest = torch.zeros(len(pose), device=cube.device)
    for body, (to_body, half) in pads().items():
        place = robot.data.body_pose_w.torch[:, robot.body_names.index(body), None]
        in_body = quat_apply_inverse(place[..., 3:].expand(-1, len(points), -1), in_world - place[..., :3])
        matrix = torch.tensor(to_body, dtype=torch.float32, device=cube.device)
        in_box = (in_body - matrix[:3, 3]) @ matrix[:3, :3]
        inside = torch.tensor(half, dtype=torch.float32, device=cube.device) - in_box.abs()
        deepest = torch.maximum(deepest, inside.amin(dim=-1).amax(dim=-1))
    return deepest


def in_hand(robot: Any, cube: Any) -> torch.Tensor:
    """Return where the cube's centre is in the frame of the fixed jaw (N, 3) [m]."""
    from isaaclab.utils.math import quat_apply_inverse

    place = robot.data.body_pose_w.torch[:, robot.body_names.index(PADS[0])]
    return quat_apply_inverse(place[:, 3:], cube.data.root_pos_w.torch - place[:, :3])


def move_on_within_steps(env: Any) -> None:
    """Let targets of joints move from one action to the next in as many parts as a control step has physics steps."""
    (term,) = (env.action_manager.get_term(name) for name in env.action_manager.active_terms)
    process, apply, parts = term.process_actions, term.apply_actions, env.cfg.decimation
    moving: dict[str, Any] = {}

    def process_actions(actions: torch.Tensor) -> None:
        moving.update(last=term.processed_actions.clone(), part=0)
        process(actions)
        moving["next"] = term.processed_actions.clone()

    def apply_actions() -> None:
        moving["part"] += 1
        term.processed_actions[:] = moving["last"].lerp(moving["next"], min(moving["part"] / parts, 1.0))
        apply()

    term.process_actions, term.apply_actions = process_actions, apply_actions


def measure(servo: str, engine: str, device: str, smooth: bool) -> dict[str, float]:
    """Return what is said of a servo and an engine, with targets that move in steps or smoothly.

    The deepest overlap with a cube of `LIGHT_G` and how far it slips in a second [mm], and the heaviest mass held in
    every start [g].
    """
    import gymnasium as gym
    import torch

    import lerobot_env_leisaac  # noqa: F401 - registers the ids
    from lerobot_env_leisaac.envs.endless import end_neither_on_success_nor_in_time
    from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert

    masses = [mass for mass in (LIGHT_G, *MASSES_G) for _ in STARTS]
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        num_envs=len(masses),
        device=device,
        cameras=(),
        servo=servo,
        physics=engine,
    ).unwrapped
    end_neither_on_success_nor_in_time(env)
    env.reset(seed=0, options={"episodes": list(STARTS) * (len(MASSES_G) + 1)})
    if smooth:
        move_on_within_steps(env)
    robot, cube = env.scene["robot"], env.scene["cube"]
    mass = torch.tensor(masses, device=cube.data.body_mass.torch.device)[:, None] / 1000
    cube.set_inertias_index(inertias=cube.data.body_inertia.torch * (mass / cube.data.body_mass.torch)[..., None])
    cube.set_masses_index(masses=mass)
    expert = LiftCubeExpert(env, lift_height=0.15)
    lifted, action = torch.zeros(len(masses), 1, dtype=torch.bool, device=env.device), expert.act()
    for _ in range(160):
        env.step(action)
        lifted |= cube.data.root_pos_w.torch[:, 2:] > LIFTED
        action = torch.where(lifted, action, expert.act())
    taken = in_hand(robot, cube)
    overlap = torch.zeros(len(masses), device=env.device)
    for _ in range(30):
        env.step(action)
        overlap = torch.maximum(overlap, overlaps(robot, cube))
    light = slice(len(STARTS))
    slip = (in_hand(robot, cube) - taken).norm(dim=-1)[light].max().item()
    height = cube.data.root_pos_w.torch[:, 2]
    env.close()
    held = ((height > HELD) & lifted[:, 0]).unflatten(0, (-1, len(STARTS))).all(dim=1).tolist()
    heaviest = 0
    for grams, good in zip((LIGHT_G, *MASSES_G), held, strict=True):
        if not good:
            break
        heaviest = grams
    deepest = overlap[light].max().item()
    return {"overlap_mm": deepest * 1e3, "slip_mm": slip * 1e3, "heaviest_g": heaviest}


def main(
    servos: tuple[str, ...] = tuple(SO101.servos), engines: tuple[str, ...] = ("newton_mjwarp",), device: str = "cpu"
) -> None:
    """Measure.

    Args:
        servos: Servos to measure.
        engines: Engines to measure each with.
        device: cpu or cuda:<index>.
    """
    columns = (
        f"overlap with a cube of {LIGHT_G} g [mm]",
        "slip [mm/s]",
        "heaviest cube held [g]",
        "with smooth targets [g]",
    )
    print(f"| servo | engine | {' | '.join(columns)} |\n" + "|---" * 6 + "|")
    for servo in servos:
        for engine in engines:
            found = []
            for smooth in (False, True):
                with multiprocessing.get_context("spawn").Pool(1) as process:
                    found.append(process.apply(measure, (servo, engine, device, smooth)))
            overlap, slip = found[0]["overlap_mm"], found[0]["slip_mm"]
            heaviest = " | ".join(f"{each['heaviest_g']:.0f}" for each in found)
            print(f"| {servo} | {engine} | {overlap:.2f} | {slip:.2f} | {heaviest} |", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
