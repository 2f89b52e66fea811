"""The folder of a dataset that grows: begun, gone on with, and what is said when it cannot."""

from __future__ import annotations

import errno
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from . import manifest as manifests
from . import shards
from .manifest import Manifest
from .preflight import require_empty, require_same_settings
from .untouched import require_extendable


def make_folder(out: Path) -> None:
    """Make the folder of a dataset, unless it is there.

    Raises:
        OSError: It cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot write to {out} ({error.strerror}): choose a writable folder for --out") from error


def open_folder(out: Path, plan: Manifest, *, resume: bool) -> Manifest | None:
    """Put a folder in order that is to be written into, and make sure that what is in it is what is to be gone on with.

    Args:
        out: Folder of the dataset.
        plan: What is to be written.
        resume: Go on with the dataset that is in it.

    Returns:
        The manifest of the dataset to go on with; None for a new one.

    Raises:
        FileExistsError: Something is in it that is not to be gone on with.
        ValueError: The dataset in it is another one, or another tool changed it.
        OSError: Nothing can be written there.
    """
    try:
        (out / shards.SCRATCH).mkdir(exist_ok=True)
        if resume:
            shards.recover(out)
        else:
            (out / shards.SCRATCH).rmdir()
    except OSError as error:
        if not resume and error.errno == errno.ENOTEMPTY:
            raise FileExistsError(f"{out} holds an unfinished recording: go on with it by --resume") from error
        raise OSError(f"cannot write to {out} ({error.strerror}): choose a writable folder for --out") from error
    before = manifests.read(out) if resume else None
    if before is not None:
        require_same_settings(before, plan, out)
        require_extendable(out, before, plan)
    if before is None:
        require_empty(out, resume=resume)
    return before


def explained(error: OSError | BrokenProcessPool, out: Path, saved: int) -> OSError:
    """Return the error for people of a dataset that cannot be gone on with: why, and how many episodes are saved."""
    if isinstance(error, BrokenProcessPool):
        reason = "a writing process was killed, for want of memory perhaps"
    else:
        reason = "the disk is full" if error.errno == errno.ENOSPC else str(error)
    return OSError(f"cannot go on writing to {out}, {reason}: {saved} episodes are saved; go on by --resume")
