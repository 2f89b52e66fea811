"""Write demonstrations as a LeRobotDataset v3.0, in parallel, so that a kill loses only what is not yet counted."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, cast

import av
import datasets  # type: ignore[import-untyped]
import numpy as np
import torch
from lerobot.datasets.utils import DATA_DIR

from lerobot_env_leisaac import catalog, interrupts
from lerobot_env_leisaac.robots.spec import RobotSpec

from . import pixel_statistics, shards
from .columns import EXECUTED_ACTION
from .episode_content import digest
from .manifest import Manifest, RecordedEpisode
from .row_statistics import RowStatistics
from .shards import Demonstration, Place
from .shared_arrays import SharedArrays
from .stored_frames import StoredFrames
from .subtask_index import FEATURE, SUBTASK_INDEX

_SHARD_BYTES = 128 * 2**20
"""Size of the raw frames at which a shard is closed: the most that a worker is sent, and that a kill costs a worker."""

_AHEAD = 1.5
"""Shards on their way for each worker: those that wait let it go on while environments play, and cost memory."""

_NICENESS = 5
"""How far workers stand back where processors are short: who plays for them must not wait."""

_M_ARENA_MAX = -8
"""Option of glibc's ``mallopt``: how many heaps threads are spread over."""


class DemonstrationWriter:
    """Appends demonstrations to a dataset; use it as a context manager.

    Attributes:
        manifest: What is written beside the dataset; its episodes are those that are saved.
        encoding_s: CPU time of the workers so far [s].
        waiting_s: Time that :meth:`add` and :meth:`close` waited for workers [s].
    """

    def __init__(
        self, root: Path, manifest: Manifest, workers: int, *, forked: bool = False, robot: RobotSpec | None = None
    ):
        """Open a dataset for appending, or begin a new one.

        Args:
            root: Directory of the dataset.
            manifest: The manifest, with the episodes that the dataset holds already.
            workers: Number of worker processes.
            forked: Fork them from this process, with which they share what it has imported; not one with a simulator,
                whose threads and GPU context must not come along.
            robot: The robot that is shown; the task's by default.
        """
        self._robot = robot or catalog.robot_of(manifest.task)
        self.manifest = manifest
        self.encoding_s = self.waiting_s = 0.0
        self._root, self._scratch = root, root / shards.SCRATCH
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._workers = workers
        with interrupts.postponed():  # its exception would be lost where garbage is collected, or a process forked
            context = _own_forks() if forked else _fork_server()
            others = multiprocessing.active_children()
            self._pool = ProcessPoolExecutor(workers, context, _begin_worker)
            for _ in range(workers):  # let them begin now
                self._pool.submit(os.getpid)
        self._processes = [process for process in multiprocessing.active_children() if process not in others]
        self._place = Place(
            episode=len(manifest.episodes),
            frame=sum(episode.length for episode in manifest.episodes),
            file=sum(1 for _ in (root / DATA_DIR).glob("*/*.parquet")),
            tasks=shards.tasks(root),
        )
        self._rows = RowStatistics.of(root)
        self._open: list[Demonstration] = []
        self._open_frames = SharedArrays()
        self._open_stored_bytes = 0
        self._writing: deque[tuple[list[Demonstration], SharedArrays, Future[tuple[Path, float]]]] = deque()
        self._unused: list[SharedArrays] = []

    def __enter__(self) -> DemonstrationWriter:
        return self

    def __exit__(self, exception_type: type[BaseException] | None, *_: object) -> None:
        closed = False
        try:
            if exception_type is None:
                self.close()
                closed = True
        finally:
            if not closed:
                self._abandon()
            self._pool.shutdown(cancel_futures=True)
            del self._pool  # with its semaphores, which a process that leaves at once would be said to leak
            with contextlib.suppress(OSError):  # where the disk is full the next writer recovers
                shards.recover(self._root)

    @property
    def accepted(self) -> int:
        """How many demonstrations are saved or on their way."""
        return len(self.manifest.episodes) + len(self._open) + sum(len(shard) for shard, _, _ in self._writing)

    def add(self, demonstration: Demonstration) -> None:
        """Take a demonstration, its frames copied unless they are stored; waits while the workers have plenty to do.

        Raises:
            OSError: Something could not be written, a full disk say; what is saved already stays whole.
        """
        stored = {name: frames for name, frames in demonstration.images.items() if isinstance(frames, StoredFrames)}
        for camera in self.manifest.cameras:
            if camera not in stored:
                self._open_frames.stack(demonstration.images[camera])
        self._open_stored_bytes += sum(frames.nbytes for frames in stored.values())
        self._open.append(replace(demonstration, images=stored))
        if self._open_frames.nbytes + self._open_stored_bytes >= _SHARD_BYTES:
            self._send()
        while self._writing and (self._writing[0][-1].done() or len(self._writing) > _AHEAD * self._workers):
            self._commit_first()

    def close(self) -> None:
        """Write what is left; afterwards every accepted demonstration is saved."""
        if self._open:
            self._send()
        while self._writing:
            self._commit_first()
        self.manifest.write(self._root)

    def _abandon(self) -> None:
        """Save the shards that are written, and stop the workers in the middle of the others."""
        with contextlib.suppress(Exception):  # why it is abandoned is what counts
            while self._writing and self._writing[0][-1].done():
                self._commit_first()
        for process in self._processes:
            process.kill()

    def _send(self) -> None:
        shard, frames = self._open, self._open_frames
        tasks = dict.fromkeys((*self._place.tasks, *(each.task for each in shard)))
        place = replace(self._place, tasks=tuple(tasks))
        dataset = (
            self._scratch / f"shard-{place.file:06d}",
            place,
            self._robot.lerobot_type,
            self.manifest.fps,
            _features(self.manifest, self._robot),
            self.manifest.vcodec if self.manifest.video else None,
        )
        cameras = list(self.manifest.cameras)
        self._writing.append((shard, frames, self._pool.submit(_write, dataset, shard, cameras, cast(Any, frames))))
        rows = sum(len(each.state) for each in shard)
        self._place = Place(place.episode + len(shard), place.frame + rows, place.file + 1, place.tasks)
        self._open, self._open_frames = [], self._unused.pop() if self._unused else SharedArrays()
        self._open_stored_bytes = 0

    def _commit_first(self) -> None:
        started = time.perf_counter()
        shard, frames, future = self._writing[0]
        folder, cpu_s = future.result()
        self.waiting_s += time.perf_counter() - started
        self.encoding_s += cpu_s
        first = len(self.manifest.episodes)
        with interrupts.postponed():  # what is counted here and what is counted on the disk are one
            for index, each in enumerate(shard, start=first):
                kept = each.episode, len(each.state), each.success, each.initial_state, digest(each.action)
                self.manifest.episodes.append(RecordedEpisode(index, *kept))
            try:
                shards.append(folder, self._root, self.manifest, self._rows)
            except BaseException:
                del self.manifest.episodes[first:]
                raise
            self._writing.popleft()
        frames.clear()
        self._unused.append(frames)


def _own_forks() -> BaseContext:
    """Return what forks this process."""
    gc.collect()
    gc.freeze()  # the collector writes into what it looks at, and so would give each process a copy of everything
    return multiprocessing.get_context("fork")


def _fork_server() -> BaseContext:
    """Return what forks a process that has only imported this module, which takes seconds and most of their memory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.ends_with_parent", __name__, f"{__package__}.frozen"])
    return context


def _write(
    dataset: tuple[Path, Place, str, int, dict[str, Any], str | None],
    shard: list[Demonstration],
    cameras: list[str],
    frames: Iterable[Sequence[np.ndarray]],
) -> tuple[Path, float]:
    """Write a shard whose frames came apart from it, by demonstration and camera, but for those that are stored."""
    frames = iter(frames)
    images = [{name: each.images.get(name) or next(frames) for name in cameras} for each in shard]
    return shards.write(*dataset, [replace(each, images=frames) for each, frames in zip(shard, images, strict=True)])


def _features(manifest: Manifest, robot: RobotSpec) -> dict[str, Any]:
    """Return the dataset's features in LeRobot's form."""
    names = [channel.lerobot_key for channel in robot.channels]
    joints = {"dtype": "float32", "shape": (len(names),), "names": names}
    features: dict[str, Any] = {"observation.state": joints, "action": dict(joints)}
    if manifest.policy is not None:
        features[EXECUTED_ACTION] = dict(joints)
    if manifest.subtasks:
        features[SUBTASK_INDEX] = dict(FEATURE)
    for camera, (height, width) in manifest.cameras.items():
        features[f"observation.images.{camera}"] = {
            "dtype": "video" if manifest.video else "image",
            "shape": (height, width, 3),
            "names": ["height", "width", "channels"],
        }
    return features


def _begin_worker() -> None:
    """Prepare a worker: fast, quiet, deaf to Ctrl-C and SIGTERM, as its parent is not, and gone when its parent is."""
    os.nice(_NICENESS)
    # its encoders live for an episode each, in threads of their own: what one frees the next is to get
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    torch.set_num_threads(1)  # others of the process that was forked are not here
    os.environ["SVT_LOG"] = "1"  # errors only
    av.logging.set_libav_level(av.logging.ERROR)
    logging.disable(logging.WARNING)
    datasets.disable_progress_bars()
    pixel_statistics.use()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
