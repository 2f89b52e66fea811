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


def print_json(data: Any) -> None:
    """Print data as indented JSON."""
    print(json.dumps(data, indent=2, default=str))
