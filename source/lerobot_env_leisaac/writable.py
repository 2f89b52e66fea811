"""Whether a result can be written where it is wanted, asked before the work that makes it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be written.

    Raises:
        OSError: Its folder is not there or not writable, or the path is a folder.
    """
    folder = path.absolute().parent
    writable = os.access(path, os.W_OK) if path.is_file() else _takes_files(folder)
    if path.is_dir() or not writable:
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
