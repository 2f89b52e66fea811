"""Plays the fold-cloth task in two environments and saves what happened: python fold_cloth_plays.py REPORT.json."""

import json
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from isaaclab.managers import SceneEntityCfg

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.tasks.common.places import keypoints
from lerobot_env_leisaac.tasks.fold_cloth_bi_arm.spec import CLOTH

SPEC = catalog.task("FoldCloth-BiArm")


def vertices(env) -> torch.Tensor:
    return env.scene[CLOTH].data.nodal_pos_w.torch.clone()


def resets(env) -> dict:
    """Play episodes 0 and 1 by the same wild actions: together, together again, and 1 in the place of 0 later."""
    actions = torch.rand(24, 2, 12, generator=torch.Generator().manual_seed(0)) * 80 - 40
    tracks = []
    for _ in range(2):
        env.reset(seed=4)
        tracks.append([vertices(env), *(vertices(env) for action in actions if env.step(action))])
    env.reset(env_ids=[0], options={"episodes": [1]})
    alone = [vertices(env), *(vertices(env) for action in actions if env.step(action.flip(0)))]
    first, again = (torch.stack(track) for track in tracks)
    rest = first[0, :, :, 2]
    return {
        "again": (first - again).abs().max().item(),
        "elsewhere": (first[:, 1] - torch.stack(alone)[:, 0]).abs().max().item(),
        "differ": (first[0, 0] - first[0, 1]).norm(dim=-1).max().item(),
        "moved": (first[-1] - first[0]).norm(dim=-1).max().item(),
        "rests_at": [rest.min().item(), rest.max().item()],
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
        *_, terminated, _, info = env.step(torch.zeros(2, 12))
        ends[name] = [terminated.tolist(), env.termination_manager.get_term("diverged").tolist()]
    env.reset(seed=6)
    env.step(torch.zeros(2, 12))
    ends["finite afterwards"] = bool(torch.isfinite(vertices(env)).all())
    return ends


def demonstrated(env) -> dict:
    """Let the demonstrator play, and watch the shirt, what holds it, and what the cameras see."""
    observation, _ = env.reset(seed=3)
    pinch = env.action_manager.get_term(f"{CLOTH}_pinch")
    expert = make_expert(SPEC, env)
    won, subtasks, highest, seen = torch.zeros(2, dtype=torch.bool), {}, {}, {}
    for camera in SPEC.cameras:
        image = observation[f"observation.images.{camera}"][0]  # (3, H, W)
        seen[camera] = int(((image[2] > 1.5 * image[0]) & (image[2] > 0.15)).sum())
    slips = 0.0
    for _ in range(round(SPEC.longest_demonstration_s * SPEC.control_hz)):
        before = pinch.held.clone()
        *_, info = env.step(expert.act())
        for arm, name in enumerate(SPEC.robot.entities):
            if before[arm].any():
                # what is held is where the gripper was when this physics step began
                hand = env.scene[name].data.body_pos_w.torch[:, env.scene[name].body_names.index("gripper")]
                away = (vertices(env) - hand[:, None]).norm(dim=-1)[before[arm] & pinch.held[arm]]
                slips = max(slips, float(away.max()) if len(away) else 0.0)
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
        "farthest_held": slips,
        "seen": seen,
        "lowest": float(np.min(vertices(env).numpy()[..., 2])),
    }


def main() -> None:
    env = gym.make(SPEC.lerobot_id, num_envs=2, device="cpu", seed=0, image_size=(48, 64)).unwrapped
    plays = (resets, lies_still, breaks_down, demonstrated)
    Path(sys.argv[1]).write_text(json.dumps({play.__name__: play(env) for play in plays}))
    env.close()


if __name__ == "__main__":
    main()
