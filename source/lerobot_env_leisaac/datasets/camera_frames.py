"""Decode every frame of every camera once, and keep of each episode only what the checks need."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
from lerobot.datasets import LeRobotDataset, LeRobotDatasetMetadata
from PIL import Image

from .pixel_statistics import count_pixels

_THUMBNAIL = (24, 32)
"""Height and width to which frames are averaged down [px]: enough to see a black, blank or unchanged one."""

_BLACK = 12
"""A frame is black if no pixel of its thumbnail is brighter than this, of 255: a black video frame decodes to 0..8."""

_BLANK = 2
"""A frame is blank if no two pixels of its thumbnail differ by more than this, of 255."""

_UNCHANGED = 6
"""A frame is unchanged if no pixel of its thumbnail changed by more than this, of 255: a codec changes up to 5."""

_COUNTED = 1000
"""About how many frames of a camera have their pixels counted, evenly over the dataset."""

_CARRYING = 4
"""Joints that carry the hand: a wrist that rolls and fingers that open may be hidden from a camera."""

_MOVING = 0.02
"""The arm moves if such a joint covers this part of its range in the dataset from one frame to the next."""

_FROZEN = (10, 0.3)
"""A camera is frozen that shows as many unchanged frames while such a joint covers this part of its range."""


@dataclass(frozen=True)
class CameraEpisode:
    """What one camera saw in one episode.

    Attributes:
        camera: Feature of the camera, such as ``observation.images.front``.
        episode: Index of the episode.
        rows: How many frames it should have.
        frames: How many are stored.
        unmatched: How many rows have no frame within LeRobot's tolerance of their time stamp.
        sizes: Heights and widths of the frames [px].
        black: Numbers of the black frames.
        blank: Numbers of the frames that are of one colour, but not black.
        frozen: First frame and length of the longest stretch of unchanged frames while the arm went far; or None.
        repeated: How many frames are unchanged from the one before although the arm moved.
        moving: How many frames there are in which the arm moved.
        first: The first frame, averaged down. Shape is (24, 32, 3), dtype int16; None if there is no frame.
        looked_at: In how many frames pixels were counted.
        pixels: How often each value occurs in those. Shape is (3, 256).
        damage: Why frames could not be decoded; empty if all could.
    """

    camera: str
    episode: int
    rows: int
    frames: int
    unmatched: int
    sizes: frozenset[tuple[int, int]]
    black: tuple[int, ...]
    blank: tuple[int, ...]
    frozen: tuple[int, int] | None
    repeated: int
    moving: int
    first: np.ndarray | None
    looked_at: int
    pixels: np.ndarray
    damage: str


@dataclass(frozen=True)
class _Frame:
    """A decoded frame: time in its file [s], height and width [px], thumbnail (24, 32, 3), counts (3, 256) of some."""

    time: float
    size: tuple[int, int]
    thumbnail: np.ndarray
    pixels: np.ndarray | None


def cameras(dataset: LeRobotDataset) -> list[str]:
    """Return the features of the colour cameras."""
    return [key for key in dataset.meta.camera_keys if key not in dataset.meta.depth_keys]


def declared_size(dataset: LeRobotDataset | LeRobotDatasetMetadata, camera: str) -> tuple[int, int]:
    """Return height and width of a camera's images [px]; the metadata may name the channels first or last."""
    feature = dataset.features[camera]
    first = str((feature["names"] or [""])[0]).startswith("channel")
    height, width = feature["shape"][1:] if first else feature["shape"][:2]
    return height, width


def camera_episodes(dataset: LeRobotDataset, state: np.ndarray) -> Iterator[CameraEpisode]:
    """Decode every frame, in as many threads as there are processors, and yield episodes as they are done.

    Args:
        dataset: Dataset.
        state: Joint positions, finite, to know when the arm moves. Shape is (F, C).
    """
    motions = {camera: _motion(state[:, _carrying(dataset, camera)]) for camera in cameras(dataset)}
    jobs = [*_video_jobs(dataset, motions), *_image_jobs(dataset, motions)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for future in as_completed([pool.submit(job) for job in jobs]):
            yield from future.result()


def _carrying(dataset: LeRobotDataset, camera: str) -> list[int]:
    """Return the columns of the joints that carry the hand: of two arms the one whose name the camera begins with.

    A camera on one arm shows the same for as long as that arm stands still, whatever the other one does.
    """
    names = dataset.features["observation.state"]["names"] or []
    side = camera.removeprefix("observation.images.").partition("_")[0] + "_"
    own = [index for index, name in enumerate(names) if str(name).startswith(side)]
    # a camera called `wrist_…` begins as the joints of a wrist do, which are no arm
    return own[:_CARRYING] if len(own) >= _CARRYING else list(range(_CARRYING))


def _motion(joints: np.ndarray) -> np.ndarray:
    """Return joint positions in parts of their range; what jitters only does not move. Shapes are (F, J)."""
    span = np.ptp(joints, axis=0)
    motion: np.ndarray = joints / np.where(span > 0.05 * span.max(), span, np.inf)
    return motion


_Job = Callable[[], list[CameraEpisode]]


def _video_jobs(dataset: LeRobotDataset, motions: Mapping[str, np.ndarray]) -> Iterator[_Job]:
    """Yield a job for each video file; a file holds several episodes."""
    for camera in cameras(dataset):
        if camera not in dataset.meta.video_keys:
            continue
        episodes: dict[Path, list[int]] = defaultdict(list)
        for episode in range(dataset.meta.total_episodes):
            episodes[dataset.root / dataset.meta.get_video_file_path(episode, camera)].append(episode)
        for path, numbers in episodes.items():
            yield partial(_decode_video, dataset, motions[camera], camera, path, numbers)


def _decode_video(
    dataset: LeRobotDataset, motion: np.ndarray, camera: str, path: Path, episodes: list[int]
) -> list[CameraEpisode]:
    """Decode a file from its start; its frames belong to episodes by their time."""
    rows = [dataset.meta.episodes[episode] for episode in episodes]
    starts = [row[f"videos/{camera}/from_timestamp"] for row in rows]
    ends = [row[f"videos/{camera}/to_timestamp"] for row in rows]
    half = 0.5 / dataset.fps
    done: list[CameraEpisode] = []
    frames: list[_Frame] = []
    damage = ""

    def finish() -> None:
        number = len(done)
        wanted = starts[number] + np.arange(rows[number]["length"]) / dataset.fps  # what LeRobot asks the decoder for
        times = np.array([frame.time for frame in frames])
        nearest = np.abs(times - wanted[:, None]).min(axis=1, initial=np.inf)
        unmatched = int(np.sum(nearest > dataset.tolerance_s))
        done.append(_look(dataset, motion, camera, episodes[number], frames, unmatched, damage))
        frames.clear()

    try:
        for frame in _frames(path, rows[0]["dataset_from_index"], _every(dataset)):
            while len(done) < len(rows) and frame.time >= ends[len(done)] - half:
                finish()
            if len(done) < len(rows) and frame.time >= starts[len(done)] - half:
                frames.append(frame)
    except (av.error.FFmpegError, IndexError) as error:  # a file without a video stream is an IndexError
        damage = f"{path.name} is damaged: {getattr(error, 'strerror', error)}"
    while len(done) < len(rows):
        finish()
    return done


def _frames(path: Path, first: int, every: int) -> Iterator[_Frame]:
    """Decode the frames of a video file, the first of which is that of a row; count pixels every so many rows."""
    height, width = _THUMBNAIL
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for number, frame in enumerate(container.decode(stream)):
            if frame.time is None:  # LeRobot leaves these out too
                continue
            small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
            pixels = count_pixels(frame.to_ndarray(format="rgb24")) if (first + number) % every == 0 else None
            yield _Frame(frame.time, (frame.height, frame.width), small.to_ndarray(), pixels)


def _image_jobs(dataset: LeRobotDataset, motions: Mapping[str, np.ndarray]) -> Iterator[_Job]:
    """Yield a job for each camera and episode whose frames are stored as images."""
    for camera in cameras(dataset):
        if camera in dataset.meta.image_keys:
            for episode in range(dataset.meta.total_episodes):
                yield partial(_decode_images, dataset, motions[camera], camera, episode)


def _decode_images(dataset: LeRobotDataset, motion: np.ndarray, camera: str, episode: int) -> list[CameraEpisode]:
    """Decode the images of an episode, one at a time."""
    row = dataset.meta.episodes[episode]
    images = dataset.hf_dataset.select_columns(camera).with_format(None)
    frames: list[_Frame] = []
    damage = ""
    for number in range(row["dataset_from_index"], min(row["dataset_to_index"], len(images))):
        try:
            image = images[number][camera].convert("RGB")
        except (OSError, SyntaxError, AttributeError) as error:  # what Pillow raises; AttributeError: there is none
            damage = f"the image of frame {number - row['dataset_from_index']} cannot be decoded: {error}"
            continue
        thumbnail = np.asarray(image.resize(_THUMBNAIL[::-1], Image.Resampling.BOX))
        pixels = count_pixels(np.asarray(image)) if number % _every(dataset) == 0 else None
        frames.append(_Frame(len(frames) / dataset.fps, (image.height, image.width), thumbnail, pixels))
    return [_look(dataset, motion, camera, episode, frames, row["length"] - len(frames), damage)]


def _look(
    dataset: LeRobotDataset,
    motion: np.ndarray,
    camera: str,
    episode: int,
    frames: list[_Frame],
    unmatched: int,
    damage: str,
) -> CameraEpisode:
    """Return what there is to see in the frames of an episode."""
    row = dataset.meta.episodes[episode]
    counts = [frame.pixels for frame in frames if frame.pixels is not None]
    thumbnails = np.array([frame.thumbnail for frame in frames], np.int16).reshape(len(frames), *_THUMBNAIL, 3)
    pixels = thumbnails.reshape(len(frames), _THUMBNAIL[0] * _THUMBNAIL[1] * 3)
    black = (pixels <= _BLACK).all(axis=1)
    # of one colour: each channel for itself
    blank = (np.ptp(thumbnails, axis=(1, 2)) <= _BLANK).all(axis=1) & ~black
    count = min(len(frames), len(motion[row["dataset_from_index"] : row["dataset_to_index"]]))
    path = motion[row["dataset_from_index"] :][:count]
    moves = np.abs(np.diff(path, axis=0)).max(axis=1, initial=0) > _MOVING
    unchanged = np.abs(np.diff(pixels[:count], axis=0)).max(axis=1, initial=0) <= _UNCHANGED
    return CameraEpisode(
        camera,
        episode,
        rows=row["length"],
        frames=len(frames),
        unmatched=unmatched,
        sizes=frozenset(frame.size for frame in frames),
        black=tuple(np.flatnonzero(black).tolist()),
        blank=tuple(np.flatnonzero(blank).tolist()),
        frozen=_longest_frozen(pixels[:count], path),
        repeated=int((moves & unchanged).sum()),
        moving=int(moves.sum()),
        first=thumbnails[0] if frames else None,
        looked_at=len(counts),
        pixels=sum(counts, start=np.zeros((3, 256), int)),
        damage=damage if len(frames) < row["length"] else "",
    )


def _every(dataset: LeRobotDataset) -> int:
    """Return how many rows there are to one whose pixels are counted."""
    return max(1, dataset.num_frames // _COUNTED)


def _longest_frozen(pixels: np.ndarray, path: np.ndarray) -> tuple[int, int] | None:
    """Return first frame and length of the longest stretch of one image, if the arm went far in it."""
    least, far = _FROZEN
    longest, start = None, 0
    for frame in range(1, len(pixels) + 1):
        if frame < len(pixels) and np.abs(pixels[frame] - pixels[start]).max() <= _UNCHANGED:
            continue
        length = frame - start
        if length >= max(least, longest[1] + 1 if longest else 0) and np.ptp(path[start:frame], axis=0).max() >= far:
            longest = (start, length)
        start = frame
    return longest
