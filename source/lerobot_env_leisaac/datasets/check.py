"""Check a dataset before a policy is trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lerobot.datasets import LeRobotDataset
from tqdm import tqdm

from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.camera_frames import CameraEpisode, camera_episodes, cameras
from lerobot_env_leisaac.datasets.check_cameras import check_cameras, check_samples
from lerobot_env_leisaac.datasets.check_checkpoint import check_checkpoint
from lerobot_env_leisaac.datasets.check_image_statistics import check_image_statistics
from lerobot_env_leisaac.datasets.check_joints import (
    check_constant,
    check_jumps,
    check_lag,
    check_limits,
    check_numbers,
    check_statistics,
)
from lerobot_env_leisaac.datasets.check_rows import (
    check_episodes,
    check_joint_order,
    check_manifest,
    check_rows,
    check_tasks,
    check_timestamps,
)
from lerobot_env_leisaac.datasets.check_units import declared_units
from lerobot_env_leisaac.datasets.findings import Finding
from lerobot_env_leisaac.datasets.open import open_dataset
from lerobot_env_leisaac.datasets.trajectories import Trajectories, read_trajectories
from lerobot_env_leisaac.units import UnitConvention

_SHOWN = 4
"""Episodes whose first frames and trajectories a report shows."""


@dataclass(frozen=True)
class DatasetCheck:
    """A dataset and what was found in it.

    Attributes:
        root: Directory of the dataset.
        units: Convention of its states and actions, if one is declared and not contradicted.
        data: Its numbers.
        findings: What was found.
        pictures: First frames by episode and camera. Shape is (H, W, 3), dtype uint8.
    """

    root: Path
    units: UnitConvention | None
    data: Trajectories
    findings: list[Finding]
    pictures: dict[int, dict[str, np.ndarray]]

    def count(self, level: str) -> int:
        """Return how many findings are of a level."""
        return sum(finding.level == level for finding in self.findings)


def check_dataset(
    path: str | Path, units: str | Path | UnitConvention | None = None, checkpoint: str | Path | None = None
) -> DatasetCheck:
    """Check everything about a dataset; every frame of every camera is decoded once.

    Args:
        path: Directory of the dataset.
        units: Unit convention, by name or file; by default the one that its ``meta/leisaac.json`` declares.
        checkpoint: Checkpoint to compare its statistics with.

    Raises:
        FileNotFoundError: There is no dataset, or one of its files is missing, or there is no such checkpoint.
        ValueError: The dataset cannot be read at all, has other joints than the SO-101, or an argument is not legal.
    """
    dataset = open_dataset(path)
    manifest = manifests.read(dataset.root)
    data = read_trajectories(dataset)
    numbers = [*check_numbers(data)]
    data = data.filled()  # so that the other checks can go on
    recorded = manifests.declared_units(dataset.root)
    convention, unit_finding = declared_units(data, recorded, units, dataset.meta.robot_type)
    findings = [
        *check_rows(dataset, data),
        *check_timestamps(dataset, data),
        *check_episodes(data),
        *check_tasks(dataset, data),
        *check_manifest(dataset, data, manifest),
        *check_joint_order(dataset, data.robot),
        unit_finding,
        *numbers,
        *check_constant(data),
        *check_limits(data, convention),
        *check_jumps(data, convention),
        *check_lag(data, convention),
        *check_statistics(dataset, data),
    ]
    if checkpoint is not None:
        findings += check_checkpoint(dataset, data, convention, checkpoint)
    samples, failures = _samples(dataset, data)
    findings += check_samples(dataset, samples, failures)
    seen = _decode(dataset, data)
    findings += check_cameras(dataset, seen)
    findings += check_image_statistics(dataset, seen)
    return DatasetCheck(dataset.root, convention, data, findings, _pictures(dataset, samples))


def _samples(dataset: LeRobotDataset, data: Trajectories) -> tuple[dict[int, dict[str, Any]], dict[int, Exception]]:
    """Return the first rows of some episodes and the last row of all, as LeRobot returns them to a training.

    Returns:
        Samples by row, and what LeRobot raised by row.
    """
    episodes = np.unique(np.linspace(0, len(data.episodes) - 1, _SHOWN, dtype=int))
    rows = [*(data.episodes[episode].start for episode in episodes), len(data.index) - 1]
    samples: dict[int, dict[str, Any]] = {}
    failures: dict[int, Exception] = {}
    for row in rows:
        try:
            samples[row] = dataset[row]
        except Exception as error:  # whatever LeRobot, PyAV or Pillow raise
            failures[row] = error
    return samples, failures


def _pictures(dataset: LeRobotDataset, samples: dict[int, dict[str, Any]]) -> dict[int, dict[str, np.ndarray]]:
    """Return the images among the samples that begin an episode."""
    return {
        int(item["episode_index"]): {
            camera.removeprefix("observation.images."): (item[camera].permute(1, 2, 0) * 255).byte().numpy()
            for camera in cameras(dataset)
        }
        for item in samples.values()
        if item["frame_index"] == 0
    }


def _decode(dataset: LeRobotDataset, data: Trajectories) -> list[CameraEpisode]:
    """Decode all frames, with a progress bar on a terminal's error stream."""
    total = len(cameras(dataset)) * len(data.index)
    with tqdm(total=total, unit="frame", desc="decoding", disable=total == 0, leave=False) as progress:
        seen = []
        for episode in camera_episodes(dataset, data.state):
            seen.append(episode)
            progress.update(episode.frames)
    return seen
