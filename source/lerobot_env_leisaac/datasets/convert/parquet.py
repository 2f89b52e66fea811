"""Tables of a dataset written anew, a row group at a time: with images in them they do not fit into memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

_FEATURES = b"huggingface"
"""Key of a schema's metadata under which the `datasets` library keeps the features by name."""


def rewrite(path: Path, target: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a file anew, its row groups changed by a function.

    Raises:
        OSError: It cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    source = pq.ParquetFile(path)
    if not source.num_row_groups:
        shutil.copyfile(path, target)
        return
    first = change(source.read_row_group(0))
    with pq.ParquetWriter(target, first.schema, compression="snappy") as writer:
        writer.write_table(first)
        for group in range(1, source.num_row_groups):
            writer.write_table(change(source.read_row_group(group)))


def with_numbers(table: pa.Table, name: str, values: Sequence[Sequence[float]] | np.ndarray) -> pa.Table:
    """Return a table with other numbers in a column of lists, whose type stays."""
    place = table.schema.get_field_index(name)
    field = table.field(place)
    return table.set_column(place, field, pa.array(list(values), type=field.type))


def renamed(table: pa.Table, new_name: Callable[[str], str]) -> pa.Table:
    """Return a table whose columns have other names, in its metadata too."""
    metadata = dict(table.schema.metadata or {})
    if _FEATURES in metadata:
        kept = json.loads(metadata[_FEATURES])
        features = kept["info"]["features"]
        kept["info"]["features"] = {new_name(name): feature for name, feature in features.items()}
        metadata[_FEATURES] = json.dumps(kept).encode()
    return table.rename_columns([new_name(name) for name in table.column_names]).replace_schema_metadata(metadata)
