"""Columns of numbers in a dataset's Parquet files. Light: neither LeRobot nor torch is imported."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

EXECUTED_ACTION = "executed_action"
"""The column of what was carried out, in units, where the column ``action`` holds what would have been right instead.

Its name does not begin with ``action``: LeRobot would take it for one that a policy has to learn, too.
"""


def executed_column(features: Collection[str]) -> str:
    """Return which of a dataset's columns holds what moved the arm: of corrections that is not ``action``."""
    return EXECUTED_ACTION if EXECUTED_ACTION in features else "action"


def matrix(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of numbers, or of lists of as many numbers a row, as float64. Shape is (F, C)."""
    rows = len(column)
    array = column.combine_chunks()
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        array = array.flatten()
    values = array.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64).reshape(rows, -1)
