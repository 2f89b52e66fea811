"""A checkpoint's own pre- and postprocessor, on the environment's device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lerobot.policies import make_pre_post_processors
from lerobot.processor import PolicyProcessorPipeline

from .checkpoint import Checkpoint
from .files import POSTPROCESSOR_NAME, PREPROCESSOR_NAME

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
    saved = {step.get("registry_name") for step in checkpoint.steps(PREPROCESSOR_NAME)}
    if rename_map is not None and RENAME_STEP not in saved:
        raise ValueError(
            f"checkpoint {checkpoint.name!r} has no {RENAME_STEP} in {PREPROCESSOR_NAME}, so cameras cannot be "
            "renamed: leave out the rename map, and name the cameras as the policy does"
        )
    try:
        if tokenizer is not None:
            overrides[TOKENIZER_STEP] = {"tokenizer": _InstructionTokenizer(tokenizer, checkpoint.config.device)}
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


class _InstructionTokenizer:
    """A tokenizer that keeps the tokens of an instruction on the device.

    All environments are told the same at every step. LeRobot's step would tokenise it for each of them, and wait for
    the device to copy the tokens there.
    """

    def __init__(self, folder: Path, device: str):
        from transformers import AutoTokenizer  # takes seconds, and only policies with language need it

        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._device = device
        self._known: dict[str, dict[str, torch.Tensor]] = {}

    def __call__(self, texts: list[str], **options: Any) -> dict[str, torch.Tensor]:
        """Tokenise, as the tokenizer does; the options are the same at every call."""
        first = texts[0]
        if any(text != first for text in texts):
            return self._tokenizer(texts, **options)
        if first not in self._known:
            self._known[first] = self._tokenizer([first], **options).to(self._device)
        return {name: tokens.expand(len(texts), -1) for name, tokens in self._known[first].items()}
