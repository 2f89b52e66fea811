"""The statistics that a checkpoint normalises states and actions with."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from .checkpoint import PREPROCESSOR_NAME, read_json

_NORMALIZER = "normalizer_processor"


def read_statistics(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Read the statistics of a checkpoint's normaliser.

    Args:
        folder: Directory with ``policy_preprocessor.json``; that file names the one with the figures.

    Returns:
        Tensors by feature, such as ``observation.state``, and statistic, such as ``mean``.

    Raises:
        FileNotFoundError: The checkpoint has no preprocessor, or the figures are missing.
        ValueError: The preprocessor does not normalise, or the file with the figures is damaged.
    """
    steps = read_json(folder / PREPROCESSOR_NAME).get("steps")
    if steps is None:
        raise FileNotFoundError(
            f"checkpoint {folder} has no {PREPROCESSOR_NAME}, expected the directory that lerobot-train wrote"
        )
    files = [step["state_file"] for step in steps if step.get("registry_name") == _NORMALIZER and "state_file" in step]
    if not files:
        raise ValueError(f"{PREPROCESSOR_NAME} of checkpoint {folder} has no {_NORMALIZER} with figures of its own")
    path = folder / files[0]
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {folder} has no {path.name}: copy the whole directory")
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}): copy it again from where it is whole") from error
    statistics: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        feature, _, name = key.rpartition(".")
        statistics.setdefault(feature, {})[name] = tensor
    return statistics
