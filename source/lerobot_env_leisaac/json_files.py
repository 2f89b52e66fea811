"""Writing of JSON files: in one piece or not at all, so that whatever stops it leaves what was there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(content: Any, path: Path, indent: int | None = None) -> None:
    """Write a JSON file, and its folder if that is not there.

    Args:
        content: What it holds.
        path: The file; one that is there is replaced.
        indent: Spaces a level; None writes it all in one line.

    Raises:
        TypeError: JSON has no form for the content.
        OSError: The file cannot be written.
    """
    text = json.dumps(content, indent=indent) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.tmp")
    try:
        unfinished.write_text(text)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
