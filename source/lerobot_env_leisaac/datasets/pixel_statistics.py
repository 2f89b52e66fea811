"""Statistics of 8-bit frames, by counting how often each of the 256 values occurs.

LeRobot puts every pixel of every frame into one of thousands of bins, whose edges move as frames come in. That takes
longer than to encode the frame, and gives quantiles that are only nearly values of pixels; counts give the same ones
exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from lerobot.datasets import compute_stats
from lerobot.datasets.compute_stats import RunningQuantileStats, auto_downsample_height_width
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
        self._counts = self._counts + _count(batch)

    def get_statistics(self) -> dict[str, np.ndarray]:
        """Return min, max, mean, std and quantiles by channel, and how many pixels there were.

        A quantile is LeRobot's to within one of its bins.
        """
        if not self._counts.any():
            return super().get_statistics()
        quantiles = dict(zip(self._quantile_keys, self._quantile_list, strict=True))
        return {**of_counts(self._counts, quantiles), "count": np.array([self._counts[0].sum()])}


def count_pixels(frame: np.ndarray) -> np.ndarray:
    """Return how often each value occurs among those pixels of a frame that LeRobot takes its statistics of.

    Args:
        frame: Shape is (H, W, 3), dtype uint8; of a large one LeRobot takes every second, third, ... row and column.

    Returns:
        Counts by channel. Shape is (3, 256).
    """
    return _count(auto_downsample_height_width(frame.transpose(2, 0, 1)).transpose(1, 2, 0))


def of_counts(counts: np.ndarray, quantiles: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Return min, max, mean, std and quantiles by channel, each of shape (3,).

    Args:
        counts: How often each value occurred. Shape is (3, 256).
        quantiles: Names of quantiles, and the share of pixels of each: it is the smallest value that at least that
            share does not exceed, numpy's by ``method="inverted_cdf"``.
    """
    values, pixels = np.arange(256), counts[0].sum()
    mean = counts @ values / pixels
    statistics = {
        "min": np.argmax(counts > 0, axis=1).astype(float),
        "max": 255.0 - np.argmax(counts[:, ::-1] > 0, axis=1),
        "mean": mean,
        "std": np.sqrt(np.maximum(counts @ values**2 / pixels - mean**2, 0)),
    }
    for name, share in quantiles.items():
        statistics[name] = (counts.cumsum(axis=1) < share * pixels).sum(axis=1).astype(float)
    return statistics


def _count(pixels: np.ndarray) -> np.ndarray:
    """Return how often each value occurs by channel, (3, 256), in pixels (..., 3) of dtype uint8."""
    return np.reshape(Image.fromarray(pixels.reshape(1, -1, 3)).histogram(), (3, 256))


def use() -> None:
    """Let LeRobot keep its statistics in this way, in this process."""
    compute_stats.RunningQuantileStats = PixelStatistics
