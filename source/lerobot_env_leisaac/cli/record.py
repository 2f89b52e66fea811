"""``leisaac record``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.datasets.frame_memory import DEFAULT_NUM_ENVS
from lerobot_env_leisaac.datasets.preflight import planned, require_recordable
from lerobot_env_leisaac.keywords import UNCHANGED, Keywords
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO

from .options import (
    Cameras,
    Device,
    ImageSize,
    Instruction,
    Physics,
    Resume,
    Seed,
    Servo,
    Switch,
    Task,
    Units,
    Variation,
    VideoCodec,
    Workers,
    begin_to_load,
    camera_names,
    words,
)


def record(
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")],
    task: Task = catalog.DEFAULT,
    episodes: int = 50,
    num_envs: Annotated[
        int | None,
        tyro.conf.arg(metavar="INT", help_behavior_hint=f"(default: {DEFAULT_NUM_ENVS}, fewer where memory is short)"),
    ] = None,
    seed: Seed = 0,
    units: Annotated[Units, words("the task's")] = None,
    image_size: Annotated[ImageSize, words("the camera's, 480 640")] = None,
    cameras: Annotated[Cameras, words("all of the task")] = None,
    noise: float = 0.0,
    variation: Variation = "demonstrations",
    vcodec: VideoCodec = None,
    no_video: Switch = False,
    resume: Resume = False,
    push_to_hub: Annotated[
        str | None, tyro.conf.arg(metavar="REPO", help_behavior_hint="(default: not pushed)")
    ] = None,
    workers: Workers = None,
    device: Device = None,
    physics: Physics = None,
    servo: Servo = None,
    instruction: Annotated[Instruction, words("the task's")] = None,
) -> int:
    """Record the scripted demonstrator as a LeRobot dataset. Only episodes that succeed are kept.

    Args:
        out: Folder of the dataset.
        episodes: How many episodes the dataset shall hold.
        num_envs: How many of them to play side by side.
        noise: Standard deviation of the noise on the executed actions [deg]; the actions that are recorded have none.
        no_video: Store frames as PNG images: bigger, and slow to train from.
        push_to_hub: Upload the finished dataset to this repository of the Hugging Face Hub.
    """
    spec = catalog.demonstrated_task(task)
    cameras = camera_names(cameras) or tuple(spec.cameras)
    units = spec.units if units is None else units
    physics = spec.physics[0] if physics is None else physics
    servo = DEFAULT_SERVO if servo is None else servo
    image_size = next(iter(spec.cameras.values())) if image_size is None else image_size
    variation = None if variation == UNCHANGED else variation
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise is {noise}, expected a standard deviation of 0 degrees or more")
    if workers is not None:
        whole_number("workers", workers, 1, 1024)
    if no_video and vcodec is not None:
        raise ValueError(f"--no-video stores images, which have no --vcodec {vcodec}: leave one of them out")
    Keywords(
        num_envs=num_envs,
        device=device,
        seed=seed,
        physics=physics,
        servo=servo,
        instruction=instruction,
        units=units,
        cameras=cameras,
        image_size=image_size,
        variation=variation,
    ).checked(spec.cameras)
    plan = planned(
        spec.name,
        units_name=units,
        seed=seed,
        noise_deg=noise,
        variation=variation,
        image_size=image_size,
        cameras=cameras,
        video=not no_video,
        vcodec=vcodec,
        physics=physics,
        servo=servo,
        instruction=instruction,
    )
    require_recordable(out, plan, resume=resume)
    if push_to_hub is not None:
        from lerobot_env_leisaac.datasets import hub  # LeRobot takes seconds to import

        hub.require_login()
    begin_to_load()
    from lerobot_env_leisaac.datasets.record import record as run

    result = run(
        task=spec.name,
        episodes=episodes,
        num_envs=num_envs,
        out=out,
        seed=seed,
        units=units,
        image_size=image_size,
        cameras=cameras,
        noise_deg=noise,
        variation=variation,
        video=not no_video,
        resume=resume,
        workers=workers,
        device=device,
        physics=physics,
        servo=servo,
        instruction=instruction,
        vcodec=vcodec,
    )
    print(printable(result))
    if push_to_hub is not None:
        print(f"pushed to {hub.push(out, push_to_hub)}")
    return 0
