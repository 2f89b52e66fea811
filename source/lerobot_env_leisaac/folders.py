"""What the folder of a dataset, a checkpoint or an evaluation may hold: it may come from somebody else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePath


def require_own_files(folder: Path) -> None:
    """Refuse a folder in which something leads out of it or is neither file nor folder; one that is not there is none.

    What is read through such a link is somebody's own file, which a copy would give away; what is written through it
    is lost. The Hub's cache keeps the content of its snapshots beside them, and links to it: that is its own.

    Raises:
        ValueError: There is such a thing, and the message names it.
        OSError: A folder in it cannot be read.
    """
    own = folder.resolve()
    snapshots = [place for place in (own, *own.parents) if place.parent.name == "snapshots"]
    homes = [own, *(place.parents[1] / "blobs" for place in snapshots)]
    for entry in _entries(own):
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            if not any(target.is_relative_to(home) for home in homes):
                raise ValueError(
                    f"{entry.path} is a link that leads out of {folder}, to {target}: put what is meant in its place"
                )
        # unlike the entry's own methods these take a link that leads to nothing or to itself for nothing
        if os.path.exists(entry.path) and not (os.path.isfile(entry.path) or os.path.isdir(entry.path)):
            raise ValueError(f"{entry.path} is neither a file nor a folder, and nothing is read or written there")


def require_plain(path: object) -> None:
    """Refuse a path that leads out of the folder it is relative to.

    Raises:
        ValueError: It does.
    """
    parts = PurePath(path).parts if isinstance(path, str) and "\0" not in path else ()
    if not parts or parts[0].startswith("/") or ".." in parts:
        raise ValueError(f"{path!r:.80} is no path inside of its folder")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield all that is below a folder; links are not followed, and what vanishes meanwhile is left out."""
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                yield entry
