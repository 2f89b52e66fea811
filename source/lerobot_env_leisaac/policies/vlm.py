"""Where a policy's vision-language model, whose configuration and tokenizer no checkpoint contains, comes from."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError

from .checkpoint import Checkpoint
from .files import PREPROCESSOR_NAME, VLM_DIR
from .processors import TOKENIZER_STEP
from .untrusted import folder_demands, refuse, say_allowed

CONFIG_AND_TOKENIZER = ("*.json", "*.txt", "*.model", "*.jinja")


def find_vlm(checkpoint: Checkpoint, vlm_path: str | Path | None = None) -> Path | None:
    """Return the directory with the configuration and tokenizer of the checkpoint's VLM.

    LeRobot's SmolVLA saves all weights, and of its VLM the name alone. Looked for, in this order: `vlm_path`; a folder
    ``vlm`` in the checkpoint; the saved name as a directory; the saved name on the Hugging Face Hub.

    Args:
        checkpoint: The checkpoint.
        vlm_path: Directory to take.

    Returns:
        The directory; None for a policy without language.

    Raises:
        FileNotFoundError: It is in none of these places.
        ValueError: `vlm_path` is given for a policy without language, or the directory asks to run code.
    """
    tokenizer = checkpoint.step_config(PREPROCESSOR_NAME, TOKENIZER_STEP) or {}
    model = getattr(checkpoint.config, "vlm_model_name", None)
    name = model or tokenizer.get("tokenizer_name")
    if name is None:
        if vlm_path is not None:
            raise ValueError(
                f"checkpoint {checkpoint.name!r} of type {checkpoint.config.type} reads no language, so it has no use "
                f"for the VLM directory {str(vlm_path)!r}: leave it out"
            )
        return None
    own = checkpoint.folder / VLM_DIR
    for place in (vlm_path, own if own.is_dir() else None, name if Path(name).is_dir() else None):
        if place is not None:
            needed = ("tokenizer_config.json", *(("config.json",) if model else ()))
            return _require_data(checkpoint, _require_files(checkpoint, Path(place).expanduser(), needed))
    try:
        return _require_data(checkpoint, Path(snapshot_download(name, allow_patterns=list(CONFIG_AND_TOKENIZER))))
    except (OSError, HFValidationError) as error:
        raise FileNotFoundError(
            f"checkpoint {checkpoint.name!r} needs the configuration and tokenizer of its VLM {name!r}, which is no "
            f"directory here and not to be had from the Hub ({type(error).__name__}): pass a local copy with "
            "--vlm-path DIR (vlm_path=DIR in Python), or correct the network connection"
        ) from error


def _require_files(checkpoint: Checkpoint, folder: Path, needed: tuple[str, ...]) -> Path:
    """Return the folder, or raise FileNotFoundError where it is not one of a VLM."""
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"the VLM directory {folder} of checkpoint {checkpoint.name!r} has no {', '.join(missing)}, expected the "
            "configuration, processor and tokenizer files of a model on the Hub, such as "
            "HuggingFaceTB/SmolVLM2-500M-Video-Instruct: download them there"
        )
    return folder


def _require_data(checkpoint: Checkpoint, folder: Path) -> Path:
    """Return the folder, or raise ValueError where it asks to run code and the checkpoint is not trusted."""
    demands = tuple(folder_demands(folder))
    if checkpoint.trusted:
        say_allowed(checkpoint.name, demands)
    else:
        refuse(checkpoint.name, demands)
    return folder
