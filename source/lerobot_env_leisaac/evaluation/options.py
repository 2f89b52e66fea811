"""What playing and evaluating can be told: which episodes, where, and how a policy is used. Light."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.options import (
    Cameras,
    Checkpoint,
    Expert,
    ImageSize,
    LeRobotEnvOptions,
    NActionSteps,
    NumEnvs,
    Seed,
    ServerOptions,
    Task,
    TaskOptions,
    Variation,
    VlmPath,
    option,
    several,
    words,
)
from lerobot_env_leisaac.policies.remote.protocol import LEROBOT, Address

DEMONSTRATOR_IMAGE_SIZE = (240, 320)
"""Height and width of the images [px] where the demonstrator is played, and no checkpoint says it."""

_LONGEST_TIMEOUT_S = 3600.0


@dataclass(kw_only=True)
class EpisodeOptions(ServerOptions, LeRobotEnvOptions, TaskOptions):
    """What is played, where, and how a policy plays it: one that is here, or one that a server has."""

    num_envs: NumEnvs = 1
    seed: Seed = 0
    n_action_steps: NActionSteps = None
    vlm_path: VlmPath = None

    @property
    def has_policy(self) -> bool:
        """Whether a policy plays."""
        return self.checkpoint is not None or self.policy_server is not None


@dataclass(kw_only=True)
class EvaluationOptions(EpisodeOptions):
    """What is evaluated, and on what."""

    num_envs: NumEnvs = 16


SWEPT = ("task", "variation", "checkpoint", "n_action_steps")
"""Options of which a sweep takes several values; those before the checkpoint make another world."""


@dataclass(kw_only=True)
class SweepOptions(EvaluationOptions):
    """What is evaluated; several tasks, variations, checkpoints or numbers of executed actions are tuples."""

    task: Annotated[Task, several(str), words(catalog.DEFAULT)] = catalog.DEFAULT
    variation: Annotated[Variation, several(str)] = None
    checkpoint: Annotated[Checkpoint, several(str)] = None
    n_action_steps: Annotated[NActionSteps, several(int)] = None

    def base(self) -> EvaluationOptions:
        """Return the same options as those of one evaluation; those in `SWEPT` may still be tuples."""
        return EvaluationOptions(**{field.name: getattr(self, field.name) for field in fields(EvaluationOptions)})


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
    about = ("n_action_steps", "rename_map", "vlm_path", "policy_server", "policy_format")
    if given := [f"--{name.replace('_', '-')}" for name in about if getattr(options, name) is not None]:
        raise ValueError(f"{', '.join(given)} is about a policy, and the demonstrator is none: leave out --expert")


def require_server_alone(options: EpisodeOptions) -> None:
    """Refuse options that are about a policy that is here, where a server has it, and the reverse.

    Raises:
        ValueError: One is given, or the address or the time-out is none.
    """
    if options.policy_server is None:
        if options.policy_format is not None:
            raise ValueError("--policy-format is about a policy that a server has: pass --policy-server URL too")
        return
    if not 0 < options.server_timeout <= _LONGEST_TIMEOUT_S:
        raise ValueError(
            f"server_timeout is {options.server_timeout}, expected seconds above 0, {_LONGEST_TIMEOUT_S:g} at most"
        )
    if Address.of(options.policy_server).scheme == LEROBOT:
        if options.checkpoint is None:
            raise ValueError("LeRobot's policy server loads what it is told: pass --checkpoint, as it finds it, too")
        others: tuple[str, ...] = ("policy_format", "vlm_path")
    else:
        others = ("checkpoint", "rename_map", "vlm_path")
    for name in others:
        if getattr(options, name) is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} does not go with --policy-server {options.policy_server}, whose policy is "
                "elsewhere: leave one of them out"
            )
