"""A LeRobot dataset as an HDF5 file in the layout of Isaac Lab 3's recorder, which Isaac Lab's tools read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import ACTION, OBS_STATE
from tqdm import tqdm

from lerobot_env_leisaac import catalog, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.columns import EXECUTED_ACTION
from lerobot_env_leisaac.datasets.open import episode_rows, joint_columns, open_dataset
from lerobot_env_leisaac.datasets.trajectories import read_trajectories
from lerobot_env_leisaac.datasets.untouched import require_described
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.writable import replaced

from .source_units import require_plausible, rescaled, source_convention

_IMAGES = "observation.images."
_GZIP = {"compression": "gzip", "compression_opts": 2}
"""As Isaac Lab 3 writes."""
_CHUNK_ROWS = 16
_FORMAT = 1


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        out: The file.
        episodes: How many episodes it holds.
        frames: How many rows they have together.
        with_start: How many of them can be begun where they were recorded.
    """

    out: Path
    episodes: int
    frames: int
    with_start: int

    def __str__(self) -> str:
        return (
            f"{self.out}: {self.episodes} episodes, {self.frames} rows in radians, the state that they started from"
            f" with {self.with_start} of them"
        )


def export_hdf5(
    root: Path,
    out: Path,
    source_units: UnitConvention | None = None,
    cameras: Sequence[str] | None = None,
    task: str | None = None,
    *,
    overrule_units: bool = False,
) -> Export:
    """Write the episodes of a dataset into a file of Isaac Lab's, as of the task's environment in radians.

    Args:
        root: Directory of a LeRobotDataset v3.0.
        out: The file, which is not there yet.
        source_units: What states and actions are in, where the dataset does not say.
        cameras: Cameras to write; all by default.
        task: Name of the task, where the dataset does not say.
        overrule_units: Believe `source_units` also against the numbers.

    Raises:
        FileNotFoundError: There is no dataset.
        FileExistsError: The file is there.
        ValueError: The dataset is not one of a robot that is known, is damaged, or an argument does not fit it.
        OSError: It cannot be written; no file is left.
    """
    dataset = open_dataset(root)
    manifest = manifests.read(dataset.root)
    if manifest is not None:
        manifest = require_described(dataset.root, manifest)
    if EXECUTED_ACTION in dataset.meta.features:
        raise ValueError(
            f"dataset {root} holds corrections, whose actions are not what moved the arm ({EXECUTED_ACTION}): HDF5 has"
            " one column of actions, remove the other first (lerobot-edit-dataset, remove_feature)"
        )
    data = read_trajectories(dataset)
    source = source_convention(f"dataset {root}", data.robot, manifests.declared_units(dataset.root), source_units)
    require_plausible(f"dataset {root}", data.robot, source, data.state, data.action, overruled=overrule_units)
    found = [key.removeprefix(_IMAGES) for key in dataset.meta.camera_keys]
    chosen = found if cameras is None else list(cameras)
    if missing := [name for name in chosen if name not in found]:
        raise ValueError(f"dataset {root} has no camera {missing[0]}, found {', '.join(found) or 'none'}")
    name = task or (manifest.task if manifest else None)
    if name is None:
        raise ValueError(f"dataset {root} does not say which task it shows: say --task NAME")
    recorded = {each.episode_index: each for each in manifest.episodes} if manifest else {}
    if os.path.lexists(out):
        raise FileExistsError(f"{out} is there already: name another file")
    try:
        with replaced(out) as unfinished, h5py.File(unfinished, "w") as file:
            file.attrs["format_version"] = _FORMAT
            group = file.create_group("data")
            group.attrs["env_args"] = json.dumps(_env_args(name, dataset.fps))
            group.attrs["total"] = dataset.num_frames
            for index in tqdm(range(dataset.num_episodes), unit="episode"):
                demo = group.create_group(f"demo_{index}")
                _write_episode(demo, dataset, index, data.robot, source, chosen)
                if (known := recorded.get(index)) is not None:
                    demo.attrs["success"] = known.success
                    _write_state(demo, "initial_state", known.initial_state)
    except (OSError, RuntimeError) as error:
        raise OSError(f"cannot write {out} ({' '.join(str(error).split())[:160]})") from error
    starts = sum(bool(each.initial_state) for each in recorded.values())
    return Export(out, dataset.num_episodes, dataset.num_frames, starts)


def _env_args(task: str, fps: int) -> dict[str, Any]:
    """Return what Isaac Lab notes of the environment."""
    try:
        spec = catalog.task(task)
    except ValueError:
        return {"env_name": task, "type": 2, "sim_args": {"dt": 1 / fps, "decimation": 1}}
    decimation = max(round(spec.physics_hz / fps), 1)
    return {"env_name": spec.isaaclab_id, "type": 2, "sim_args": {"dt": 1 / fps / decimation, "decimation": decimation}}


def _write_episode(
    demo: h5py.Group,
    dataset: LeRobotDataset,
    index: int,
    robot: RobotSpec,
    source: UnitConvention,
    cameras: Sequence[str],
) -> None:
    """Write rows and images, which are decoded one by one."""
    rows = episode_rows(dataset, index)
    demo.attrs["num_samples"] = len(rows)
    table = dataset.hf_dataset.select_columns([OBS_STATE, ACTION]).with_format("numpy")[list(rows)]
    state, action = (
        rescaled(
            table[feature][:, joint_columns(dataset, feature, robot)], robot, source, units.load("radians")
        ).astype(np.float32)
        for feature in (OBS_STATE, ACTION)
    )
    demo.create_dataset("actions", data=action, **_GZIP)
    demo.create_dataset("processed_actions", data=action, **_GZIP)
    demo.create_dataset("obs/joint_pos", data=state, **_GZIP)
    images = {}
    for camera in cameras:
        height, width, _ = dataset.meta.features[_IMAGES + camera]["shape"]
        chunks = (min(_CHUNK_ROWS, len(rows)), height, width, 3)
        shape = (len(rows), height, width, 3)
        images[camera] = demo.create_dataset(f"obs/{camera}", shape, np.uint8, chunks=chunks, **_GZIP)
    for first in range(0, len(rows) if cameras else 0, _CHUNK_ROWS):
        shown = [dataset[row] for row in rows[first : first + _CHUNK_ROWS]]
        for camera, target in images.items():
            frames = [(each[_IMAGES + camera].permute(1, 2, 0) * 255).round().byte().numpy() for each in shown]
            target[first : first + len(frames)] = np.stack(frames)


def _write_state(group: h5py.Group, name: str, state: Any) -> None:
    """Write the state of a scene, numbers as rows of one."""
    if isinstance(state, dict):
        for key, each in state.items():
            _write_state(group, f"{name}/{key}", each)
    else:
        group.create_dataset(name, data=np.asarray([state], np.float32), **_GZIP)
