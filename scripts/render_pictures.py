"""Render the pictures of README.md and of the extension's page.

    python scripts/render_pictures.py --out docs

They are `cameras.png` and `preview.png`, the three camera views while the scripted demonstrator lifts the cube, and
`play.gif`, what the packaged policy sees when it does.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path

import av
import gymnasium as gym
import tyro
from PIL import Image

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert

STEPS = (0, 75, 108)
"""Steps of the scripted episode that are shown: the start, around the cube, in the air."""


def render_views(out: Path, seed: int) -> None:
    """Write ``cameras.png`` (three moments by three views) and ``preview.png``."""
    env = gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", image_size=(480, 640), seed=seed, render_mode="rgb_array")
    rows = []
    with contextlib.closing(env):
        env.reset()
        expert = LiftCubeExpert(env.unwrapped)
        for step in range(max(STEPS) + 1):
            if step in STEPS:
                rows.append(Image.fromarray(env.render()))
            env.step(expert.act())
    width, height = rows[0].size
    sheet = Image.new("RGB", (width, height * len(rows)))
    for index, row in enumerate(rows):
        sheet.paste(row, (0, index * height))
    sheet.resize((width // 2, height * len(rows) // 2), Image.Resampling.LANCZOS).save(out / "cameras.png")
    rows[-1].resize((1024, 1024 * height // width), Image.Resampling.LANCZOS).save(out / "preview.png")


def film_policy(out: Path, seed: int) -> None:
    """Write ``play.gif``: every other frame of `leisaac play`, twice as large."""
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "play.mp4"
        subprocess.run(["leisaac", "play", "--seed", str(seed), "--video", str(video)], check=True)
        with av.open(video) as file:
            frames = [frame.to_image() for frame in file.decode(video=0)][::2]
    frames = [frame.resize((2 * frame.width, 2 * frame.height), Image.Resampling.LANCZOS) for frame in frames]
    palette = frames[len(frames) // 2].quantize(64)  # one for all: the first frame has too little of the cube
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [67] * len(others) + [1500]  # [ms], the last one to be looked at
    first.save(out / "play.gif", save_all=True, append_images=others, duration=durations, loop=0)


def main(out: Path = Path("docs"), seed: int = 0) -> None:
    """Render them all.

    Args:
        out: Folder of the pictures.
        seed: Seed of the episode.
    """
    film_policy(out, seed)
    render_views(out, seed)


if __name__ == "__main__":
    tyro.cli(main)
