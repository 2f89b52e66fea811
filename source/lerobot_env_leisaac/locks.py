"""One writer at a time in a folder."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

NAME = ".lock"
"""File of a folder that is held."""


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; the operating system lets go of it when the process ends, however it does.

    Raises:
        BlockingIOError: Another process holds it.
        OSError: The folder is not there or not writable.
    """
    with open(folder / NAME, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BlockingIOError(
                f"another process is writing to {folder}: wait until it has ended, or name another folder"
            ) from error
        yield
