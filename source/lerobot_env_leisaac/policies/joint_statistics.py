"""What a checkpoint's normalisers know of the states and actions that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from lerobot.configs import FeatureType, NormalizationMode
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.units import JOINT_NAMES

from .checkpoint import POSTPROCESSOR_NAME, PREPROCESSOR_NAME, Checkpoint
from .statistics import NORMALIZER_STEP, UNNORMALIZER_STEP, read_statistics

_NORMALIZERS = (
    (OBS_STATE, FeatureType.STATE, PREPROCESSOR_NAME, NORMALIZER_STEP),
    (ACTION, FeatureType.ACTION, POSTPROCESSOR_NAME, UNNORMALIZER_STEP),
)

_NEEDED = {
    NormalizationMode.IDENTITY: (),
    NormalizationMode.MEAN_STD: ("mean", "std"),
    NormalizationMode.MIN_MAX: ("min", "max"),
    NormalizationMode.QUANTILES: ("q01", "q99"),
    NormalizationMode.QUANTILE10: ("q10", "q90"),
}


@dataclass(frozen=True)
class JointStatistics:
    """Statistics of a state or action vector, in the units of the training data.

    Tensors are float64 of shape (6,), in the order of `JOINT_NAMES`.

    Attributes:
        feature: ``observation.state`` or ``action``.
        mean: Mean.
        std: Standard deviation.
        low: Lowest value.
        high: Highest value.
        measured: `low` and `high` are extremes that were measured; else estimates from other statistics.
    """

    feature: str
    mean: torch.Tensor
    std: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    measured: bool


def read_joint_statistics(checkpoint: Checkpoint) -> dict[str, JointStatistics]:
    """Read the statistics that states are normalised with and actions come back through.

    Args:
        checkpoint: The checkpoint, with its processors.

    Returns:
        Statistics by feature; nothing for one that is not normalised, or not by LeRobot's normaliser.

    Raises:
        ValueError: Statistics are missing without which LeRobot would hand values through as they are, or they are
            damaged.
    """
    found = {}
    for feature, kind, processor, step in _NORMALIZERS:
        config = checkpoint.step_config(processor, step)
        if config is None or feature not in config.get("features", {}):
            continue
        mode = NormalizationMode(config.get("norm_map", {}).get(kind.value, NormalizationMode.IDENTITY))
        known = _tensors(checkpoint, processor, step, feature)
        missing = [name for name in _NEEDED[mode] if name not in known]
        if missing:
            raise ValueError(
                f"checkpoint {checkpoint.name!r} normalises {feature} by {mode.value} and {processor} keeps no "
                f"{', '.join(missing)} of it, so LeRobot would hand the values through as they are: train it on a "
                "dataset with statistics, or copy its directory once more"
            )
        if known:
            found[feature] = _joint_statistics(feature, known)
    return found


def _tensors(checkpoint: Checkpoint, processor: str, normalizer: str, feature: str) -> dict[str, torch.Tensor]:
    """Return the tensors (6,) that a normaliser keeps of a feature, by their names."""
    steps = checkpoint.steps(processor)
    if not any(step.get("registry_name") == normalizer and "state_file" in step for step in steps):
        return {}
    known = read_statistics(checkpoint.folder, processor, normalizer).get(feature, {})
    known = {name: value.double() for name, value in known.items() if name != "count"}
    for name, value in known.items():
        if value.shape != (len(JOINT_NAMES),) or not value.isfinite().all():
            raise ValueError(
                f"checkpoint {checkpoint.name!r} has {feature}.{name} of {value.tolist()} in its {processor}, expected "
                f"one finite value for each of {', '.join(JOINT_NAMES)}: train it on a dataset of this robot without "
                "missing values"
            )
    return known


def _joint_statistics(feature: str, known: dict[str, torch.Tensor]) -> JointStatistics:
    """Fill in what is not there: old checkpoints keep no more than mean and deviation, or the extremes."""
    low, high = known.get("min"), known.get("max")
    measured = low is not None and high is not None
    if low is None or high is None:
        low, high = known.get("q01", known.get("q10")), known.get("q99", known.get("q90"))
    if low is None or high is None:
        low, high = known["mean"] - 2 * known["std"], known["mean"] + 2 * known["std"]
    mean, std = known.get("mean", (low + high) / 2), known.get("std", (high - low) / 4)
    return JointStatistics(feature, mean, std, low, high, measured)
