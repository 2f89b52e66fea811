"""What `task_plays.py` plays of the assemble-hamburger task alone."""

import torch
from task_plays import AWAY, REST, objects, pose_arms, put, state_of

from lerobot_env_leisaac.scenes.kitchen_with_hamburger import LAYER_HEIGHTS, PLATE_HEIGHT
from lerobot_env_leisaac.tasks.assemble_hamburger.spec import LAYERS, PLATE

RISES = 9.81 / 30
"""Speed with which what is thrown up stands still at the end of a control step [m/s]."""


def stack(env, order: tuple[int, ...] = (0, 1, 2, 3)) -> dict[str, torch.Tensor]:
    """Return where layers are that lie on the plate, one on the other, in some order from the bottom up."""
    height, places = PLATE_HEIGHT, {}
    for index in order:
        places[LAYERS[index]] = objects(env)[PLATE] + torch.tensor([0.0, 0.0, height])
        height += LAYER_HEIGHTS[index]
    return places


def play(env, pose: torch.Tensor, places: dict[str, torch.Tensor], thrown: torch.Tensor) -> list[dict]:
    """Put layers into their places, let them come to rest, and return what the steps say.

    Where the upper bun is thrown, it is so before every step: at the end of each it is where it was put, and as fast.
    """
    for name, place in places.items():
        put(env, name, place)
    top, moves = env.scene[LAYERS[3]], thrown.abs().sum(dim=1) > 0
    steps = []
    for _ in range(30):
        place = top.data.root_pos_w.torch
        resting = torch.where(moves[:, None], thrown, top.data.root_lin_vel_w.torch)
        if moves.any():
            put(env, LAYERS[3], torch.where(moves[:, None], places[LAYERS[3]], place), resting)
        *_, info = env.step(pose)
        steps.append({**state_of(info), "speed": top.data.root_lin_vel_w.torch.norm(dim=-1).tolist()})
        if info["is_success"].any():
            break
    return steps


def rule(env) -> list[dict]:
    """Stack layers and put the arm to rest: what is done in each environment, step by step.

    Environment 0: all is well. 1: patty and cheese are in the wrong order. 2: the upper bun stands still in the air
    above the cheese. 3: the arm is not at rest.
    """
    env.reset(seed=2)
    pose = pose_arms(env, [REST, REST, REST, AWAY])
    places, swapped = stack(env), stack(env, (0, 2, 1, 3))
    for name, place in places.items():
        place[1] = swapped[name][1]
    places[LAYERS[3]][2, 2] += 0.03
    thrown = torch.zeros(4, 3)
    thrown[2, 2] = RISES
    return play(env, pose, places, thrown)


def edges(env) -> list[dict]:
    """The arm rests; how the layers lie.

    Environment 0: the upper bun slides. 1: the cheese lies 18 mm off the middle, the upper bun 22 mm off the cheese.
    2: the hamburger lies below the jaws. 3: the upper bun lies on the counter.
    """
    env.reset(seed=2)
    pose = pose_arms(env, [REST] * 4)
    plate = objects(env)[PLATE]
    plate[2, :2] = torch.tensor([0.25, 0.0])
    put(env, PLATE, plate)
    places = stack(env)
    for name, place in places.items():
        place[2, :2] = plate[2, :2]
        place[1, 1] += {LAYERS[2]: 0.018, LAYERS[3]: 0.040}.get(name, 0.0)
    places[LAYERS[3]][3] = plate[3] + torch.tensor([0.0, 0.12, 0.0])
    slides = torch.zeros(4, 3)
    slides[0, 0] = 0.5
    return play(env, pose, places, slides)


def turned_over(env) -> dict:
    """Lay the patty on the lower bun upside down: what the fifth step says."""
    env.reset(seed=2)
    pose, places = pose_arms(env, [REST] * 4), stack(env)
    for name, place in places.items():
        put(env, name, place)
    turned = torch.cat([places[LAYERS[1]], torch.tensor([[1.0, 0.0, 0.0, 0.0]]).expand(4, -1)], dim=1)
    turned[:, 2] += LAYER_HEIGHTS[1]
    env.scene[LAYERS[1]].write_root_pose_to_sim_index(root_pose=turned)
    for _ in range(5):
        *_, info = env.step(pose)
    return state_of(info)


PLAYS = (rule, edges, turned_over)
