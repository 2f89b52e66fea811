"""Is a dataset still what `leisaac record` wrote? LeRobot's tools change episodes and tasks, and the manifest stays.

Read from files alone: neither LeRobot's dataset nor the simulator is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.json_files import read_json

from .columns import EXECUTED_ACTION
from .episode_content import Identified, identify
from .manifest import Manifest
from .subtask_index import FEATURE, SUBTASK_INDEX

_INFO, _TASKS = Path("meta", "info.json"), Path("meta", "tasks.parquet")
_EPISODES, _DATA = Path("meta", "episodes"), Path("data")
_IMAGES = "observation.images."


def changes(root: Path, manifest: Manifest) -> Iterator[str]:
    """Yield where a dataset is not what its manifest says, a line each.

    Args:
        root: Directory of the dataset.
        manifest: Its manifest.
    """
    recorded = {episode.episode_index: episode.length for episode in manifest.episodes}
    frames = sum(recorded.values())
    try:
        info = read_json(root / _INFO)
        listed = _table(root / _EPISODES, ["episode_index", "length", "tasks"])
        rows = _table(root / _DATA, ["episode_index", "index"])
        tasks = pq.read_table(root / _TASKS)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        yield f"its files cannot be read ({' '.join(str(error).split())[:160]})"
        return
    for name, expected in (("total_episodes", len(recorded)), ("total_frames", frames), ("fps", manifest.fps)):
        if info.get(name) != expected:
            yield f"{_INFO} has {name} {info.get(name)}, the manifest {expected}"
    lengths = dict(zip(listed["episode_index"].to_pylist(), listed["length"].to_pylist(), strict=True))
    if lengths != recorded:
        total = sum(lengths.values())
        yield f"{_EPISODES} lists {len(listed)} episodes of {total} frames, the manifest {len(recorded)} of {frames}"
    counts = pc.value_counts(rows["episode_index"].combine_chunks()).to_pylist()
    if {entry["values"]: entry["counts"] for entry in counts} != recorded:
        yield f"{_DATA} holds {len(rows)} rows of {len(counts)} episodes, the manifest {frames} of {len(recorded)}"
    elif len(rows) != len(rows["index"].unique()):
        yield f"{_DATA} holds rows with the same index"
    cameras = {name.removeprefix(_IMAGES) for name in info.get("features", {}) if name.startswith(_IMAGES)}
    if cameras != set(manifest.cameras):
        found, noted = (", ".join(sorted(names)) or "none" for names in (cameras, manifest.cameras))
        yield f"{_INFO} has the cameras {found}, the manifest {noted}"
    if manifest.policy is not None and EXECUTED_ACTION not in info.get("features", {}):
        yield f"{_INFO} has no {EXECUTED_ACTION}: what moved the arm is not on record any more"
    texts = _texts(tasks)
    if not _is_told(manifest, texts):
        yield f"{_TASKS} has {', '.join(map(repr, texts))}, the manifest {manifest.instruction!r}"
    try:
        identified = identify(root, manifest)  # another order shows in the actions alone
    except ValueError as error:
        yield str(error)
    else:
        if identified is not None and not identified.is_as_recorded:
            yield str(identified)


def present(root: Path, manifest: Manifest) -> tuple[Manifest, Identified | None]:
    """Return the manifest of what a dataset holds now: LeRobot's own editing deletes, splits and merges episodes.

    Args:
        root: Directory of the dataset.
        manifest: Its manifest.

    Returns:
        The manifest, whose episodes are those that are left of it, under the numbers that they have now; and what was
        found, None where the dataset is as it was recorded.

    Raises:
        ValueError: The dataset is another one, or changed in another way.
    """
    identified = identify(root, manifest)
    if identified is None or identified.is_as_recorded:
        require_untouched(root, manifest)
        return manifest, None
    if not identified.episodes:
        raise ValueError(f"dataset {root} holds none of the episodes that its {OF_DATASET} describes: it is another's")
    return replace(manifest, episodes=identified.episodes), identified


def require_described(root: Path, manifest: Manifest) -> Manifest:
    """Return the manifest of what a dataset holds now, or refuse one with episodes that it does not know.

    Raises:
        ValueError: There are such episodes, or the dataset is another one.
    """
    manifest, edited = present(root, manifest)
    if edited is not None and edited.strangers:
        raise ValueError(
            f"dataset {root} was edited: {edited}, which may be in other units: take them out with"
            " lerobot-edit-dataset first"
        )
    return manifest


def require_untouched(root: Path, manifest: Manifest) -> None:
    """Refuse a dataset that is not what its manifest says.

    Raises:
        ValueError: It is not; the message says where.
    """
    if found := "; ".join(changes(root, manifest)):
        raise ValueError(
            f"dataset {root} is not what leisaac record wrote, another tool changed it: {found}. Restore it from a "
            f"copy, or take {OF_DATASET} out and treat it as a dataset from elsewhere"
        )


def require_extendable(root: Path, before: Manifest, now: Manifest) -> None:
    """Refuse to go on with a dataset that is not what its manifest says, or whose features are not those written now.

    Args:
        root: Directory of the dataset.
        before: Its manifest.
        now: What is to be recorded.

    Raises:
        ValueError: It is not to be gone on with; the message says why.
    """
    require_untouched(root, before)
    features = read_json(root / _INFO).get("features", {})
    if strange := [name for name in features if not _is_recorded(name, features[name], before, now)]:
        raise ValueError(
            f"dataset {root} has {', '.join(strange)} as leisaac record does not write them, another tool added or "
            "changed them: record into another folder"
        )
    for name, is_written in ((SUBTASK_INDEX, bool(before.subtasks)), (EXECUTED_ACTION, before.policy is not None)):
        if is_written and name not in features:
            raise ValueError(f"dataset {root} has lost {name}, another tool removed it: record into another folder")
    if before.instruction is None:  # not noted in files of format 1
        texts = _texts(pq.read_table(root / _TASKS))
        if texts != [now.instruction]:
            found = ", ".join(map(repr, texts))
            raise ValueError(
                f"{root} was recorded with instruction {found}, now it is {now.instruction!r}: resume it with the same,"
                " or choose another folder"
            )


def _is_recorded(name: str, feature: Any, before: Manifest, now: Manifest) -> bool:
    """Return whether a feature of a dataset is as a recording writes it; indices and times are LeRobot's own."""
    if name in ("observation.state", "action") or (name == EXECUTED_ACTION and before.policy is not None):
        keys = [channel.lerobot_key for channel in catalog.robot_of(now.task).channels]
        return feature.get("dtype") == "float32" and feature.get("names") == keys
    if name.startswith(_IMAGES):
        size = now.cameras.get(name.removeprefix(_IMAGES))
        is_size = size is not None and list(feature.get("shape", ())) == [*size, 3]
        return is_size and feature.get("dtype") == ("video" if now.video else "image")
    if name == SUBTASK_INDEX:
        return bool(before.subtasks) and feature.get("dtype") == FEATURE["dtype"]
    return name in ("timestamp", "frame_index", "episode_index", "index", "task_index")


def _is_told(manifest: Manifest, texts: list[str]) -> bool:
    """Return whether a dataset's texts are what its episodes were told; files of format 1 do not say."""
    words = (manifest.variation_values or {}).get("color_words")
    if manifest.instruction is None:
        return True
    if not words:
        return texts == [manifest.instruction]
    return bool(texts) and set(texts) <= {manifest.instruction.replace("{color}", word) for word in words}


def _texts(tasks: pa.Table) -> list[str]:
    return sorted({text for column in tasks.columns for text in column.to_pylist() if isinstance(text, str)})


def _table(folder: Path, columns: list[str]) -> pa.Table:
    paths = sorted(folder.glob("*/*.parquet"))
    if not paths:
        raise ValueError(f"no file in {folder}")
    return pa.concat_tables([pq.read_table(path, columns=columns) for path in paths])
