"""HDF5 files of Isaac Lab's recorder as a LeRobot dataset, through the writer that `leisaac record` uses."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from lerobot_env_leisaac import catalog, locks, units
from lerobot_env_leisaac.datasets.growing import explained, make_folder, open_folder
from lerobot_env_leisaac.datasets.manifest import Manifest, Vcodec
from lerobot_env_leisaac.datasets.shards import Demonstration
from lerobot_env_leisaac.datasets.writer import DemonstrationWriter
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.versions import installed_versions, own_version

from .hdf5 import (
    Hdf5Frames,
    RecordedFile,
    RecordedNumbers,
    joint_targets,
    opened,
    read_file,
    read_numbers,
    read_scene,
    read_success,
)
from .rate import Rate, Repetition, chosen_rate, repetition
from .source_units import ROBOT, require_plausible, rescaled, source_convention

FEWEST_ROWS = 10
"""Rows below which an episode is no demonstration; LeIsaac's converter leaves those out, too."""

_SAME_TARGET = 0.01
"""Distance below which an action is the joint target that the simulator made of it [rad]."""

_LATEST = 5
"""Rows by which a simulated bus delays an action at most [rows]."""

_RADIANS = "radians"
_ENV_ID = re.compile(r"[\w.-]{1,100}")


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
        joint_order: Joints in the order of the files' columns.
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
    joint_order: tuple[str, ...] = ROBOT.channel_names
    vcodec: Vcodec = "av1"


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
        dropped: Why episodes were left out, and how many for that.
    """

    out: Path
    episodes: int
    frames: int
    converted: int
    fps: int
    stride: int
    dropped: Mapping[str, int]

    def __str__(self) -> str:
        rows = "every row" if self.stride == 1 else f"every {'2nd' if self.stride == 2 else f'{self.stride}th'} row"
        dropped = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items())
        return (
            f"{self.out}: {self.episodes} episodes, {self.frames} frames at {self.fps} a second ({rows});"
            f" {self.converted} converted now, left out: {dropped or 'none'}"
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
        scene: State of the scene before it; empty where that is not on record.
    """

    number: int
    file: RecordedFile
    success: bool
    numbers: RecordedNumbers
    first: int = 0
    scene: dict[str, Any] = field(default_factory=dict)


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

    Raises:
        FileNotFoundError: A file is not there.
        FileExistsError: There is something in ``out``, and it is not to be resumed.
        ValueError: A file is damaged or not of one SO-101, or an argument does not fit the files; the message says why.
        OSError: Nothing can be written there, or no longer; the episodes that are counted are whole.
        Stopped: Ctrl-C or SIGTERM came; the episodes that are counted are whole.
    """
    _require_different(paths)
    files = [read_file(path) for path in paths]
    episodes, dropped = _chosen(files, options)
    source = _source(files, episodes, options)
    cameras = _cameras(episodes, options)
    repetitions = _repetitions(episodes, options)
    rate = _rate(files, next((how.times for how in repetitions.values()), None), options)
    episodes = [_begun(each, repetitions.get(each.number), options) for each in episodes]
    manifest = _planned(files, options, rate, cameras)
    manifest.conversions = [_done(files, options, source, rate, dropped)]
    make_folder(out)
    with locks.exclusive(out):
        before = open_folder(out, manifest, resume=resume)
        if before is not None:
            if before.conversions != manifest.conversions:
                raise ValueError(f"{out} was converted from other files or in another way: choose another folder")
            manifest = replace(before, versions=manifest.versions)
        kept = len(manifest.episodes)
        writer = DemonstrationWriter(out, manifest, workers or len(os.sched_getaffinity(0)), forked=True)
        try:
            with sigterm_interrupts(), writer, tqdm(total=len(episodes), initial=kept, unit="episode") as progress:
                done = {episode.episode for episode in manifest.episodes}
                for demonstration in _demonstrations(episodes, done, options, source, rate, manifest):
                    writer.add(demonstration)
                    progress.update(writer.accepted - progress.n)
        except KeyboardInterrupt as interrupt:
            saved = f"{len(manifest.episodes)} of {len(episodes)} episodes are saved in {out}"
            message = f"stopped by {cause(interrupt)}: {saved}, go on with --resume"
            raise Stopped(message, exit_status(interrupt)) from interrupt
        except (OSError, BrokenProcessPool) as error:
            raise explained(error, out, len(manifest.episodes)) from error
        except RuntimeError as error:  # what a worker could not read
            raise ValueError(f"{error}; {len(manifest.episodes)} episodes are saved in {out}") from error
    return RecordingsConversion(
        out=out,
        episodes=len(manifest.episodes),
        frames=sum(episode.length for episode in manifest.episodes),
        converted=len(manifest.episodes) - kept,
        fps=rate.fps,
        stride=rate.stride,
        dropped=Counter(reason for _, _, reason in dropped),
    )


def _require_different(paths: Sequence[Path]) -> None:
    """Refuse a file that is named twice, whatever leads to it."""
    known: dict[tuple[int, int], Path] = {}
    for path in paths:
        if path.exists():
            status = path.stat()
            other = known.setdefault((status.st_dev, status.st_ino), path)
            if other is not path:
                raise ValueError(f"{other} and {path} are one file: name it once")


def _chosen(files: Sequence[RecordedFile], options: Options) -> tuple[list[_Episode], list[tuple[str, str, str]]]:
    """Return the episodes to convert; and file, name and reason of those that are left out."""
    chosen: list[_Episode] = []
    dropped: list[tuple[str, str, str]] = []
    number = 0
    for recorded in files:
        with opened(recorded.path) as file:
            for name in recorded.episodes:
                success = read_success(file, recorded.path, name)
                reason = None
                if options.only_success and not success:
                    reason = "without an outcome" if success is None else "failed"
                else:
                    numbers = read_numbers(file, recorded.path, name, options.joint_order)
                    if len(numbers.action) - options.skip_first < FEWEST_ROWS:
                        reason = f"shorter than {FEWEST_ROWS} rows"
                if reason is None:
                    chosen.append(_Episode(number, recorded, bool(success), numbers))
                else:
                    dropped.append((recorded.path.name, name, reason))
                number += 1
    if not chosen:
        why = ", ".join(f"{count} {reason}" for reason, count in Counter(each[2] for each in dropped).items())
        raise ValueError(f"no episode is left to convert: {why}; --all converts failed ones too")
    return chosen, dropped


def _source(files: Sequence[RecordedFile], episodes: Sequence[_Episode], options: Options) -> UnitConvention:
    """Return the unit convention of the files, which nothing in them contradicts."""
    declared = {recorded.path: _declared_units(recorded) for recorded in files}
    conventions = {
        path: source_convention(
            str(path), recorded, options.source_units or (None if recorded else units.load(_RADIANS))
        )
        for path, recorded in declared.items()
    }
    source = conventions[files[0].path]
    for path, convention in conventions.items():
        if convention != source:
            raise ValueError(f"{files[0].path} is in {source.name}, {path} in {convention.name}: convert them apart")
    name = str(files[0].path) if len(files) == 1 else f"{files[0].path} and {len(files) - 1} more"
    state = np.concatenate([_state_in(source, each.numbers) for each in episodes])
    action = np.concatenate([each.numbers.action for each in episodes])
    require_plausible(name, source, state, action, overruled=options.overrule_units)
    if not options.overrule_units:
        _require_targets(files, episodes, options, source)
    return source


def _declared_units(recorded: RecordedFile) -> UnitConvention | None:
    """Return the units that an environment of this package noted."""
    table = recorded.env_args.get("leisaac_units")
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ValueError(f"{recorded.path}: leisaac_units is {table!s:.40}, expected a table")
    return units.from_table(table, where=f"{recorded.path}: leisaac_units")


def _state_in(source: UnitConvention, numbers: RecordedNumbers) -> np.ndarray:
    return rescaled(numbers.state, units.load(_RADIANS), source) if numbers.state_in_radians else numbers.state


def _require_targets(
    files: Sequence[RecordedFile], episodes: Sequence[_Episode], options: Options, source: UnitConvention
) -> None:
    """Refuse files whose simulator made other joint targets of the actions than these units say."""
    for recorded in files:
        with opened(recorded.path) as file:
            for each in (episode for episode in episodes if episode.file is recorded):
                targets = joint_targets(file, recorded.path, each.numbers.name, options.joint_order)
                if targets is None or len(targets) != len(each.numbers.action):
                    continue
                apart = _distance(rescaled(each.numbers.action, source, units.load(_RADIANS)), targets)
                if apart.max() > _SAME_TARGET:
                    joint = ROBOT.channel_names[int(apart.argmax())]
                    raise ValueError(
                        f"{recorded.path}: the actions of {each.numbers.name} are no joint targets in {source.name}:"
                        f" {joint} was sent elsewhere (processed_actions), by {np.degrees(apart.max()):.3g} degrees;"
                        " name the right --source-units"
                    )


def _distance(actions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the usual distance of actions from joint targets [rad]: some are clamped at a limit, or come late.

    Shape is (6,).
    """
    lags = range(min(_LATEST, len(actions) - 1) + 1)
    apart = [np.median(abs(actions[: len(actions) - lag] - targets[lag:]), axis=0) for lag in lags]
    return min(apart, key=np.max)


def _repetitions(episodes: Sequence[_Episode], options: Options) -> dict[int, Repetition]:
    """Return how the images of episodes come, by the episodes' numbers; where they do not change nothing tells.

    Raises:
        ValueError: They come irregularly, or not equally often in all episodes.
    """
    found: dict[int, Repetition] = {}
    times: dict[int, str] = {}
    for each in episodes if not options.keep_rate else ():
        if not each.numbers.cameras:
            continue
        camera, size = next(iter(each.numbers.cameras.items()))
        rows = range(len(each.numbers.action))
        try:
            how = repetition(Hdf5Frames(each.file.path, each.numbers.name, camera, size, rows))
        except ValueError as error:
            raise ValueError(f"{each.file.path}: {each.numbers.name}: {error}: say --keep-rate and --fps") from error
        if how is not None:
            found[each.number] = how
            times.setdefault(how.times, f"{each.numbers.name} of {each.file.path}")
    if len(times) > 1:
        (first, of_first), (second, of_second), *_ = times.items()
        raise ValueError(
            f"each image is there {first} times in {of_first}, {second} times in {of_second}: convert them apart, or"
            " say --keep-rate and --fps"
        )
    return found


def _begun(each: _Episode, how: Repetition | None, options: Options) -> _Episode:
    """Return an episode from the first row on that is not skipped and shows a new image."""
    first = options.skip_first if how is None else how.new_from(options.skip_first)
    with opened(each.file.path) as file:
        scene = read_scene(file, each.file, each.numbers.name, first, options.joint_order)
    return replace(each, first=first, scene=scene or {})


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


def _cameras(episodes: Sequence[_Episode], options: Options) -> dict[str, tuple[int, int]]:
    """Return height and width of the images by camera, the same in all episodes."""
    found = episodes[0].numbers.cameras
    names = tuple(found) if options.cameras is None else options.cameras
    if not names and options.cameras is None:
        raise ValueError(
            f"{episodes[0].file.path} holds no images: say --cameras none to convert states and actions alone"
        )
    for each in episodes:
        sizes = {name: each.numbers.cameras.get(name) for name in names}
        for name, size in sizes.items():
            where = f"{each.numbers.name} of {each.file.path}"
            if size is None:
                raise ValueError(f"{where} has no camera {name}, found {', '.join(each.numbers.cameras) or 'none'}")
            if size != found.get(name, size):
                raise ValueError(f"{where} has images of {size} of {name}, others have {found[name]}")
    return {name: found[name] for name in names}


def _planned(
    files: Sequence[RecordedFile], options: Options, rate: Rate, cameras: dict[str, tuple[int, int]]
) -> Manifest:
    """Return the manifest of the dataset before anything is written."""
    stated = {recorded.env_name for recorded in files if recorded.env_name}
    if len(stated) > 1:
        raise ValueError(f"the files are of different tasks, {', '.join(sorted(stated))}: convert them apart")
    name = options.task or next(iter(stated), None)
    if name is None:
        raise ValueError(f"{files[0].path} does not say which task it shows: say --task NAME")
    try:
        spec = catalog.task(name)
    except ValueError:
        if options.task is not None or options.instruction is None or not _ENV_ID.fullmatch(name):
            raise ValueError(
                f"{files[0].path} shows {name[:100]!r}, which is no task here: say --instruction TEXT, or --task NAME"
            ) from None
        spec = None
    return Manifest(
        task=name if spec is None else spec.name,
        env_id=name if spec is None else spec.lerobot_id,
        units=options.units,
        seed=0,
        fps=rate.fps,
        cameras=cameras if options.image_size is None else dict.fromkeys(cameras, options.image_size),
        instruction=options.instruction if spec is None else options.instruction or spec.instruction,
        video=True,
        vcodec=options.vcodec,
        versions=installed_versions(),
    )


def _done(
    files: Sequence[RecordedFile],
    options: Options,
    source: UnitConvention,
    rate: Rate,
    dropped: Sequence[tuple[str, str, str]],
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
        "joint_order": list(options.joint_order),
        "dropped": [{"file": file, "episode": name, "reason": reason} for file, name, reason in dropped],
    }


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _demonstrations(
    episodes: Sequence[_Episode],
    done: set[int],
    options: Options,
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
        values = (_state_in(source, each.numbers), each.numbers.action)
        state, action = (rescaled(value[rows], source, options.units).astype(np.float32) for value in values)
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
