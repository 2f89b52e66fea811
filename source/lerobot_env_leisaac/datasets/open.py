"""Open a LeRobot dataset that lies in a local directory, or say in one line why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote
from string import Formatter
from types import MappingProxyType
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from lerobot.datasets import LeRobotDataset, LeRobotDatasetMetadata
from lerobot.datasets.dataset_metadata import CODEBASE_VERSION
from lerobot.datasets.utils import DATA_DIR, DEFAULT_TASKS_PATH, EPISODES_DIR, INFO_PATH
from lerobot.utils.constants import ACTION

from lerobot_env_leisaac import robots
from lerobot_env_leisaac.folders import require_own_files, require_plain
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.robots.spec import RobotSpec

from .row_statistics import stored_statistics

_HIGHEST_FPS = 1000

_MP4 = b"ftyp"
"""What an MP4 file begins with, behind four bytes; a list of other files, which a player would open, does not."""

_DIGITS = ("d", *(f"0{width}d" for width in range(1, 10)))
_FORMS = {"chunk_index": _DIGITS, "file_index": _DIGITS, "video_key": ("", "s")}
"""Fields of the templates of paths, with what may stand behind a field's colon."""

_MOST_DECODED = 64 << 20
"""A Parquet file of no more bytes in memory is read however small it is on the disk; a larger one may be so many times
as large as on the disk: an arm that stands still compresses to a twentieth."""
_MOST_TIMES = 200

_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
"""Bytes of a value by Parquet's physical types."""

_DAMAGED = "copy the dataset again from where it is whole, or record it again"


def open_dataset(path: str | Path) -> LeRobotDataset:
    """Open a dataset for reading, through LeRobot; the Hub is never asked.

    Args:
        path: Directory of a LeRobotDataset v3.0: the one that holds ``meta/info.json``.

    Returns:
        The dataset; videos are decoded by PyAV.

    Raises:
        FileNotFoundError: There is no dataset there, or one of its files is missing.
        ValueError: It is of another format version, empty, or one of its files is damaged.
    """
    meta = open_metadata(path)
    try:
        dataset = LeRobotDataset(meta.root.name, meta.root, video_backend="pyav")
    except Exception as error:
        raise ValueError(
            f"the rows in {meta.root / DATA_DIR} cannot be read ({_shorten(error)}): {_DAMAGED}"
        ) from error
    _require_embedded(dataset)
    return dataset


def open_metadata(path: str | Path) -> LeRobotDatasetMetadata:
    """Read what a dataset says of itself, and make sure that its files are there; its rows are not loaded.

    Args:
        path: Directory of a LeRobotDataset v3.0: the one that holds ``meta/info.json``.

    Raises:
        FileNotFoundError: There is no dataset there, or one of its files is missing.
        ValueError: It is of another format version, empty, or one of its files is damaged.
    """
    root = Path(path).expanduser()
    require_version_3(root)
    _require_readable(root, EPISODES_DIR)
    _require(root / DEFAULT_TASKS_PATH)
    stored_statistics(root)
    try:
        meta = LeRobotDatasetMetadata(root.name, root)
    except Exception as error:  # whatever json, pyarrow and LeRobot's own checks raise
        raise ValueError(f"the metadata in {root / 'meta'} cannot be read ({_shorten(error)}): {_DAMAGED}") from error
    if meta.total_episodes == 0 or meta.episodes is None:
        raise ValueError(f"dataset {root} holds no episode: record some first")
    if meta.tasks is None:
        raise ValueError(f"dataset {root} counts no task, every row needs one: correct total_tasks in {INFO_PATH}")
    if len(meta.episodes) < meta.total_episodes:  # more are those of a recording that was killed
        raise ValueError(
            f"{root / INFO_PATH} counts {meta.total_episodes} episodes, {root / EPISODES_DIR} has "
            f"{len(meta.episodes)}: {_DAMAGED}"
        )
    _require_files(meta, root)
    _require_rows(meta, root)
    return meta


def robot_of(dataset: LeRobotDataset | LeRobotDatasetMetadata) -> RobotSpec:
    """Return the robot that a dataset's actions name; the default one where they name none."""
    return robots.of_names(_names(dataset, ACTION) if ACTION in dataset.features else ())


def joint_columns(
    dataset: LeRobotDataset | LeRobotDatasetMetadata,
    feature: str,
    robot: RobotSpec = robots.DEFAULT,
    renames: Mapping[str, str] = MappingProxyType({}),
) -> list[int]:
    """Return the column of each channel of a robot in a feature; datasets name theirs in any order.

    Args:
        dataset: Dataset, or its metadata.
        feature: ``observation.state`` or ``action``; its names are LeRobot's of the channels, or the channels'.
        robot: The robot.
        renames: From the dataset's names to the robot's.

    Raises:
        ValueError: There is no such feature, or its joints are not those of the robot.
    """
    if feature not in dataset.features:
        raise ValueError(
            f"dataset {dataset.root} has no feature {feature!r}, found {', '.join(dataset.features)}: "
            f"pass a dataset with the states and actions of an {robot.title}"
        )
    channels = robot.channel_names
    known = {channel.lerobot_key: channel.name for channel in robot.channels}
    given = [renames.get(name, name) for name in _names(dataset, feature)]
    names = [known.get(name, name.removesuffix(".pos")) for name in given]
    missing = [joint for joint in channels if joint not in names]
    unknown = [name for name in names if name not in channels]
    if missing or unknown or len(names) != len(channels):
        found = ", ".join(names) or f"no names, shape {dataset.features[feature]['shape']}"
        raise ValueError(
            f"{feature} of dataset {dataset.root} names other joints than the {robot.title}'s: found {found}; "
            f"missing {', '.join(missing) or 'none'}; unknown {', '.join(unknown) or 'none'}: correct the names in "
            f"{INFO_PATH} if they are wrong, or pass a dataset of this robot"
        )
    return [names.index(joint) for joint in channels]


def _names(dataset: LeRobotDataset | LeRobotDatasetMetadata, feature: str) -> list[str]:
    return [str(name) for name in _flat(dataset.features[feature]["names"])]


def episode_rows(dataset: LeRobotDataset, episode: int) -> range:
    """Return the rows of an episode.

    Raises:
        ValueError: The dataset has no such episode.
    """
    count = dataset.meta.total_episodes
    if not 0 <= episode < count:
        raise ValueError(f"no episode {episode} in dataset {dataset.root}, expected one of 0..{count - 1}")
    row = dataset.meta.episodes[episode]
    return range(row["dataset_from_index"], row["dataset_to_index"])


def require_fps(dataset: LeRobotDataset, fps: int) -> None:
    """Refuse a dataset whose frame rate is not ``fps`` [Hz].

    Raises:
        ValueError: It is another.
    """
    if dataset.fps != fps:
        raise ValueError(
            f"dataset {dataset.root} has {dataset.fps} frames a second, expected the control rate of {fps}: "
            "record it again at that rate"
        )


def require_version_3(root: Path) -> None:
    """Refuse a directory that holds no dataset, or one of another format version.

    Raises:
        FileNotFoundError: There is no dataset.
        ValueError: It is of another version, or does not say of which.
    """
    path = root / INFO_PATH
    if not path.is_file():
        found = "has no such file" if root.is_dir() else "is no directory"
        raise FileNotFoundError(
            f"no dataset in {root}: expected a directory with {INFO_PATH}, which LeRobot writes; it {found}"
        )
    require_own_files(root)
    info = read_json(path)
    version = info.get("codebase_version")
    if not isinstance(version, str):
        raise ValueError(f"{path} is not a dataset's (codebase_version is {version!s:.40}): {_DAMAGED}")
    if version.startswith("v2"):
        command = (
            f"python -m lerobot.scripts.convert_dataset_v21_to_v30 --repo-id={quote(root.name)} "
            f"--root={quote(str(root))} --push-to-hub=false"
        )
        first = "" if version == "v2.1" else "convert it to v2.1 with LeRobot 0.3, then "
        raise ValueError(
            f"dataset {root} is of format {version}, expected {CODEBASE_VERSION}: {first}run `{command}`, which keeps "
            f"the old one as {root.name}_old"
        )
    if version != CODEBASE_VERSION:
        raise ValueError(
            f"dataset {root} is of format {version}, expected {CODEBASE_VERSION}: use the LeRobot that wrote it"
        )
    try:
        _require_sound(info)
    except ValueError as error:
        raise ValueError(f"{path} describes no dataset: {error}") from error


def _require_sound(info: dict[str, Any]) -> None:
    """Raise ValueError for figures that no dataset has, and for paths that lead out of its folder."""
    fps, episodes, features = info.get("fps"), info.get("total_episodes"), info.get("features")
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0 < fps <= _HIGHEST_FPS:
        raise ValueError(f"fps is {fps!s:.40}, expected a number, {_HIGHEST_FPS} at most")
    if type(episodes) is not int or episodes < 0:
        raise ValueError(f"total_episodes is {episodes!s:.40}, expected a whole number")
    if not isinstance(features, dict) or not all(isinstance(feature, dict) for feature in features.values()):
        raise ValueError(f"features is {features!s:.40}, expected an object for each")
    for path in (*features, info.get("data_path"), info.get("video_path")):
        if path is not None:
            require_plain(path)
    for key in ("data_path", "video_path"):
        for _, field, form, conversion in Formatter().parse(info.get(key) or ""):
            if field is not None and (conversion or form not in _FORMS.get(field, ())):
                raise ValueError(f"{key} has the field {field!s:.60}, expected {', '.join(_FORMS)}, as LeRobot has")


def _require_readable(root: Path, folder: str) -> list[Path]:
    """Return the Parquet files of a folder; each must have its footer, which is written last."""
    paths = sorted((root / folder).glob("*/*.parquet"))
    if not paths:
        raise FileNotFoundError(f"dataset {root} is not whole: no file in {root / folder}: {_DAMAGED}")
    for path in paths:
        try:
            decoded = _decoded_bytes(pq.read_metadata(path))
        except (pa.ArrowException, OSError) as error:
            raise ValueError(
                f"{path} is damaged or was not written to its end ({_shorten(error)}): {_DAMAGED}"
            ) from error
        if decoded > max(_MOST_DECODED, _MOST_TIMES * path.stat().st_size):
            raise ValueError(
                f"{path} would be {decoded:,} bytes in memory, {_MOST_TIMES} times its size and more, as no recording "
                f"is: {_DAMAGED}"
            )
    return paths


def _decoded_bytes(metadata: pq.FileMetaData) -> int:
    """Return how much memory the columns of a Parquet file take, texts that repeat left out."""
    groups = (metadata.row_group(index) for index in range(metadata.num_row_groups))
    columns = (group.column(index) for group in groups for index in range(group.num_columns))
    return sum(
        max(column.total_uncompressed_size, column.num_values * _WIDTHS.get(column.physical_type, 0))
        for column in columns
    )


def _require_files(meta: LeRobotDatasetMetadata, root: Path) -> None:
    """Refuse a dataset that lacks a file which its episodes name."""
    episodes = range(meta.total_episodes)
    try:
        data = {meta.get_data_file_path(episode) for episode in episodes}
        videos = {meta.get_video_file_path(episode, key) for episode in episodes for key in meta.video_keys}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{root / EPISODES_DIR} does not say which files there are ({_shorten(error)}): {_DAMAGED}"
        ) from error
    for path in sorted(data | videos):
        _require(root / path)
    for path in sorted(videos):
        with open(root / path, "rb") as file:
            if file.read(8)[4:] != _MP4:
                raise ValueError(f"{root / path} is no MP4 video: {_DAMAGED}")


def _require_rows(meta: LeRobotDatasetMetadata, root: Path) -> None:
    """Refuse a dataset that lacks the rows of an episode: LeRobot would look for them on the Hub."""
    found: set[int] = set()
    for path in _require_readable(root, DATA_DIR):
        try:
            found.update(pq.read_table(path, columns=["episode_index"]).column(0).unique().to_pylist())
        except (pa.ArrowException, IndexError, OSError) as error:  # without such a column it is an IndexError
            raise ValueError(f"the rows in {path} cannot be read ({_shorten(error)}): {_DAMAGED}") from error
    missing = [episode for episode in range(meta.total_episodes) if episode not in found]
    if missing:
        raise ValueError(f"dataset {root} has no rows of episode {', '.join(map(str, missing))}: {_DAMAGED}")


def _require_embedded(dataset: LeRobotDataset) -> None:
    """Refuse rows that name a file or an address in place of an image: decoding them would open it."""
    for key in dataset.meta.image_keys:
        for images in dataset.hf_dataset.data.column(key).chunks:
            if images.null_count or images.field("bytes").null_count:
                raise ValueError(
                    f"rows of dataset {dataset.root} name files in place of the images of {key}, expected the images: "
                    "they are not opened"
                )


def _require(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"the dataset is not whole, {path} is missing: {_DAMAGED}")


def _flat(names: Any) -> Iterable[Any]:
    """Return a feature's names; some datasets group them, as in ``{"motors": [...]}``."""
    if isinstance(names, dict):
        return [name for group in names.values() for name in _flat(group)]
    return names or []


def _shorten(error: Exception) -> str:
    """Return an error's text in one line of bearable length."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
