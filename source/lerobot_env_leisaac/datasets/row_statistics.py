"""The statistics of a dataset's rows: those that policies are normalised with.

LeRobot 0.6.1 keeps quantiles an episode, and stores their averages for the whole dataset. Where episodes differ those
are no quantiles of its rows: of twelve episodes, two rows in three lay outside q01..q99 of a joint. Here they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from lerobot.datasets.compute_stats import aggregate_feature_stats
from lerobot.datasets.utils import DATA_DIR, EPISODES_DIR, INFO_PATH, STATS_PATH

from lerobot_env_leisaac.json_files import read_json, write_json

from . import pixel_counts
from .columns import matrix
from .pixel_counts import QUANTILES


class RowStatistics:
    """Numbers of a growing dataset, by feature, and their statistics."""

    def __init__(self) -> None:
        self._parts: list[dict[str, np.ndarray]] = []

    @classmethod
    def of(cls, root: Path) -> RowStatistics:
        """Read the rows of a dataset; none where there is no dataset yet."""
        statistics = cls()
        statistics.add(root)
        return statistics

    def add(self, root: Path) -> None:
        """Take the rows of another dataset, the next part of this one, into account."""
        if (root / INFO_PATH).is_file():
            self._parts += read_numbers(root)

    def remove(self, parts: int) -> None:
        """Forget all but the first parts."""
        del self._parts[parts:]

    def __len__(self) -> int:
        return len(self._parts)

    def statistics(self) -> dict[str, dict[str, np.ndarray]]:
        """Return count, mean, std, min, max and `QUANTILES` by feature and component; see :func:`of_rows`."""
        names = self._parts[0] if self._parts else ()
        return {name: of_rows(np.concatenate([part[name] for part in self._parts])) for name in names}


def of_rows(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return the statistics that LeRobot keeps of a feature.

    Args:
        values: All rows. Shape is (F, C).

    Returns:
        Arrays of shape (C,), and ``count`` of shape (1,). A quantile is linearly interpolated between rows.
    """
    rows = values.astype(np.float64)
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    return {
        "min": rows.min(axis=0),
        "max": rows.max(axis=0),
        "mean": rows.mean(axis=0),
        "std": rows.std(axis=0),
        "count": np.array([len(rows)]),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }


def read_numbers(root: Path) -> list[dict[str, np.ndarray]]:
    """Return the numbers of each file of rows, by feature; shape is (F, C). Images and text are left out.

    Raises:
        ValueError: A file is damaged, or a feature is not among its columns.
    """
    features = read_json(root / INFO_PATH)["features"]
    wanted = [name for name, feature in features.items() if feature["dtype"] not in ("image", "video", "string")]
    parts = []
    for path in sorted((root / DATA_DIR).glob("*/*.parquet")):
        try:
            table = pq.read_table(path, columns=wanted)
            parts.append({name: matrix(table.column(name)) for name in wanted})
        except (pa.ArrowException, KeyError, ValueError, OSError) as error:
            raise ValueError(f"the rows in {path} cannot be read ({' '.join(str(error).split())[:200]})") from error
    return parts


def repair(root: Path) -> list[str]:
    """Write the statistics of all rows into ``meta/stats.json``, in one piece or not at all.

    Those of images are of all pixels where `leisaac record` has counted them; elsewhere they are put together anew from
    the episodes', as LeRobot does it.

    Args:
        root: Directory of any LeRobotDataset v3.0.

    Returns:
        The features whose statistics changed.

    Raises:
        ValueError: A row holds a value that is not a finite number, so that no statistics are right.
        OSError: The file cannot be written.
    """
    stored = stored_statistics(root)
    numbers = RowStatistics.of(root).statistics()
    if broken := [name for name, known in numbers.items() if not np.isfinite(known["mean"]).all()]:
        raise ValueError(
            f"{', '.join(broken)} of {root} hold values that are not finite, of which there are no statistics: "
            "take those rows out first"
        )
    right = numbers | _of_images(root, rows=max((int(known["count"][0]) for known in numbers.values()), default=0))
    plain = {name: {key: value.tolist() for key, value in known.items()} for name, known in right.items()}
    changed = [name for name, known in plain.items() if not _same(stored.get(name), known)]
    if changed:
        write_json(stored | plain, root / STATS_PATH, indent=4)
    return changed


def stored_statistics(root: Path) -> dict[str, dict[str, Any]]:
    """Return what stands in ``meta/stats.json``; nothing where there is no such file.

    Raises:
        ValueError: It is damaged.
    """
    path = root / STATS_PATH
    if not os.path.lexists(path):
        return {}
    try:
        content: dict[str, dict[str, Any]] = read_json(path)
        for known in content.values():
            for value in known.values():
                np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()).removeprefix(f"{path} ")[:100]
        raise ValueError(
            f"{path} is damaged ({reason}): write it anew with leisaac check {quote(str(root))} --repair-stats"
        ) from error
    return content


def set_damaged_aside(root: Path) -> Path | None:
    """Rename a ``meta/stats.json`` that is damaged, and return its new path; None if there is nothing wrong with it.

    What was set aside before stays: the path is the first that is free.
    """
    try:
        stored_statistics(root)
    except ValueError:
        name = STATS_PATH.removesuffix(".json")
        paths = (root / f"{name}.damaged{number}.json" for number in ("", *range(2, 10**6)))
        return (root / STATS_PATH).rename(next(path for path in paths if not os.path.lexists(path)))
    return None


def _of_images(root: Path, rows: int) -> dict[str, dict[str, np.ndarray]]:
    """Return the statistics of the cameras of a dataset of so many rows, as far as they are known without decoding."""
    features = read_json(root / INFO_PATH)["features"]
    counts = pixel_counts.read(root, rows)
    pooled = {} if counts is None else counts.statistics()
    statistics = {}
    for camera in (name for name, feature in features.items() if feature["dtype"] in ("image", "video")):
        if episodes := _of_episodes(root, camera):
            statistics[camera] = aggregate_feature_stats(episodes) | pooled.get(camera, {})
    return statistics


def _of_episodes(root: Path, camera: str) -> list[dict[str, np.ndarray]]:
    """Return the statistics of a camera that are stored of each episode; none if one has none."""
    prefix, episodes = f"stats/{camera}/", list[dict[str, np.ndarray]]()
    for path in sorted((root / EPISODES_DIR).glob("*/*.parquet")):
        try:
            names = [name for name in pq.read_schema(path).names if name.startswith(prefix)]
            table = pq.read_table(path, columns=names).to_pylist()
            episodes += [
                {name.removeprefix(prefix): np.asarray(row[name], dtype=np.float64) for name in names} for row in table
            ]
        except (pa.ArrowException, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(f"the statistics in {path} cannot be read ({reason})") from error
    needed = {"mean", "std", "min", "max", "count"}
    whole = all(needed <= known.keys() and all(np.isfinite(v).all() for v in known.values()) for known in episodes)
    return episodes if whole else []


def wrong_statistics(stored: Mapping[str, Any], values: np.ndarray) -> Iterable[str]:
    """Yield the names of those stored statistics of a feature that are not those of its rows.

    LeRobot sorts values into bins, so that its quantiles are only nearly those of the rows: what counts is how many
    rows lie below one.

    Args:
        stored: Statistics by name, each of shape (C,).
        values: All rows, finite. Shape is (F, C).
    """
    true = of_rows(values)
    spread = true["max"] - true["min"]
    for name, right in true.items():
        if name not in stored:
            continue
        found = np.asarray(stored[name], dtype=np.float64).reshape(-1)
        if found.shape != right.shape or not np.isfinite(found).all():
            yield name
        elif name == "count":
            if found[0] != right[0]:
                yield name
        elif name in QUANTILES:
            below, not_above = (values < found).mean(axis=0), (values <= found).mean(axis=0)
            margin = 0.01 + 1 / len(values)
            is_near = np.abs(found - right) <= 0.01 * spread + 1e-6
            has_rank = (below <= QUANTILES[name] + margin) & (not_above >= QUANTILES[name] - margin)
            is_among = (found >= true["min"] - 0.01 * spread) & (found <= true["max"] + 0.01 * spread)
            if not (is_near | (has_rank & is_among)).all():
                yield name
        else:
            tolerance = 0.05 * true["std"] if name in ("mean", "std") else 0.001 * spread
            if (np.abs(found - right) > tolerance + 1e-5 * np.abs(right) + 1e-6).any():
                yield name


def _same(stored: Any, right: dict[str, list[float]]) -> bool:
    """Return whether what is stored of a feature holds the right statistics, and all of them."""
    if not isinstance(stored, dict) or not right.keys() <= stored.keys():
        return False
    try:
        return all(np.allclose(stored[name], value, rtol=1e-6, atol=1e-9) for name, value in right.items())
    except (TypeError, ValueError):
        return False
