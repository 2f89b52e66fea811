"""What recording and replaying can be told. Light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, get_args

from lerobot_env_leisaac.options import (
    Cameras,
    Checkpoint,
    Device,
    Expert,
    ImageSize,
    Instruction,
    InterfaceOptions,
    Look,
    NumEnvs,
    Physics,
    Seed,
    Servo,
    SimulationOptions,
    TaskOptions,
    Units,
    Variation,
    WorldOptions,
    option,
    words,
)

from .frame_memory import DEFAULT_NUM_ENVS
from .manifest import Vcodec

BETA = 0.5
"""Share of the turns in which the demonstrator acts beside a policy, where none is asked for."""

VideoCodec = Annotated[
    Vcodec | None,
    option(
        "|".join(get_args(Vcodec)),
        "Codec of the video. OpenCV as pip installs it reads h264, not av1.",
        "av1, as LeRobot",
    ),
]


@dataclass(kw_only=True)
class RecordOptions(InterfaceOptions, WorldOptions, TaskOptions):
    """What is demonstrated, and what is kept of it."""

    variation: Annotated[Variation, words("demonstrations")] = "demonstrations"
    num_envs: Annotated[NumEnvs, words(f"{DEFAULT_NUM_ENVS}, fewer where memory is short")] = None
    seed: Seed = 0
    cameras: Annotated[Cameras, words("all of the task")] = None
    image_size: Annotated[ImageSize, words("the policy's, else the camera's, 480 640")] = None
    units: Annotated[Units, words("the task's")] = None
    instruction: Annotated[Instruction, words("the task's")] = None
    expert: Annotated[Expert, words("scripted")] = None
    noise_deg: Annotated[
        float,
        option(
            "FLOAT",
            "Standard deviation of the noise on the executed actions [deg]; the actions that are recorded have none.",
            name="noise",
        ),
    ] = 0.0
    policy: Annotated[
        Checkpoint,
        option(
            "DIR|ID|packaged",
            "Let this policy act for a share of the time, and record what the demonstrator would have done: DAgger's "
            "corrections.",
            "the demonstrator acts alone",
            reads=str,
        ),
    ] = None
    beta: Annotated[
        float | None,
        option("FLOAT", "With --policy, the share of the turns of a second in which the demonstrator acts.", f"{BETA}"),
    ] = None
    dagger_round: Annotated[
        int,
        option("INT", "With --policy, which round of DAgger it is: the share is --beta to its power.", name="round"),
    ] = 1
    video: Annotated[bool, option(None, "Store frames as PNG images: bigger, and slow to train from.", "")] = True
    vcodec: VideoCodec = None


@dataclass(kw_only=True)
class ReplayOptions(SimulationOptions, TaskOptions):
    """Where and with what is replayed, and what a dataset of somebody else means."""

    device: Annotated[Device, words("where it was recorded")] = None
    physics: Annotated[Physics, words("what it was recorded with")] = None
    servo: Annotated[Servo, words("what it was recorded with; tracking with --units")] = None
    look: Annotated[Look, words("as it was recorded; plain with --units")] = None
    cameras: Annotated[Cameras, words("those that were recorded, else all: of --video")] = None
    units: Annotated[Units, words("as leisaac record noted")] = None
    rename_map: Annotated[
        Mapping[str, str | None] | None,
        option(
            "JSON",
            "With --units, from the dataset's names of joints to the robot's.",
            "they are the robot's",
            reads=str,
        ),
    ] = None
