"""Hand arrays over to another process in shared memory: a pipe takes seconds for each gigabyte."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np

_BUFFERS = 1024
"""How many buffers the system takes in one call."""


class SharedArrays:
    """Memory for arrays on their way to one other process, to be used again: fresh memory costs more than the copy.

    Sent to a process, by a queue or as an argument, it arrives as the list of arrays, read only; what travels is a file
    descriptor. The memory has no name: whoever is killed, it goes with the last process that holds it. It does not
    count against the size of ``/dev/shm``, which is 64 MB in a container unless asked for.

    Attributes:
        nbytes: Size of the arrays in it [B].
    """

    def __init__(self) -> None:
        """Take no memory yet."""
        self.nbytes = 0
        self._layout: list[tuple[tuple[int, ...], str]] = []
        self._descriptor = os.memfd_create("arrays")
        weakref.finalize(self, os.close, self._descriptor)

    def clear(self) -> None:
        """Forget the arrays, which their receiver must be done with; the memory stays."""
        self.nbytes = 0
        self._layout.clear()
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def stack(self, parts: Sequence[np.ndarray]) -> None:
        """Add an array of parts of the same shape and type, stacked along a new first axis.

        Raises:
            OSError: There is not enough memory.
        """
        for first in range(0, len(parts), _BUFFERS):
            _write(self._descriptor, [memoryview(part).cast("B") for part in parts[first : first + _BUFFERS]])
        self._layout.append(((len(parts), *parts[0].shape), parts[0].dtype.str))
        self.nbytes += len(parts) * parts[0].nbytes

    def __reduce__(self) -> tuple[Any, ...]:
        return _receive, (DupFd(self._descriptor), self._layout)


def _write(descriptor: int, buffers: list[memoryview]) -> None:
    """Write all of the buffers, in as many calls as the system wants."""
    while buffers:
        written = os.writev(descriptor, buffers)
        while buffers and written >= len(buffers[0]):
            written -= len(buffers.pop(0))
        if written:
            buffers[0] = buffers[0][written:]


def _receive(sent: Any, layout: list[tuple[tuple[int, ...], str]]) -> list[np.ndarray]:
    descriptor = sent.detach()
    try:
        memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) if layout else None
    finally:
        os.close(descriptor)
    arrays: list[np.ndarray] = []
    offset = 0
    for shape, dtype in layout:
        array: np.ndarray = np.ndarray(shape, dtype, memory, offset)
        arrays.append(array)
        offset += array.nbytes
    return arrays
