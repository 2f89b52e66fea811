"""Render the pictures of README.md, of docs/tasks.md and of the extension's page.

    python scripts/render_pictures.py --out docs

    python scripts/render_pictures.py --looks-alone

They are `cameras.png` and `preview.png`, the three camera views while the scripted demonstrator lifts the cube,
`play.gif`, what the packaged policy sees when it does, and for each task `tasks/<name>.png`, its views at the start
of an episode and when the demonstrator has reached the first sub-task, of cloth `tasks/<name>.gif`, too, and of what
words tell from others `tasks/<name>-words.jpg`.
`looks/<name>.jpg` shows all cameras of a task in both looks, of LiftCube with both arms of the real one, for which the
extra `meshes` must be installed.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from unittest import mock

import av
import gymnasium as gym
import tyro
from PIL import Image, ImageDraw, ImageFont

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.robots.so101 import exact_meshes
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert
from lerobot_env_leisaac.tasks.spec import TaskSpec

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
    _sheet(rows).save(out / "cameras.png")
    rows[-1].resize((1024, 1024 * height // width), Image.Resampling.LANCZOS).save(out / "preview.png")


def render_task(out: Path, task: TaskSpec, seed: int) -> None:
    """Write the views of a task's cameras at the start, when a sub-task is reached, and of cloth when all are."""
    env = gym.make(task.lerobot_id, image_size=(480, 640), seed=seed, render_mode="rgb_array")
    with contextlib.closing(env):
        env.reset()
        expert = make_expert(task, env.unwrapped)
        rows = [Image.fromarray(env.render())]
        for enough in (any, all) if task.scene.cloths else (any,):
            reached = False
            while not reached:
                *_, info = env.step(expert.act())
                counts = [name for name in info["subtasks"] if enough is all or not name.endswith("at_rest")]
                reached = enough(info["subtasks"][name].any() for name in counts)
            rows.append(Image.fromarray(env.render()))
    _sheet(rows).save(out / f"{task.name}.png")


def render_words(out: Path, task: TaskSpec, seed: int) -> None:
    """Write what three episodes begin with, and are told, where a colour says which object is meant."""
    env = gym.make(
        task.lerobot_id,
        num_envs=3,
        image_size=(480, 640),
        cameras=("front",),
        seed=seed,
        look="real",
        variation="words",
    )
    with contextlib.closing(env):
        observation, _ = env.reset()
        views = [Image.fromarray(frame) for frame in env.unwrapped.frames().cpu().numpy()]
    sheet = Image.new("RGB", (sum(view.width for view in views), views[0].height + 48), "white")
    for index, (view, told) in enumerate(zip(views, observation["task"], strict=True)):
        sheet.paste(view, (index * view.width, 0))
        middle = index * view.width + view.width // 2, view.height + 24
        ImageDraw.Draw(sheet).text(middle, told, fill="black", anchor="mm", font=ImageFont.load_default(30))
    sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS).save(
        out / f"{task.name}-words.jpg", quality=90
    )


def render_looks(out: Path, task: TaskSpec, seed: int) -> None:
    """Write the views of a task's cameras, the kit's one included, in both looks."""
    worlds = [("plain", False), ("real", False), *([("real", True)] if task.name == "LiftCube" else [])]
    rows = []
    for look, exact in worlds:
        with mock.patch.object(exact_meshes, "installed", return_value=exact):
            env = gym.make(
                task.lerobot_id,
                image_size=(480, 640),
                seed=seed,
                cameras=tuple(task.every_camera),
                look=look,
                render_mode="rgb_array",
            )
        with contextlib.closing(env):
            env.reset()
            expert = make_expert(task, env.unwrapped)
            for _ in range(STEPS[1]):
                env.step(expert.act())
            rows.append(Image.fromarray(env.render()))
    _sheet(rows).save(out / f"{task.name}.jpg", quality=85)


def _sheet(rows: list[Image.Image]) -> Image.Image:
    """Return pictures one below the other, at half their size."""
    width, height = rows[0].size
    sheet = Image.new("RGB", (width, height * len(rows)))
    for index, row in enumerate(rows):
        sheet.paste(row, (0, index * height))
    return sheet.resize((width // 2, height * len(rows) // 2), Image.Resampling.LANCZOS)


def film(file: Path, seed: int, *options: str, every: int = 2, scale: int = 1) -> None:
    """Write a GIF of some of the frames of `leisaac play`.

    Args:
        file: The GIF.
        seed: Seed of the episode.
        options: What else is said to the command.
        every: Of how many frames one is shown.
        scale: How many times as large.
    """
    with tempfile.TemporaryDirectory() as scratch:
        video = Path(scratch) / "play.mp4"
        subprocess.run(["leisaac", "play", "--seed", str(seed), "--video", str(video), *options], check=True)
        with av.open(video) as played:
            frames = [frame.to_image() for frame in played.decode(video=0)][::every]
    frames = [frame.resize((scale * frame.width, scale * frame.height), Image.Resampling.LANCZOS) for frame in frames]
    palette = frames[len(frames) // 2].quantize(64)  # one for all: the first frame has too little of the cube
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [67] * len(others) + [1500]  # [ms], the last one to be looked at
    first.save(file, save_all=True, append_images=others, duration=durations, loop=0)


def main(
    out: Path = Path("docs"), seed: int = 0, tasks_alone: bool = False, looks_alone: bool = False, tasks: str = ""
) -> None:
    """Render them all.

    Args:
        out: Folder of the pictures.
        seed: Seed of the episode.
        tasks_alone: Whether to render the pictures of tasks and no others.
        looks_alone: Whether to render the pictures of looks and no others.
        tasks: Names of the tasks of these pictures, with commas between; all without it.
    """
    chosen = [task for task in catalog.OURS if not tasks or task.name in tasks.split(",")]
    if not tasks_alone:
        (out / "looks").mkdir(exist_ok=True)
        for task in chosen:
            render_looks(out / "looks", task, seed)
    if looks_alone:
        return
    (out / "tasks").mkdir(exist_ok=True)
    for task in chosen:
        render_task(out / "tasks", task, seed)
        if task.choice is not None:
            render_words(out / "tasks", task, seed)
        if task.scene.cloths:  # pictures of moments do not tell how it is folded
            view = ("--task", task.name, "--expert", "--cameras", "top", "--image-size", "240", "320")
            film(out / "tasks" / f"{task.name}.gif", seed, *view, every=6)
    if not tasks_alone:
        film(out / "play.gif", seed, scale=2)
        render_views(out, seed)


if __name__ == "__main__":
    tyro.cli(main)
