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
        tensor = torch.as_tensor(action, device=device)
        if tensor.is_complex() or tensor.layout is not torch.strided:
            raise ValueError("it is complex" if tensor.is_complex() else "it is sparse")
        tensor = tensor.detach().to(torch.float32)
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
