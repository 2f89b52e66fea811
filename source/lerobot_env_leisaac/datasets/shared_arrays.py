"""Hand arrays over to another process in shared memory: a pipe takes seconds for each gigabyte."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np


class SharedArrays:
    """Memory for arrays on their way to one other process, to be used again: fresh memory costs more than the copy.

    Sent to a process, by a queue or as an argument, it arrives as the list of arrays, read only; what travels is a file
    descriptor. The memory has no name: whoever is killed, it goes with the last process that holds it. It does not
    count against the size of ``/dev/shm``, which is 64 MB in a container unless asked for.
    """

    def __init__(self) -> None:
        """Take no memory yet."""
        self._layout: list[tuple[tuple[int, ...], str]] = []
        self._file = open(os.memfd_create("arrays"), "wb", buffering=0)  # noqa: SIM115 - as long as this lives
        weakref.finalize(self, self._file.close)

    def put(self, arrays: Sequence[np.ndarray]) -> None:
        """Copy arrays in, in place of those before, which their receiver must be done with.

        Raises:
            OSError: There is not enough memory.
        """
        self._layout = [(array.shape, array.dtype.str) for array in arrays]
        self._file.seek(0)
        for array in arrays:
            content = memoryview(np.ascontiguousarray(array)).cast("B")
            while content:  # the system takes at most 2 GiB at a time
                content = content[self._file.write(content) :]

    def __reduce__(self) -> tuple[Any, ...]:
        return _receive, (DupFd(self._file.fileno()), self._layout)


def _receive(sent: Any, layout: list[tuple[tuple[int, ...], str]]) -> list[np.ndarray]:
    descriptor = sent.detach()
    try:
        memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
    finally:
        os.close(descriptor)
    arrays: list[np.ndarray] = []
    offset = 0
    for shape, dtype in layout:
        array: np.ndarray = np.ndarray(shape, dtype, memory, offset)
        arrays.append(array)
        offset += array.nbytes
    return arrays
