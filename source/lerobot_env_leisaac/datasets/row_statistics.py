"""The statistics of a dataset's rows: those that policies are normalised with.

LeRobot 0.6.1 keeps quantiles an episode, and stores their averages for the whole dataset. Where episodes differ those
are no quantiles of its rows: of twelve episodes, two rows in three lay outside q01..q99 of a joint. Here they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from lerobot.datasets.utils import DATA_DIR, INFO_PATH, STATS_PATH

from lerobot_env_leisaac.json_files import write_json

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
"""Names that LeRobot gives quantiles, and the share of rows below each."""


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
    features = json.loads((root / INFO_PATH).read_text())["features"]
    wanted = [name for name, feature in features.items() if feature["dtype"] not in ("image", "video", "string")]
    parts = []
    for path in sorted((root / DATA_DIR).glob("*/*.parquet")):
        try:
            table = pq.read_table(path, columns=wanted)
            parts.append({name: _matrix(table.column(name)) for name in wanted})
        except (pa.ArrowException, KeyError, ValueError, OSError) as error:
            raise ValueError(f"the rows in {path} cannot be read ({' '.join(str(error).split())[:200]})") from error
    return parts


def repair(root: Path) -> list[str]:
    """Write the statistics of all rows into ``meta/stats.json``, in one piece or not at all; images keep theirs.

    Args:
        root: Directory of any LeRobotDataset v3.0.

    Returns:
        The features whose statistics changed.

    Raises:
        ValueError: A row holds a value that is not a finite number, so that no statistics are right.
        OSError: The file cannot be written.
    """
    path = root / STATS_PATH
    try:
        stored = json.loads(path.read_text())
    except (OSError, ValueError):
        stored = {}
    stored = stored if isinstance(stored, dict) else {}
    numbers = RowStatistics.of(root).statistics()
    if broken := [name for name, known in numbers.items() if not np.isfinite(known["mean"]).all()]:
        raise ValueError(
            f"{', '.join(broken)} of {root} hold values that are not finite, of which there are no statistics: "
            "take those rows out first"
        )
    plain = {name: {key: value.tolist() for key, value in known.items()} for name, known in numbers.items()}
    changed = [name for name, known in plain.items() if not _same(stored.get(name), known)]
    if changed:
        write_json(stored | plain, path, indent=4)
    return changed


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


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of numbers, or of lists of as many numbers a row, as (F, C)."""
    rows = len(column)
    array = column.combine_chunks()
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        array = array.flatten()
    values = array.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64).reshape(rows, -1)


def _same(stored: Any, right: dict[str, list[float]]) -> bool:
    """Return whether what is stored of a feature holds the right statistics, and all of them."""
    if not isinstance(stored, dict) or not right.keys() <= stored.keys():
        return False
    try:
        return all(np.allclose(stored[name], value, rtol=1e-6, atol=1e-9) for name, value in right.items())
    except (TypeError, ValueError):
        return False
