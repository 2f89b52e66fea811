"""How results are written, in one piece or not at all; and whether they can be, asked before the work that makes them.

A folder may come from somebody else: a link in it, under a name that is to be written, could lead to any file.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a new file to write into, which takes another one's place, or that of a link, once it is complete.

    Args:
        path: What it is to be called; its folder is made if it is not there.

    Raises:
        OSError: The file cannot be written; what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".unfinished-{secrets.token_hex(8)}{path.suffix}")
    create(unfinished)
    try:
        yield unfinished
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def create(path: Path) -> None:
    """Make an empty file in place of one of that name, which a killed run has left, or of a link.

    Raises:
        OSError: It cannot be made.
    """
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666))


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be written.

    Raises:
        OSError: Its folder is not there or not writable, or the path is a folder.
    """
    if path.is_dir() or not _takes_files(path.absolute().parent):
        raise OSError(f"cannot write {path}: expected the name of a file in a folder that is there and writable")


def require_writable_folder(path: Path) -> None:
    """Refuse a folder in which no file can be written; it need not be there yet.

    Raises:
        OSError: It, or the one above it that is there, is no writable folder.
    """
    nearest = next(place for place in (path.absolute(), *path.absolute().parents) if os.path.lexists(place))
    if not _takes_files(nearest):
        where = "it" if nearest == path.absolute() else str(nearest)
        raise OSError(f"cannot write into {path}: {where} is no writable folder, name another one")


def _takes_files(folder: Path) -> bool:
    """Return whether a file can be made in a folder; of ``/proc`` and its like permissions alone say so wrongly."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
