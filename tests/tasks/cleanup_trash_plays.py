"""What `task_plays.py` plays of the cleanup-trash task alone."""

import torch
from task_plays import objects, put, state_of

from lerobot_env_leisaac.tasks.cleanup_trash.spec import BIN, TISSUE

ON_THE_FLOOR = 0.006 + 0.024
"""Height of the tissue's middle in the bin, above its underside [m]."""

COMMANDS = [[0.1, 0.0, 0.0], [0.0, 0.1, 0.0], [0.05, -0.05, 45.0], [0.3, 0.3, 90.0]]
"""Velocities of the base in four environments [m/s], [m/s], [deg/s]; the last ones are too fast."""


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
    for _ in range(env.cfg.spec().control_hz):
        env.step(action)
    action[:, 6:] = torch.tensor(COMMANDS)
    env.step(action)  # it is up to speed
    start = base(env)
    for _ in range(env.cfg.spec().control_hz):
        observation, *_, info = env.step(action)
    end = base(env)
    first, _ = env.reset()
    return {
        "commands": COMMANDS,
        "turned": start[:, 2].tolist(),
        "moved": (end - start).tolist(),
        "velocity": observation["observation.state"][:, 6:].tolist(),
        "clamped": info["clamped"].tolist(),
        "anew": [base(env).tolist(), first["observation.state"][:, 6:].tolist()],
    }


def rule(env) -> dict:
    """Put the tissue about the bin: what holds after five steps, and in which step each environment's task is done.

    Environment 0: it comes to rest in the bin. 1: it lies on the floor beside it. 2: it stands still in the air above
    the rim. 3: it lies in the bin, which hangs in the air.
    """
    env.reset(seed=2)
    hold = torch.zeros(4, 9)
    places = {BIN: objects(env)[BIN]}
    places[BIN][3, 2] = 0.3
    places[TISSUE] = places[BIN] + torch.tensor([0.0, 0.0, ON_THE_FLOOR])
    places[TISSUE][1] += torch.tensor([0.0, 0.13, 0.024 - ON_THE_FLOOR])
    places[TISSUE][2, 2] = 0.2
    velocities = {name: torch.zeros(4, 3) for name in places}
    rises = 9.81 / 30  # what is thrown up so stands still at the end of a control step
    velocities[BIN][3, 2], velocities[TISSUE][2:, 2] = rises, rises
    done, after_five = torch.full((4,), -1), {}
    for step in range(12):
        for name, place in places.items():
            put(env, name, place, velocities[name])
        *_, info = env.step(hold)
        done[info["is_success"] & (done < 0)] = step
        if step == 4:
            speeds = env.scene[TISSUE].data.root_lin_vel_w.torch.norm(dim=-1).tolist()
            after_five = {**state_of(info), "speed": speeds}
        for name, place in places.items():  # what lies goes on to lie
            place[:2], velocities[name][:2] = objects(env)[name][:2], env.scene[name].data.root_lin_vel_w.torch[:2]
    return {"after_five": after_five, "done": done.tolist()}


PLAYS = (drives, rule)
