"""Plays worlds whose arm and cameras are not ideal; `test_imperfections.py` runs it in a process of its own."""

import sys
from pathlib import Path

import gymnasium as gym
import torch
from isaaclab_newton.physics import NewtonManager

import lerobot_env_leisaac  # noqa: F401 - registers the ids

WORLDS = {
    "plain": {},
    "off": {"encoder_offset_deg": 5, "exposure": 0.5},
    "late": {"observation_latency_steps": 2},
    "loose": {"backlash_deg": 6, "servo_stiffness": 0.25, "servo_friction": 3},
    "noisy": {"state_noise_deg": 1, "action_noise_deg": 2, "pixel_noise": 0.1, "blur": 2},
    "drawn": {"encoder_offset_deg": [-5, 5], "white_balance": [0.5, 2]},
}

UP, BACK = torch.tensor([20.0, -30, 20, 20, 20, 20]), torch.tensor([0.0, -30, 20, 20, 20, 20])


def play(values: dict) -> dict:
    """Go to one pose, and on to another, where but one joint turns back; return what was seen at each step."""
    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        num_envs=2,
        seed=0,
        device="cpu",
        cameras=("front",),
        image_size=(48, 64),
        variation=values or None,
    )
    robot, terms = env.unwrapped.scene["robot"], env.unwrapped.action_manager
    joints = robot.find_joints(env.unwrapped.robot.joint_names, preserve_order=True)[0]
    for _ in range(2):  # into episodes that follow others
        observation, _ = env.reset(seed=3)
    seen = {key: [] for key in ("state", "image", "joint_pos", "target")}
    for step in range(81):
        seen["state"].append(observation["observation.state"].clone())
        seen["image"].append(observation["observation.images.front"].clone())
        seen["joint_pos"].append(torch.rad2deg(robot.data.joint_pos.torch[:, joints]))
        observation, *_ = env.step((UP if step < 40 else BACK).repeat(2, 1))
        seen["target"].append(torch.rad2deg(terms.get_term("joint_pos").processed_actions.clone()))
    solver = NewtonManager._solver.mjw_model
    arrays = {"friction": solver.dof_frictionloss, "drag": solver.dof_damping, "gain": solver.actuator_gainprm}
    seen = {key: torch.stack(values) for key, values in seen.items()}
    seen |= {name: torch.from_numpy(array.numpy()).clone() for name, array in arrays.items()}
    env.close()
    return seen


def roll_and_spin(friction: float) -> dict:
    """Set one orange rolling and spin another; return how far the one is after a second, and how fast the other."""
    env = gym.make(
        "LeIsaac-SO101-PickOrange-SmolVLA-v0", seed=0, device="cpu", cameras=(), variation={"friction": friction}
    )
    env.reset(seed=0)
    rolling, spinning = (env.unwrapped.scene[name] for name in ("Orange001", "Orange002"))
    start = rolling.data.root_pos_w.torch.clone()
    speed, radius = 0.1, start[0, 2].item()
    rolling.write_root_velocity_to_sim_index(root_velocity=torch.tensor([[0, speed, 0, -speed / radius, 0, 0]]))
    spinning.write_root_velocity_to_sim_index(root_velocity=torch.tensor([[0, 0, 0, 0, 0, 10.0]]))
    for step in range(30):
        env.step(torch.zeros(1, 6))
        if step == 5:
            spin = spinning.data.root_ang_vel_w.torch[0, 2].item()
    far = (rolling.data.root_pos_w.torch - start)[0, :2].norm().item()
    env.close()
    return {"spin": spin, "far": far}


if __name__ == "__main__":
    seen = {name: play(values) for name, values in WORLDS.items()}
    seen |= {friction: roll_and_spin(friction) for friction in (1.0, 0.2)}
    torch.save(seen, Path(sys.argv[1]) / "seen.pt")
