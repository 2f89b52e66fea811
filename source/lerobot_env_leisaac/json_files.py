"""JSON files: read with care, since they may come from anywhere, and written in one piece or not at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from textwrap import shorten
from typing import Any

from .writable import replaced

_LARGEST = 64 << 20
"""A JSON file of more bytes is no description of anything; a manifest of 10,000 episodes has a quarter of that."""

_DEEPEST = 100
"""Levels of nesting; an initial state has six."""


def read_json(path: Path, largest: int = _LARGEST) -> dict[str, Any]:
    """Return the content of a JSON file; an empty dict where there is no such file.

    Args:
        path: The file.
        largest: How many bytes it may have.

    Raises:
        ValueError: It cannot be read, is too large or too deep, or holds something else than a JSON object.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            raise ValueError(
                f"{path} is no file of {largest:,} bytes or less, as its like are: restore it from where it was written"
            )
        with open(path, "rb") as file:
            text = file.read(largest + 1)  # no more, whatever it has become
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.is_symlink():
            return {}
        raise ValueError(f"{path} cannot be read ({error.strerror}): make it readable, or remove it") from error
    too_deep = f"{path} is nested too deeply for any real file: restore it from its source"
    try:
        content = json.loads(text)
    except RecursionError:
        raise ValueError(too_deep) from None
    except ValueError as error:
        raise ValueError(f"{path} is no JSON file ({error}): restore it from where it was written") from error
    if _is_deep(content):
        raise ValueError(too_deep)
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {shorten(repr(content), 40)}, expected a JSON object")
    return content


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
    with replaced(path) as file:
        file.write_text(text)


def _is_deep(content: Any) -> bool:
    """Return whether some JSON has more levels than `_DEEPEST`, without recursion."""
    level = [content] if isinstance(content, dict | list) else []
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
