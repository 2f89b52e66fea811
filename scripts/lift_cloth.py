"""Measure how jaws hold a cloth: the demonstrator of FoldCloth-BiArm takes the hem of the shirt up by both corners.

    python scripts/lift_cloth.py --episodes 10 --device cpu

A try is a corner that jaws have closed on while it was on the table. It holds where the corner comes 10 cm up, and the
jaws have lost nothing until they open.
"""

from __future__ import annotations

import contextlib

import gymnasium as gym
import torch
import tyro
from isaaclab.managers import SceneEntityCfg

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.tasks.common.pinch import RELEASES_ABOVE
from lerobot_env_leisaac.tasks.common.places import keypoints
from lerobot_env_leisaac.tasks.fold_cloth_bi_arm.spec import CLOTH

CORNERS = ("left_hem", "right_hem")
"""The corners, in the order of the arms that take them."""

HEIGHT = 0.10
"""How high a corner must come [m]."""

TAKEN = 0.03
"""Distance from a hand's tips within which a corner is what the hand has taken [m]."""


def main(episodes: int = 10, seed: int = 41, device: str | None = None) -> None:
    """Lift corners and print how many held.

    Args:
        episodes: How many, side by side.
        seed: Seed of the episodes.
        device: Where to simulate; the GPU if there is one.
    """
    task = catalog.task("FoldCloth-BiArm")
    with quiet():
        env = gym.make(task.lerobot_id, num_envs=episodes, device=device, seed=seed, cameras=()).unwrapped
    with contextlib.closing(env):
        env.reset()
        expert, pinch = make_expert(task, env), env.action_manager.get_term(f"{CLOTH}_pinch")
        arms = [env.scene[name] for name in task.robot.entities]
        jaws = [arm.find_joints("gripper")[0][0] for arm in arms]
        shape = (len(arms), episodes)
        has, slipped = (torch.zeros(shape, dtype=torch.bool, device=env.device) for _ in range(2))
        playing = torch.ones(episodes, dtype=torch.bool, device=env.device)
        highest, most = (torch.zeros(shape, device=env.device) for _ in range(2))
        for _ in range(round(task.longest_demonstration_s * task.control_hz)):
            *_, info = env.step(expert.act())
            playing &= ~info["is_success"]
            places = env.scene[CLOTH].data.nodal_pos_w.torch
            corners = keypoints(env, SceneEntityCfg(CLOTH), CORNERS)
            for hand, (arm, jaw) in enumerate(zip(arms, jaws, strict=True)):
                held = pinch.held[hand] & playing[:, None]
                near = (places - corners[:, None, hand]).norm(dim=-1) < TAKEN
                has[hand] |= (held & near).any(dim=1)
                closed = arm.data.joint_pos.torch[:, jaw] < RELEASES_ABOVE
                most[hand] = torch.where(closed, torch.maximum(most[hand], held.sum(dim=1)), 0)
                slipped[hand] |= playing & has[hand] & closed & (held.sum(dim=1) < most[hand])
                highest[hand] = torch.maximum(highest[hand], corners[:, hand, 2] * playing)
            if not playing.any():
                break
        lifted = has & ~slipped & (highest >= HEIGHT)
        low, high = wilson_interval(int(lifted.sum()), int(has.sum()))
        print(f"{device or env.device}: of {2 * episodes} corners {int(has.sum())} were taken")
        print(
            f"held through a lift of {100 * HEIGHT:.0f} cm: {int(lifted.sum())} ({100 * low:.1f} to {100 * high:.1f} %)"
        )
        print(f"highest [mm]: {[round(1e3 * each) for each in highest.flatten().tolist()]}")


if __name__ == "__main__":
    tyro.cli(main)
