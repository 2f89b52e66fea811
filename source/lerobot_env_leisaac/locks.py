"""One writer at a time in a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

NAME = ".lock"
"""File of a folder that is held."""


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; the operating system lets go of it when the process ends, however it does.

    Raises:
        BlockingIOError: Another process holds it.
        OSError: The folder is not there or not writable, or what is called `NAME` in it is no file.
    """
    path = folder / NAME
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(f"{path} is no file of its own, as a lock is: remove it, or name another folder")
    # a link that comes in between is not followed, and a pipe not waited for
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise BlockingIOError(
            f"another process is writing to {folder}: wait until it has ended, or name another folder"
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
