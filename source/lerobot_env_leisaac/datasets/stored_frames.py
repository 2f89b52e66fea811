"""Frames that lie in a file already."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np


class UnreadableFrames(ValueError):
    """Frames cannot be read: their file is damaged there.

    Attributes:
        file: The file.
        episode: Name of the episode in it.
    """

    def __init__(self, message: str, file: Path, episode: str):
        super().__init__(message, file, episode)
        self.file, self.episode = file, episode

    def __str__(self) -> str:
        return str(self.args[0])


class StoredFrames(Sequence[np.ndarray]):
    """Frames of an episode and a camera, of shape (H, W, 3) and uint8, that whoever encodes them reads from a file.

    They are sent to another process as the name of that file: on the way they take no memory.
    """

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Size of all frames in memory [B]."""
