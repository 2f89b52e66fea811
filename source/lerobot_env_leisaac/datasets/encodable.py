"""Which images the codecs of datasets encode."""

from __future__ import annotations

FEWEST_PIXELS = 16
"""What the codecs encode, as height and as width [px]."""


def require_encodable(size: tuple[int, int], what: str) -> None:
    """Refuse a height and width that video cannot have.

    Args:
        size: Height and width [px].
        what: What has it, to begin the message of an error.

    Raises:
        ValueError: One is odd, or too small.
    """
    if any(length % 2 or length < FEWEST_PIXELS for length in size):
        height, width = size
        raise ValueError(f"{what} is {height} {width}, expected even numbers from {FEWEST_PIXELS} on, as video needs")
