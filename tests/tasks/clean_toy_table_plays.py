"""What `task_plays.py` plays of the clean-toy-table task alone."""

import torch
from task_plays import AWAY, REST, objects, pose_arms, put, state_of

from lerobot_env_leisaac.tasks.clean_toy_table.spec import BOX, LETTERS

ON_THE_FLOOR = 0.005 + 0.0125
"""Height of a letter's middle in the box [m]."""

SIDES = (0.028, -0.028)
RISES = 9.81 / 30
"""Speed with which what is thrown up stands still at the end of a control step [m/s]."""


def rule(env) -> list[dict]:
    """Put letters about the box and the arm at rest: what is done in each environment, step by step.

    Environment 0: all is well. 1: the first letter lies beside the box. 2: the first letter stands still in the air
    above the box, the second slides over its floor. 3: the arm is not at rest. The first step, in which letters come to
    rest on the floor, is left out.
    """
    env.reset(seed=2)
    pose = pose_arms(env, [REST, REST, REST, AWAY])
    box = objects(env)[BOX]
    steps = []
    for _ in range(8):
        for name, side in zip(LETTERS, SIDES, strict=True):
            place = box + torch.tensor([0.0, side, ON_THE_FLOOR])
            velocity = torch.zeros(4, 3)
            if name == LETTERS[0]:
                place[1] = box[1] + torch.tensor([0.0, 0.10, 0.0125])
                place[2, 2], velocity[2, 2] = 0.10, RISES
            else:
                velocity[2, 0] = 0.5
            put(env, name, place, velocity)
        *_, info = env.step(pose)
        steps.append({**state_of(info), "speed": env.scene[LETTERS[0]].data.root_lin_vel_w.torch.norm(dim=-1).tolist()})
        if info["is_success"].any():
            break
    return steps[1:]


PLAYS = (rule,)
