"""What `task_plays.py` plays of the cleanup-trash task alone."""

import torch
from task_plays import objects, put, state_of

from lerobot_env_leisaac.tasks.cleanup_trash.spec import BIN, TISSUE

ON_THE_FLOOR = 0.006 + 0.024
"""Height of the tissue's middle in the bin, above its underside [m]."""

COMMANDS = [[0.1, 0.0, 0.0], [0.0, 0.1, 0.0], [0.05, -0.05, 45.0], [0.3, 0.3, 90.0]]
"""Velocities of the base in four environments [m/s], [m/s], [deg/s]; the last ones are too fast."""

STEPS = 30


def base(env) -> torch.Tensor:
    """Return where the base is and how it is turned [m], [m], [rad]. Shape is (4, 3)."""
    robot = env.scene["robot"]
    joints, _ = robot.find_joints(["base_x", "base_y", "base_theta"], preserve_order=True)
    return robot.data.joint_pos.torch[:, joints].clone()


def drives(env) -> dict:
    """Turn to the left for a second, then drive as commanded for one, and start anew."""
    env.reset(seed=2)
    action = torch.zeros(4, 9)
    action[:, 8] = 45.0
    for _ in range(STEPS):
        env.step(action)
    action[:, 6:] = torch.tensor(COMMANDS)
    env.step(action)  # it is up to speed
    start = base(env)
    for _ in range(STEPS):
        observation, *_, info = env.step(action)
    end = base(env)
    first, _ = env.reset()
    return {
        "turned": start[:, 2].tolist(),
        "moved": (end - start).tolist(),
        "velocity": observation["observation.state"][:, 6:].tolist(),
        "clamped": info["clamped"].tolist(),
        "anew": [base(env).tolist(), first["observation.state"][:, 6:].tolist()],
    }


def rule(env) -> list[dict]:
    """Put the tissue about the bin: what is done in each environment, step by step.

    Environment 0: it lies in the bin. 1: on the floor beside it. 2: it stands still in the air above the rim. 3: it
    lies in the bin, which hangs in the air. The first step, in which things come to rest, is left out.
    """
    env.reset(seed=2)
    hold = torch.zeros(4, 9)
    start = objects(env)[BIN]
    start[3, 2] = 0.3
    rises = torch.zeros(4, 3)
    rises[2:, 2] = 9.81 / 30  # what is thrown up so stands still at the end of a control step
    places = start + torch.tensor([0.0, 0.0, ON_THE_FLOOR])
    places[1] += torch.tensor([0.0, 0.13, 0.024 - ON_THE_FLOOR])
    places[2, 2] = 0.2
    steps = []
    for _ in range(8):
        put(env, BIN, start, rises * torch.tensor([[0.0], [0.0], [0.0], [1.0]]))
        put(env, TISSUE, places, rises)
        *_, info = env.step(hold)
        steps.append({**state_of(info), "speed": env.scene[TISSUE].data.root_lin_vel_w.torch.norm(dim=-1).tolist()})
        if info["is_success"].any():
            break
    return steps[1:]


PLAYS = (drives, rule)
