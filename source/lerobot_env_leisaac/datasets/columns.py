"""Columns of numbers in a dataset's Parquet files. Light: neither LeRobot nor torch is imported."""

from __future__ import annotations

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]


def matrix(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of numbers, or of lists of as many numbers a row, as float64. Shape is (F, C)."""
    rows = len(column)
    array = column.combine_chunks()
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        array = array.flatten()
    values = array.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64).reshape(rows, -1)
