"""A LeRobotDataset for training whose videos are decoded once, not once for every sample.

LeRobot seeks and decodes a frame of each camera for every sample it draws, and reads a chunk of actions through a table
that converts every number by itself: 12 ms of a processor a sample, where a small policy's update takes less. Here the
frames stand decoded in files that all loading processes map into their memory, and the rows in tensors. Which item an
index gives is left to LeRobot.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lerobot.datasets.dataset_reader import DatasetReader
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from tqdm import tqdm

from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import create

from .decode_video import decode

FRAMES = ".frames"
"""Folder inside a dataset that holds the decoded frames; it may be deleted at any time."""


class InMemoryDataset(LeRobotDataset):
    """LeRobotDataset with the same items, from decoded frames; arguments as for LeRobot's.

    It takes 3 bytes a pixel of disk, and as much memory for what is to be fast. Frames are returned as uint8, whatever
    ``return_uint8`` says: `lerobot-train` converts them on the GPU.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        """Open a dataset, and decode its frames if they are not yet.

        Raises:
            ValueError: It has images, not videos.
        """
        super().__init__(*args, **kwargs)
        if self.meta.image_keys or not self.meta.video_keys:
            raise ValueError(f"dataset {self.root} stores no videos: train from its images with lerobot-train itself")
        decode_frames(self)
        self.reader = _InMemoryReader(self._ensure_reader(), self.root)


class _InMemoryReader(DatasetReader):
    """LeRobot's reader, on tensors in memory and frames in mapped files."""

    def __init__(self, reader: DatasetReader, root: Path):
        self.__dict__.update(vars(reader))  # what it read from the disk is not read again
        if self._image_transforms is not None:
            raise ValueError("image transforms are for LeRobot's own reader: train without them, or with lerobot-train")
        table = reader.hf_dataset.with_format("numpy")
        self.hf_dataset = _Rows({name: torch.as_tensor(np.stack(table[name][:])) for name in table.column_names})
        self._folder = root / FRAMES
        self._frames: dict[str, np.ndarray] = {}

    def _query_videos(self, query_timestamps: dict[str, list[float]], ep_idx: int) -> dict[str, torch.Tensor]:
        first = self._meta.episodes[ep_idx]["dataset_from_index"]
        item = {}
        for key, timestamps in query_timestamps.items():
            if key not in self._frames:  # each process maps the file for itself
                self._frames[key] = np.load(self._folder / f"{key}.npy", mmap_mode="r")
            rows = [first + round(timestamp * self._meta.fps) for timestamp in timestamps]
            item[key] = torch.from_numpy(self._frames[key][rows]).squeeze(0)
        return item

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_frames": {}}


class _Rows:
    """A table of tensors that answers as LeRobot asks."""

    def __init__(self, columns: dict[str, torch.Tensor]):
        self._columns = columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __getitem__(self, key: int | str | list[int]) -> Any:
        if isinstance(key, str):
            return _Column(self._columns[key])
        rows = {name: column[key] for name, column in self._columns.items()}
        return rows if isinstance(key, int) else {name: column.unbind() for name, column in rows.items()}


class _Column:
    """A column of a table."""

    def __init__(self, values: torch.Tensor):
        self._values = values

    def __getitem__(self, rows: list[int]) -> tuple[torch.Tensor, ...]:
        return self._values[rows].unbind()


def decode_frames(dataset: LeRobotDataset) -> None:
    """Decode every frame of every camera into a file, uint8 (F, 3, H, W); what is decoded already stays.

    Raises:
        ValueError: A video has not as many frames as the dataset has rows.
    """
    folder = dataset.root / FRAMES
    folder.mkdir(exist_ok=True)
    missing = [key for key in dataset.meta.video_keys if not _is_decoded(folder / f"{key}.npy", dataset)]
    if not missing:
        return
    # processes, since threads take turns at the copying; spawned, since the caller may hold a GPU
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), multiprocessing.get_context("spawn")) as pool:
        jobs = {key: _start_decoding(pool, dataset, key, folder / f"{key}.tmp") for key in missing}
        for key in missing:
            for job in tqdm(jobs[key], desc=printable(key), unit="file", mininterval=1.0):
                job.result()
            target = folder / f"{key}.npy"
            os.replace(folder / f"{key}.tmp", target)
            write_json(_sources(dataset, key), _note(target))


def _start_decoding(pool: ProcessPoolExecutor, dataset: LeRobotDataset, key: str, target: Path) -> list[Future[None]]:
    """Have every video of a camera decoded into a file, and return what is to be waited for."""
    shape = (dataset.meta.total_frames, 3, *dataset.meta.features[key]["shape"][:2])
    create(target)
    np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    return [pool.submit(decode, path, first, end, target) for path, (first, end) in _rows_by_file(dataset, key).items()]


def _is_decoded(target: Path, dataset: LeRobotDataset) -> bool:
    """Return whether a file holds the frames of the videos as they are now."""
    note = _note(target)
    return target.exists() and read_json(note) == _sources(dataset, target.stem)


def _note(target: Path) -> Path:
    """Return the file that says what decoded frames came from."""
    return target.with_suffix(".json")


def _sources(dataset: LeRobotDataset, key: str) -> dict[str, Any]:
    """Return what the frames of a camera are decoded from: a video that is replaced has another size or time."""
    files = {}
    for path, (first, end) in _rows_by_file(dataset, key).items():
        status = path.stat()
        files[str(path.relative_to(dataset.root))] = [first, end, status.st_size, status.st_mtime_ns]
    return {"shape": list(dataset.meta.features[key]["shape"]), "files": files}


def _rows_by_file(dataset: LeRobotDataset, key: str) -> dict[Path, tuple[int, int]]:
    """Return the first row and the end of each video file of a camera; episodes stand in it as in the dataset."""
    rows: dict[Path, tuple[int, int]] = {}
    for index, episode in enumerate(dataset.meta.episodes):
        path = dataset.root / dataset.meta.get_video_file_path(index, key)
        first, _ = rows.get(path, (episode["dataset_from_index"], 0))
        rows[path] = first, episode["dataset_to_index"]
    return rows
