"""What can be told of a dataset's folder without LeRobot or the simulator, before either is imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lerobot_env_leisaac import locks
from lerobot_env_leisaac.writable import require_writable_folder

from . import manifest as manifests
from .manifest import SCRATCH, Manifest


def require_recordable(out: Path, *, resume: bool) -> None:
    """Refuse a folder that nothing can be recorded into.

    Args:
        out: Folder of the dataset; it need not be there yet.
        resume: Go on with the recording that is in it.

    Raises:
        FileExistsError: Something is in it that is not to be gone on with.
        ValueError: The recording to go on with is damaged, or another tool changed it.
        OSError: Nothing can be written there.
    """
    require_writable_folder(out)
    if resume:
        from .untouched import require_untouched  # reads Parquet: other commands need not wait for its library

        is_whole = not (out / SCRATCH).exists()  # what a kill left is put in order first
        if is_whole and (manifest := manifests.read(out)) is not None:
            require_untouched(out, manifest)
        return
    if out.is_dir() and any(path.name != locks.NAME for path in out.iterdir()):
        raise FileExistsError(f"{out} is not empty: add --resume to go on with a recording, or choose another folder")


def require_replayable(dataset: Path, episodes: Sequence[int]) -> Manifest:
    """Return the manifest of a dataset that ``leisaac record`` wrote, or refuse to replay it.

    Args:
        dataset: Folder of the dataset.
        episodes: Indices of the episodes; all if empty.

    Raises:
        FileNotFoundError: It has no manifest.
        ValueError: It has no such episode, or its manifest is damaged.
    """
    manifest = manifests.read(dataset)
    if manifest is None:
        raise FileNotFoundError(
            f"dataset {dataset} has no {manifests.PATH}, so that nobody knows from which state its episodes started:"
            " expected one that leisaac record wrote; say --units to see how the simulated arm follows another"
        )
    known = {recorded.episode_index for recorded in manifest.episodes}
    for episode in episodes:
        if episode not in known:
            raise ValueError(f"no episode {episode} in dataset {dataset}, expected one of 0..{len(known) - 1}")
    from .untouched import require_untouched

    require_untouched(dataset, manifest)
    return manifest
