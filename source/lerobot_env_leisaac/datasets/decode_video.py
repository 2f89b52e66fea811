"""Decode a video into an array on disk; a module of its own, for processes that need nothing else to begin."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np


def decode(path: Path, row: int, end: int, target: Path) -> None:
    """Decode a video file into the rows `row` to `end` of an array file, uint8 (F, 3, H, W).

    Raises:
        ValueError: The video has more frames than that, or fewer.
    """
    frames = np.load(target, mmap_mode="r+")
    with av.open(str(path)) as video:
        for frame in video.decode(video=0):
            if row < end:
                frames[row] = frame.to_ndarray(format="rgb24").transpose(2, 0, 1)
            row += 1
    if row != end:
        raise ValueError(f"{path} has {row - end:+d} frames against the rows of its episodes: see leisaac check")
