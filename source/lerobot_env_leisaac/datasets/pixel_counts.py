"""How often each value of a pixel occurs in a dataset, by camera: what true statistics of its images are made of.

LeRobot 0.6.1 keeps quantiles of images an episode, and stores their averages for the whole dataset. To pool pixels
afterwards every video would have to be decoded: `leisaac record` counts them as they come, and notes the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lerobot.utils.constants import OBS_IMAGES

from lerobot_env_leisaac.json_files import read_json, write_json

from .pixel_statistics import count_pixels, of_counts

PATH = Path("meta") / "pixel_counts.json"
"""Where they stand in a dataset."""

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
"""Names that LeRobot gives quantiles, and the share of values below each."""


@dataclass(frozen=True)
class PixelCounts:
    """Counts of the pixels of a dataset, or of a part of one.

    Attributes:
        rows: How many rows they are of.
        by_camera: Counts by feature, such as ``observation.images.front``. Shape is (3, 256).
    """

    rows: int
    by_camera: dict[str, np.ndarray]

    def __add__(self, other: PixelCounts) -> PixelCounts:
        shared = [name for name in self.by_camera if name in other.by_camera]
        together = {name: self.by_camera[name] + other.by_camera[name] for name in shared}
        return PixelCounts(self.rows + other.rows, together)

    def statistics(self) -> dict[str, dict[str, np.ndarray]]:
        """Return min, max, mean, std and quantiles by camera, in 0..1 and in LeRobot's shape (3, 1, 1)."""
        return {
            camera: {name: value.reshape(3, 1, 1) / 255 for name, value in of_counts(counts, QUANTILES).items()}
            for camera, counts in self.by_camera.items()
        }

    def write(self, root: Path) -> None:
        """Write them into a dataset, in one piece or not at all."""
        counts = {camera: counts.tolist() for camera, counts in self.by_camera.items()}
        write_json({"rows": self.rows, "pixels": counts}, root / PATH)


def of_episodes(episodes: Iterable[tuple[int, Mapping[str, Sequence[np.ndarray]]]]) -> PixelCounts:
    """Count the pixels of episodes, each its number of rows and its frames (H, W, 3) by camera."""
    rows, by_camera = 0, dict[str, np.ndarray]()
    for length, cameras in episodes:
        rows += length
        for camera, frames in cameras.items():
            name = f"{OBS_IMAGES}.{camera}"
            by_camera[name] = sum(map(count_pixels, frames), start=by_camera.get(name, np.zeros((3, 256), int)))
    return PixelCounts(rows, by_camera)


def read(root: Path, rows: int) -> PixelCounts | None:
    """Return the counts that are noted in a dataset; None where they are not known.

    Args:
        root: Directory of the dataset.
        rows: How many rows it has: counts of others are those of an earlier state of it.
    """
    try:
        content = read_json(root / PATH)
        by_camera = {str(camera): np.asarray(counts, dtype=np.int64) for camera, counts in content["pixels"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    if content.get("rows") != rows or not all(map(_are_counts, by_camera.values())):
        return None
    return PixelCounts(rows, by_camera)


def _are_counts(counts: np.ndarray) -> bool:
    return counts.shape == (3, 256) and bool((counts >= 0).all()) and bool(counts.sum(axis=1).all())
