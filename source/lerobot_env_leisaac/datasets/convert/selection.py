"""Which episodes of HDF5 files are converted: those with which nothing is wrong, the others by name."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]

from lerobot_env_leisaac import catalog, robots
from lerobot_env_leisaac.datasets.encodable import require_encodable
from lerobot_env_leisaac.datasets.findings import listing
from lerobot_env_leisaac.datasets.start_states import impossible, missing
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .hdf5 import (
    RecordedCamera,
    RecordedFile,
    RecordedNumbers,
    episode_of,
    opened,
    place_of,
    read_numbers,
    read_scene,
    read_success,
    shape_of_actions,
)
from .layout import Layout, noted_models
from .options import Options
from .rate import Repetition
from .source_units import require_numbers

FEWEST_ROWS = 10
"""Rows below which an episode is no demonstration; LeIsaac's converter leaves those out, too."""

MOST_ROWS = 2_000_000
"""Rows of all episodes together, whose numbers are in memory: nine hours at 60 a second."""


@dataclass(frozen=True)
class EpisodeNote:
    """An episode of which something is to be said: it is not converted, say.

    Attributes:
        number: Its running number in all files.
        file: The file that it is in.
        episode: Its name there.
        reason: Why.
        unusable: Whether something is wrong with it, so that it is neither failed nor too short.
    """

    number: int
    file: Path
    episode: str
    reason: str
    unusable: bool = False

    @property
    def note(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"number": self.number, "file": self.file.name, "episode": self.episode, "reason": self.reason}


@dataclass(frozen=True)
class Episode:
    """An episode that is to be converted.

    Attributes:
        number: Its running number in all files.
        file: The file that it is in.
        success: Whether the task was done.
        numbers: Its states and actions.
        first: The first row that is kept.
        scene: State of the scene before it; empty where no replay can take it up.
        no_start: Why no replay can.
        image_age: How many rows before the first kept one its image was new.
    """

    number: int
    file: RecordedFile
    success: bool
    numbers: RecordedNumbers
    first: int = 0
    scene: dict[str, Any] = field(default_factory=dict)
    no_start: str | None = None
    image_age: int = 0


def counted(left_out: Sequence[EpisodeNote], most: int = 3) -> str:
    """Return why episodes were left out and how many for that, the first with which something is wrong by name."""
    counts = [f"{count} {reason}" for reason, count in Counter(e.reason for e in left_out if not e.unusable).items()]
    if unusable := [each.reason for each in left_out if each.unusable]:
        counts.append(f"{len(unusable)} unusable ({listing(unusable, most)})")
    return ", ".join(counts)


def require_some(files: Sequence[RecordedFile], episodes: Sequence[Episode], left_out: Sequence[EpisodeNote]) -> None:
    """Refuse files of which no episode is left, and any in which something is wrong with all that might be converted.

    Raises:
        ValueError: There is one; the message says what became of its episodes.
    """
    left = {each.file.path for each in episodes}
    for recorded in files:
        of_it = [each for each in left_out if each.file == recorded.path]
        if recorded.path not in left and any(each.unusable for each in of_it):
            raise ValueError(f"{recorded.path}: no episode is left to convert: {counted(of_it, 1)}")
    if not episodes:
        raise ValueError(f"no episode is left to convert: {counted(left_out)}; --all converts failed ones too")


def layout_of(files: Sequence[RecordedFile], spec: TaskSpec | None, options: Options) -> Layout:
    """Return where the channels of the files' robot stand: the task's, or the one with as many as most actions have."""
    robot = spec.robot if spec is not None else _robot(files)
    order = options.joint_order or robot.channel_names
    if sorted(order) != sorted(robot.channel_names):
        raise ValueError(f"--joint-order is {' '.join(order)}, expected an order of {' '.join(robot.channel_names)}")
    first, *others = (noted_models(recorded.env_args.get("leisaac_models"), robot) for recorded in files)
    if robot.drive is not None and any(models != first for models in others):
        raise ValueError("the files do not note the same of the robot's base and joints: convert them apart")
    return Layout(robot, order, first)


def _robot(files: Sequence[RecordedFile]) -> RobotSpec:
    known = {len(robot.channels): robot for robot in reversed(catalog.all_robots())}
    widths: Counter[int] = Counter()
    for recorded in files:
        with opened(recorded.path) as file:
            for name in recorded.episodes:
                with contextlib.suppress(ValueError), episode_of(recorded.path, name):
                    widths[shape_of_actions(file, recorded.path, name)[1]] += 1
    return next((known[width] for width, _ in widths.most_common() if width in known), robots.DEFAULT)


def chosen_episodes(
    files: Sequence[RecordedFile], layout: Layout, options: Options, left_out: list[EpisodeNote]
) -> list[Episode]:
    """Return the episodes to convert; those that are not are noted."""
    chosen: list[Episode] = []
    numbers_in_all = itertools.count()
    rows = 0
    for recorded in files:
        path = recorded.path
        places: dict[int, str] = {}
        with opened(path) as file:
            for name, number in zip(recorded.episodes, numbers_in_all, strict=False):
                try:
                    with episode_of(path, name):
                        if (first := places.setdefault(place_of(file, path, name), name)) != name:
                            raise ValueError(f"{path}: {name} is {first} under another name")
                        success = read_success(file, path, name)
                        if reason := _dropped(file, path, name, success, options):
                            left_out.append(EpisodeNote(number, path, name, reason))
                            continue
                        if (rows := rows + shape_of_actions(file, path, name)[0]) > MOST_ROWS:
                            break
                        numbers = read_numbers(file, path, name, layout)
                        require_numbers(name, numbers.state, numbers.action)
                        chosen.append(Episode(number, recorded, bool(success), numbers))
                except ValueError as error:
                    left_out.append(EpisodeNote(number, path, name, _reason(error, path), unusable=True))
        if rows > MOST_ROWS:
            raise ValueError(
                f"{path} and those before it hold more than {MOST_ROWS:,} rows to convert: convert them apart, and"
                " merge the datasets with lerobot-edit-dataset"
            )
    return chosen


def _dropped(file: h5py.File, path: Path, name: str, success: bool | None, options: Options) -> str | None:
    """Return why an episode is left out with which nothing is wrong; None where it is not."""
    if options.only_success and not success:
        return "without an outcome" if success is None else "failed"
    short = shape_of_actions(file, path, name)[0] - options.skip_first < FEWEST_ROWS
    return f"shorter than {FEWEST_ROWS} rows" if short else None


def unusable(each: Episode, error: ValueError) -> EpisodeNote:
    """Return the note of an episode with which something is wrong."""
    return replace(note(each, _reason(error, each.file.path)), unusable=True)


def note(each: Episode, text: str) -> EpisodeNote:
    """Return the note of an episode of which something is to be said."""
    return EpisodeNote(each.number, each.file.path, each.numbers.name, text)


def _reason(error: ValueError, path: Path) -> str:
    """Return what is wrong, without the path of the file."""
    return str(error).removeprefix(f"{path}: ").replace(str(path), path.name)


def with_cameras(
    episodes: Sequence[Episode], options: Options, left_out: list[EpisodeNote]
) -> tuple[list[Episode], dict[str, RecordedCamera]]:
    """Return the episodes that have the cameras which most have, with images of the same size; and these cameras.

    Raises:
        ValueError: No episode has those that are asked for, or there are none at all.
    """
    wanted = options.cameras

    def cameras(each: Episode) -> dict[str, RecordedCamera]:
        return {name: known for name, known in each.numbers.cameras.items() if wanted is None or name in wanted}

    sizes = [tuple((name, known.size) for name, known in cameras(each).items()) for each in episodes]
    usual = dict(Counter(sizes).most_common(1)[0][0])
    path = episodes[0].file.path
    if missing_one := next((name for name in wanted or () if name not in usual), None):
        found = ", ".join(episodes[0].numbers.cameras) or "none"
        raise ValueError(f"{path} has no camera {missing_one}, found {found}")
    if not usual and wanted is None:
        raise ValueError(f"{path} holds no images: say --cameras none to convert states and actions alone")
    kept: list[Episode] = []
    for each in episodes:
        other = next((name for name, size in usual.items() if _size(each, name) != size), None)
        if other is None:
            kept.append(each)
            continue
        size = _size(each, other)
        what = f"has no camera {other}" if size is None else f"has images of {size} of {other}, not {usual[other]}"
        left_out.append(unusable(each, ValueError(f"{each.numbers.name} {what}")))
    known = {name: _largest(each.numbers.cameras[name] for each in kept) for name in wanted or usual}
    for name in known if options.image_size is None else ():
        require_encodable(known[name].size, f"{path} needs --image-size: its camera {name}")
    return kept, known


def _size(each: Episode, camera: str) -> tuple[int, int] | None:
    known = each.numbers.cameras.get(camera)
    return None if known is None else known.size


def _largest(cameras: Iterator[RecordedCamera]) -> RecordedCamera:
    """Return the one that takes most memory of some cameras of one size."""
    return max(cameras, key=lambda camera: camera.together)


def begun(
    episodes: Sequence[Episode],
    repetitions: Mapping[int, Repetition | None],
    layout: Layout,
    spec: TaskSpec | None,
    options: Options,
    left_out: list[EpisodeNote],
) -> Iterator[Episode]:
    """Yield episodes with their first row, those with a possible start.

    They begin where as many rows are skipped as was asked for, and else with the first row that shows a new image.
    """
    for each in episodes:
        how, path, name = repetitions[each.number], each.file.path, each.numbers.name
        first = options.skip_first or (0 if how is None else how.first % how.times)
        try:
            with opened(path) as file, episode_of(path, name):
                scene = read_scene(file, each.file, name, first, layout)
            if scene is not None and (wrong := impossible(scene, layout.robot)) is not None:
                raise ValueError(f"{path}: {name} starts where nothing can be: {wrong}")
        except ValueError as error:
            left_out.append(unusable(each, error))
            continue
        absent = "states are not on record" if scene is None else None
        if scene is not None and spec is not None and (what := missing(scene, spec)) is not None:
            absent = f"{what} is not on record"
        yield replace(
            each,
            first=first,
            scene={} if scene is None or absent else scene,
            no_start=absent,
            image_age=0 if how is None else (first - how.first) % how.times,
        )
