"""Are a checkpoint's weights whole? Read tensor by tensor, without building the policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open


def find_damage(path: Path) -> str | None:
    """Return what is wrong with a file of weights, in one line; None where nothing is.

    Args:
        path: A safetensors file. It is read once, a tensor at a time: seconds for some gigabytes.
    """
    status = path.stat()
    return _find_damage(path, status.st_size, status.st_mtime_ns)


@cache
def _find_damage(path: Path, size: int, modified: int) -> str | None:
    """Do so once for a file that stays as it is; a command asks several times."""
    try:
        with safe_open(path, "pt") as file:
            names = list(file.keys())
            for name in names:
                tensor = file.get_tensor(name)
                if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                    return (
                        f"{path.name} has values in {name} that are not finite: train again from before they diverged"
                    )
    except (SafetensorError, OSError) as error:
        return f"{path.name} is damaged ({' '.join(str(error).split())}): copy it once more"
    return None if names else f"{path.name} holds no weights: copy the directory that lerobot-train wrote once more"
