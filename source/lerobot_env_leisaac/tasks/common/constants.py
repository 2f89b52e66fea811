"""Figures of the terms as tensors, made once: made anew at every step each would wait for the GPU."""

from __future__ import annotations

import functools
from typing import Any

import torch


@functools.cache
def constant(values: Any, device: str) -> torch.Tensor:
    """Return numbers in (nested) tuples as a float32 tensor on a device; nobody writes into it."""
    with torch.inference_mode(False):  # a tensor made in inference mode could never serve a backward pass
        return torch.tensor(values, device=device)
