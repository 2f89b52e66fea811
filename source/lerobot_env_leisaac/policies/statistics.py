"""The statistics that a checkpoint normalises states and actions with."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from lerobot_env_leisaac.json_files import read_json

from .files import PREPROCESSOR_NAME

NORMALIZER_STEP = "normalizer_processor"
UNNORMALIZER_STEP = "unnormalizer_processor"


def read_statistics(
    folder: Path, processor: str = PREPROCESSOR_NAME, normalizer: str = NORMALIZER_STEP
) -> dict[str, dict[str, torch.Tensor]]:
    """Read the statistics of a checkpoint's normaliser.

    Args:
        folder: Directory with the processor's file; that file names the one with the figures.
        processor: ``policy_preprocessor.json``, or ``policy_postprocessor.json``.
        normalizer: Registered name of the step that normalises, or unnormalises.

    Returns:
        Tensors by feature, such as ``observation.state``, and statistic, such as ``mean``.

    Raises:
        FileNotFoundError: The checkpoint has no such processor, or the figures are missing.
        ValueError: The processor does not normalise, or the file with the figures is damaged.
    """
    steps = read_json(folder / processor).get("steps")
    if steps is None:
        raise FileNotFoundError(
            f"checkpoint {folder} has no {processor}, expected the directory that lerobot-train wrote"
        )
    files = [step["state_file"] for step in steps if step.get("registry_name") == normalizer and "state_file" in step]
    if not files:
        raise ValueError(f"{processor} of checkpoint {folder} has no {normalizer} with figures of its own")
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
