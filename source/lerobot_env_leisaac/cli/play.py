"""``leisaac play``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import tyro

from .options import Device, ImageSize


def play(
    task: str = "LiftCube",
    episodes: int = 1,
    num_envs: int = 1,
    video: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no video)")] = None,
    image_size: ImageSize = (240, 320),
    seed: int = 0,
    device: Device = None,
) -> int:
    """Watch the scripted demonstrator do a task.

    Args:
        task: Name of the task, as in LeIsaac-SO101-<task>-SmolVLA-v0.
        episodes: How many episodes to play.
        num_envs: How many of them to play side by side.
        video: Write the three camera views of the first environment to this MP4 file.
        image_size: Size of each view [px].
        seed: Seed of the episodes.
        device: Where to simulate: cpu or cuda:<index>.
    """
    print("Starting the simulator; the first start compiles its kernels, which takes a minute or two.", file=sys.stderr)
    from lerobot_env_leisaac.evaluation.play import play as run

    result = run(task, episodes, num_envs, video, image_size, seed, device)
    print(result)
    return int(result.successes < result.episodes)
