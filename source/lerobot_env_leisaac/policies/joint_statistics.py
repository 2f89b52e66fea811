"""What a checkpoint's normalisers know of the states and actions that it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten

import torch
from lerobot.configs import FeatureType, NormalizationMode
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.robots.spec import RobotSpec

from .checkpoint import Checkpoint
from .files import POSTPROCESSOR_NAME, PREPROCESSOR_NAME
from .finding import Finding
from .statistics import NORMALIZER_STEP, UNNORMALIZER_STEP, read_statistics

_NORMALIZERS = (
    (OBS_STATE, FeatureType.STATE, PREPROCESSOR_NAME, NORMALIZER_STEP),
    (ACTION, FeatureType.ACTION, POSTPROCESSOR_NAME, UNNORMALIZER_STEP),
)

_OTHER_STEPS = frozenset(
    {
        "device_processor",
        "rename_observations_processor",
        "smolvla_new_line_processor",
        "to_batch_processor",
        "tokenizer_processor",
    }
)
"""Steps of LeRobot that leave states and actions as they are; of others, a plugin's too, nobody can tell."""

_RELATIVE_STEP = "relative_actions_processor"

_NEEDED: dict[NormalizationMode, tuple[str, ...]] = {
    NormalizationMode.IDENTITY: (),
    NormalizationMode.MEAN_STD: ("mean", "std"),
    NormalizationMode.MIN_MAX: ("min", "max"),
    NormalizationMode.QUANTILES: ("q01", "q99"),
    NormalizationMode.QUANTILE10: ("q10", "q90"),
}


@dataclass(frozen=True)
class JointStatistics:
    """Statistics of a state or action vector, in the units of the training data.

    Tensors are float64 of shape (C,).

    Attributes:
        robot: The robot, whose channels are in the order of the tensors.
        feature: ``observation.state`` or ``action``.
        mean: Mean.
        std: Standard deviation.
        low: Lowest value.
        high: Highest value.
        measured: `low` and `high` are extremes that were measured; else estimates from other statistics.
        relative: They are of differences from the state, so that they say nothing of its units or limits.
        divisor: What values are divided by to be normalised, or multiplied with to come back; None where they are not.
    """

    robot: RobotSpec
    feature: str
    mean: torch.Tensor
    std: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    measured: bool
    relative: bool = False
    divisor: torch.Tensor | None = None


def read_joint_statistics(checkpoint: Checkpoint, robot: RobotSpec) -> dict[str, JointStatistics]:
    """Read the statistics that states are normalised with and actions come back through.

    Args:
        checkpoint: The checkpoint, with its processors.
        robot: The robot that it is to move.

    Returns:
        Statistics by feature; nothing for one that is not normalised, or not by LeRobot's normaliser.

    Raises:
        ValueError: Statistics are missing without which LeRobot would hand values through as they are, or they are
            damaged.
    """
    found = {}
    for feature, kind, processor, step in _NORMALIZERS:
        config = checkpoint.step_config(processor, step)
        if config is None:
            _require_not_needed(checkpoint, feature, kind, processor, step)
        if config is None or feature not in config.get("features", {}):
            continue
        mode = NormalizationMode(config.get("norm_map", {}).get(kind.value, NormalizationMode.IDENTITY))
        known = _tensors(checkpoint, processor, step, feature, robot.channel_names)
        missing = [name for name in _NEEDED[mode] if name not in known]
        if missing:
            raise ValueError(
                f"checkpoint {checkpoint.name!r} normalises {feature} by {mode.value} and {processor} keeps no "
                f"{', '.join(missing)} of it, so LeRobot would hand the values through as they are: train it on a "
                "dataset with statistics, or copy its directory once more"
            )
        if known:
            relative = feature == ACTION and _acts_relative(checkpoint)
            found[feature] = _joint_statistics(robot, feature, known, relative, _divisor(known, mode))
    return found


def _require_not_needed(
    checkpoint: Checkpoint, feature: str, kind: FeatureType, processor: str, normalizer: str
) -> None:
    """Raise ValueError for a processor without a normaliser, and no other step that may be one, where it takes one."""
    mode = (getattr(checkpoint.config, "normalization_mapping", None) or {}).get(kind.value, NormalizationMode.IDENTITY)
    steps = {step.get("registry_name") for step in checkpoint.steps(processor)}
    if mode is not NormalizationMode.IDENTITY and steps and steps <= _OTHER_STEPS:
        raise ValueError(
            f"checkpoint {checkpoint.name!r} was trained on {feature} normalised by {mode.value}, and its {processor} "
            f"has no {normalizer}, so LeRobot would hand the values through as they are: copy that file from where "
            "lerobot-train wrote it"
        )


def audit_spreads(statistics: dict[str, JointStatistics]) -> Iterator[Finding]:
    """Yield the joints that never moved in training: a state is divided by that, an action is always its mean."""
    for known in statistics.values():
        still = [] if known.divisor is None else (known.divisor == 0).nonzero().flatten().tolist()
        joints = ", ".join(known.robot.channel_names[index] for index in still)
        if still and known.feature == OBS_STATE:
            yield Finding(
                "error",
                "joints",
                f"the statistics say that {joints} of {known.feature} never moved in training, so that LeRobot would "
                "divide by zero and blow the smallest motion up: train it on data in which every joint moves",
            )
        elif still:
            yield Finding(
                "warning", "joints", f"{joints} never moved in training, and is always sent to {known.feature}'s mean"
            )


def require_possible_images(checkpoint: Checkpoint) -> None:
    """Raise where images are normalised with statistics that no images have; those that are not used are let be.

    Raises:
        ValueError: They are not finite, or a deviation or range is not positive.
    """
    config = checkpoint.step_config(PREPROCESSOR_NAME, NORMALIZER_STEP) or {}
    mode = NormalizationMode(config.get("norm_map", {}).get(FeatureType.VISUAL.value, NormalizationMode.IDENTITY))
    if mode is NormalizationMode.IDENTITY or not _has_figures(checkpoint, PREPROCESSOR_NAME, NORMALIZER_STEP):
        return
    statistics = read_statistics(checkpoint.folder)
    for name, feature in config.get("features", {}).items():
        known = {key: value.double() for key, value in statistics.get(name, {}).items() if key in _NEEDED[mode]}
        if feature.get("type") != FeatureType.VISUAL.value or known.keys() != set(_NEEDED[mode]):
            continue
        divisor = _divisor(known, mode)
        if not all(value.isfinite().all() for value in known.values()) or (
            divisor is not None and (divisor <= 0).any()
        ):
            figures = "; ".join(f"{key} {value.flatten().tolist()}" for key, value in known.items())
            raise ValueError(
                f"checkpoint {checkpoint.name!r} normalises {name} with {shorten(figures, 160)}, which no images have: "
                "train it on a dataset whose statistics are sound (lerobot-edit-dataset recomputes them)"
            )


def _acts_relative(checkpoint: Checkpoint) -> bool:
    """Return whether actions are differences from the state when they come out of the policy."""
    step = checkpoint.step_config(PREPROCESSOR_NAME, _RELATIVE_STEP) or {}
    return bool(step.get("enabled")) or bool(getattr(checkpoint.config, "use_relative_actions", False))


def _divisor(known: dict[str, torch.Tensor], mode: NormalizationMode) -> torch.Tensor | None:
    if mode is NormalizationMode.IDENTITY:
        return None
    first, second = _NEEDED[mode]
    return known["std"] if mode is NormalizationMode.MEAN_STD else known[second] - known[first]


def _has_figures(checkpoint: Checkpoint, processor: str, normalizer: str) -> bool:
    steps = checkpoint.steps(processor)
    return any(step.get("registry_name") == normalizer and "state_file" in step for step in steps)


def _tensors(
    checkpoint: Checkpoint, processor: str, normalizer: str, feature: str, joints: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    """Return the tensors (C,) that a normaliser keeps of a feature, by their names."""
    if not _has_figures(checkpoint, processor, normalizer):
        return {}
    known = read_statistics(checkpoint.folder, processor, normalizer).get(feature, {})
    known = {name: value.double() for name, value in known.items() if name != "count"}
    if checkpoint.config.type == "evo1":  # which pads its statistics with zeros and ones
        known = {name: value[: len(joints)] for name, value in known.items()}
    for name, value in known.items():
        if value.shape != (len(joints),) or not value.isfinite().all():
            raise ValueError(
                f"checkpoint {checkpoint.name!r} has {feature}.{name} of {value.tolist()} in its {processor}, expected "
                f"one finite value for each of {', '.join(joints)}: train it on a dataset of this robot without "
                "missing values"
            )
    _require_possible(checkpoint, processor, feature, known, joints)
    return known


def _require_possible(
    checkpoint: Checkpoint, processor: str, feature: str, known: dict[str, torch.Tensor], joints: tuple[str, ...]
) -> None:
    """Raise ValueError for statistics that no data have."""
    mean, low, high = known.get("mean"), known.get("min"), known.get("max")
    impossible = {}
    if "std" in known:
        impossible["a deviation below zero"] = known["std"] < 0
    if low is not None and high is not None:
        impossible["a minimum above the maximum"] = low > high
        if mean is not None:  # which sums of float32 may miss by a little
            slack = 1e-3 * (high - low).abs() + 1e-4
            impossible["a mean beyond its extremes"] = (mean < low - slack) | (mean > high + slack)
    for what, where in impossible.items():
        if where.any():
            names = ", ".join(name for name, is_so in zip(joints, where, strict=True) if is_so)
            raise ValueError(
                f"checkpoint {checkpoint.name!r} has {what} in {names} of {feature} in its {processor}, which no data "
                "have: train it on a dataset whose statistics are sound (lerobot-edit-dataset recomputes them)"
            )


def _joint_statistics(
    robot: RobotSpec, feature: str, known: dict[str, torch.Tensor], relative: bool, divisor: torch.Tensor | None
) -> JointStatistics:
    """Fill in what is not there: old checkpoints keep no more than mean and deviation, or the extremes."""
    low, high = known.get("min"), known.get("max")
    measured = low is not None and high is not None
    if low is None or high is None:
        low, high = known.get("q01", known.get("q10")), known.get("q99", known.get("q90"))
    if low is None or high is None:
        low, high = known["mean"] - 2 * known["std"], known["mean"] + 2 * known["std"]
    mean, std = known.get("mean", (low + high) / 2), known.get("std", (high - low) / 4)
    return JointStatistics(robot, feature, mean, std, low, high, measured, relative, divisor)
