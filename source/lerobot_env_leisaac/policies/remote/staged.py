"""A checkpoint as LeRobot's own server can load it: one that brings its VLM along names it by where it is here."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from huggingface_hub.constants import CONFIG_NAME

from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.policies.files import PREPROCESSOR_NAME, VLM_DIR


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give the folder of a checkpoint; for one with a folder ``vlm`` a temporary one that links its files.

    Args:
        folder: The checkpoint.
    """
    if not (folder / VLM_DIR).is_dir():
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="leisaac_") as name:
        copy = Path(name)
        for path in folder.resolve().iterdir():
            (copy / path.name).symlink_to(path)
        for file in (CONFIG_NAME, PREPROCESSOR_NAME):
            content = read_json(folder / file)
            if "load_vlm_weights" in content:
                content["load_vlm_weights"] = False  # they are among the policy's own
            (copy / file).unlink(missing_ok=True)
            write_json(_with_vlm(content, str((folder / VLM_DIR).resolve())), copy / file, indent=2)
        yield copy


def _with_vlm(content: Any, vlm: str) -> Any:
    """Return JSON in which what names the VLM, or its tokenizer, names a folder."""
    if isinstance(content, dict):
        return {
            key: vlm if key in ("vlm_model_name", "tokenizer_name") else _with_vlm(value, vlm)
            for key, value in content.items()
        }
    return [_with_vlm(each, vlm) for each in content] if isinstance(content, list) else content
