"""How often images are new, and which rows to keep so that each has its own.

LeIsaac controls its arm 60 times a second and renders its cameras 30 times, so that each image is there twice; its own
converter says 30 of those rows are a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_CHANGES = 4
"""New images that are needed to tell how often they come."""

_LOOKED_AT = 240
"""Rows after which enough has been seen, if images changed at all."""

_STILL = 1200
"""Rows after which images that hardly change are not looked at any further."""

_REGULAR = 0.9
"""Share of the new images that must come in time: a clock of floating-point numbers slips now and then."""


class IrregularImages(ValueError):
    """New images do not come in step."""


@dataclass(frozen=True)
class Rate:
    """Which rows to keep.

    Attributes:
        stride: Every so many-th row is kept.
        fps: Rows a second then [Hz].
    """

    stride: int
    fps: int


@dataclass(frozen=True)
class Repetition:
    """How an episode's images come.

    Attributes:
        times: How many times in a row each is there.
        first: Row of one that is new; so are those whole multiples of `times` away.
    """

    times: int
    first: int


def repetition(frames: Iterable[np.ndarray]) -> Repetition | None:
    """Return how many times in a row each image of an episode is there; None where they hardly ever change.

    Raises:
        IrregularImages: They come irregularly.
    """
    changes: list[int] = []
    before: np.ndarray | None = None
    for row, frame in enumerate(frames):
        if row >= (_LOOKED_AT if len(changes) >= _CHANGES else _STILL):
            break
        if before is not None and not np.array_equal(frame, before):
            changes.append(row)
        before = frame
    if len(changes) < _CHANGES:
        return None
    gaps = np.diff(changes)
    usual = int(Counter(gaps.tolist()).most_common(1)[0][0])
    in_time = gaps % usual == 0 if usual > 1 else gaps == 1  # a multiple: nothing moved for a while
    if np.mean(in_time) < _REGULAR:
        raise IrregularImages("change irregularly")
    (first, _), *_ = Counter(row % usual for row in changes).most_common(1)
    return Repetition(usual, first)


def chosen_rate(hz: float | None, repeated: int | None, fps: int | None, *, keep_rate: bool) -> Rate:
    """Return which rows to keep.

    Args:
        hz: Rows a second, where the file states them.
        repeated: How many times each image is there; None where there are none, or none that change.
        fps: Frames a second that are asked for.
        keep_rate: Keep every row.

    Raises:
        ValueError: It cannot be told, or what is asked for is not what is there.
    """
    if keep_rate:
        stride = 1
    elif hz is not None and fps is not None:
        stride = max(round(hz / fps), 1)
    elif repeated is not None or hz is not None:
        stride = repeated or 1
    else:
        raise ValueError("nothing tells how many rows a second it has: say --keep-rate and --fps")
    if hz is None:
        if not keep_rate and fps is not None and fps == (repeated or 1) * _LEISAAC_FPS > _LEISAAC_FPS:
            raise ValueError(
                f"each image is there {repeated} times, so {fps} rows a second are {_LEISAAC_FPS} frames: say --fps"
                f" {_LEISAAC_FPS}, or --keep-rate to keep the rows that repeat images"
            )
        if fps is None and (keep_rate or repeated != 2):
            raise ValueError("it does not say how many rows a second it has: say --fps, frames a second of the result")
        return Rate(stride, fps or _LEISAAC_FPS)
    true = hz / stride
    if abs(true - round(true)) > 0.01 * true or (fps is not None and abs(true - fps) > 0.01 * true):
        wanted = f"{fps} frames a second" if fps is not None else "a whole number of frames a second"
        raise ValueError(f"it has {hz:g} rows a second, of which no whole part makes {wanted}")
    if not keep_rate and repeated is not None and stride % repeated:
        raise ValueError(
            f"it has {hz:g} rows a second and each image {repeated} times: {round(true)} frames a second would repeat"
            f" images, say --fps {round(hz / repeated)}, or --keep-rate if they may"
        )
    return Rate(stride, round(true))


_LEISAAC_FPS = 30
"""Frame rate of LeIsaac's cameras, which renders them at every other of its control steps [Hz]."""
