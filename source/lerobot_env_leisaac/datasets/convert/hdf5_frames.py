"""Images of an HDF5 file, a block of rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from PIL import Image

from lerobot_env_leisaac.datasets.stored_frames import StoredFrames, UnreadableFrames

from .hdf5 import RecordedCamera, episode_of, opened

_BLOCK_BYTES = 2**27
"""Most that is kept of a camera's images [B]: more than the hundred rows of 640x480 that LeIsaac packs together."""

_BLOCK_ROWS = 32
"""Rows that are read at once where each lies apart."""

_CHUNK_CACHE = 2**30


class Hdf5Frames(StoredFrames):
    """Frames of a camera in an HDF5 file, which whoever gets it opens; they are to be read in order."""

    def __init__(
        self,
        path: Path,
        episode: str,
        name: str,
        camera: RecordedCamera,
        rows: range,
        shown: tuple[int, int] | None = None,
    ):
        """Name frames; nothing is read.

        Args:
            path: The file.
            episode: Name of the episode.
            name: Name of the camera.
            camera: What its images are.
            rows: The rows that are wanted.
            shown: Height and width that frames are given [px]; as they are by default.
        """
        self._path, self._episode, self._name, self._camera, self._rows = path, episode, name, camera, rows
        self._shown = shown or camera.size
        self._first = 0
        self._block: np.ndarray = np.empty((0, *camera.size, 3), np.uint8)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def nbytes(self) -> int:
        """Size of all frames in memory [B]."""
        return len(self) * 3 * self._shown[0] * self._shown[1]

    def __getitem__(self, index: Any) -> Any:
        """Return the frame of a number.

        Raises:
            UnreadableFrames: The file is damaged there.
        """
        if not self._first <= index < self._first + len(self._block):
            self._block = self._block[:0].copy()  # before there is another one
            self._first, self._block = index, self._read(index)
        frame = self._block[index - self._first]
        return frame if self._shown == self._camera.size else resized(frame, self._shown)

    def _read(self, index: int) -> np.ndarray:
        """Return the frames from one on: those that are unpacked with it, as many as there is room for."""
        rows = self._rows[index:][: _rows_at_once(self._camera, self._rows.step)]
        if self._camera.together > 1:
            unpacked = rows.start - rows.start % self._camera.together + self._camera.together
            rows = range(rows.start, min(rows.stop, unpacked), rows.step)
        block = np.empty((len(rows), *self._camera.size, 3), np.uint8)
        try:
            with opened(self._path, _CHUNK_CACHE) as file, episode_of(self._path, self._episode):
                _fill(block, file["data"][self._episode]["obs"][self._name], rows)
        except ValueError as error:
            raise UnreadableFrames(str(error), self._path, self._episode) from error
        return block


def _fill(block: np.ndarray, images: h5py.Dataset, rows: range) -> None:
    for number, row in enumerate(rows):  # HDF5 takes ten times as long for every second row at once
        images.read_direct(block, row, number)


def block_bytes(camera: RecordedCamera, stride: int) -> int:
    """Return how much of a camera's images is kept while every so many-th row is read [B]."""
    return _rows_at_once(camera, stride) * camera.frame_bytes


def _rows_at_once(camera: RecordedCamera, stride: int) -> int:
    """Return how many rows are read at once: those that are unpacked together, as many as there is room for."""
    wanted = -(-camera.together // stride) if camera.together > 1 else _BLOCK_ROWS
    return max(min(wanted, _BLOCK_BYTES // camera.frame_bytes), 1)


def resized(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an image (H, W, 3) in another height and width."""
    return np.asarray(Image.fromarray(frame).resize(size[::-1], Image.Resampling.BILINEAR))
