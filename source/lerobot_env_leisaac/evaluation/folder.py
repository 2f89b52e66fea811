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
