"""The files of a checkpoint: their names, and the steps of its processors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lerobot.utils.constants import POLICY_POSTPROCESSOR_DEFAULT_NAME, POLICY_PREPROCESSOR_DEFAULT_NAME

from lerobot_env_leisaac.json_files import read_json

PREPROCESSOR_NAME = f"{POLICY_PREPROCESSOR_DEFAULT_NAME}.json"
POSTPROCESSOR_NAME = f"{POLICY_POSTPROCESSOR_DEFAULT_NAME}.json"

VLM_DIR = "vlm"
"""Folder of a checkpoint that holds the configuration and tokenizer of its own VLM."""


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
