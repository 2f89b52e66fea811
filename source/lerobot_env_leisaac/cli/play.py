"""``leisaac play``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac.quiet import STARTING

from .options import (
    CHECKPOINT,
    Device,
    NActionSteps,
    RenameMap,
    Switch,
    TimeLimit,
    Units,
    Variation,
    VlmPath,
    parse_rename_map,
)

_VIDEO = Path("play.mp4")


def play(
    checkpoint: Annotated[
        str | None, tyro.conf.arg(metavar=CHECKPOINT, help_behavior_hint="(default: packaged)")
    ] = None,
    expert: Switch = False,
    task: str = "LiftCube",
    episodes: int = 1,
    num_envs: int = 1,
    video: Annotated[
        Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint=f"(default: {_VIDEO}, of a policy)")
    ] = None,
    no_video: Switch = False,
    viz: Annotated[
        str | None, tyro.conf.arg(metavar="newton_gl|rerun|viser", help_behavior_hint="(default: no viewer)")
    ] = None,
    plot_actions: Annotated[Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: no plots)")] = None,
    seed: int = 0,
    units: Units = None,
    device: Device = None,
    variation: Variation = None,
    n_action_steps: NActionSteps = None,
    time_limit: TimeLimit = None,
    rename_map: RenameMap = None,
    vlm_path: VlmPath = None,
    image_size: Annotated[
        tuple[int, int] | None,
        tyro.conf.arg(metavar="HEIGHT WIDTH", help_behavior_hint="(default: the checkpoint's, else 240 320)"),
    ] = None,
    cameras: Annotated[
        tuple[str, ...] | None,
        tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the checkpoint's, else all)"),
    ] = None,
) -> int:
    """Watch a LeRobot policy, or the scripted demonstrator, do a task. Exit status 1 unless every episode succeeds.

    Args:
        checkpoint: The policy: a directory that lerobot-train wrote, the id of one on the Hugging Face Hub, or
            packaged, the small SmolVLA that ships with this package.
        expert: Watch the scripted demonstrator instead of a policy.
        task: Name of the task, as in LeIsaac-SO101-<task>-SmolVLA-v0, or such an id.
        episodes: How many episodes to play: number 0 and up.
        num_envs: How many of them to play side by side.
        video: Write the camera views of the first environment, side by side, to this MP4 file.
        no_video: Write no video.
        viz: Watch in one of Isaac Lab's viewers, in real time: a window (newton_gl), or a page for a browser.
        plot_actions: Write a plot of state, raw action, applied target and chunk boundaries of each joint over time to
            this folder, a PNG file for each episode that the first environment plays.
        seed: Seed of the episodes.
        units: Unit convention of the policy: a name that leisaac list shows, or a YAML file.
        device: Where to simulate: cpu or cuda:<index>.
        variation: How the world differs: a name of config/variations, or a YAML file.
        n_action_steps: How many actions of a predicted chunk are carried out before the next.
        time_limit: Simulated time after which an episode has failed.
        rename_map: From the environment's names of observations to the policy's.
        vlm_path: Directory with configuration and tokenizer of the policy's VLM.
        image_size: Size of each view [px].
        cameras: Cameras of the environment to show.
    """
    for one, other, both in (
        ("--checkpoint", "--expert", checkpoint is not None and expert),
        ("--video", "--no-video", video is not None and no_video),
    ):
        if both:
            raise ValueError(f"{one} and {other} exclude each other: pass one of them")
    if not (video or no_video or expert):
        video = _VIDEO
    renames = parse_rename_map(rename_map)
    print(STARTING, file=sys.stderr)
    from lerobot_env_leisaac.evaluation.play import PlayOptions
    from lerobot_env_leisaac.evaluation.play import play as run

    options = PlayOptions(
        checkpoint=None if expert else checkpoint or "packaged",
        task=task,
        seed=seed,
        num_envs=num_envs,
        units=units,
        device=device,
        variation=variation,
        n_action_steps=n_action_steps,
        rename_map=renames,
        vlm_path=vlm_path,
        image_size=image_size,
        cameras=cameras,
        time_limit=time_limit,
        viz=viz,
    )
    result = run(options, episodes, video, plot_actions)
    print(result)
    return int(result.successes < result.episodes)
