"""Check of the stored statistics of images, against the frames as they are decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

import numpy as np
from lerobot.datasets import LeRobotDataset

from . import pixel_counts
from .camera_frames import CameraEpisode
from .findings import Finding, listing
from .pixel_counts import QUANTILES
from .pixel_statistics import of_counts

_CODEC = 6
"""How far a codec moves a pixel, of 255."""

_SHARE = 0.02
"""Share of the pixels by which a quantile may be off: not every frame is looked at, and each is compressed."""


def check_image_statistics(dataset: LeRobotDataset, seen: Sequence[CameraEpisode]) -> Iterator[Finding]:
    """The statistics that images are normalised with are those of the frames; none where there is nothing to compare.

    Args:
        dataset: Dataset.
        seen: What its cameras saw, with the counts of the pixels that were looked at.
    """
    stats = dataset.meta.stats or {}
    wrong: list[str] = []
    averaged: list[str] = []
    compared = 0
    for camera in dict.fromkeys(episode.camera for episode in seen):
        episodes = [episode for episode in seen if episode.camera == camera]
        counts, known = sum(episode.pixels for episode in episodes), stats.get(camera, {})
        values = {name: np.asarray(value, dtype=float).reshape(-1) for name, value in known.items() if name != "count"}
        if not np.any(counts) or "mean" not in values or not all(np.isfinite(value).all() for value in values.values()):
            continue  # checks of their own say so
        compared = max(compared, sum(episode.looked_at for episode in episodes))
        for name in _wrong(values, counts):
            (averaged if name in QUANTILES else wrong).append(f"{name} of {camera}")
    frames = f"{compared} frames a camera"
    remedy = f"write them anew with leisaac check {quote(str(dataset.root))} --repair-stats"
    if wrong:
        yield Finding(
            "error",
            "image statistics",
            f"the stored ones are not those of the frames: {listing([*wrong, *averaged])}; {remedy}",
        )
    elif averaged and pixel_counts.read(dataset.root, dataset.num_frames) is not None:
        yield Finding(
            "warning", "image statistics", f"{listing(averaged)} are LeRobot's averages over episodes; {remedy}"
        )
    elif averaged:
        yield Finding(
            "ok", "image statistics", f"those stored are those of {frames}, but for LeRobot's averaged quantiles"
        )
    elif compared:
        yield Finding("ok", "image statistics", f"those stored are those of {frames}")


def _wrong(stored: Mapping[str, np.ndarray], counts: Any) -> Iterator[str]:
    """Yield the names of those statistics (3,), in 0..1, that are not those of the pixels counted, (3, 256)."""
    true, pixels = of_counts(counts, QUANTILES), counts.sum(axis=1)

    def share(bounds: np.ndarray) -> np.ndarray:
        """Return which share of the pixels of each channel lies at or below a bound (3,)."""
        return np.where(np.arange(256) <= bounds[:, None], counts, 0).sum(axis=1) / pixels

    for name, value in stored.items():
        found = 255 * value
        if found.shape != (3,) or (name in (*QUANTILES, *true) and not ((found >= 0) & (found <= 255.5)).all()):
            yield name
        elif name in QUANTILES:
            low, high = share(found - _CODEC - 1), share(found + _CODEC)
            if ((low > QUANTILES[name] + _SHARE) | (high < QUANTILES[name] - _SHARE)).any():
                yield name
        elif name in ("mean", "std"):
            if (np.abs(found - true[name]) > _CODEC + 0.1 * true["std"]).any():
                yield name
        elif (name == "min" and (share(found - _CODEC - 1) > _SHARE).any()) or (
            name == "max" and (share(found + _CODEC) < 1 - _SHARE).any()
        ):
            yield name
