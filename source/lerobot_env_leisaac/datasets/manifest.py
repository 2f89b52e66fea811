"""What `leisaac record` notes beside a dataset, in ``meta/leisaac.json``, and what nothing else in a dataset says."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lerobot_env_leisaac import units
from lerobot_env_leisaac.units import UnitConvention

PATH = Path("meta") / "leisaac.json"
"""Where the manifest stands in a dataset."""

_FORMAT = 1


@dataclass(frozen=True)
class RecordedEpisode:
    """One episode of a dataset.

    Attributes:
        episode_index: Its index in the dataset.
        episode: Its number in the environment: it starts as every episode of this number and seed does.
        length: Its number of frames.
        success: Whether the task was done.
        initial_state: Scene state at its first frame, as Isaac Lab's ``InteractiveScene.get_state`` gives it for one
            environment, relative to the environment's origin [m, rad, xyzw].
    """

    episode_index: int
    episode: int
    length: int
    success: bool
    initial_state: dict[str, Any]


@dataclass
class Manifest:
    """How a dataset was made.

    Attributes:
        task: Name of the task, such as ``LiftCube``.
        env_id: Gymnasium id of the environment.
        units: Unit convention of states and actions, the whole table.
        seed: Seed of the run.
        fps: Control rate and frame rate [Hz].
        noise_deg: Standard deviation of the noise on the executed actions [deg]; the recorded actions have none.
        variation: How the world varied, a name of ``config/variations`` or a path; None if it did not.
        cameras: Height and width of the images by camera [px].
        video: Whether frames are stored as video, not as images.
        device: Where it was simulated.
        physics: Preset of the physics that it was simulated with.
        versions: Versions of the packages that matter, by name.
        dropped: Numbers of the episodes that were played and not kept, since they failed.
        episodes: What was kept, in the dataset's order.
    """

    task: str
    env_id: str
    units: UnitConvention
    seed: int
    fps: int
    noise_deg: float
    variation: str | None
    cameras: dict[str, tuple[int, int]]
    video: bool
    device: str
    physics: str
    versions: dict[str, str]
    dropped: list[int] = field(default_factory=list)
    episodes: list[RecordedEpisode] = field(default_factory=list)

    def write(self, root: Path) -> None:
        """Write the manifest of the dataset at ``root``, in one piece or not at all."""
        episodes = [vars(episode) for episode in self.episodes]
        data = {"format": _FORMAT, **vars(self), "units": self.units.table, "episodes": episodes}
        path = root / PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(data))
        os.replace(unfinished, path)


def read(root: str | Path) -> Manifest | None:
    """Read the manifest of the dataset at ``root``; None if it has none.

    Raises:
        ValueError: The file is there and is not a manifest; the message names file and reason.
    """
    path = Path(root) / PATH
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text())
        if (found := data.pop("format")) != _FORMAT:
            raise ValueError(f"format {found!r}, expected {_FORMAT}: it was written by another version")
        data["units"] = units.from_table(data["units"], where="units")
        data["cameras"] = {name: tuple(size) for name, size in data["cameras"].items()}
        data["episodes"] = [RecordedEpisode(**episode) for episode in data["episodes"]]
        return Manifest(**data)
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise ValueError(f"{path} is no manifest of a dataset: {error!s}") from error
