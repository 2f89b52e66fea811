"""What the commands share: kinds of options, and how JSON is printed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import tyro

Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]
Json = Annotated[bool, tyro.conf.arg(name="json", help_behavior_hint="")]
Device = Annotated[
    str | None, tyro.conf.arg(metavar="STR", help_behavior_hint="(default: cuda:0 where there is a GPU, else cpu)")
]
ImageSize = Annotated[tuple[int, int], tyro.conf.arg(metavar="HEIGHT WIDTH")]
Units = Annotated[str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: the task's)")]
Variation = Annotated[str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: none)")]
TimeLimit = Annotated[float | None, tyro.conf.arg(metavar="SECONDS", help_behavior_hint="(default: the task's, 25)")]
CHECKPOINT = "DIR|ID|packaged"
"""What a checkpoint may be, for the help."""
_OF_CHECKPOINT = "(default: what the checkpoint says)"
NActionSteps = Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint=_OF_CHECKPOINT)]
RenameMap = Annotated[str | None, tyro.conf.arg(metavar="JSON", help_behavior_hint=_OF_CHECKPOINT)]
VlmPath = Annotated[str | None, tyro.conf.arg(metavar="DIR", help_behavior_hint=_OF_CHECKPOINT)]


def print_json(data: Any) -> None:
    """Print data as indented JSON."""
    print(json.dumps(data, indent=2, default=str))


def parse_rename_map(text: str | None) -> dict[str, str] | None:
    """Read a rename map, as LeRobot's own commands take it: JSON.

    Raises:
        ValueError: It is no such map.
    """
    if text is None:
        return None
    try:
        rename_map = json.loads(text)
    except ValueError:
        rename_map = None
    if not isinstance(rename_map, dict) or not all(isinstance(name, str) for name in rename_map.values()):
        raise ValueError(
            f"rename map is {text!r}, expected JSON such as "
            '\'{"observation.images.front": "observation.images.camera1"}\''
        )
    return rename_map
