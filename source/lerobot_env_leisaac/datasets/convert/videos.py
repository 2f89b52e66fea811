"""The videos of a dataset encoded anew in another size, each frame at its old time."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets import LeRobotDatasetMetadata
from lerobot.datasets.video_utils import get_video_info
from tqdm import tqdm

from lerobot_env_leisaac.datasets.manifest import Vcodec
from lerobot_env_leisaac.datasets.pixel_statistics import count_pixels


@dataclass(frozen=True)
class Images:
    """What images shall be.

    Attributes:
        size: Height and width [px].
        vcodec: Codec of those that are videos; the default one where nobody asks.
    """

    size: tuple[int, int]
    vcodec: Vcodec | None = None

    @property
    def codec(self) -> Vcodec:
        """Codec of those that are videos."""
        return self.vcodec or "av1"


def encode_videos(
    meta: LeRobotDatasetMetadata, new: Path, names: Mapping[str, str], images: Images
) -> dict[str, np.ndarray]:
    """Write every video of a dataset anew, in as many threads as there are processors.

    Args:
        meta: What the dataset says of itself.
        new: Directory of the new dataset.
        names: New names of cameras by the old ones; those that are missing keep theirs.
        images: What they shall be.

    Returns:
        How often each value of a pixel occurs in each episode, by the camera's old name. Shape is (E, 3, 256).

    Raises:
        OSError: It cannot be written.
        ValueError: A video is damaged, or has not a frame for each row.
    """
    counts = {camera: np.zeros((meta.total_episodes, 3, 256), np.int64) for camera in meta.video_keys}
    files: dict[tuple[str, Path], list[int]] = defaultdict(list)
    for camera in meta.video_keys:
        for episode in range(meta.total_episodes):
            files[camera, Path(meta.get_video_file_path(episode, camera))].append(episode)

    def encode(camera: str, path: Path, episodes: list[int]) -> None:
        _, _, *rest = path.parts
        target = new.joinpath(path.parts[0], names.get(camera, camera), *rest)
        target.parent.mkdir(parents=True, exist_ok=True)
        _encode(meta, camera, path, target, episodes, images, counts[camera])

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        jobs = [pool.submit(encode, camera, path, episodes) for (camera, path), episodes in files.items()]
        try:
            for job in tqdm(jobs, unit="video"):
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return counts


def describe_video(feature: dict[str, Any], path: Path) -> None:
    """Write into a camera's feature what one of its videos is."""
    known = get_video_info(path)
    give_size(feature, known["video.height"], known["video.width"])
    feature["info"] = known


def give_size(feature: dict[str, Any], height: int, width: int) -> None:
    """Write into a camera's feature how large its images are [px]."""
    sizes = {"height": height, "width": width}
    feature["shape"] = [
        sizes.get(str(name), length) for name, length in zip(feature["names"], feature["shape"], strict=True)
    ]


def _encode(
    meta: LeRobotDatasetMetadata,
    camera: str,
    path: Path,
    target: Path,
    episodes: list[int],
    images: Images,
    counts: np.ndarray,
) -> None:
    """Write one video, and count the pixels of its episodes; frames belong to them by their time."""
    encoder = RGBEncoderConfig(vcodec=images.codec)
    height, width = images.size
    rows = [meta.episodes[episode] for episode in episodes]
    starts = np.array([row[f"videos/{camera}/from_timestamp"] for row in rows]) - 0.5 / meta.fps
    found = np.zeros(len(rows), int)
    try:
        with av.open(str(meta.root / path)) as source, av.open(str(target), "w") as output:
            shown = source.streams.video[0]
            stream = output.add_stream(encoder.vcodec, meta.fps, options=encoder.get_codec_options(1, as_strings=True))
            stream.width, stream.height, stream.pix_fmt = width, height, encoder.pix_fmt
            stream.time_base = shown.time_base
            for frame in source.decode(shown):
                if frame.time is None:  # LeRobot leaves these out too
                    continue
                small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
                place = int(np.searchsorted(starts, frame.time, "right")) - 1
                found[place] += 1
                counts[episodes[place]] += count_pixels(small.to_ndarray())
                small.pts, small.time_base = frame.pts, frame.time_base
                output.mux(stream.encode(small.reformat(format=encoder.pix_fmt)))
            output.mux(stream.encode())
    except (av.error.FFmpegError, IndexError) as error:  # a file without a video stream is an IndexError
        if isinstance(error, OSError) and not isinstance(error, av.error.InvalidDataError):
            raise OSError(error.errno, f"{target}: {error.strerror}") from error
        raise ValueError(f"{path} of dataset {meta.root} is damaged: {error}") from error
    for row, frames in zip(rows, found, strict=True):
        if frames != row["length"]:
            raise ValueError(
                f"{path} of dataset {meta.root} has {frames} frames for the {row['length']} rows of episode"
                f" {row['episode_index']}: see leisaac check"
            )
