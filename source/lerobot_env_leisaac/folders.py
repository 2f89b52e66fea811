"""What the folder of a dataset, a checkpoint or an evaluation may hold: it may come from somebody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from string import Formatter


def require_own_files(folder: Path) -> None:
    """Refuse a folder in which something leads out of it, or that is neither file nor folder.

    What is read through such a link is somebody's own file, which a copy would give away; what is written through it
    is lost. The Hub's cache keeps the content of its snapshots beside them, and links to it: that is its own.

    Raises:
        ValueError: There is such a thing, and the message names it.
        OSError: A folder in it cannot be read.
    """
    own = folder.resolve()
    homes = [own, *([own.parents[1] / "blobs"] if own.parent.name == "snapshots" else [])]
    for entry in _entries(own):
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            if not any(target.is_relative_to(home) for home in homes):
                raise ValueError(
                    f"{entry.path} is a link that leads out of {folder}, to {target}: put what is meant in its place"
                )
            kind = target.stat().st_mode if target.exists() else stat.S_IFREG
        else:
            kind = entry.stat(follow_symlinks=False).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise ValueError(f"{entry.path} is neither a file nor a folder, and nothing is read or written there")


def require_inside(template: object, fields: dict[str, str]) -> None:
    """Refuse a template of paths that leads out of the folder it is relative to, or asks for more than its fields.

    Args:
        template: It, such as ``videos/{key}/file-{index:03d}.mp4``.
        fields: Format of each field that it may have: ``s`` for text as it is, ``d`` for a number of some digits.

    Raises:
        ValueError: It is another.
    """
    if not isinstance(template, str):
        raise ValueError(f"{template!s:.60} is no text")
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        legal = ("", "s") if fields.get(name) == "s" else ("d", *(f"0{width}d" for width in range(1, 10)))
        if name not in fields or conversion or form not in legal:
            raise ValueError(f"{template!r:.80} has a field other than {', '.join(fields)}")
    require_plain(template)


def require_plain(path: str) -> None:
    """Refuse a path that leads out of the folder it is relative to.

    Raises:
        ValueError: It does.
    """
    if not path or path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise ValueError(f"{path!r:.80} is no path inside of its folder")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield all that is below a folder; links are not followed."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                yield entry
