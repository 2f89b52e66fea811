"""Whether a result can be written where it is wanted, asked before the work that makes it."""

from __future__ import annotations

import os
from pathlib import Path


def require_writable(path: Path) -> None:
    """Refuse a file that cannot be written.

    Raises:
        OSError: Its folder is not there or not writable, or the path is a folder.
    """
    folder = path.absolute().parent
    is_file = path.is_file()
    if path.is_dir() or not folder.is_dir() or not os.access(path if is_file else folder, os.W_OK):
        raise OSError(f"cannot write {path}: expected the name of a file in a folder that is there and writable")


def require_writable_folder(path: Path) -> None:
    """Refuse a folder in which no file can be written; it need not be there yet.

    Raises:
        OSError: It, or the one above it that is there, is no writable folder.
    """
    nearest = next(place for place in (path.absolute(), *path.absolute().parents) if os.path.lexists(place))
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        where = "it" if nearest == path.absolute() else str(nearest)
        raise OSError(f"cannot write into {path}: {where} is no writable folder, name another one")
