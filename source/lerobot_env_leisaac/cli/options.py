"""What the commands share: kinds of options, how the simulator is loaded, and how JSON is printed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tyro

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.datasets.manifest import Vcodec
from lerobot_env_leisaac.quiet import start_warp
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO, ServoName

# Options that several commands have: type, name of the value, default in words and help stand here alone. A command
# whose default is another says so with `words`.

Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]
Json = Annotated[bool, tyro.conf.arg(name="json", help="Print JSON.", help_behavior_hint="")]
Dataset = Annotated[
    Path,
    tyro.conf.Positional,
    tyro.conf.arg(metavar="DIR|ID", help="Folder of the dataset, or the id of one that LeRobot keeps."),
]
Task = Annotated[str, tyro.conf.arg(metavar="NAME|ID", help="The task: a name or an id that leisaac list shows.")]
Seed = Annotated[int, tyro.conf.arg(help="Seed of the episodes.")]
Episodes = Annotated[int, tyro.conf.arg(help="How many episodes to play: number 0 and up.")]
NumEnvs = Annotated[int, tyro.conf.arg(help="How many of them to play side by side.")]
Resume = Annotated[
    bool, tyro.conf.arg(help="Go on with what is in that folder: do only what is missing.", help_behavior_hint="")
]
Device = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="cpu|cuda:INDEX",
        help="Where to simulate.",
        help_behavior_hint="(default: cuda:0 where there is a GPU, else cpu)",
    ),
]
Physics = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="NAME",
        help="What to simulate with; newton_mjwarp_deterministic repeats itself on a GPU too, slowly.",
        help_behavior_hint="(default: newton_mjwarp)",
    ),
]
Servo = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="|".join(get_args(ServoName)),
        help="How the robot's servos behave; docs/fidelity.md compares them.",
        help_behavior_hint=f"(default: {DEFAULT_SERVO})",
    ),
]
Units = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="NAME|FILE",
        help="Unit convention of states and actions: a name that leisaac units shows, or a YAML file.",
        help_behavior_hint="(default: the checkpoint's, else the task's)",
    ),
]
Variation = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="NAME|FILE",
        help="How the world differs from episode to episode: a name that leisaac list shows, a YAML file, or none.",
    ),
]
Instruction = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="TEXT",
        help="The task in words, as a policy is told it.",
        help_behavior_hint="(default: the checkpoint's, else the task's)",
    ),
]
TimeLimit = Annotated[
    float | None,
    tyro.conf.arg(
        metavar="SECONDS",
        help="Simulated time after which an episode has failed.",
        help_behavior_hint="(default: the task's)",
    ),
]
ImageSize = Annotated[
    tuple[int, int] | None,
    tyro.conf.arg(
        metavar="HEIGHT WIDTH",
        help="Size of each camera's images [px].",
        help_behavior_hint="(default: the checkpoint's)",
    ),
]
Cameras = Annotated[
    tuple[str, ...] | None,
    tyro.conf.arg(
        metavar="NAME",
        help="Cameras of the environment: none, some or all of the task's.",
        help_behavior_hint="(default: the checkpoint's)",
    ),
]
VideoCodec = Annotated[
    Vcodec | None,
    tyro.conf.arg(
        metavar="|".join(get_args(Vcodec)),
        help="Codec of the video. OpenCV as pip installs it reads h264, not av1.",
        help_behavior_hint="(default: av1, as LeRobot)",
    ),
]
Workers = Annotated[
    int | None,
    tyro.conf.arg(
        metavar="INT", help="How many processes encode and write.", help_behavior_hint="(default: one a core)"
    ),
]
_CHECKPOINT = tyro.conf.arg(
    metavar="DIR|ID|packaged",
    help="The policy: a directory that lerobot-train wrote, the id of one on the Hugging Face Hub, or packaged, the "
    "small SmolVLA that ships with this package.",
    help_behavior_hint="",
)
Checkpoint = Annotated[str | None, _CHECKPOINT]
ThatCheckpoint = Annotated[str, tyro.conf.Positional, _CHECKPOINT]
_OF_CHECKPOINT = "(default: what the checkpoint says)"
NActionSteps = Annotated[
    int | None,
    tyro.conf.arg(
        metavar="INT",
        help="How many actions of a predicted chunk are carried out before the next.",
        help_behavior_hint=_OF_CHECKPOINT,
    ),
]
RenameMap = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="JSON",
        help="From the environment's names of observations to the policy's.",
        help_behavior_hint=_OF_CHECKPOINT,
    ),
]
VlmPath = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="DIR",
        help="Directory with configuration and tokenizer of the policy's VLM.",
        help_behavior_hint=_OF_CHECKPOINT,
    ),
]
Overrule = Annotated[
    tuple[Literal["units", "images"], ...],
    tyro.conf.arg(
        metavar="units|images",
        help="What the audit refuses and you know better: these checks only warn.",
        help_behavior_hint="",
    ),
]
TrustCheckpoint = Annotated[
    bool,
    tyro.conf.arg(
        help="Load the policy also where its files ask to run code on this machine; an audit runs none.",
        help_behavior_hint="",
    ),
]


def words(default: str) -> Any:
    """Return what an option is annotated with besides, whose default is said in other words."""
    return tyro.conf.arg(help_behavior_hint=f"(default: {default})")


_INFO = Path("meta", "info.json")
"""The file that tells a dataset from other folders."""


def camera_names(texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the names of cameras, however they are written: ``front wrist``, ``front,wrist`` or ``[front,wrist]``."""
    if texts is None:
        return None
    return tuple(name for text in texts for name in re.split(r"[,\s]+", text.strip("[]")) if name)


def dataset_folder(dataset: Path) -> Path:
    """Return the folder of a dataset: the path itself, else where LeRobot keeps a dataset of that id.

    Raises:
        FileNotFoundError: There is no dataset in either place.
    """
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    kept = Path(os.environ.get("HF_LEROBOT_HOME") or home / "lerobot").expanduser() / dataset
    folder = dataset.expanduser()
    if not folder.is_dir() and (kept / _INFO).is_file():
        return kept
    if not (folder / _INFO).is_file():
        found = "has no such file" if folder.is_dir() else f"is no directory, and LeRobot keeps none in {kept}"
        raise FileNotFoundError(f"no dataset in {dataset}: expected a directory with {_INFO}; it {found}")
    return folder


def begin_to_load() -> None:
    """Say that the simulator is being loaded, which the command's next import does, and let it be quiet."""
    stages.begin(stages.LOADING)
    start_warp()


def print_json(data: Any) -> None:
    """Print data as indented JSON."""
    print(json.dumps(data, indent=2, default=str))
