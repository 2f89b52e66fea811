"""The files of a checkpoint: their names, and how JSON from elsewhere is read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from textwrap import shorten
from typing import Any

from lerobot.utils.constants import POLICY_POSTPROCESSOR_DEFAULT_NAME, POLICY_PREPROCESSOR_DEFAULT_NAME

PREPROCESSOR_NAME = f"{POLICY_PREPROCESSOR_DEFAULT_NAME}.json"
POSTPROCESSOR_NAME = f"{POLICY_POSTPROCESSOR_DEFAULT_NAME}.json"

VLM_DIR = "vlm"
"""Folder of a checkpoint that holds the configuration and tokenizer of its own VLM."""

_LARGEST = 64 << 20
"""A JSON file of more bytes is no description of anything; a manifest of 10,000 episodes has a quarter of that."""


def read_json(path: Path, largest: int = _LARGEST) -> dict[str, Any]:
    """Return the content of a JSON file; an empty dict where there is no such file.

    Args:
        path: The file.
        largest: How many bytes it may have.

    Raises:
        ValueError: It cannot be read, is too large, or holds something else than a JSON object.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            raise ValueError(
                f"{path} is no file of {largest:,} bytes or less, as its like are: restore it from where it was written"
            )
        text = path.read_bytes()
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.is_symlink():
            return {}
        raise ValueError(f"{path} cannot be read ({error.strerror}): make it readable, or remove it") from error
    try:
        content = json.loads(text)
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply for any real file: restore it from its source") from None
    except ValueError as error:
        raise ValueError(f"{path} is no JSON file ({error}): restore it from where it was written") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds {shorten(repr(content), 40)}, expected a JSON object")
    return content


def read_steps(folder: Path, processor: str) -> list[dict[str, Any]]:
    """Return the steps of ``policy_preprocessor.json`` or ``policy_postprocessor.json``; empty without the file.

    Raises:
        ValueError: The file is not one that LeRobot wrote.
    """
    content = read_json(folder / processor)
    if not content:
        return []
    steps = content.get("steps")
    if not (steps and isinstance(steps, list)) or not all(
        isinstance(step, dict)
        and ("registry_name" in step or "class" in step)
        and isinstance(step.get("config", {}), dict)
        and all(isinstance(step.get(key, ""), str) for key in ("registry_name", "class", "state_file"))
        for step in steps
    ):
        raise ValueError(
            f"checkpoint {folder} has a {processor} without a list of steps, expected the file that lerobot-train "
            "wrote: copy it from there"
        )
    return steps
