"""The options that commands, ``gym.make``, LeRobot's configurations and Python share, each of them once.

First what an option is: the type that Python takes, the name of the value, what it is for, its default in words. Then
which go together: a dataclass a group. A job has a dataclass that inherits from groups (:mod:`.evaluation.options`,
:mod:`.datasets.options`), of which tyro makes the command line. So one more option is one more of the first part and a
line in its group; what is legal stands in :mod:`.keywords`, what it does to an environment in :mod:`.envs.make`.

Light: no torch, no Isaac Lab. Not frozen: LeRobot's configurations, which inherit too, note in them what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets.look import DEFAULT_LOOK, LookName
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO, ServoName
from lerobot_env_leisaac.units import UnitConvention


def option(
    value: str | None, text: str, default: str | None = None, *, reads: Any = None, name: str | None = None
) -> Any:
    """Return what a type is annotated with, for it to be an option.

    Args:
        value: Name of its value, as the help shows it; None for a switch.
        text: What it is for.
        default: The default in words; "" for one that goes without saying, None for one that is shown as it is.
        reads: What a command line takes, where that is not the type itself.
        name: What it is called on a command line, where that is not the name of the field.
    """
    hint = f"(default: {default})" if default else default
    return tyro.conf.arg(metavar=value, help=text, help_behavior_hint=hint, constructor=reads, name=name)


def words(default: str) -> Any:
    """Return what an option is annotated with besides, whose default is said in other words."""
    return tyro.conf.arg(help_behavior_hint=f"(default: {default})")


def several(kind: Any) -> Any:
    """Return what an option is annotated with besides, of which a command line takes one value or several: a tuple."""
    return tyro.conf.arg(constructor=tuple[kind, ...] | kind | None)


def camera_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the names of cameras, however they are written: ``front wrist``, ``front,wrist`` or ``[front,wrist]``."""
    return tuple(name for text in texts for name in re.split(r"[,\s]+", text.strip("[]")) if name)


CAMERA_NAMES = tyro.constructors.PrimitiveConstructorSpec(
    nargs="*",
    metavar="NAME",
    instance_from_str=camera_names,
    is_instance=lambda value: value is None or isinstance(value, Sequence),
    str_from_instance=lambda value: list(value or ()),
)
"""How a command line takes cameras."""

_OF_CHECKPOINT = "what the checkpoint says"

Task = Annotated[str, option("NAME|ID", "The task: a name or an id that leisaac list shows.")]
Seed = Annotated[int, option("INT", "Seed of the episodes.")]
NumEnvs = Annotated[int | None, option("INT", "How many of them to play side by side.")]
Device = Annotated[str | None, option("cpu|cuda:INDEX", "Where to compute.", "cuda:0 where there is a GPU, else cpu")]
Physics = Annotated[
    str | None,
    option(
        "NAME",
        "What to simulate with; newton_mjwarp_deterministic repeats itself on a GPU too, slowly.",
        "newton_mjwarp",
    ),
]
Servo = Annotated[
    str | None,
    option(
        "|".join(get_args(ServoName)), "How the robot's servos behave; docs/fidelity.md compares them.", DEFAULT_SERVO
    ),
]
Look = Annotated[
    str | None,
    option(
        "|".join(get_args(LookName)),
        "How robot and scene look; docs/fidelity.md shows them.",
        DEFAULT_LOOK,
    ),
]
Variation = Annotated[
    str | Path | Mapping[str, Any] | None,
    option(
        "NAME|FILE",
        "How the world differs from episode to episode: a name that leisaac list shows, a YAML file, or none.",
        "none",
        reads=str,
    ),
]
TimeLimit = Annotated[
    float | None, option("SECONDS", "Simulated time after which an episode has failed.", "the task's")
]
Units = Annotated[
    str | Path | UnitConvention | None,
    option(
        "NAME|FILE",
        "Unit convention of states and actions: a name that leisaac units shows, or a YAML file.",
        "the checkpoint's, else the task's",
        reads=str,
    ),
]
Instruction = Annotated[
    str | None, option("TEXT", "The task in words, as a policy is told it.", "the checkpoint's, else the task's")
]
Cameras = Annotated[
    Sequence[str] | None,
    CAMERA_NAMES,
    option("NAME", "Cameras of the environment: none, some or all of the task's.", "the checkpoint's"),
]
ImageSize = Annotated[
    tuple[int, int] | None, option("HEIGHT WIDTH", "Size of each camera's images [px].", "the checkpoint's")
]
Checkpoint = Annotated[
    str | Path | None,
    option(
        "DIR|ID|packaged",
        "The policy: a directory that lerobot-train wrote, the id of one on the Hugging Face Hub, or packaged, the "
        "small SmolVLA that ships with this package.",
        "",
        reads=str,
    ),
]
RenameMap = Annotated[
    Mapping[str, str | None] | None,
    option("JSON", "From the environment's names of observations to the policy's.", _OF_CHECKPOINT, reads=str),
]
Overrulable = Literal["units", "images"]
"""Checks of a checkpoint whose errors a user can overrule: they judge by figures, and a user may know better."""

Overrule = Annotated[
    Sequence[str],
    option(
        "units|images",
        "What the audit refuses and you know better: these checks only warn.",
        "",
        reads=tuple[Overrulable, ...],
    ),
]
_WORD = tyro.constructors.PrimitiveConstructorSpec(
    nargs=(0, 1),
    metavar="",
    instance_from_str=lambda words: words[0] if words else SCRIPTED,
    is_instance=lambda value: value is None or isinstance(value, str),
    str_from_instance=lambda value: [] if value is None else [value],
)
"""How a command line takes a demonstrator: without a word it is the task's script."""

Expert = Annotated[
    str | None,
    _WORD,
    option(
        "[scripted|pretrained|FILE]",
        "The demonstrator: the task's script where no other is named, the actor of reinforcement learning that ships "
        "with it, or another one, a model_N.pt of isaaclab train.",
        "",
    ),
]
TrustCheckpoint = Annotated[
    bool,
    option(None, "Load the policy also where its files ask to run code on this machine; an audit runs none.", ""),
]
NActionSteps = Annotated[
    int | None,
    option("INT", "How many actions of a predicted chunk are carried out before the next.", _OF_CHECKPOINT),
]
VlmPath = Annotated[
    str | Path | None,
    option("DIR", "Directory with configuration and tokenizer of the policy's VLM.", _OF_CHECKPOINT, reads=str),
]

PolicyServer = Annotated[
    str | None,
    option(
        "URL",
        "Ask a policy that runs elsewhere: ws://HOST:PORT of leisaac serve and of openpi, zmq://HOST:PORT of GR00T; "
        "grpc://127.0.0.1:PORT of LeRobot's asynchronous inference, which loads --checkpoint itself.",
        "no server",
    ),
]
PolicyFormat = Annotated[
    str | Path | None,
    option(
        "NAME|FILE",
        "What that policy is asked with: a name of config/policies that leisaac list shows, or a YAML file.",
        "what the server says",
        reads=str,
    ),
]
ServerTimeout = Annotated[
    float, option("SECONDS", "How long to wait for an answer of the server, and for one that went away.")
]

AllowPickle = Annotated[
    bool, option(None, "Let LeRobot's policy server, which runs what it receives, be on another machine.", "")
]


@dataclass(kw_only=True)
class TaskOptions:
    """Which task it is."""

    task: Task = catalog.DEFAULT


@dataclass(kw_only=True)
class SimulationOptions:
    """Where and with what is simulated."""

    device: Device = None
    physics: Physics = None
    servo: Servo = None
    look: Look = None


@dataclass(kw_only=True)
class WorldOptions(SimulationOptions):
    """What is simulated."""

    variation: Variation = None


@dataclass(kw_only=True)
class ImageOptions:
    """What the cameras show."""

    cameras: Cameras = None
    image_size: ImageSize = None


@dataclass(kw_only=True)
class InterfaceOptions(ImageOptions):
    """What passes between an environment and a policy."""

    units: Units = None
    instruction: Instruction = None


@dataclass(kw_only=True)
class TrustOptions:
    """What is let pass of a policy."""

    overrule: Overrule = ()
    trust_checkpoint: TrustCheckpoint = False


@dataclass(kw_only=True)
class PolicyOptions:
    """Which policy it is, and how it is tied to the environment."""

    rename_map: RenameMap = None  # looked at first: a text is sooner read than a checkpoint is found
    checkpoint: Checkpoint = None


@dataclass(kw_only=True)
class ServerOptions:
    """Which policy it is that runs elsewhere."""

    policy_server: PolicyServer = None
    policy_format: PolicyFormat = None
    server_timeout: ServerTimeout = 60.0
    allow_pickle: AllowPickle = False


@dataclass(kw_only=True)
class FitOptions(TrustOptions, PolicyOptions, InterfaceOptions):
    """A policy, and the environment that it is to fit."""


@dataclass(kw_only=True)
class EpisodicEnvOptions(SimulationOptions):
    """An environment in radians; as many as its configuration says, with a random seed by default."""

    num_envs: int | None = None
    seed: int | None = None
    time_limit: TimeLimit = None


@dataclass(kw_only=True)
class LeRobotEnvOptions(FitOptions, WorldOptions, EpisodicEnvOptions):
    """An environment in LeRobot units, and the policy that it is fitted to."""


def taken(options: Any, group: type) -> dict[str, Any]:
    """Return those of a job's options that are of a group, as keywords of its class or of ``gym.make``."""
    return {field.name: getattr(options, field.name) for field in fields(group)}
