"""The check that every action passes before anything is stepped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def checked_action(
    action: torch.Tensor | np.ndarray | list,
    shape: tuple[int, ...],
    device: torch.device | str,
    names: Sequence[str],
) -> torch.Tensor:
    """Return an action as a float32 tensor on the device, apart from any graph of gradients.

    Args:
        action: A tensor, an array or nested lists.
        shape: The shape that it must have, (N, C).
        device: The environment's.
        names: What each of the C values drives, for messages.

    Raises:
        ValueError: It is no array of numbers, has another shape or a value that is not finite.
    """
    try:
        tensor = _tensor(action).to(torch.float32).to(device)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"action is not an array of numbers of shape {shape}: {reason}") from None
    if tensor.shape != shape:
        raise ValueError(f"action has shape {tuple(tensor.shape)}, expected {shape}")
    finite = torch.isfinite(tensor)
    if not finite.all():
        env, joint = torch.nonzero(~finite)[0].tolist()
        raise ValueError(
            f"action of environment {env}, joint {names[joint]}, is {tensor[env, joint].item()}: "
            "expected a finite value"
        )
    return tensor


def _tensor(action: torch.Tensor | np.ndarray | list) -> torch.Tensor:
    """Return an action as a tensor of numbers, apart from any graph; raise what says why it is none."""
    if isinstance(action, list | tuple) and any(isinstance(row, torch.Tensor | list | tuple) for row in action):
        return torch.stack([_tensor(row) for row in action])
    if isinstance(action, np.ndarray | list | tuple):
        array = np.asarray(action)
        if array.dtype.kind not in "iuf":
            raise TypeError(f"its dtype is {array.dtype}")
        # a copy in plain order: torch takes neither negative strides nor other byte orders, and warns of read-only data
        return torch.from_numpy(array.astype(np.float64, order="C"))
    tensor = torch.as_tensor(action)
    if tensor.is_complex() or tensor.dtype is torch.bool:
        raise TypeError(f"its dtype is {tensor.dtype}")
    if tensor.layout is not torch.strided or tensor.is_nested:
        raise TypeError("it is nested" if tensor.is_nested else "it is sparse")
    return tensor.detach()
