"""Render the pictures of README.md and of the extension's page: the three camera views while the arm holds the cube.

    python scripts/render_pictures.py --out docs

They are `cameras.png` and `preview.png`.
"""

import argparse
from pathlib import Path

import gymnasium as gym
from PIL import Image

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.experts.lift_cube import LiftCubeExpert

STEPS = (0, 75, 125)
"""Steps of the scripted episode that are shown: the start, around the cube, in the air."""


def main() -> None:
    """Play an episode and write ``cameras.png`` (three moments by three views) and ``preview.png``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    env = gym.make(
        "LeIsaac-SO101-LiftCube-SmolVLA-v0", image_size=(480, 640), seed=arguments.seed, render_mode="rgb_array"
    )
    env.reset()
    expert = LiftCubeExpert(env.unwrapped)
    rows = []
    for step in range(max(STEPS) + 1):
        if step in STEPS:
            rows.append(Image.fromarray(env.render()))
        env.step(expert.act())
    env.close()

    width, height = rows[0].size
    sheet = Image.new("RGB", (width, height * len(rows)))
    for index, row in enumerate(rows):
        sheet.paste(row, (0, index * height))
    sheet.resize((width // 2, height * len(rows) // 2), Image.Resampling.LANCZOS).save(arguments.out / "cameras.png")
    rows[-1].resize((1024, 1024 * height // width), Image.Resampling.LANCZOS).save(arguments.out / "preview.png")


if __name__ == "__main__":
    main()
