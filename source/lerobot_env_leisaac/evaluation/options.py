"""What playing and evaluating can be told: which episodes, where, and how a policy is used. Light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lerobot_env_leisaac.options import (
    Cameras,
    Checkpoint,
    Expert,
    ImageSize,
    LeRobotEnvOptions,
    NActionSteps,
    NumEnvs,
    Seed,
    TaskOptions,
    VlmPath,
    option,
    words,
)

DEMONSTRATOR_IMAGE_SIZE = (240, 320)
"""Height and width of the images [px] where the demonstrator is played, and no checkpoint says it."""


@dataclass(kw_only=True)
class EpisodeOptions(LeRobotEnvOptions, TaskOptions):
    """What is played, where, and how a policy plays it."""

    num_envs: NumEnvs = 1
    seed: Seed = 0
    n_action_steps: NActionSteps = None
    vlm_path: VlmPath = None


@dataclass(kw_only=True)
class EvaluationOptions(EpisodeOptions):
    """What is evaluated, and on what."""

    num_envs: NumEnvs = 16


@dataclass(kw_only=True)
class PlayOptions(EpisodeOptions):
    """Who plays what: a policy, or a demonstrator."""

    expert: Annotated[Expert, words("a policy plays")] = None
    checkpoint: Annotated[Checkpoint, words("packaged")] = None
    cameras: Annotated[Cameras, words("the checkpoint's, else all")] = None
    image_size: Annotated[ImageSize, words("the checkpoint's, else {} {}".format(*DEMONSTRATOR_IMAGE_SIZE))] = None
    viz: Annotated[
        str | None,
        option(
            "newton_gl|rerun|viser",
            "Watch in one of Isaac Lab's viewers, in real time: a window (newton_gl), or a page for a browser.",
            "no viewer",
        ),
    ] = None
    viz_host: Annotated[
        str | None,
        option(
            "ADDRESS",
            "Where viser serves its page: 0.0.0.0 for every machine that reaches this one.",
            "127.0.0.1, this machine alone",
        ),
    ] = None


def require_no_policy(options: EpisodeOptions) -> None:
    """Refuse options that are about a policy, where the demonstrator plays.

    Raises:
        ValueError: One is given.
    """
    about = ("n_action_steps", "rename_map", "vlm_path")
    if given := [f"--{name.replace('_', '-')}" for name in about if getattr(options, name) is not None]:
        raise ValueError(f"{', '.join(given)} is about a policy, and the demonstrator is none: leave out --expert")
