"""Text from elsewhere, as a terminal may be given it."""

from __future__ import annotations

import unicodedata

_COMMANDS = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters that move the cursor or end a line, or are none."""

_DIRECTIONS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Classes of characters that change the direction of writing."""


def printable(text: object) -> str:
    """Return text in which nothing commands a terminal: a file's name may hold what clears or rewrites the screen.

    Such characters are written as Python writes them, escape as backslash, x1b; tabs and line ends stay.
    """
    return "".join(_shown(character) for character in str(text))


def _shown(character: str) -> str:
    if character in "\t\n" or not (
        unicodedata.category(character) in _COMMANDS or unicodedata.bidirectional(character) in _DIRECTIONS
    ):
        return character
    return character.encode("unicode_escape").decode()
