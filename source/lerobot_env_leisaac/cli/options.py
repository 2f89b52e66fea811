"""What the commands share: kinds of options, how the simulator is loaded, and how JSON is printed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.quiet import start_warp

Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]
Json = Annotated[bool, tyro.conf.arg(name="json", help_behavior_hint="")]
Device = Annotated[
    str | None, tyro.conf.arg(metavar="STR", help_behavior_hint="(default: cuda:0 where there is a GPU, else cpu)")
]
ImageSize = Annotated[tuple[int, int], tyro.conf.arg(metavar="HEIGHT WIDTH")]
Units = Annotated[
    str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: the checkpoint's, else the task's)")
]
Variation = Annotated[str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: none)")]
Physics = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: newton_mjwarp)")]
Instruction = Annotated[
    str | None, tyro.conf.arg(metavar="TEXT", help_behavior_hint="(default: the checkpoint's, else the task's)")
]
TimeLimit = Annotated[float | None, tyro.conf.arg(metavar="SECONDS", help_behavior_hint="(default: the task's)")]
CHECKPOINT = "DIR|ID|packaged"
"""What a checkpoint may be, for the help."""
_OF_CHECKPOINT = "(default: what the checkpoint says)"
NActionSteps = Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint=_OF_CHECKPOINT)]
RenameMap = Annotated[str | None, tyro.conf.arg(metavar="JSON", help_behavior_hint=_OF_CHECKPOINT)]
VlmPath = Annotated[str | None, tyro.conf.arg(metavar="DIR", help_behavior_hint=_OF_CHECKPOINT)]
Overrule = Annotated[
    tuple[Literal["units", "images"], ...], tyro.conf.arg(metavar="units|images", help_behavior_hint="")
]

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
