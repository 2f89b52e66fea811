"""Statistics of 8-bit frames, by counting how often each of the 256 values occurs.

LeRobot puts every pixel of every frame into one of thousands of bins, whose edges move as frames come in. That takes
longer than to encode the frame, and gives quantiles that are only nearly values of pixels; counts give the same ones
exactly.
"""

from __future__ import annotations

import numpy as np
from lerobot.datasets import compute_stats
from lerobot.datasets.compute_stats import RunningQuantileStats
from PIL import Image


class PixelStatistics(RunningQuantileStats):
    """LeRobot's running statistics, of RGB pixels by counts and of anything else as ever."""

    _counts = np.zeros((3, 256), int)
    """How often each value occurred. Shape is (3, 256)."""

    def update(self, batch: np.ndarray) -> None:
        """Take more vectors into account; their shape is (..., channels)."""
        if batch.dtype != np.uint8 or batch.shape[-1] != 3:
            super().update(batch)
            return
        row = Image.fromarray(batch.reshape(1, -1, 3))
        self._counts = self._counts + np.reshape(row.histogram(), (3, 256))

    def get_statistics(self) -> dict[str, np.ndarray]:
        """Return min, max, mean, std and quantiles by channel, and how many pixels there were.

        A quantile is the smallest value that at least that share of the pixels does not exceed, which is LeRobot's to
        within one of its bins, and numpy's by ``method="inverted_cdf"``.
        """
        if not self._counts.any():
            return super().get_statistics()
        counts, values, pixels = self._counts, np.arange(256), self._counts[0].sum()
        mean = counts @ values / pixels
        statistics = {
            "min": np.argmax(counts > 0, axis=1).astype(float),
            "max": 255.0 - np.argmax(counts[:, ::-1] > 0, axis=1),
            "mean": mean,
            "std": np.sqrt(np.maximum(counts @ values**2 / pixels - mean**2, 0)),
            "count": np.array([pixels]),
        }
        for key, quantile in zip(self._quantile_keys, self._quantile_list, strict=True):
            below = counts.cumsum(axis=1) < quantile * pixels
            statistics[key] = below.sum(axis=1).astype(float)
        return statistics


def use() -> None:
    """Let LeRobot keep its statistics in this way, in this process."""
    compute_stats.RunningQuantileStats = PixelStatistics
