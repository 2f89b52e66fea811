"""Frames that lie in a file already."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np


class StoredFrames(Sequence[np.ndarray]):
    """Frames of an episode and a camera, of shape (H, W, 3) and uint8, that whoever encodes them reads from a file.

    They are sent to another process as the name of that file: on the way they take no memory.
    """

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Size of all frames in memory [B]."""
