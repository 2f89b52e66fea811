"""Check of the stored statistics of images, against the frames as they are decoded.

A codec smears colour across edges: what share of the pixels lies beyond a value may change by much, mean and deviation
hardly do. Where somebody counted the pixels before they were encoded, quantiles are compared with those counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

import numpy as np
from lerobot.datasets import LeRobotDataset

from . import pixel_counts
from .camera_frames import CameraEpisode
from .findings import Finding, Level, listing
from .pixel_counts import QUANTILES
from .pixel_statistics import of_counts

_CODEC, _SHARE = 6, 0.02
"""How far a codec moves a pixel, of 255; and share of the pixels by which a quantile may be off: not every frame is
looked at, and each is compressed."""

_SMALL_PIXELS = 100 * 100
"""Images of fewer pixels are mostly edges, across which h264 smears colour: twice as much is allowed there."""

_SAMPLED = 26
"""How far mean and deviation of LeRobot's sample of the frames may be off, of 255, before it is an error."""


def check_image_statistics(dataset: LeRobotDataset, seen: Sequence[CameraEpisode]) -> Iterator[Finding]:
    """The statistics that images are normalised with are those of the frames; none where there is nothing to compare.

    Args:
        dataset: Dataset.
        seen: What its cameras saw, with the counts of the pixels that were looked at.
    """
    stats = dataset.meta.stats or {}
    wrong: list[str] = []
    averaged: list[str] = []
    counted = pixel_counts.read(dataset.root, dataset.num_frames)
    exact = {} if counted is None else counted.statistics()
    compared, farthest = 0, 0.0
    for camera in dict.fromkeys(episode.camera for episode in seen):
        episodes = [episode for episode in seen if episode.camera == camera]
        counts, known = sum(episode.pixels for episode in episodes), stats.get(camera, {})
        values = {name: np.asarray(value, dtype=float).reshape(-1) for name, value in known.items() if name != "count"}
        if not np.any(counts) or "mean" not in values or not all(np.isfinite(value).all() for value in values.values()):
            continue  # checks of their own say so
        looked_at = sum(episode.looked_at for episode in episodes)
        compared = max(compared, looked_at)
        farthest = max(farthest, _distance(values, counts))
        leniency = 2 if np.sum(counts) < 3 * looked_at * _SMALL_PIXELS else 1
        found = list(_wrong({name: value for name, value in values.items() if name not in QUANTILES}, counts, leniency))
        quantiles = {name: value for name, value in values.items() if name in QUANTILES}
        if camera in exact:
            averaged += [f"{name} of {camera}" for name in quantiles if _differs(values[name], exact[camera][name])]
        else:
            found += _wrong(quantiles, counts, leniency)
        for name in found:
            (averaged if name in QUANTILES else wrong).append(f"{name} of {camera}")
    frames = f"{compared} frames a camera"
    remedy = f"write them anew with leisaac check {quote(str(dataset.root))} --repair-stats"
    if wrong:
        # where nobody counted, they are LeRobot's of a sample, and stay so
        is_error = counted is not None or farthest > _SAMPLED
        level: Level = "error" if is_error else "warning"
        verdict = f"the stored ones are not those of the frames: {listing([*wrong, *averaged])}"
        yield Finding(level, "image statistics", f"{verdict}; {remedy}" if is_error else verdict)
    elif averaged and counted is not None:
        verdict = f"{listing(averaged)} are not those of the pixels that were counted; {remedy}"
        yield Finding("warning", "image statistics", verdict)
    elif averaged:
        yield Finding(
            "ok", "image statistics", f"those stored are those of {frames}, but for LeRobot's averaged quantiles"
        )
    elif compared:
        yield Finding("ok", "image statistics", f"those stored are those of {frames}")


def _differs(stored: np.ndarray, true: np.ndarray) -> bool:
    """Return whether a quantile in 0..1 is not that of the pixels that were counted, of (3, 1, 1)."""
    return stored.shape != (3,) or bool((np.abs(stored - true.reshape(3)) > 0.5 / 255).any())


def _distance(stored: Mapping[str, np.ndarray], counts: Any) -> float:
    """Return how far mean and deviation are from those of the pixels, of 255; infinite where their shape is another."""
    true = of_counts(counts, QUANTILES)
    known = [255 * stored[name] for name in ("mean", "std") if name in stored]
    if any(value.shape != (3,) for value in known):
        return np.inf
    return max(float(np.abs(value - true[name]).max()) for name, value in zip(("mean", "std"), known, strict=False))


def _wrong(stored: Mapping[str, np.ndarray], counts: Any, leniency: int) -> Iterator[str]:
    """Yield the names of those statistics (3,), in 0..1, that are not those of the pixels counted, (3, 256)."""
    moved, missed = leniency * _CODEC, leniency * _SHARE
    true, pixels = of_counts(counts, QUANTILES), counts.sum(axis=1)

    def share(bounds: np.ndarray) -> np.ndarray:
        """Return which share of the pixels of each channel lies at or below a bound (3,)."""
        return np.where(np.arange(256) <= bounds[:, None], counts, 0).sum(axis=1) / pixels

    for name, value in stored.items():
        found = 255 * value
        if found.shape != (3,) or (name in (*QUANTILES, *true) and not ((found >= 0) & (found <= 255.5)).all()):
            yield name
        elif name in QUANTILES:
            low, high = share(found - moved - 1), share(found + moved)
            if ((low > QUANTILES[name] + missed) | (high < QUANTILES[name] - missed)).any():
                yield name
        elif name in ("mean", "std"):
            if (np.abs(found - true[name]) > moved + 0.1 * true["std"]).any():
                yield name
        elif (name == "min" and (share(found - moved - 1) > missed).any()) or (
            name == "max" and (share(found + moved) < 1 - missed).any()
        ):
            yield name
