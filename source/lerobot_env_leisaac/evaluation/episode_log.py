"""The file in which each finished episode is a line at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lerobot_env_leisaac.writable import replaced

from .episode import Episode

_MOST_BYTES = 2**30
"""Two million episodes."""


class EpisodeLog:
    """Appends episodes to a file of JSON lines, and knows those that it holds already.

    A line without an end, which a killed run leaves, is dropped: its episode is played again.

    Attributes:
        episodes: All episodes of the file by number.
    """

    def __init__(self, path: Path):
        """Begin the file, or read it.

        Raises:
            ValueError: A line is no episode; the message names it.
            OSError: The file cannot be written.
        """
        path.touch()
        self._path = path
        self.episodes = read_episodes(path)
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)

    def append(self, episode: Episode) -> None:
        """Write an episode, so that it stays even if the process is killed next."""
        try:
            with open(self._path, "a") as file:
                file.write(json.dumps(episode.to_json()) + "\n")
        except OSError as error:
            raise OSError(f"cannot write {self._path} any more: {error.strerror}") from error
        self.episodes[episode.episode] = episode

    def sort(self) -> None:
        """Bring the lines into the order of their episodes, whoever played them when.

        Of an episode with several lines, as one that a server had let down before, the last stays.
        """
        lines = self._path.read_bytes().splitlines(keepends=True)
        latest = {json.loads(line)["episode"]: line for line in lines}
        ordered = [line for _, line in sorted(latest.items())]
        if ordered != lines:
            with replaced(self._path) as file:
                file.write_bytes(b"".join(ordered))


def read_episodes(path: Path) -> dict[int, Episode]:
    """Return the episodes of a file by number, without a last line that has no end.

    Raises:
        ValueError: A line is no episode, and the message names it; or the file is larger than that of any run.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path} has more than {_MOST_BYTES:,} bytes, as no run has: pass the folder of a run")
    episodes = {}
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
            break
        try:
            episode = Episode.from_json(json.loads(line))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}, is no episode ({error}): take it out, or start anew") from error
        episodes[episode.episode] = episode
    return episodes
