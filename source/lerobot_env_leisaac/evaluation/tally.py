"""The line at the end of a run: how its episodes ended, and why some did not."""

from __future__ import annotations

import collections

from .episode import Episode


class Tally:
    """Counts how episodes ended.

    Attributes:
        asked: How many episodes were asked for; None for as many as there come.
        ended: How many have ended.
        successes: How many of them succeeded.
        stopped: Why no more were played, where not all that were asked for have ended.
    """

    def __init__(self, asked: int | None):
        self.asked = asked
        self.ended = self.successes = 0
        self.stopped: str | None = None
        self._failures: collections.Counter[str] = collections.Counter()

    def add(self, episode: Episode) -> None:
        """Count an episode."""
        self.ended += 1
        self.successes += episode.success
        if episode.failure is not None:
            self._failures[episode.failure] += 1

    def __str__(self) -> str:
        line = f"success {self.successes}/{self.ended}"
        if self._failures:
            line += f" ({', '.join(f'{count} {reason}' for reason, count in sorted(self._failures.items()))})"
        if self.asked is not None and self.ended < self.asked:
            line += f", {self.asked - self.ended} of {self.asked} episodes did not end"
        return line if self.stopped is None else f"{line}, stopped: {self.stopped}"
