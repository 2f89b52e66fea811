"""What a check of a dataset says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """The verdict of one check.

    Attributes:
        level: ``error``: do not train on this; ``warning``: look at it, it may be meant; ``ok``.
        check: What was checked.
        verdict: What was found, in one line with its figures.
        figures: The same figures for a machine.
    """

    level: Level
    check: str
    verdict: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def listing(items: Iterable[object], most: int = 4) -> str:
    """Return items as text, the first few by name and the rest by number: ``1, 5, 7, 9 and 3 more``."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
