"""HDF5 files of Isaac Lab's recorder as a LeRobot dataset, through the writer that `leisaac record` uses."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from tqdm import tqdm

from lerobot_env_leisaac import catalog, locks, robots, units
from lerobot_env_leisaac.datasets.encodable import require_encodable
from lerobot_env_leisaac.datasets.findings import listing
from lerobot_env_leisaac.datasets.growing import explained, make_folder, open_folder
from lerobot_env_leisaac.datasets.manifest import ENV_ID, Manifest, Vcodec
from lerobot_env_leisaac.datasets.shards import Demonstration
from lerobot_env_leisaac.datasets.start_states import impossible, missing
from lerobot_env_leisaac.datasets.stored_frames import UnreadableFrames
from lerobot_env_leisaac.datasets.writer import DemonstrationWriter
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.versions import installed_versions, own_version

from .hdf5 import (
    RecordedCamera,
    RecordedFile,
    RecordedNumbers,
    episode_of,
    joint_targets,
    opened,
    place_of,
    read_file,
    read_numbers,
    read_scene,
    read_success,
    shape_of_actions,
)
from .hdf5_frames import Hdf5Frames
from .layout import Layout
from .memory import workers_that_fit
from .rate import IrregularImages, Rate, Repetition, chosen_rate, repetition
from .source_units import require_numbers, require_plausible, rescaled, source_convention

FEWEST_ROWS = 10
"""Rows below which an episode is no demonstration; LeIsaac's converter leaves those out, too."""

MOST_ROWS = 2_000_000
"""Rows of all episodes together, whose numbers are in memory: nine hours at 60 a second."""

_SAME_TARGET = 0.01
"""Distance below which an action is the joint target that the simulator made of it [rad]."""

_LATEST = 5
"""Rows by which a simulated bus delays an action at most [rows]."""

_RADIANS = "radians"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked for; see ``leisaac convert``.

    Attributes:
        units: Unit convention of the dataset.
        source_units: Unit convention of the files, where they do not say.
        overrule_units: Believe it also against the numbers.
        task: Name of the task, where the files do not say.
        instruction: The text of every row; by default the task's.
        fps: Frame rate of the dataset [Hz].
        keep_rate: Keep every row.
        skip_first: Rows that are left out at the beginning of each episode.
        only_success: Leave out episodes that failed, or whose outcome is not on record.
        cameras: Cameras to keep; all by default.
        image_size: Height and width of the dataset's images [px]; those of the files by default.
        joint_order: Joints in the order of the files' columns; by default that of the robot's channels.
        vcodec: Codec of the video.
    """

    units: UnitConvention
    source_units: UnitConvention | None = None
    overrule_units: bool = False
    task: str | None = None
    instruction: str | None = None
    fps: int | None = None
    keep_rate: bool = False
    skip_first: int = 0
    only_success: bool = True
    cameras: tuple[str, ...] | None = None
    image_size: tuple[int, int] | None = None
    joint_order: tuple[str, ...] | None = None
    vcodec: Vcodec = "av1"


@dataclass(frozen=True)
class LeftOut:
    """An episode that is not converted.

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
class RecordingsConversion:
    """What became of the files.

    Attributes:
        out: Directory of the dataset.
        episodes: How many episodes it holds.
        frames: How many frames they have together.
        converted: How many of the episodes were converted now.
        fps: Frame rate [Hz].
        stride: Every so many-th row of the files was kept.
        left_out: The episodes that were left out.
        without_start: Names of the episodes whose start no replay can take up, and why.
    """

    out: Path
    episodes: int
    frames: int
    converted: int
    fps: int
    stride: int
    left_out: Sequence[LeftOut] = ()
    without_start: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = "every row" if self.stride == 1 else f"every {'2nd' if self.stride == 2 else f'{self.stride}th'} row"
        starts = ""
        if self.without_start:
            name, reason = next(iter(self.without_start.items()))
            starts = f"; {len(self.without_start)} without a start to replay from ({name}: {reason})"
        return (
            f"{self.out}: {self.episodes} episodes, {self.frames} frames at {self.fps} a second ({rows});"
            f" {self.converted} converted now, left out: {_counted(self.left_out) or 'none'}{starts}"
        )


@dataclass(frozen=True)
class _Episode:
    """An episode that is to be converted.

    Attributes:
        number: Its running number in all files.
        file: The file that it is in.
        success: Whether the task was done.
        numbers: Its states and actions.
        first: The first row that is kept.
        scene: State of the scene before it; empty where no replay can take it up.
        no_start: Why no replay can.
    """

    number: int
    file: RecordedFile
    success: bool
    numbers: RecordedNumbers
    first: int = 0
    scene: dict[str, Any] = field(default_factory=dict)
    no_start: str | None = None


def convert_recordings(
    paths: Sequence[Path], out: Path, options: Options, *, resume: bool = False, workers: int | None = None
) -> RecordingsConversion:
    """Write the episodes of HDF5 files as a LeRobotDataset v3.0.

    All numbers are read and judged before the first frame is encoded; frames are read by the processes that encode
    them, a block at a time.

    Args:
        paths: The files.
        out: Directory of the dataset.
        options: What is asked for.
        resume: Go on with a conversion that was interrupted.
        workers: How many processes encode and write; one a core by default.

    An episode with which something is wrong is left out, and said so. What is found out when its frames are read, in
    the middle, ends the processes that encode; they begin anew after what is saved.

    Raises:
        FileNotFoundError: A file is not there.
        FileExistsError: There is something in ``out``, and it is not to be resumed.
        ValueError: A file is damaged or not of a robot that is known, no episode of it is left, or an argument does not
            fit the files; the message says why.
        OSError: Nothing can be written there, or no longer; the episodes that are counted are whole.
        Stopped: Ctrl-C or SIGTERM came; the episodes that are counted are whole.
    """
    _require_different(paths)
    files = [read_file(path) for path in paths]
    name, spec = _task(files, options)
    layout = _layout(files, spec, options)
    robot = layout.robot
    left_out: list[LeftOut] = []
    episodes = _chosen(files, layout, options, left_out)
    _require_some(files, episodes, left_out)
    source = _source(files, episodes, robot, options)
    if not options.overrule_units:
        episodes = _with_their_targets(episodes, layout, source, left_out)
        _require_some(files, episodes, left_out)
    episodes, cameras = _with_cameras(episodes, options, left_out)
    _require_some(files, episodes, left_out)
    repetitions = _repetitions(episodes, cameras, options, left_out)
    episodes = [each for each in episodes if each.number in repetitions]
    _require_some(files, episodes, left_out)
    times = next((how.times for how in repetitions.values() if how is not None), None)
    rate = _rate(files, times, options)
    episodes = list(_begun(episodes, repetitions, layout, spec, options, left_out))
    _require_some(files, episodes, left_out)
    without_start = {each.numbers.name: each.no_start for each in episodes if each.no_start is not None}
    sizes = {camera: known.size for camera, known in cameras.items()}
    manifest = _planned(name, spec, options, rate, sizes)
    manifest.conversions = [_done(files, layout, options, source, rate, left_out, without_start)]
    if workers is None:
        workers = workers_that_fit(len(os.sched_getaffinity(0)), cameras.values(), rate.stride)
    make_folder(out)
    with locks.exclusive(out):
        before = open_folder(out, manifest, resume=resume)
        if before is not None:
            manifest = _gone_on_with(before, manifest, out)
            episodes = _without(manifest.conversions[0]["dropped"], episodes, left_out)
        kept = len(manifest.episodes)
        try:
            with sigterm_interrupts():
                while (damaged := _write(out, manifest, episodes, robot, source, rate, workers)) is not None:
                    manifest.conversions[0]["dropped"].append(damaged.note)
                    episodes = _without([damaged.note], episodes, left_out)
                    _require_some(files, episodes, left_out)
        except KeyboardInterrupt as interrupt:
            saved = f"{len(manifest.episodes)} of {len(episodes)} episodes are saved in {out}"
            message = f"stopped by {cause(interrupt)}: {saved}, go on with --resume"
            raise Stopped(message, exit_status(interrupt)) from interrupt
        except (OSError, BrokenProcessPool) as error:
            raise explained(error, out, len(manifest.episodes)) from error
        except RuntimeError as error:  # what a worker could not encode
            raise ValueError(f"{error}; {len(manifest.episodes)} episodes are saved in {out}") from error
    return RecordingsConversion(
        out=out,
        episodes=len(manifest.episodes),
        frames=sum(episode.length for episode in manifest.episodes),
        converted=len(manifest.episodes) - kept,
        fps=rate.fps,
        stride=rate.stride,
        left_out=left_out,
        without_start=without_start,
    )


def _write(
    out: Path,
    manifest: Manifest,
    episodes: Sequence[_Episode],
    robot: RobotSpec,
    source: UnitConvention,
    rate: Rate,
    workers: int,
) -> LeftOut | None:
    """Write the episodes that are not converted yet; return the one whose frames cannot be read, if that ended it."""
    done = {episode.episode for episode in manifest.episodes}
    writer = DemonstrationWriter(out, manifest, workers, forked=True, robot=robot)
    try:
        with writer, tqdm(total=len(episodes), initial=len(done), unit="episode") as progress:
            for demonstration in _demonstrations(episodes, done, robot, source, rate, manifest):
                writer.add(demonstration)
                progress.update(writer.accepted - progress.n)
    except UnreadableFrames as error:
        damaged = next(e for e in episodes if (e.file.path, e.numbers.name) == (error.file, error.episode))
        return _unusable(damaged, error)
    return None


def _gone_on_with(before: Manifest, now: Manifest, out: Path) -> Manifest:
    """Return the manifest of what was begun, or refuse it: it was made of other files, or in another way."""
    (plan,) = now.conversions
    done = before.conversions[0] if len(before.conversions) == 1 else {}
    dropped: Any = done.get("dropped")
    same = isinstance(dropped, list) and {**done, "dropped": plan["dropped"]} == plan
    if not same or any(each not in dropped for each in plan["dropped"]) or not all(map(_is_note, dropped)):
        raise ValueError(f"{out} was converted from other files or in another way: choose another folder")
    return replace(before, versions=now.versions)


def _is_note(dropped: Any) -> bool:
    kinds = {"number": int, "file": str, "episode": str, "reason": str}
    return isinstance(dropped, dict) and {name: type(value) for name, value in dropped.items()} == kinds


def _without(
    dropped: Sequence[Mapping[str, Any]], episodes: Sequence[_Episode], left_out: list[LeftOut]
) -> list[_Episode]:
    """Return the episodes but for those that turned out to be damaged when their frames were read."""
    reasons = {each["number"]: each["reason"] for each in dropped}
    damaged = [each for each in episodes if each.number in reasons]
    left_out += [LeftOut(e.number, e.file.path, e.numbers.name, reasons[e.number], unusable=True) for e in damaged]
    return [each for each in episodes if each.number not in reasons]


def _counted(left_out: Sequence[LeftOut], most: int = 3) -> str:
    """Return why episodes were left out and how many for that, the first with which something is wrong by name."""
    counts = [f"{count} {reason}" for reason, count in Counter(e.reason for e in left_out if not e.unusable).items()]
    if unusable := [each.reason for each in left_out if each.unusable]:
        counts.append(f"{len(unusable)} unusable ({listing(unusable, most)})")
    return ", ".join(counts)


def _require_some(files: Sequence[RecordedFile], episodes: Sequence[_Episode], left_out: Sequence[LeftOut]) -> None:
    """Refuse files of which no episode is left, and any in which something is wrong with all that might be converted.

    Raises:
        ValueError: There is one; the message says what became of its episodes.
    """
    left = {each.file.path for each in episodes}
    for recorded in files:
        of_it = [each for each in left_out if each.file == recorded.path]
        if recorded.path not in left and any(each.unusable for each in of_it):
            raise ValueError(f"{recorded.path}: no episode is left to convert: {_counted(of_it, 1)}")
    if not episodes:
        raise ValueError(f"no episode is left to convert: {_counted(left_out)}; --all converts failed ones too")


def _require_different(paths: Sequence[Path]) -> None:
    """Refuse a file that is named twice, whatever leads to it."""
    known: dict[tuple[int, int], Path] = {}
    for path in paths:
        if path.exists():
            status = path.stat()
            other = known.setdefault((status.st_dev, status.st_ino), path)
            if other is not path:
                raise ValueError(f"{other} and {path} are one file: name it once")


def _layout(files: Sequence[RecordedFile], spec: TaskSpec | None, options: Options) -> Layout:
    """Return where the channels of the files' robot stand: the task's, or the one with as many as most actions have."""
    robot = spec.robot if spec is not None else _robot(files)
    order = options.joint_order or robot.channel_names
    if sorted(order) != sorted(robot.channel_names):
        raise ValueError(f"--joint-order is {' '.join(order)}, expected an order of {' '.join(robot.channel_names)}")
    return Layout(robot, order)


def _robot(files: Sequence[RecordedFile]) -> RobotSpec:
    known = {len(robot.channels): robot for robot in reversed(catalog.all_robots())}
    widths: Counter[int] = Counter()
    for recorded in files:
        with opened(recorded.path) as file:
            for name in recorded.episodes:
                with contextlib.suppress(ValueError), episode_of(recorded.path, name):
                    widths[shape_of_actions(file, recorded.path, name)[1]] += 1
    return next((known[width] for width, _ in widths.most_common() if width in known), robots.DEFAULT)


def _chosen(files: Sequence[RecordedFile], layout: Layout, options: Options, left_out: list[LeftOut]) -> list[_Episode]:
    """Return the episodes to convert; those that are not are noted."""
    chosen: list[_Episode] = []
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
                            left_out.append(LeftOut(number, path, name, reason))
                            continue
                        if (rows := rows + shape_of_actions(file, path, name)[0]) > MOST_ROWS:
                            break
                        numbers = read_numbers(file, path, name, layout)
                        require_numbers(f"{path}: {name}", numbers.state, numbers.action)
                        chosen.append(_Episode(number, recorded, bool(success), numbers))
                except ValueError as error:
                    left_out.append(LeftOut(number, path, name, _reason(error, path), unusable=True))
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


def _unusable(each: _Episode, error: ValueError) -> LeftOut:
    path = each.file.path
    return LeftOut(each.number, path, each.numbers.name, _reason(error, path), unusable=True)


def _reason(error: ValueError, path: Path) -> str:
    """Return what is wrong, without the path of the file."""
    return str(error).removeprefix(f"{path}: ").replace(str(path), path.name)


def _source(
    files: Sequence[RecordedFile], episodes: Sequence[_Episode], robot: RobotSpec, options: Options
) -> UnitConvention:
    """Return the unit convention of the files, which nothing in them contradicts."""
    declared = {recorded.path: _declared_units(recorded) for recorded in files}
    conventions = {
        path: source_convention(
            str(path), robot, recorded, options.source_units or (None if recorded else units.load(_RADIANS))
        )
        for path, recorded in declared.items()
    }
    source = conventions[files[0].path]
    for path, convention in conventions.items():
        if convention != source:
            raise ValueError(f"{files[0].path} is in {source.name}, {path} in {convention.name}: convert them apart")
    name = str(files[0].path) if len(files) == 1 else f"{files[0].path} and {len(files) - 1} more"
    state = np.concatenate([_state_in(source, robot, each.numbers) for each in episodes])
    action = np.concatenate([each.numbers.action for each in episodes])
    require_plausible(name, robot, source, state, action, overruled=options.overrule_units)
    return source


def _declared_units(recorded: RecordedFile) -> UnitConvention | None:
    """Return the units that an environment of this package noted."""
    table = recorded.env_args.get("leisaac_units")
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ValueError(f"{recorded.path}: leisaac_units is {table!s:.40}, expected a table")
    return units.from_table(table, where=f"{recorded.path}: leisaac_units")


def _state_in(source: UnitConvention, robot: RobotSpec, numbers: RecordedNumbers) -> np.ndarray:
    """Return the state of an episode in the units of its actions. Shape is (T, C)."""
    if not numbers.state_in_radians:
        return numbers.state
    return rescaled(numbers.state, robot, units.load(_RADIANS), source)


def _with_their_targets(
    episodes: Sequence[_Episode], layout: Layout, source: UnitConvention, left_out: list[LeftOut]
) -> list[_Episode]:
    """Return the episodes but for those whose actions the simulator made other joint targets of than units say."""
    kept: list[_Episode] = []
    for recorded, of_file in itertools.groupby(episodes, key=lambda each: each.file):
        with opened(recorded.path) as file:
            for each in of_file:
                try:
                    with episode_of(recorded.path, each.numbers.name):
                        targets = joint_targets(file, recorded.path, each.numbers.name, layout)
                        _require_targets(each, targets, layout.robot, source)
                    kept.append(each)
                except ValueError as error:
                    left_out.append(_unusable(each, error))
    return kept


def _require_targets(each: _Episode, targets: np.ndarray | None, robot: RobotSpec, source: UnitConvention) -> None:
    if targets is None or len(targets) != len(each.numbers.action):
        return
    action = rescaled(each.numbers.action, robot, source, units.load(_RADIANS))
    apart = _distance(action[:, robot.positions], targets[:, robot.positions])
    if apart.max() > _SAME_TARGET:
        joint = robot.channel_names[robot.positions[int(apart.argmax())]]
        raise ValueError(
            f"{each.file.path}: the actions of {each.numbers.name} are no joint targets in {source.name}: {joint} was"
            f" sent elsewhere (processed_actions), by {np.degrees(apart.max()):.3g} degrees; name the right"
            " --source-units"
        )


def _distance(actions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the usual distance of actions from joint targets [rad]: some are clamped at a limit, or come late.

    Shape is (6,).
    """
    lags = range(min(_LATEST, len(actions) - 1) + 1)
    apart = [np.median(abs(actions[: len(actions) - lag] - targets[lag:]), axis=0) for lag in lags]
    return min(apart, key=np.max)


def _with_cameras(
    episodes: Sequence[_Episode], options: Options, left_out: list[LeftOut]
) -> tuple[list[_Episode], dict[str, RecordedCamera]]:
    """Return the episodes that have the cameras which most have, with images of the same size; and these cameras.

    Raises:
        ValueError: No episode has those that are asked for, or there are none at all.
    """
    wanted = options.cameras

    def cameras(each: _Episode) -> dict[str, RecordedCamera]:
        return {name: known for name, known in each.numbers.cameras.items() if wanted is None or name in wanted}

    sizes = [tuple((name, known.size) for name, known in cameras(each).items()) for each in episodes]
    usual = dict(Counter(sizes).most_common(1)[0][0])
    path = episodes[0].file.path
    if missing_one := next((name for name in wanted or () if name not in usual), None):
        found = ", ".join(episodes[0].numbers.cameras) or "none"
        raise ValueError(f"{path} has no camera {missing_one}, found {found}")
    if not usual and wanted is None:
        raise ValueError(f"{path} holds no images: say --cameras none to convert states and actions alone")
    kept: list[_Episode] = []
    for each in episodes:
        other = next((name for name, size in usual.items() if _size(each, name) != size), None)
        if other is None:
            kept.append(each)
            continue
        size = _size(each, other)
        what = f"has no camera {other}" if size is None else f"has images of {size} of {other}, not {usual[other]}"
        left_out.append(_unusable(each, ValueError(f"{each.numbers.name} {what}")))
    known = {name: _largest(each.numbers.cameras[name] for each in kept) for name in wanted or usual}
    for name in known if options.image_size is None else ():
        require_encodable(known[name].size, f"{path} needs --image-size: its camera {name}")
    return kept, known


def _size(each: _Episode, camera: str) -> tuple[int, int] | None:
    known = each.numbers.cameras.get(camera)
    return None if known is None else known.size


def _largest(cameras: Iterator[RecordedCamera]) -> RecordedCamera:
    """Return the one that takes most memory of some cameras of one size."""
    return max(cameras, key=lambda camera: camera.together)


def _repetitions(
    episodes: Sequence[_Episode],
    cameras: Mapping[str, RecordedCamera],
    options: Options,
    left_out: list[LeftOut],
) -> dict[int, Repetition | None]:
    """Return how the images of episodes come, by the episodes' numbers; None where nothing tells.

    Episodes that cannot be read are missing, and those whose images come irregularly.

    Raises:
        ValueError: Images come not equally often in all episodes.
    """
    found: dict[int, Repetition | None] = {}
    times: dict[int, str] = {}
    for each in episodes:
        try:
            found[each.number] = how = None if options.keep_rate else _repetition(each, cameras, options)
        except ValueError as error:
            left_out.append(_unusable(each, error))
            continue
        if how is not None:
            times.setdefault(how.times, f"{each.numbers.name} of {each.file.path}")
    if len(times) > 1:
        (first, of_first), (second, of_second), *_ = times.items()
        raise ValueError(
            f"each image is there {first} times in {of_first}, {second} times in {of_second}: convert them apart, or"
            " say --keep-rate and --fps"
        )
    return found


def _repetition(each: _Episode, cameras: Mapping[str, RecordedCamera], options: Options) -> Repetition | None:
    """Return how the images of an episode come: what all of its cameras say that see something move.

    Raises:
        ValueError: They come irregularly, or some cameras' more often than others'; or they cannot be read.
    """
    path, name = each.file.path, each.numbers.name
    rows = range(len(each.numbers.action))
    found: dict[str, Repetition] = {}
    for camera in cameras:
        try:
            how = repetition(Hdf5Frames(path, name, camera, each.numbers.cameras[camera], rows))
        except IrregularImages as error:
            raise ValueError(f"{name}: the images of {camera} {error}: say --keep-rate and --fps") from error
        if how is not None:
            found[camera] = how
    slowest = max(found, key=lambda camera: found[camera].times, default=None)
    if slowest is None:
        return None
    if options.fps is None and (faster := next((c for c in found if found[c].times < found[slowest].times), None)):
        raise ValueError(
            f"{name}: {slowest} shows a new image every {found[slowest].times} rows, {faster} every"
            f" {found[faster].times}: name --cameras that go together, say --fps, or --keep-rate"
        )
    return found[slowest]


def _begun(
    episodes: Sequence[_Episode],
    repetitions: Mapping[int, Repetition | None],
    layout: Layout,
    spec: TaskSpec | None,
    options: Options,
    left_out: list[LeftOut],
) -> Iterator[_Episode]:
    """Yield episodes from the first row on that is not skipped and shows a new image, those with a possible start."""
    for each in episodes:
        how, path, name = repetitions[each.number], each.file.path, each.numbers.name
        first = options.skip_first if how is None else how.new_from(options.skip_first)
        try:
            with opened(path) as file, episode_of(path, name):
                scene = read_scene(file, each.file, name, first, layout)
            if scene is not None and (wrong := impossible(scene, layout.robot)) is not None:
                raise ValueError(f"{path}: {name} starts where nothing can be: {wrong}")
        except ValueError as error:
            left_out.append(_unusable(each, error))
            continue
        absent = "states are not on record" if scene is None else None
        if scene is not None and spec is not None and (what := missing(scene, spec)) is not None:
            absent = f"{what} is not on record"
        yield replace(each, first=first, scene={} if scene is None or absent else scene, no_start=absent)


def _rate(files: Sequence[RecordedFile], repeated: int | None, options: Options) -> Rate:
    """Return which rows to keep, the same in all files."""
    rates = {}
    for recorded in files:
        try:
            rates[recorded.path] = chosen_rate(recorded.hz, repeated, options.fps, keep_rate=options.keep_rate)
        except ValueError as error:
            raise ValueError(f"{recorded.path}: {error}") from error
    if len(set(rates.values())) > 1:
        shown = ", ".join(f"{path} {rate.fps}" for path, rate in rates.items())
        raise ValueError(f"the files have different frame rates, {shown}: convert them apart, or say --fps")
    return rates[files[0].path]


def _task(files: Sequence[RecordedFile], options: Options) -> tuple[str, TaskSpec | None]:
    """Return the name of the task that files show, and what is known of it."""
    stated = {recorded.env_name for recorded in files if recorded.env_name}
    if len(stated) > 1:
        raise ValueError(f"the files are of different tasks, {', '.join(sorted(stated))}: convert them apart")
    name = options.task or next(iter(stated), None)
    if name is None:
        raise ValueError(f"{files[0].path} does not say which task it shows: say --task NAME")
    try:
        return name, catalog.task(name)
    except ValueError:
        if options.task is not None or options.instruction is None or not ENV_ID.fullmatch(name):
            raise ValueError(
                f"{files[0].path} shows {name[:100]!r}, which is no task here: say --instruction TEXT, or --task NAME"
            ) from None
        return name, None


def _planned(
    name: str,
    spec: TaskSpec | None,
    options: Options,
    rate: Rate,
    cameras: Mapping[str, tuple[int, int]],
) -> Manifest:
    """Return the manifest of the dataset before anything is written."""
    return Manifest(
        task=name if spec is None else spec.name,
        env_id=name if spec is None else spec.lerobot_id,
        units=options.units,
        seed=0,
        fps=rate.fps,
        cameras=dict(cameras) if options.image_size is None else dict.fromkeys(cameras, options.image_size),
        instruction=options.instruction if spec is None else options.instruction or spec.instruction,
        video=True,
        vcodec=options.vcodec,
        versions=installed_versions(),
    )


def _done(
    files: Sequence[RecordedFile],
    layout: Layout,
    options: Options,
    source: UnitConvention,
    rate: Rate,
    left_out: Sequence[LeftOut],
    without_start: Mapping[str, str],
) -> dict[str, Any]:
    """Return what the manifest says of the conversion."""
    hashes = {recorded.path: _sha256(recorded.path) for recorded in files}
    for path, other in itertools.pairwise(sorted(hashes, key=hashes.__getitem__)):
        if hashes[path] == hashes[other]:
            raise ValueError(f"{path} and {other} hold the same: name one of them")
    return {
        "version": own_version(),
        "files": [
            {
                "name": recorded.path.name,
                "sha256": hashes[recorded.path],
                "format_version": recorded.format_version,
                "env_name": recorded.env_name,
                "rows_a_second": recorded.hz,
                "episodes": list(recorded.episodes),
            }
            for recorded in files
        ],
        "units": [source.name, options.units.name],
        "stride": rate.stride,
        "skip_first": options.skip_first,
        "joint_order": list(layout.order),
        "dropped": [each.note for each in left_out],
        "without_start": dict(without_start),
    }


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _demonstrations(
    episodes: Sequence[_Episode],
    done: set[int],
    robot: RobotSpec,
    source: UnitConvention,
    rate: Rate,
    manifest: Manifest,
) -> Iterator[Demonstration]:
    """Yield the episodes that are not converted yet."""
    assert manifest.instruction is not None
    for each in episodes:
        if each.number in done:
            continue
        path, name = each.file.path, each.numbers.name
        rows = range(each.first, len(each.numbers.action), rate.stride)
        values = (_state_in(source, robot, each.numbers), each.numbers.action)
        state, action = (rescaled(value[rows], robot, source, manifest.units).astype(np.float32) for value in values)
        yield Demonstration(
            episode=each.number,
            success=each.success,
            task=manifest.instruction,
            state=state,
            action=action,
            images={
                camera: Hdf5Frames(path, name, camera, each.numbers.cameras[camera], rows, size)
                for camera, size in manifest.cameras.items()
            },
            initial_state=each.scene,
        )
