"""What `task_plays.py` plays of the pick-orange task alone."""

import torch
from task_plays import AWAY, REST, objects, pose_arms, put, state_of

from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.tasks.pick_orange.spec import ORANGES, SPEC

SIDES = ((0.03, 0.0), (-0.03, 0.04), (-0.03, -0.04))


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
    pose = pose_arms(env, [REST, REST, REST, AWAY])
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
        *_, info = env.step(pose)
        steps.append(state_of(info))
        if info["is_success"].any():
            break
    return steps


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


PLAYS = (rolled, rule, shaken)
