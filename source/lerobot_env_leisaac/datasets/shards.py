"""Shards: small datasets of a few episodes that become the next files of a growing dataset.

A shard is written by LeRobot's own writer, and then changed to what it is as the dataset's continuation. To append it,
it is put aside under one name and moved from there into the dataset, so that whatever is interrupted can be finished or
forgotten: a dataset never holds half a shard.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets.aggregate import update_meta_data
from lerobot.datasets.compute_stats import aggregate_stats
from lerobot.datasets.io_utils import load_info, load_stats, load_tasks, write_info, write_stats
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.datasets.utils import (
    DEFAULT_DATA_FILE_SIZE_IN_MB,
    DEFAULT_DATA_PATH,
    DEFAULT_EPISODES_PATH,
    DEFAULT_TASKS_PATH,
    DEFAULT_VIDEO_FILE_SIZE_IN_MB,
    DEFAULT_VIDEO_PATH,
    INFO_PATH,
)
from lerobot.utils.constants import OBS_IMAGES

from lerobot_env_leisaac.folders import require_own_files

from . import pixel_counts
from .columns import EXECUTED_ACTION
from .manifest import SCRATCH, Manifest
from .row_statistics import RowStatistics
from .stored_frames import UnreadableFrames
from .subtask_index import SUBTASK_INDEX

_COMMIT = SCRATCH / "commit"
"""What is part of it already and has only to be moved to its place."""

_PARTS = ("meta", "data", "videos")
"""Folders of a dataset; beside them stand texts about it."""

_FULL_BYTES = 2**22
"""Free space below which a disk counts as full."""

_QUEUED = 16
"""Frames that wait for the encoder of a camera at most."""

_ONE_FILE_MB = 2**20
"""Size limit that keeps all of a shard in one file of each kind."""


@dataclass(frozen=True)
class Demonstration:
    """One played episode.

    Attributes:
        episode: Its number in the environment.
        success: Whether the task was done.
        task: The instruction.
        state: Joint positions in units. Shape is (T, 6), float32.
        action: Actions in units. Shape is (T, 6), float32.
        images: Frames by camera, T of shape (H, W, 3), uint8.
        initial_state: Scene state at the first frame; see :class:`RecordedEpisode`.
        subtask_index: The sub-task that each frame works on. Shape is (T,), int64; None where it is not known.
        executed_action: What was carried out in place of `action`, in units. Shape is (T, 6), float32; None where it
            was the same.
    """

    episode: int
    success: bool
    task: str
    state: np.ndarray
    action: np.ndarray
    images: Mapping[str, Sequence[np.ndarray]]
    initial_state: dict[str, Any]
    subtask_index: np.ndarray | None = None
    executed_action: np.ndarray | None = None


@dataclass(frozen=True)
class Place:
    """Where in a dataset a shard begins.

    Attributes:
        episode: Index of its first episode.
        frame: Index of its first frame.
        file: Number of its files.
        tasks: Instructions of the dataset, by their number, with the shard's.
    """

    episode: int = 0
    frame: int = 0
    file: int = 0
    tasks: tuple[str, ...] = ()


def tasks(root: Path) -> tuple[str, ...]:
    """Return the instructions of a dataset, by their number; none where there is no dataset yet."""
    if not (root / DEFAULT_TASKS_PATH).is_file():
        return ()
    return tuple(load_tasks(root).sort_values("task_index").index)


def write(
    folder: Path,
    place: Place,
    robot_type: str,
    fps: int,
    features: dict[str, Any],
    vcodec: str | None,
    shard: list[Demonstration],
) -> tuple[Path, float]:
    """Write a shard.

    Args:
        folder: Where to; it does not exist yet.
        place: Where in the dataset it is to stand.
        robot_type: What LeRobot calls the robot.
        fps: Frame rate [Hz].
        features: Features in LeRobot's form.
        vcodec: Codec of the video to store frames as; None for images.
        shard: The demonstrations.

    Returns:
        The folder, and the CPU time that it took [s].

    Raises:
        OSError: It cannot be written.
        UnreadableFrames: The file that frames lie in is damaged.
        RuntimeError: A camera has not as many frames as there are rows.
    """
    started = time.process_time()
    try:
        _write(folder, place.tasks, robot_type, fps, features, vcodec, shard)
        _renumber(folder, place)
    except UnreadableFrames:
        raise
    except Exception as error:
        # an encoder's thread hides what went wrong in a RuntimeError, and not every error survives the way home
        if isinstance(error, OSError) or shutil.disk_usage(folder.parent).free < _FULL_BYTES:
            raise OSError(getattr(error, "errno", None) or errno.ENOSPC, str(error)) from None
        raise RuntimeError(f"{type(error).__name__}: {error}") from None
    return folder, time.process_time() - started


def append(shard: Path, root: Path, manifest: Manifest, rows: RowStatistics) -> None:
    """Make a shard the next files of a dataset, all of it or nothing.

    Args:
        shard: Folder of the shard, on the dataset's file system; it is gone afterwards.
        root: Directory of the dataset; it may be empty.
        manifest: The dataset's manifest, the shard's episodes in it.
        rows: Numbers of the dataset so far; the shard's are added.

    Raises:
        OSError: The disk is full, say; the dataset is as it was, or :func:`recover` finishes it.
    """
    before = len(rows)
    rows.add(shard)
    try:
        together = [load_stats(folder) for folder in (root, shard) if (folder / INFO_PATH).is_file()]
        statistics = aggregate_stats(together) | rows.statistics()
        for camera, known in _pool_pixels(shard, root).items():
            statistics[camera] |= known
        write_stats(statistics, shard)
        manifest.write(shard)
    except BaseException:
        rows.remove(before)
        raise
    move_in(shard, root)


def move_in(folder: Path, root: Path) -> None:
    """Move what is finished into a dataset, all of it or nothing.

    Args:
        folder: What is to stand in the dataset, on its file system; it is gone afterwards.
        root: Directory of the dataset.

    Raises:
        OSError: It cannot be moved; the dataset is as it was, or :func:`recover` finishes it.
    """
    os.rename(folder, root / _COMMIT)
    _move(root / _COMMIT, root)


def _pool_pixels(shard: Path, root: Path) -> dict[str, dict[str, np.ndarray]]:
    """Add the dataset's counts of pixels to the shard's, and return their statistics; none where they are not known."""
    rows = load_info(root).total_frames if (root / INFO_PATH).is_file() else 0
    counts = pixel_counts.read(shard, load_info(shard).total_frames - rows)
    before = pixel_counts.read(root, rows)
    if counts is None or (rows and before is None):
        (shard / pixel_counts.PATH).unlink(missing_ok=True)
        return {}
    if before is not None:
        counts += before
    counts.write(shard)
    return counts.statistics()


def recover(root: Path) -> None:
    """Finish what a killed :func:`append` had decided, and remove what it had not.

    Raises:
        ValueError: Something leads out of the dataset, or is to become part of it that was not written here.
        OSError: It cannot be moved.
    """
    if not os.path.lexists(root / SCRATCH):
        return
    require_own_files(root)
    if link := next((path for path in (root / SCRATCH, root / _COMMIT) if path.is_symlink()), None):
        raise ValueError(f"{link} is a link, and no folder of a recording: remove it")
    if (root / _COMMIT).is_dir():
        _move(root / _COMMIT, root)
    shutil.rmtree(root / SCRATCH, ignore_errors=True)


def _write(
    folder: Path,
    tasks: tuple[str, ...],
    robot_type: str,
    fps: int,
    features: dict[str, Any],
    vcodec: str | None,
    shard: list[Demonstration],
) -> None:
    dataset = LeRobotDataset.create(
        repo_id=folder.name,
        fps=fps,
        features=features,
        root=folder,
        robot_type=robot_type,
        use_videos=vcodec is not None,
        streaming_encoding=vcodec is not None,
        rgb_encoder=None if vcodec is None else RGBEncoderConfig(vcodec=vcodec),
        encoder_queue_maxsize=2 * _QUEUED,  # a frame that finds the queue full is dropped
        encoder_threads=1,
        metadata_buffer_size=len(shard),
        video_files_size_in_mb=_ONE_FILE_MB,
        data_files_size_in_mb=_ONE_FILE_MB,
    )
    dataset.meta.save_episode_tasks(list(tasks))  # or a shard would number those that it has from zero
    for each in shard:
        for row in range(len(each.state)):
            frame = {"observation.state": each.state[row], "action": each.action[row], "task": each.task}
            if SUBTASK_INDEX in features:
                assert each.subtask_index is not None
                frame[SUBTASK_INDEX] = each.subtask_index[row : row + 1]
            if EXECUTED_ACTION in features:
                assert each.executed_action is not None
                frame[EXECUTED_ACTION] = each.executed_action[row]
            frame |= {f"{OBS_IMAGES}.{camera}": frames[row] for camera, frames in each.images.items()}
            _wait_for_encoders(dataset)
            dataset.add_frame(frame)
        dataset.save_episode()
    dataset.finalize()
    _require_all_frames(dataset, sum(len(each.state) for each in shard))
    if dataset.meta.camera_keys:
        pixel_counts.of_episodes((len(each.state), each.images) for each in shard).write(folder)


def _wait_for_encoders(dataset: LeRobotDataset) -> None:
    """Wait until no encoder has many frames before it: LeRobot copies each into its queue, and drops what is too much.

    An encoder that died waits for nobody; what it died of is raised with the next frame.
    """
    encoder = dataset.writer._streaming_encoder
    while encoder is not None and any(
        queue.qsize() >= _QUEUED and encoder._threads[camera].is_alive()
        for camera, queue in encoder._frame_queues.items()
    ):
        time.sleep(0.002)


def _require_all_frames(dataset: LeRobotDataset, expected: int) -> None:
    """Refuse a shard in which a camera has fewer or more frames than there are rows."""
    for key in dataset.meta.video_keys:
        path = dataset.root / DEFAULT_VIDEO_PATH.format(video_key=key, chunk_index=0, file_index=0)
        with av.open(str(path)) as video:
            found = sum(packet.size > 0 for packet in video.demux(video=0))
        if found != expected:
            raise RuntimeError(f"{key} has {found} frames for {expected} rows: the encoder lost some, record again")


def _move(commit: Path, root: Path) -> None:
    """Move every file to its place in the dataset, ``info.json`` last: it counts what the others hold."""
    files = [path.relative_to(commit) for path in commit.rglob("*") if path.is_file()]
    for path in files:
        if path.parts[0] not in _PARTS and (len(path.parts) > 1 or path.suffix != ".md"):
            raise ValueError(f"{commit / path} is no part of a dataset: remove it")
    for path in sorted(files, key=lambda path: (path == Path(INFO_PATH), path)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(commit / path, root / path)
    shutil.rmtree(commit)


def _renumber(shard: Path, place: Place) -> None:
    """Change names, indices and metadata of a shard to what they are in its place of the dataset."""
    info = load_info(shard)
    chunk, file = divmod(place.file, info.chunks_size)

    def names(path: str, **keys: str) -> tuple[Path, Path]:
        old = shard / path.format(chunk_index=0, file_index=0, **keys)
        new = shard / path.format(chunk_index=chunk, file_index=file, **keys)
        new.parent.mkdir(parents=True, exist_ok=True)
        return old, new

    if place.file:
        video_keys = [key for key, feature in info.features.items() if feature["dtype"] == "video"]
        for key in video_keys:
            os.rename(*names(DEFAULT_VIDEO_PATH, video_key=key))
        old, new = names(DEFAULT_DATA_PATH)
        _shift_columns(old, new, {"episode_index": place.episode, "index": place.frame})
        old.unlink()
        old, new = names(DEFAULT_EPISODES_PATH)
        index = {"chunk": chunk, "file": file}
        videos = {key: {**index, "latest_duration": 0.0} for key in video_keys}
        totals = SimpleNamespace(total_episodes=place.episode, total_frames=place.frame)
        dataset = SimpleNamespace(info=totals, tasks=load_tasks(shard))
        update_meta_data(pd.read_parquet(old), dataset, index, index, videos).to_parquet(new)
        old.unlink()
    info.total_episodes += place.episode
    info.total_frames += place.frame
    info.splits = {"train": f"0:{info.total_episodes}"}
    info.data_files_size_in_mb = DEFAULT_DATA_FILE_SIZE_IN_MB
    info.video_files_size_in_mb = DEFAULT_VIDEO_FILE_SIZE_IN_MB
    write_info(info, shard)


def _shift_columns(old: Path, new: Path, offsets: dict[str, int]) -> None:
    """Copy a parquet file with an offset added to some columns, one row group, that is one episode, at a time."""
    source = pq.ParquetFile(old)
    with pq.ParquetWriter(new, source.schema_arrow, compression="snappy") as target:
        for group in range(source.num_row_groups):
            table = source.read_row_group(group)
            for name, offset in offsets.items():
                column = table.schema.get_field_index(name)
                table = table.set_column(column, table.field(column), pc.add(table.column(column), offset))
            target.write_table(table)
