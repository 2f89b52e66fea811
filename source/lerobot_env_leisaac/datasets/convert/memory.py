"""How many processes encode at once: as many as there is memory for."""

from __future__ import annotations

from collections.abc import Iterable

from .hdf5 import RecordedCamera
from .hdf5_frames import block_bytes

MOST_BYTES = 2 * 10**9
"""What all processes of a conversion take together [B], unless one alone takes more."""

_MAIN_BYTES = 900 * 10**6
"""What the main process takes, with what the others share with it [B].

Source of this figure and the next two: LeIsaac's files of three cameras of 640x480, where a process takes 0.5 GB."""

_WORKER_BYTES = 60 * 10**6
"""What a process that encodes takes, whatever the images [B]."""

_FRAMES = 80
"""Images of each camera for which an encoder and what waits before it have room."""


def workers_that_fit(cores: int, cameras: Iterable[RecordedCamera], stride: int) -> int:
    """Return how many processes encode side by side.

    Args:
        cores: How many processors there are.
        cameras: The images that each of them reads and encodes.
        stride: Every so many-th row is kept.
    """
    known = list(cameras)
    blocks = sum(block_bytes(camera, stride) + _FRAMES * camera.frame_bytes for camera in known)
    unpacked = max((camera.together * camera.frame_bytes for camera in known), default=0)
    each = _WORKER_BYTES + blocks + unpacked
    return max(min(cores, (MOST_BYTES - _MAIN_BYTES) // each), 1)
