"""What stands in the folder of an evaluation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

EPISODES = "episodes.jsonl"
CONFIG = "config.json"
SUMMARY = "summary.json"
REPORT = "report.html"
EXAMPLES = "examples"


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write indented JSON, in one piece or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(data, indent=2) + "\n")
    os.replace(unfinished, path)


def require_new(folder: Path) -> None:
    """Refuse a folder that holds episodes of an evaluation.

    Raises:
        FileExistsError: It does.
    """
    episodes = folder / EPISODES
    if episodes.is_file() and episodes.stat().st_size:
        raise FileExistsError(f"{folder} holds an evaluation already: go on with it (--resume), or name another folder")
