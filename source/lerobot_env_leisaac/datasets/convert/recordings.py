"""HDF5 files of Isaac Lab's recorder as a LeRobot dataset, through the writer that `leisaac record` uses."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from lerobot_env_leisaac import catalog, locks
from lerobot_env_leisaac.datasets.growing import explained, make_folder, open_folder
from lerobot_env_leisaac.datasets.manifest import ENV_ID, Manifest
from lerobot_env_leisaac.datasets.shards import Demonstration
from lerobot_env_leisaac.datasets.stored_frames import UnreadableFrames
from lerobot_env_leisaac.datasets.writer import DemonstrationWriter
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.versions import installed_versions, own_version

from .declared_units import source_units, state_in, with_their_targets
from .hdf5 import (
    RecordedFile,
    read_file,
)
from .hdf5_frames import Hdf5Frames
from .layout import Layout
from .memory import workers_that_fit
from .options import Options
from .rate import Rate
from .rhythm import common_rate, repetitions
from .selection import (
    Episode,
    EpisodeNote,
    begun,
    chosen_episodes,
    counted,
    layout_of,
    note,
    require_some,
    unusable,
    with_cameras,
)
from .source_units import rescaled


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
        without_start: The episodes whose start no replay can take up.
        image_age: How many of the files' rows before the first kept one its image was new, at most.
    """

    out: Path
    episodes: int
    frames: int
    converted: int
    fps: int
    stride: int
    left_out: Sequence[EpisodeNote] = ()
    without_start: Sequence[EpisodeNote] = ()
    image_age: int = 0

    def __str__(self) -> str:
        rows = "every row" if self.stride == 1 else f"every {'2nd' if self.stride == 2 else f'{self.stride}th'} row"
        starts = ""
        if self.without_start:
            first = self.without_start[0]
            starts = f"; {len(self.without_start)} without a start to replay from ({first.episode}: {first.reason})"
        old = f"{self.image_age} row{'s' if self.image_age > 1 else ''} of the file older than states"
        age = f"; images are up to {old}" if self.image_age else ""
        return (
            f"{self.out}: {self.episodes} episodes, {self.frames} frames at {self.fps} a second ({rows});"
            f" {self.converted} converted now, left out: {counted(self.left_out) or 'none'}{starts}{age}"
        )


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
    layout = layout_of(files, spec, options)
    robot = layout.robot
    left_out: list[EpisodeNote] = []
    episodes = chosen_episodes(files, layout, options, left_out)
    require_some(files, episodes, left_out)
    source = source_units(files, episodes, robot, options)
    if not options.overrule_units:
        episodes = with_their_targets(episodes, layout, source, left_out)
        require_some(files, episodes, left_out)
    episodes, cameras = with_cameras(episodes, options, left_out)
    require_some(files, episodes, left_out)
    known = repetitions(episodes, cameras, options, left_out)
    episodes = [each for each in episodes if each.number in known]
    require_some(files, episodes, left_out)
    rate = common_rate(files, next((how.times for how in known.values() if how is not None), None), options)
    episodes = list(begun(episodes, known, layout, spec, options, left_out))
    require_some(files, episodes, left_out)
    without_start = [note(each, each.no_start) for each in episodes if each.no_start is not None]
    sizes = {name: camera.size for name, camera in cameras.items()}
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
                    if not episodes:
                        require_some(files, episodes, left_out)
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
        image_age=max((each.image_age for each in episodes), default=0),
    )


def _write(
    out: Path,
    manifest: Manifest,
    episodes: Sequence[Episode],
    robot: RobotSpec,
    source: UnitConvention,
    rate: Rate,
    workers: int,
) -> EpisodeNote | None:
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
        return unusable(damaged, error)
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
    dropped: Sequence[Mapping[str, Any]], episodes: Sequence[Episode], left_out: list[EpisodeNote]
) -> list[Episode]:
    """Return the episodes but for those that turned out to be damaged when their frames were read."""
    reasons = {each["number"]: each["reason"] for each in dropped}
    damaged = [each for each in episodes if each.number in reasons]
    left_out += [EpisodeNote(e.number, e.file.path, e.numbers.name, reasons[e.number], unusable=True) for e in damaged]
    return [each for each in episodes if each.number not in reasons]


def _require_different(paths: Sequence[Path]) -> None:
    """Refuse a file that is named twice, whatever leads to it."""
    known: dict[tuple[int, int], Path] = {}
    for path in paths:
        if path.exists():
            status = path.stat()
            other = known.setdefault((status.st_dev, status.st_ino), path)
            if other is not path:
                raise ValueError(f"{other} and {path} are one file: name it once")


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
        seed=None,
        fps=rate.fps,
        cameras=dict(cameras) if options.image_size is None else dict.fromkeys(cameras, options.image_size),
        instruction=options.instruction if spec is None else options.instruction or spec.instruction,
        expert=None,
        video=True,
        vcodec=options.vcodec,
        device=None,
        physics=None,
        servo=None,
        look=None,
        versions=installed_versions(),
    )


def _done(
    files: Sequence[RecordedFile],
    layout: Layout,
    options: Options,
    source: UnitConvention,
    rate: Rate,
    left_out: Sequence[EpisodeNote],
    without_start: Sequence[EpisodeNote],
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
        "without_start": [each.note for each in without_start],
    }


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _demonstrations(
    episodes: Sequence[Episode],
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
        values = (state_in(source, robot, each.numbers), each.numbers.action)
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
