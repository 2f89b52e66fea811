"""How a policy is built, whatever its checkpoint says: without downloads that its weights replace."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Iterator
from pathlib import Path

import torch
from huggingface_hub import constants
from huggingface_hub.constants import CONFIG_NAME, SAFETENSORS_SINGLE_FILE
from lerobot.configs import PreTrainedConfig
from lerobot.policies import get_policy_class
from safetensors import safe_open

from .checkpoint import Checkpoint
from .vlm import find_vlm

_SETTINGS = {
    # what a constructor would otherwise download, only for the checkpoint's weights to replace it
    "pretrained_backbone_weights": None,
    "load_vlm_weights": False,
    # calls differ in how many environments they are for, and each number would be compiled anew
    "compile_model": False,
}


def settle(config: PreTrainedConfig, vlm: Path | None) -> None:
    """Set how a policy is built.

    Args:
        config: The policy's configuration; changed in place.
        vlm: Directory with the configuration and tokenizer of its VLM.
    """
    for name, value in _SETTINGS.items():
        if hasattr(config, name):
            setattr(config, name, value)
    if vlm is not None and hasattr(config, "vlm_model_name"):
        config.vlm_model_name = str(vlm)


def find_misfit(checkpoint: Checkpoint) -> str | None:
    """Return where a checkpoint's weights have other shapes than its configuration gives them, in one line.

    The policy is built without memory for its weights, in a tenth of a second, and nothing is downloaded for it. A type
    that cannot be built so is not compared: LeRobot does so when it is loaded.

    Args:
        checkpoint: One whose files ask for no code; its weights are here.
    """
    try:
        with _offline(), torch.device("meta"), contextlib.redirect_stdout(io.StringIO()):  # LeRobot prints what it does
            config = copy.deepcopy(checkpoint.config)
            settle(config, find_vlm(checkpoint))
            config.device = "meta"
            policy = get_policy_class(config.type)(config)
        with safe_open(checkpoint.folder / SAFETENSORS_SINGLE_FILE, "pt") as file:
            stored = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no dict
    except Exception:  # constructors raise whatever they like where they want real tensors, a download or a package
        return None
    expected = {name: tuple(tensor.shape) for name, tensor in policy.state_dict().items()}
    others = [name for name in sorted(stored.keys() & expected.keys()) if stored[name] != expected[name]]
    if not others:
        return None
    first, more = others[0], f" (and {len(others) - 1} more)" if len(others) > 1 else ""
    return (
        f"it has weights that are damaged or do not fit its {CONFIG_NAME} (size mismatch for {first}: {stored[first]} "
        f"in {SAFETENSORS_SINGLE_FILE}, {expected[first]} by {CONFIG_NAME}{more}): copy both from the same checkpoint"
    )


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Let nothing be asked of the Hub."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
