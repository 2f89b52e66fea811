"""Plays the fold-cloth task in two environments and saves what happened: python fold_cloth_plays.py REPORT.json."""

import json
import sys
from pathlib import Path

import gymnasium as gym
import torch
from isaaclab.managers import SceneEntityCfg

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.tasks.common.places import keypoints
from lerobot_env_leisaac.tasks.fold_cloth_bi_arm.spec import CLOTH

SPEC = catalog.task("FoldCloth-BiArm")

_LIFTED = 112
"""Steps after which the demonstrator has a sleeve in the air."""


def vertices(env) -> torch.Tensor:
    return env.scene[CLOTH].data.nodal_pos_w.torch.clone()


def resets(env) -> dict:
    """Let the demonstrator lift a sleeve in episodes 0 and 1, twice, and then episode 1 in the place of episode 0.

    With the sleeves still in the air, one of the places gets a new episode: where its shirt lies, and the other one's.
    """

    def track() -> torch.Tensor:
        expert = make_expert(SPEC, env)
        return torch.stack([vertices(env), *(vertices(env) for _ in range(_LIFTED) if env.step(expert.act()))])

    tracks = []
    for _ in range(2):
        env.reset(seed=4)
        tracks.append(track())
    env.reset(env_ids=[0, 1], options={"episodes": [1, 0]})
    first, again, elsewhere = *tracks, track()
    env.reset(env_ids=[0], options={"episodes": [0]})
    after, start = vertices(env), first[0, 0]
    env.step(torch.zeros(2, 12))
    return {
        "again": (first - again).abs().max().item(),
        "elsewhere": (first - elsewhere.flip(1)).abs().max().item(),
        "differ": (first[0, 0] - first[0, 1]).norm(dim=-1).max().item(),
        "lifted": first[-1, ..., 2].amax(dim=-1).tolist(),
        "restored": (after[0] - start).abs().max().item(),
        "untouched": (after[1] - elsewhere[-1, 1]).abs().max().item(),
        "let_go": (vertices(env)[0] - start).abs().max().item(),
    }


def lies_still(env) -> dict:
    """Hold the arms for a second."""
    env.reset(seed=5)
    start = vertices(env)
    for _ in range(30):
        env.step(torch.zeros(2, 12))
    return {"moved": (vertices(env) - start).norm(dim=-1).max().item()}


def breaks_down(env) -> dict:
    """Break the physics of one environment, by a joint of the second arm and by a vertex: how its episode ends."""
    ends = {}
    for name in ("right_arm", CLOTH):
        env.reset(seed=6)
        asset = env.scene[name]
        if name == CLOTH:
            place = vertices(env)
            place[0, 7] = torch.nan
            asset.write_nodal_pos_to_sim_index(place)
        else:
            pose = asset.data.joint_pos.torch.clone()
            pose[0, 2] = torch.nan
            asset.write_joint_position_to_sim_index(position=pose)
        _, _, terminated, _, _ = env.step(torch.zeros(2, 12))
        ends[name] = [terminated.tolist(), env.termination_manager.get_term("diverged").tolist()]
    env.reset(seed=6)
    env.step(torch.zeros(2, 12))
    ends["finite afterwards"] = bool(torch.isfinite(vertices(env)).all())
    return ends


def demonstrated(env) -> dict:
    """Let the demonstrator play, and watch the shirt and what holds it."""
    env.reset(seed=3)
    pinch = env.action_manager.get_term(f"{CLOTH}_pinch")
    expert = make_expert(SPEC, env)
    won, subtasks, highest, farthest = torch.zeros(2, dtype=torch.bool), {}, {}, 0.0
    for _ in range(round(SPEC.longest_demonstration_s * SPEC.control_hz)):
        before = pinch.held.clone()
        *_, info = env.step(expert.act())
        for arm, name in enumerate(SPEC.robot.entities):
            hand = env.scene[name].data.body_pos_w.torch[:, env.scene[name].body_names.index("gripper")]
            away = (vertices(env) - hand[:, None]).norm(dim=-1)[before[arm] & pinch.held[arm]]
            farthest = max(farthest, *away.tolist(), 0.0)
        for keypoint in ("left_sleeve", "right_sleeve", "left_hem", "right_hem"):
            height = keypoints(env, SceneEntityCfg(CLOTH), (keypoint,))[:, 0, 2]
            highest[keypoint] = max(highest.get(keypoint, 0.0), height.max().item())
        for index in (info["is_success"] & ~won).nonzero().flatten().tolist():
            subtasks[index] = {name: bool(mask[index]) for name, mask in info["subtasks"].items()}
        won |= info["is_success"]
        if won.all():
            break
    return {
        "won": won.tolist(),
        "subtasks": subtasks,
        "highest": highest,
        "farthest_held": farthest,
        "held_at_the_end": int(pinch.held.sum()),
    }


def main() -> None:
    env = gym.make(SPEC.lerobot_id, num_envs=2, device="cpu", seed=0, cameras=()).unwrapped
    plays = (resets, lies_still, breaks_down, demonstrated)
    Path(sys.argv[1]).write_text(json.dumps({play.__name__: play(env) for play in plays}))
    env.close()


if __name__ == "__main__":
    main()
