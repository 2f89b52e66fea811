"""What numbers may be as arguments: told in one line, without torch or Isaac Lab."""

from __future__ import annotations

import operator
from collections.abc import Collection
from typing import Any

HIGHEST_SEED = 2**32 - 1
"""Numbers are drawn from 32 bits of the seed: beyond, two seeds would be one."""

HIGHEST_EPISODE = 2**32 - 1
"""Numbers are drawn from 32 bits of an episode's number too."""


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """Return a value as an int from `low` to `high`; numpy's and torch's integers are welcome, True is not one.

    Raises:
        ValueError: It is none; the message names it.
    """
    number = _index(value)
    if number is None or not low <= number <= high:
        raise ValueError(f"{name} is {short(value)}, expected a whole number of {low} or more, {high} at most")
    return number


def whole_numbers(name: str, values: Any, low: int, high: int) -> list[int]:
    """Return values as ints from `low` to `high`.

    Raises:
        ValueError: They are no sequence, or one of them is no such number; the message names it.
    """
    if not isinstance(values, Collection) or isinstance(values, str | bytes):  # an iterator may never end
        raise ValueError(f"{name} is {short(values)}, expected a sequence of whole numbers")
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    if not isinstance(values, list):
        raise ValueError(f"{name} is {short(values)}, expected a sequence of whole numbers")
    return [whole_number(f"{name}[{place}]", value, low, high) for place, value in enumerate(values)]


def legal_seed(value: Any) -> int:
    """Return a seed as an int.

    Raises:
        ValueError: It is none.
    """
    return whole_number("seed", value, 0, HIGHEST_SEED)


def short(value: Any) -> str:
    """Return a value as an error shows it: in one line of bearable length."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _index(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except (TypeError, ValueError, RuntimeError):  # an array or a tensor of several numbers raises the last two
        return None
