"""Hand arrays over to another process in shared memory: a pipe takes seconds for each gigabyte."""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np


class SharedArrays:
    """Arrays that travel to one other process as a file descriptor when they are pickled, without their content.

    The memory has no name: whoever is killed, it goes when the last process that holds it is gone. It does not count
    against the size of ``/dev/shm``, which is 64 MB in a container unless asked for.
    """

    def __init__(self, arrays: Sequence[np.ndarray]):
        """Copy arrays into shared memory.

        Raises:
            OSError: There is not enough memory.
        """
        self._layout = [(array.shape, array.dtype.str) for array in arrays]
        descriptor = os.memfd_create("arrays")
        try:
            with open(descriptor, "wb", buffering=0, closefd=False) as file:
                for array in arrays:
                    _write(file, memoryview(np.ascontiguousarray(array)).cast("B"))
            self._descriptor = DupFd(descriptor)
        finally:
            os.close(descriptor)

    def take(self) -> list[np.ndarray]:
        """Return the arrays, read only; once, in the process that they were sent to."""
        descriptor = self._descriptor.detach()
        try:
            memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        arrays: list[np.ndarray] = []
        offset = 0
        for shape, dtype in self._layout:
            array: np.ndarray = np.ndarray(shape, dtype, memory, offset)
            arrays.append(array)
            offset += array.nbytes
        return arrays


def _write(file: Any, content: memoryview) -> None:
    """Write all of it: the system takes at most 2 GiB at a time."""
    while content:
        content = content[file.write(content) :]
