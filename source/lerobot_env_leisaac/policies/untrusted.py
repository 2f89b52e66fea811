"""What in a checkpoint would run code once LeRobot loads it. Found by reading its files; nothing of it is imported.

LeRobot 0.6.1 imports and calls whatever a processor's step names under ``class``, and loads some tokenizers and
encoders with ``trust_remote_code=True``, so that a Python file beside them is run. Other names it hands to
transformers, which reads pickles where there are no safetensors.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from huggingface_hub.constants import CONFIG_NAME
from lerobot.configs.train import TRAIN_CONFIG_NAME

from lerobot_env_leisaac import declaration
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.printable import printable

from .files import POSTPROCESSOR_NAME, PREPROCESSOR_NAME, VLM_DIR, read_steps

_ADAPTER_CONFIG = "adapter_config.json"
_OWN_FILES = (
    CONFIG_NAME, PREPROCESSOR_NAME, POSTPROCESSOR_NAME, TRAIN_CONFIG_NAME, declaration.OF_CHECKPOINT, _ADAPTER_CONFIG
)  # fmt: skip
_LARGEST_FILE, _LONGEST_TEXT, _DEEPEST = 4 << 20, 10_000, 50
"""Bounds of those files: bytes, characters of a string, and levels. LeRobot's own stay a hundredfold below."""

_LEROBOTS_OWN = frozenset(
    {
        "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        "OpenGVLab/InternVL3-1B-hf",
        "Qwen/Qwen2.5-VL-3B-Instruct",
        "Qwen/Qwen3-VL-2B-Instruct",
        "Wan-AI/Wan2.2-TI2V-5B",
        "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
        "allenai/MolmoAct2",
        "allenai/MolmoAct2-FAST-Tokenizer",
        "facebook/bart-large",
        "facebook/vjepa2-vitl-fpc64-256",
        "google/paligemma-3b-pt-224",
        "google/umt5-xxl",
        "lerobot/fast-action-tokenizer",
        "lerobot/fastwam_base",
        "nvidia/Cosmos-Reason2-2B",
        "nvidia/GR00T-N1.7-3B",
        "openai/clip-vit-base-patch16",
        "robbyant/lingbot-va-base",
        "x-square-robot/wall-oss-flow",
    }
)
"""Models on the Hub that LeRobot 0.6.1 names in its own code: a checkpoint that names them adds nothing to that."""

_MODELS = frozenset(
    {
        "action_tokenizer_name", "action_tokenizer_path", "base_model_id", "base_model_name_or_path",
        "base_model_path", "checkpoint_path", "discrete_action_tokenizer", "jepa_encoder_name", "model_id",
        "model_name", "paligemma_tokenizer_name", "pretrained_name_or_path", "pretrained_path", "processor_name",
        "qwen_model_name", "text_encoder_model_id", "text_encoder_name", "text_tokenizer_name",
        "tokenizer_assets_repo", "tokenizer_model_id", "tokenizer_name", "vision_encoder_name", "vlm_base",
        "vlm_model_name", "wan_pretrained_path",
    }
)  # fmt: skip
"""Settings of LeRobot 0.6.1's policies and steps that name a model; names with a slash are looked at in all others."""

_DATA_ALONE = frozenset({"tokenizer_name"})
"""Those of them that are loaded without code and without pickles, wherever they come from."""

_SAYS_WHENCE = frozenset({"repo_id", "pretrained_path", "license", "tags", "output_dir", "dataset_paths"})
"""Settings of a policy that are about its past; it is loaded from where it lies."""

_ATTENTION = "attn_implementation"
"""Part of the settings by which transformers chooses a kernel, which with a slash comes from the Hub."""

_VOCABULARIES = ("tokenizer.json", "vocab.json")
"""Files of megabytes that transformers reads no code from."""

_RUN_OR_UNPICKLED = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth", ".py", ".pyc", ".so"})
_MOST_FILES = 10_000


def find_demands(folder: Path) -> tuple[str, ...]:
    """Return what a checkpoint's files ask for that could run code; a line each, empty for a checkpoint of data alone.

    Args:
        folder: Directory with ``config.json``.

    Raises:
        ValueError: A file is damaged, or larger than any that LeRobot writes.
    """
    for name in _OWN_FILES:
        _require_small(read_json(folder / name, _LARGEST_FILE), folder / name)
    config, adapter = read_json(folder / CONFIG_NAME), read_json(folder / _ADAPTER_CONFIG)
    data_alone = _DATA_ALONE | ({"vlm_model_name"} if config.get("type") == "smolvla" else frozenset())
    of_base = frozenset() if config.get("type") == "groot" else frozenset({"base_model_name_or_path"})
    past = {key: value for key, value in config.items() if key not in _SAYS_WHENCE}
    demands = [
        *_models(past, CONFIG_NAME, data_alone),
        *_steps(folder, PREPROCESSOR_NAME),
        *_steps(folder, POSTPROCESSOR_NAME),
        *folder_demands(folder / VLM_DIR),
        *_models(adapter, _ADAPTER_CONFIG, of_base),
    ]
    if adapter.get("auto_mapping"):
        demands.append(f"{_ADAPTER_CONFIG} names a class of its own (auto_mapping)")
    if (folder / "adapter_model.bin").exists() and not (folder / "adapter_model.safetensors").exists():
        demands.append("adapter_model.bin is a pickle")
    return tuple(dict.fromkeys(demands))


def folder_demands(folder: Path) -> Iterator[str]:
    """Yield what would run code when a tokenizer, processor or model is loaded from a folder."""
    paths = list(itertools.islice(folder.rglob("*"), _MOST_FILES)) if folder.is_dir() else []
    if len(paths) == _MOST_FILES:
        yield f"{folder} holds {_MOST_FILES:,} files or more, and is no folder of a tokenizer or model"
        return
    for path in paths:
        if path.suffix.lower() in _RUN_OR_UNPICKLED:
            yield f"{path} would be run or unpickled"
        elif path.suffix == ".json" and path.name not in _VOCABULARIES and path.is_file():
            yield from _code_of_its_own(read_json(path), str(path))


def refuse(checkpoint: str, demands: tuple[str, ...]) -> None:
    """Raise where a checkpoint asks for code.

    Raises:
        ValueError: It does; the message says for what, in one line.
    """
    if demands:
        raise ValueError(
            f"checkpoint {checkpoint!r} asks to run code on this machine: {'; '.join(demands)}. It is not loaded. "
            "If you know and trust who made it, pass --trust-checkpoint (trust_checkpoint=True)"
        )


@cache
def say_allowed(checkpoint: str, demands: tuple[str, ...]) -> None:
    """Say on stderr, once, what a trusted checkpoint is allowed."""
    if demands:
        text = f"checkpoint {checkpoint!r} is trusted and may run code: {'; '.join(demands)}"
        print(printable(text), file=sys.stderr)


def _steps(folder: Path, processor: str) -> Iterator[str]:
    for number, step in enumerate(read_steps(folder, processor)):
        where = f"step {number} of {processor}"
        if "class" in step:
            yield f"{where} calls {step['class']}, and is not a registered step of LeRobot or of a plugin"
            continue
        if "state_file" in step and not _is_plain(step["state_file"]):
            yield f"{where} reads {step['state_file']}, expected a .safetensors file of its own folder"
        yield from _models(step.get("config", {}), where, _DATA_ALONE)


def _models(content: dict[str, Any], where: str, data_alone: frozenset[str]) -> Iterator[str]:
    """Yield the models that some content names, at any depth, and that could run code."""
    yield from _code_of_its_own(content, where)
    if content.get("trust_remote_code"):
        data_alone = frozenset()
    for key, text in _entries(content):
        if not isinstance(text, str) or not text or _ATTENTION in key:
            continue
        if key not in _MODELS and not _looks_like_a_place(text):
            continue
        if os.path.isdir(place := os.path.expanduser(text)):
            yield from (f"{where}: {key} leads to {demand}" for demand in folder_demands(Path(place)))
        elif text not in _LEROBOTS_OWN and key not in data_alone:
            yield f"{where}: {key} loads {text}, which LeRobot does not name itself"


def _code_of_its_own(content: dict[str, Any], where: str) -> Iterator[str]:
    """Yield where some content names Python code or a kernel from the Hub, at any depth."""
    for key, value in _entries(content):
        if key == "auto_map" and value:
            yield f"{where} names Python code to load it with (auto_map)"
        elif _ATTENTION in key and isinstance(value, str) and "/" in value:
            yield f"{where} fetches the kernel {value} ({key})"


def _entries(content: Any) -> Iterator[tuple[str, Any]]:
    """Yield all keys of some JSON, at any depth, with their values; those of a list one by one, under its key."""
    waiting = [("", content)]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((key, item) for item in value)


def _looks_like_a_place(text: str) -> bool:
    """Return whether a string may be a path or an id on the Hub."""
    return ("/" in text or text[0] in "~\\.") and not any(map(str.isspace, text))


def _is_plain(name: str) -> bool:
    """Return whether a name is that of a file of tensors in the folder itself."""
    return name == Path(name).name and name.endswith(".safetensors")


def _require_small(content: Any, path: Path, depth: int = 0) -> None:
    """Raise ValueError for a string or a nesting beyond any that LeRobot writes."""
    if depth > _DEEPEST:
        raise ValueError(f"{path} is nested more than {_DEEPEST} levels deep: copy it once more from its source")
    if isinstance(content, str) and len(content) > _LONGEST_TEXT:
        raise ValueError(f"{path} has a string of {len(content):,} characters, expected {_LONGEST_TEXT:,} at most")
    if isinstance(content, dict | list):
        for value in itertools.chain(content, content.values() if isinstance(content, dict) else ()):
            _require_small(value, path, depth + 1)
