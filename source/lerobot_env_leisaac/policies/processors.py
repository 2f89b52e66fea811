"""A checkpoint's own pre- and postprocessor, on the environment's device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lerobot.policies import make_pre_post_processors
from lerobot.processor import PolicyProcessorPipeline

from .checkpoint import POSTPROCESSOR_NAME, PREPROCESSOR_NAME, Checkpoint

RENAME_STEP = "rename_observations_processor"
TOKENIZER_STEP = "tokenizer_processor"
_DEVICE_STEP = "device_processor"


def load_processors(
    checkpoint: Checkpoint, *, rename_map: dict[str, str] | None = None, tokenizer: Path | None = None
) -> tuple[PolicyProcessorPipeline, PolicyProcessorPipeline]:
    """Load the preprocessor and postprocessor that were saved with a policy.

    Nothing is re-made: the steps and their tensors are the saved ones. Changed are only the device, so that neither
    observations nor actions pass through the host, and what the arguments name.

    Args:
        checkpoint: The checkpoint; its configuration names the device.
        rename_map: Replaces the saved map from names of observations to names that the policy knows.
        tokenizer: Directory to read the tokenizer from, in place of the saved name.

    Raises:
        ValueError: A step cannot be built, or `rename_map` is given and no step renames.
    """
    device = {"device": checkpoint.config.device}
    overrides: dict[str, dict[str, Any]] = {_DEVICE_STEP: device}
    if rename_map is not None:
        overrides[RENAME_STEP] = {"rename_map": rename_map}
    if tokenizer is not None:
        overrides[TOKENIZER_STEP] = {"tokenizer_name": str(tokenizer)}
    saved = {step.get("registry_name") for step in checkpoint.steps(PREPROCESSOR_NAME)}
    if rename_map is not None and RENAME_STEP not in saved:
        raise ValueError(
            f"checkpoint {checkpoint.name!r} has no {RENAME_STEP} in {PREPROCESSOR_NAME}, so cameras cannot be "
            "renamed: leave out the rename map, and name the cameras as the policy does"
        )
    try:
        return make_pre_post_processors(
            checkpoint.config,
            pretrained_path=str(checkpoint.folder),
            preprocessor_overrides={step: config for step, config in overrides.items() if step in saved},
            postprocessor_overrides={
                step["registry_name"]: device
                for step in checkpoint.steps(POSTPROCESSOR_NAME)
                if step.get("registry_name") == _DEVICE_STEP
            },
        )
    except Exception as error:  # LeRobot lets through whatever a step's constructor or safetensors raise
        raise ValueError(
            f"checkpoint {checkpoint.name!r} has processors that cannot be loaded ({' '.join(str(error).split())}): "
            "copy the directory that lerobot-train wrote once more, or install what the message names"
        ) from error
