"""What tells one episode from another, whatever number it has: its actions."""

from __future__ import annotations

import hashlib

import numpy as np


def digest(actions: np.ndarray) -> str:
    """Return the SHA-256 of an episode's actions, as hexadecimal digits.

    Args:
        actions: Actions as the dataset holds them, float32. Shape is (T, C).
    """
    return hashlib.sha256(np.ascontiguousarray(actions, "<f4").tobytes()).hexdigest()
