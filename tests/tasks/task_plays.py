"""Plays a task and saves what happened; the fixture `played` runs it in a process of its own.

python task_plays.py TASK REPORT.json [MODULE]

What the solver complains of goes to the process's stdout, past all that Python redirects. A module adds plays of its
task: its ``PLAYS``, functions of the environment, each of which resets it and returns what its report holds.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import gymnasium as gym
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.base import make_expert

REST = [0.0, -95.0, 88.0, 52.0, 0.0, 0.0]
AWAY = [0.0, -60.0, 88.0, 52.0, 0.0, 0.0]


def objects(env) -> dict[str, torch.Tensor]:
    """Return where each object is."""
    return {name: item.data.root_pos_w.torch.clone() for name, item in env.scene.rigid_objects.items()}


def put(
    env, name: str, position: torch.Tensor, velocity: tuple[float, float, float] | torch.Tensor = (0, 0, 0)
) -> None:
    """Put an object of every environment somewhere, upright and along the axes."""
    item = env.scene[name]
    pose = torch.cat([position, torch.tensor([[0.0, 0.0, 0.0, 1.0]]).expand(len(position), -1)], dim=1)
    velocities = torch.zeros(len(pose), 6)
    velocities[:, :3] = torch.as_tensor(velocity)
    item.write_root_pose_to_sim_index(root_pose=pose)
    item.write_root_velocity_to_sim_index(root_velocity=velocities)


def pose_arms(env, pose_deg: list[list[float]]) -> torch.Tensor:
    """Put the arms of four environments into poses, at rest, and return them as actions."""
    robot, pose = env.scene["robot"], torch.tensor(pose_deg)
    ids = robot.find_joints(env.robot.joint_names, preserve_order=True)[0]
    robot.write_joint_position_to_sim_index(position=pose.deg2rad(), joint_ids=ids)
    robot.write_joint_velocity_to_sim_index(velocity=torch.zeros_like(pose), joint_ids=ids)
    return pose


def state_of(info: dict) -> dict:
    """Return what a step says of success and sub-tasks, as plain data."""
    return {
        "success": info["is_success"].tolist(),
        "subtasks": {name: mask.tolist() for name, mask in info["subtasks"].items()},
        "final": "final_info" in info,
    }


def at_rest(env) -> dict:
    """Let everything lie for two seconds: how far it moves, and how fast it still is."""
    env.reset(seed=1)
    hold = torch.zeros(4, len(env.robot.channels))
    start = objects(env)
    for _ in range(60):
        env.step(hold)
    moved = max((place - start[name]).norm(dim=-1).max().item() for name, place in objects(env).items())
    speed = max(env.scene[name].data.root_vel_w.torch.norm(dim=-1).max().item() for name in start)
    nominal = {name: item.data.default_root_pose.torch[:, :2] for name, item in env.scene.rigid_objects.items()}
    offsets = torch.stack([start[name][:, :2] - nominal[name] for name in start])
    return {"moved": moved, "speed": speed, "offsets": offsets.tolist()}


def demonstrated(env) -> dict:
    """Let the demonstrator play four episodes: which it wins, with what reached, and how hard the solver worked."""
    from isaaclab_newton.physics import NewtonManager

    spec, data = env.cfg.spec(), NewtonManager._solver.mjw_data
    env.reset(seed=3)
    expert = make_expert(spec, env)
    won, subtasks, lifted = torch.zeros(4, dtype=torch.bool), {}, []
    rows, contacts = 0, 0.0
    for _ in range(round(spec.longest_demonstration_s * spec.control_hz)):
        *_, info = env.step(expert.act())
        rows = max(rows, int(data.nefc.numpy().max()))
        contacts = max(contacts, int(data.nacon.numpy()[0]) / 4)
        high = torch.stack([objects(env)[name][:, 2] for name in spec.objects]).amax(dim=0) > 0.08
        radians = env.unit_convention.to_radians(env.obs_buf["lerobot"]["state"])
        lifted += radians[high][:, env.robot.columns("gripper")].amin(dim=1).tolist()
        for index in (info["is_success"] & ~won).nonzero().flatten().tolist():
            subtasks[index] = {name: bool(mask[index]) for name, mask in info["subtasks"].items()}
        won |= info["is_success"]
        if won.all():
            break
    solver = env.cfg.sim.physics.solver_cfg
    return {
        "won": won.tolist(),
        "subtasks": subtasks,
        "share": [rows / solver.njmax, contacts / solver.nconmax],
        "held_at": [min(lifted), max(lifted)],
    }


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    task, report, *modules = sys.argv[1:]
    plays = [at_rest, demonstrated, *(play for module in modules for play in _loaded(Path(module)).PLAYS)]
    spec = catalog.task(task)
    env = gym.make(spec.lerobot_id, num_envs=4, device="cpu", seed=0, cameras=()).unwrapped
    Path(report).write_text(json.dumps({play.__name__: play(env) for play in plays}))
    env.close()


if __name__ == "__main__":
    main()
