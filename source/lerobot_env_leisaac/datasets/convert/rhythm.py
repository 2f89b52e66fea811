"""How often the images of episodes are new, and the frame rate that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .hdf5 import (
    RecordedCamera,
    RecordedFile,
)
from .hdf5_frames import Hdf5Frames
from .options import Options
from .rate import IrregularImages, Rate, Repetition, chosen_rate, repetition
from .selection import Episode, EpisodeNote, unusable


def repetitions(
    episodes: Sequence[Episode],
    cameras: Mapping[str, RecordedCamera],
    options: Options,
    left_out: list[EpisodeNote],
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
            left_out.append(unusable(each, error))
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


def _repetition(each: Episode, cameras: Mapping[str, RecordedCamera], options: Options) -> Repetition | None:
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


def common_rate(files: Sequence[RecordedFile], repeated: int | None, options: Options) -> Rate:
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
