"""What tells one episode from another, whatever number it has: its actions.

LeRobot's own editing deletes, splits and merges episodes, and numbers what is left anew. A manifest's episodes are
found again by what they hold. Read from files alone: neither LeRobot nor the simulator is imported.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.json_files import read_json

from .columns import matrix
from .findings import listing
from .manifest import Manifest, RecordedEpisode


@dataclass(frozen=True)
class Identified:
    """The episodes of a dataset that a manifest knows.

    Attributes:
        episodes: Those that it knows, under the numbers that they have now.
        strangers: Numbers of the others.
        renumbered: How many had another number.
        missing: How many of the manifest are not there.
    """

    episodes: list[RecordedEpisode]
    strangers: list[int]
    renumbered: int
    missing: int

    @property
    def is_as_recorded(self) -> bool:
        """Whether the dataset has the manifest's episodes under their numbers, and no others."""
        return not (self.strangers or self.renumbered or self.missing)

    def __str__(self) -> str:
        parts = [
            f"{len(self.episodes)} of its episodes are those of the manifest",
            f"{self.renumbered} under another number" if self.renumbered else "",
            f"{self.missing} are gone" if self.missing else "",
            f"it does not know episode {listing(self.strangers)}" if self.strangers else "",
        ]
        return ", ".join(part for part in parts if part)


def digest(actions: np.ndarray) -> str:
    """Return the SHA-256 of an episode's actions, as hexadecimal digits.

    Args:
        actions: Actions as the dataset holds them, float32, in the order of the robot's channels. Shape is (T, C).
    """
    return hashlib.sha256(np.ascontiguousarray(actions, "<f4").tobytes()).hexdigest()


def digests(root: Path, channels: Sequence[str]) -> dict[int, tuple[int, str]]:
    """Return length and digest of each episode of a dataset.

    Args:
        root: Directory of the dataset.
        channels: The robot's channels; the dataset may name its columns in another order.

    Raises:
        ValueError: Its rows cannot be read.
    """
    try:
        info = read_json(root / "meta" / "info.json")
        names = [str(name).removesuffix(".pos") for name in info["features"]["action"].get("names") or ()]
        order = [names.index(name) for name in channels] if sorted(names) == sorted(channels) else slice(None)
        parts: dict[int, list[np.ndarray]] = defaultdict(list)
        for path in sorted((root / "data").glob("*/*.parquet")):
            table = pq.read_table(path, columns=["episode_index", "action"])
            of_episode = table.column("episode_index").to_numpy()
            actions = matrix(table.column("action"))
            for episode in np.unique(of_episode):
                parts[int(episode)].append(actions[of_episode == episode][:, order])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, pa.ArrowException) as error:
        raise ValueError(f"the rows of {root} cannot be read ({' '.join(str(error).split())[:160]})") from error
    whole = {episode: np.concatenate(rows) for episode, rows in sorted(parts.items())}
    return {episode: (len(rows), digest(rows)) for episode, rows in whole.items()}


def identify(root: Path, manifest: Manifest) -> Identified | None:
    """Return which episodes of a dataset are those of a manifest; None where the manifest does not say what they hold.

    Args:
        root: Directory of the dataset.
        manifest: Its manifest, or that of a dataset that it was made of.

    Raises:
        ValueError: The dataset's rows cannot be read.
    """
    return match(digests(root, catalog.robot_of(manifest.task).channel_names), manifest)


def match(contents: Mapping[int, tuple[int, str]], manifest: Manifest) -> Identified | None:
    """Return which episodes are those of a manifest; None where the manifest does not say what they hold.

    Args:
        contents: Length and digest of each episode.
        manifest: The manifest.
    """
    if not manifest.episodes or any(episode.actions_sha256 is None for episode in manifest.episodes):
        return None
    unused: dict[tuple[int, str | None], list[RecordedEpisode]] = defaultdict(list)
    for recorded in manifest.episodes:
        unused[recorded.length, recorded.actions_sha256].append(recorded)
    found: list[RecordedEpisode] = []
    strangers: list[int] = []
    renumbered = 0
    for index, content in contents.items():
        if not unused[content]:
            strangers.append(index)
            continue
        same_number = [each for each in unused[content] if each.episode_index == index]
        recorded = (same_number or unused[content])[0]
        unused[content].remove(recorded)
        renumbered += recorded.episode_index != index
        found.append(replace(recorded, episode_index=index))
    return Identified(found, strangers, renumbered, sum(map(len, unused.values())))
