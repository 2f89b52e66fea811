"""Pages of the success and the failure that a report shows; each is played once more for its page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from .episode import Episode
from .examples import Example


def write_example_pages(play: Callable[[Path, list[int]], Iterator[Episode]], folder: Path) -> None:
    """Write ``success.html`` and ``failure.html`` beside the examples of that name, as far as there are any.

    An episode starts the same again, but on a GPU it need not go the same way: without the same end it has no page.

    Args:
        play: Plays an episode and writes its page.
        folder: Where the examples are.
    """
    for path in sorted(folder.glob("*.npz")):
        example, page = Example.read(path), path.with_suffix(".html")
        (again,) = play(page, [example.episode])
        if again.success != example.success:
            page.unlink()
            print(f"note: episode {example.episode} ended otherwise when played again: no page of it", file=sys.stderr)
