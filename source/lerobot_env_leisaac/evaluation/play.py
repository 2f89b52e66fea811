"""Play a few episodes to look at."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from lerobot.utils.io_utils import write_video
from tqdm import tqdm

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.experts.registry import EXPERTS

from .quiet import quiet


@dataclass(frozen=True)
class PlayResult:
    """What was played.

    Attributes:
        episodes: How many episodes ended.
        successes: How many of them succeeded.
        simulated_s: Simulated time of all episodes together [s].
        wall_s: Wall time of the episodes, start-up left out [s].
        startup_s: Wall time until the first step [s].
        video: File that was written, if any.
    """

    episodes: int
    successes: int
    simulated_s: float
    wall_s: float
    startup_s: float
    video: Path | None

    def __str__(self) -> str:
        line = (
            f"success {self.successes}/{self.episodes}, {self.simulated_s:.1f} s simulated in {self.wall_s:.1f} s"
            f" (start-up {self.startup_s:.1f} s)"
        )
        return line if self.video is None else f"{line}, video {self.video}"


def play(
    task: str,
    episodes: int,
    num_envs: int,
    video: Path | None,
    image_size: tuple[int, int],
    seed: int,
    device: str | None,
) -> PlayResult:
    """Play the scripted demonstrator; see the ``leisaac play`` command for the arguments.

    Raises:
        ValueError: There is no such task, or an argument is not legal.
        OSError: The video cannot be written there.
    """
    if task not in EXPERTS:
        raise ValueError(f"no task {task!r}, expected one of {', '.join(EXPERTS)}")
    if episodes < 1:
        raise ValueError(f"episodes is {episodes}, expected 1 or more")
    if video is not None:
        folder = video.absolute().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            raise OSError(f"cannot write {video}: {folder} is not a writable folder")
    started = time.perf_counter()
    with quiet():
        env = gym.make(
            f"LeIsaac-SO101-{task}-SmolVLA-v0",
            num_envs=min(num_envs, episodes),
            device=device,
            seed=seed,
            cameras=None if video else (),
            image_size=image_size,
            render_mode="rgb_array",
        )
        env.reset()
        expert = EXPERTS[task](env.unwrapped)
    frames: list[np.ndarray] = []
    ended = successes = steps = 0
    first_step = time.perf_counter()
    with contextlib.closing(env), tqdm(total=episodes, unit="episode", mininterval=1.0) as progress:
        step_dt = env.unwrapped.step_dt
        playing = torch.ones(env.unwrapped.num_envs, dtype=torch.bool, device=env.unwrapped.device)
        while ended < episodes:
            if video:
                frames.append(env.render())
            _, _, terminated, truncated, info = env.step(expert.act())
            steps += int(playing.sum())
            done = (terminated | truncated) & playing
            if done.any():
                ended += int(done.sum())
                successes += int((done & info["is_success"]).sum())
                progress.update(int(done.sum()))
                playing &= ~(done & (info["episode"] >= episodes))
            progress.set_postfix(simulated=f"{steps * step_dt:.1f}s", success=successes, refresh=False)
            progress.update(0)
    wall = time.perf_counter() - first_step
    if video:
        write_video(video, frames, fps=round(1 / step_dt))
    return PlayResult(ended, successes, steps * step_dt, wall, first_step - started, video)
