"""Checks of the images: their number, their size, and whether they show anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from lerobot.datasets import LeRobotDataset

from lerobot_env_leisaac.datasets.camera_frames import CameraEpisode, cameras, declared_size
from lerobot_env_leisaac.datasets.findings import Finding, listing

_FINE_PX = 128
"""Images with a shorter side [px] show so much less of a motion that their frames repeat more often."""


def check_samples(
    dataset: LeRobotDataset, samples: Mapping[int, Mapping[str, Any]], failures: Mapping[int, Exception]
) -> Iterator[Finding]:
    """What LeRobot hands to a training has the declared shapes and types, and images are within 0..1.

    Args:
        dataset: Dataset.
        samples: Rows as LeRobot returns them, by number.
        failures: What it raised instead, by number.
    """
    for row, error in failures.items():
        yield Finding(
            "error", "samples", f"LeRobot cannot read row {row}: {(str(error).strip() or repr(error)).splitlines()[0]}"
        )
    if failures:
        return
    problems = set()
    for item in samples.values():
        for key, feature in dataset.features.items():
            value = item[key]
            if not isinstance(value, torch.Tensor):
                continue
            is_image = key in cameras(dataset)
            shape = (3, *declared_size(dataset, key)) if is_image else tuple(feature["shape"])
            if tuple(value.shape) != (() if shape == (1,) else shape):
                problems.add(f"{key} has shape {tuple(value.shape)}, declared {shape}")
            expected = "float32" if is_image else feature["dtype"]
            if str(value.dtype) != f"torch.{expected}":
                problems.add(f"{key} is {value.dtype}, declared {expected}")
            if is_image and not 0 <= value.min() <= value.max() <= 1:
                problems.add(f"{key} is within {value.min():.3g}..{value.max():.3g}, expected 0..1")
    rows = f"rows {', '.join(map(str, samples))} as LeRobot returns them"
    if problems:
        yield Finding("error", "samples", f"{rows}: {listing(sorted(problems))}")
    else:
        yield Finding("ok", "samples", f"{rows}: declared shapes and types, images within 0..1")


def check_cameras(dataset: LeRobotDataset, seen: Sequence[CameraEpisode]) -> Iterator[Finding]:
    """Every camera has a frame a row, of the declared size, and shows what happens."""
    if not seen:
        yield Finding("warning", "cameras", "the dataset has none")
        return
    # in the dataset's order, not in that of the threads that decode
    by_camera: dict[str, list[CameraEpisode]] = {camera: [] for camera in cameras(dataset)}
    for episode in sorted(seen, key=lambda episode: episode.episode):
        by_camera[episode.camera].append(episode)
    for camera, episodes in by_camera.items():
        name = camera.removeprefix("observation.images.")
        yield _frames(f"{name} frames", declared_size(dataset, camera), episodes)
        yield _content(f"{name} images", episodes)
        yield _motion(f"{name} motion", min(declared_size(dataset, camera)), episodes)
    yield _distinct(by_camera)


def _frames(check: str, declared: tuple[int, int], episodes: Sequence[CameraEpisode]) -> Finding:
    """Say whether every row has its frame, and whether the frames are as large as declared."""
    rows, frames = (sum(getattr(episode, name) for episode in episodes) for name in ("rows", "frames"))
    figures = {"rows": rows, "frames": frames}
    if damaged := [f"episode {episode.episode} ({episode.damage})" for episode in episodes if episode.damage]:
        return Finding("error", check, f"{frames} of {rows} can be decoded: {listing(damaged, 2)}", figures)
    wrong = [
        f"episode {episode.episode} has {episode.frames} of {episode.rows}"
        for episode in episodes
        if episode.frames != episode.rows
    ]
    if wrong:
        return Finding("error", check, f"{frames} frames for {rows} rows: {listing(wrong)}", figures)
    if late := [f"episode {episode.episode} ({episode.unmatched})" for episode in episodes if episode.unmatched]:
        return Finding("error", check, f"rows without a frame at their time: {listing(late)}", figures)
    sizes = frozenset[tuple[int, int]]().union(*(episode.sizes for episode in episodes))
    found = listing(f"{height}x{width}" for height, width in sorted(sizes))
    if sizes != {declared}:
        return Finding("error", check, f"they are {found}, declared {declared[0]}x{declared[1]}", figures)
    return Finding("ok", check, f"{frames} of {found} for {rows} rows, all decoded", figures)


def _content(check: str, episodes: Sequence[CameraEpisode]) -> Finding:
    """Say whether the frames show anything."""
    for level, what in (("error", "black"), ("warning", "blank")):
        if count := sum(len(getattr(episode, what)) for episode in episodes):
            places = listing(
                f"episode {episode.episode} frame {frame}" for episode in episodes for frame in getattr(episode, what)
            )
            return Finding(level, check, f"{count} {what} frames: {places}", {what: count})  # type: ignore[arg-type]
    return Finding("ok", check, "none black or blank")


def _motion(check: str, side: int, episodes: Sequence[CameraEpisode]) -> Finding:
    """Say whether the frames change when the arm moves."""
    frozen = [
        f"episode {episode.episode} frames {episode.frozen[0]}..{sum(episode.frozen) - 1}"
        for episode in episodes
        if episode.frozen
    ]
    repeated, moving = (sum(getattr(episode, name) for episode in episodes) for name in ("repeated", "moving"))
    figures = {"repeated": repeated, "moving": moving, "frozen": len(frozen)}
    if frozen:
        return Finding(
            "error", check, f"frozen while the arm moves in {len(frozen)} episodes: {listing(frozen)}", figures
        )
    summary = f"{repeated} of {moving} frames repeat the one before while the arm moves"
    usual = 0.1 * max(1.0, (_FINE_PX / side) ** 2)  # half the size shows a quarter of the small motions
    return Finding("warning" if repeated > usual * moving else "ok", check, summary, figures)


def _distinct(by_camera: dict[str, list[CameraEpisode]]) -> Finding:
    """Say whether the cameras show different things."""
    firsts = {camera: [e.first for e in episodes if e.first is not None] for camera, episodes in by_camera.items()}
    names = list(firsts)
    same = [
        f"{one.removeprefix('observation.images.')} and {other.removeprefix('observation.images.')}"
        for number, one in enumerate(names)
        for other in names[number + 1 :]
        if firsts[one]
        and len(firsts[one]) == len(firsts[other])
        and all(np.abs(a - b).max() <= 2 for a, b in zip(firsts[one], firsts[other], strict=True))
    ]
    if same:
        return Finding("error", "cameras", f"these show the same: {listing(same)}")
    return Finding("ok", "cameras", f"{len(names)} cameras, each with a view of its own")
