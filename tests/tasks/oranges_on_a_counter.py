"""Plays the pick-orange task and saves what happened; `test_pick_orange.py` runs it in a process of its own.

python oranges_on_a_counter.py all REPORT.json
python oranges_on_a_counter.py crowded LIMIT

What the solver complains of goes to the process's stdout, past all that Python redirects.
"""

import json
import sys
from pathlib import Path

import gymnasium as gym
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.tasks.pick_orange.spec import ORANGES, SPEC

REST = [0.0, -95.0, 88.0, 52.0, 0.0, 0.0]
AWAY = [0.0, -60.0, 88.0, 52.0, 0.0, 0.0]
SIDES = ((0.03, 0.0), (-0.03, 0.04), (-0.03, -0.04))


def objects(env) -> dict[str, torch.Tensor]:
    return {name: item.data.root_pos_w.torch.clone() for name, item in env.scene.rigid_objects.items()}


def put(env, name: str, position: torch.Tensor) -> None:
    item = env.scene[name]
    pose = item.data.default_root_pose.torch.clone()
    pose[:, :3] = position
    item.write_root_pose_to_sim_index(root_pose=pose)
    item.write_root_velocity_to_sim_index(root_velocity=torch.zeros(len(pose), 6))


def at_rest(env) -> dict:
    """Let everything lie for two seconds: how far it moves, and how fast it still is."""
    env.reset(seed=1)
    hold = torch.zeros(4, 6)
    start = objects(env)
    for _ in range(60):
        env.step(hold)
    moved = max((place - start[name]).norm(dim=-1).max().item() for name, place in objects(env).items())
    speed = max(env.scene[name].data.root_vel_w.torch.norm(dim=-1).max().item() for name in start)
    nominal = {name: item.data.default_root_pose.torch[:, :2] for name, item in env.scene.rigid_objects.items()}
    offsets = torch.stack([start[name][:, :2] - nominal[name] for name in start])
    return {"moved": moved, "speed": speed, "offsets": offsets.tolist()}


def rolled(env) -> dict:
    """Roll an orange at 0.1 m/s: how far it comes in two seconds [m], and how fast it still is."""
    env.reset(seed=1)
    orange = env.scene["Orange003"]
    velocity = torch.zeros(4, 6)
    velocity[:, 0], velocity[:, 4] = -0.1, -0.1 / 0.024
    orange.write_root_velocity_to_sim_index(root_velocity=velocity)
    start = objects(env)["Orange003"]
    for _ in range(60):
        env.step(torch.zeros(4, 6))
    speed = orange.data.root_vel_w.torch.norm(dim=-1).max().item()
    return {"distance": (objects(env)["Orange003"] - start)[:, 0].abs().tolist(), "speed": speed}


def rule(env) -> list[dict]:
    """Put oranges about the plate and the arm at rest: what is done in each environment, step by step.

    Environment 0: all is well. 1: the first orange lies 0.11 m off. 2: the second is held 0.08 m above the plate.
    3: the arm is not at rest.
    """
    env.reset(seed=2)
    robot = env.scene["robot"]
    pose = torch.tensor([REST, REST, REST, AWAY]).deg2rad()
    ids = robot.find_joints(env.robot.joint_names, preserve_order=True)[0]
    robot.write_joint_position_to_sim_index(position=pose, joint_ids=ids)
    robot.write_joint_velocity_to_sim_index(velocity=torch.zeros(4, 6), joint_ids=ids)
    plate = objects(env)["Plate"]
    steps = []
    for _ in range(7):
        for name, side in zip(ORANGES, SIDES, strict=True):
            place = plate + torch.tensor([*side, 0.030])
            if name == "Orange001":
                place[1, 0] = plate[1, 0] - 0.11
                place[1, 2] = 0.024
            if name == "Orange002":
                place[2, 2] = plate[2, 2] + 0.08
            put(env, name, place)
        *_, info = env.step(pose.rad2deg())
        steps.append(
            {
                "success": info["is_success"].tolist(),
                "subtasks": {name: mask.tolist() for name, mask in info["subtasks"].items()},
                "final": "final_info" in info,
            }
        )
        if info["is_success"].any():
            break
    return steps


def demonstrated(env) -> dict:
    """Let the demonstrator play four episodes: which it wins, with what in place, and how hard the solver worked."""
    from isaaclab_newton.physics import NewtonManager

    data = NewtonManager._solver.mjw_data
    env.reset(seed=3)
    expert = make_expert(SPEC, env)
    won, subtasks, lifted = torch.zeros(4, dtype=torch.bool), {}, []
    rows, contacts = 0, 0.0
    for _ in range(1500):
        *_, info = env.step(expert.act())
        rows = max(rows, int(data.nefc.numpy().max()))
        contacts = max(contacts, int(data.nacon.numpy()[0]) / 4)
        high = torch.stack([objects(env)[name][:, 2] for name in ORANGES]).amax(dim=0) > 0.08
        lifted += env.scene["robot"].data.joint_pos.torch[high, 5].tolist()
        for index in (info["is_success"] & ~won).nonzero().flatten().tolist():
            subtasks[index] = {name: bool(mask[index]) for name, mask in info["subtasks"].items()}
        won |= info["is_success"]
        if won.all():
            break
    return {
        "won": won.tolist(),
        "subtasks": subtasks,
        "share": [rows / env.cfg.sim.physics.solver_cfg.njmax, contacts / env.cfg.sim.physics.solver_cfg.nconmax],
        "held_at": max(lifted),
    }


def shaken(env) -> dict:
    """Let it play with noise on its actions: which environments have an orange on the plate within 20 s."""
    env.reset(seed=4)
    expert, noise = make_expert(SPEC, env), ActionNoise(env, std_deg=1.0)
    placed = torch.zeros(4, dtype=torch.bool)
    for _ in range(600):
        *_, info = env.step(noise.add(expert.act()))
        placed |= torch.stack([info["subtasks"][name] for name in SPEC.subtasks[: len(ORANGES)]]).any(dim=0)
        if placed.all():
            break
    return {"placed": placed.tolist()}


def crowded(limit: str) -> None:
    """Step the same scene with room for next to nothing: the environment complains."""
    cfg = load_cfg(SPEC.lerobot_cfg)
    setattr(cfg.sim.physics.solver_cfg, limit, 1 if limit == "iterations" else 2)
    env = gym.make(SPEC.lerobot_id, cfg=cfg, device="cpu", seed=0, cameras=())
    env.reset()
    for _ in range(3):
        env.step(torch.zeros(1, 6))
    env.close()


def main() -> None:
    if sys.argv[1] == "crowded":
        return crowded(sys.argv[2])
    env = gym.make(SPEC.lerobot_id, num_envs=4, device="cpu", seed=0, cameras=()).unwrapped
    plays = (at_rest, rolled, rule, demonstrated, shaken)
    report = {play.__name__: play(env) for play in plays}
    Path(sys.argv[2]).write_text(json.dumps(report))
    env.close()


if __name__ == "__main__":
    main()
