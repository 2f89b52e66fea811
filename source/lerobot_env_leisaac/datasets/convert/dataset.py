"""A LeRobot dataset in another unit convention, its cameras under other names, its images in another size."""

from __future__ import annotations

import errno
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from lerobot.datasets import LeRobotDatasetMetadata
from lerobot.datasets.utils import DATA_DIR, EPISODES_DIR, INFO_PATH, STATS_PATH, VIDEO_DIR
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac import locks
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import pixel_counts, shards
from lerobot_env_leisaac.datasets.columns import EXECUTED_ACTION, matrix
from lerobot_env_leisaac.datasets.episode_content import digest
from lerobot_env_leisaac.datasets.manifest import Manifest
from lerobot_env_leisaac.datasets.open import joint_columns, open_metadata, robot_of
from lerobot_env_leisaac.datasets.pixel_counts import PixelCounts
from lerobot_env_leisaac.datasets.preflight import require_empty
from lerobot_env_leisaac.datasets.row_statistics import RowStatistics, of_rows, read_numbers
from lerobot_env_leisaac.datasets.untouched import require_described
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.versions import own_version

from .images import with_small_images
from .parquet import renamed, rewrite, with_numbers
from .source_units import require_plausible, rescaled, source_convention
from .videos import Images, describe_video, encode_videos, give_size

_IMAGES = "observation.images."


_Change = Callable[[np.ndarray], np.ndarray]
"""What becomes of the values of a feature, (F, C)."""


@dataclass(frozen=True)
class DatasetConversion:
    """What became of a dataset.

    Attributes:
        out: Directory of the new one.
        episodes: How many episodes it holds.
        frames: How many frames they have together.
        source: Name of the unit convention that it was in; None if nobody asked.
        target: Name of the one that it is in.
        videos: How many video files it holds.
        encoded: Whether images have another size, and videos were encoded anew, not copied.
    """

    out: Path
    episodes: int
    frames: int
    source: str | None
    target: str | None
    videos: int
    encoded: bool

    def __str__(self) -> str:
        units = f", from {self.source} to {self.target}" if self.target else ""
        videos = f"{self.videos or 'no'} videos {'encoded anew' if self.encoded else 'copied'}"
        if self.encoded and not self.videos:
            videos = "images in another size"
        return f"{self.out}: {self.episodes} episodes, {self.frames} frames{units}; {videos}"


def convert_dataset(
    root: Path,
    out: Path,
    units: UnitConvention | None,
    source_units: UnitConvention | None = None,
    rename_cameras: Mapping[str, str] | None = None,
    *,
    images: Images | None = None,
    overrule_units: bool = False,
) -> DatasetConversion:
    """Write a dataset anew in other units, with its cameras under other names, or its images in another size.

    What changes has true statistics; videos are copied unless their size is to change.

    Args:
        root: Directory of a LeRobotDataset v3.0.
        out: Directory of the new one, which is empty or not there.
        units: What states and actions shall be in; as they are by default.
        source_units: What they are in, where the dataset does not say.
        rename_cameras: New names by old ones.
        images: What images shall be, in videos and in rows; as they are by default.
        overrule_units: Believe `source_units` also against the numbers.

    Returns:
        What was done.

    Raises:
        FileNotFoundError: There is no dataset.
        FileExistsError: Something is in ``out``.
        ValueError: The dataset is not one of a robot that is known, is damaged, or an argument does not fit it.
        OSError: It cannot be written.
    """
    if out.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{out} lies inside of the dataset {root}, which stays as it is: name another folder")
    meta = open_metadata(root)
    names = _new_names(meta, rename_cameras or {})
    if images is not None:
        _require_images(meta, images)
    joints: dict[str, _Change] = {}
    source = manifests.declared_units(meta.root)
    if units is not None:
        robot = robot_of(meta)
        source = source_convention(f"dataset {meta.root}", robot, source, source_units)
        joined = [name for name in (OBS_STATE, ACTION, EXECUTED_ACTION) if name in meta.features]
        columns = {name: joint_columns(meta, name, robot) for name in joined}
        _require_plausible(meta.root, robot, source, columns, overrule_units)
        joints = {name: _change(order, robot, source, units) for name, order in columns.items()}
    manifest = manifests.read(meta.root)
    if manifest is not None:
        manifest = require_described(meta.root, manifest)
    out.mkdir(parents=True, exist_ok=True)
    with locks.exclusive(out):
        shards.recover(out)
        require_empty(out, resume=False)
        new = out / manifests.SCRATCH / "converted"
        try:
            counts: dict[str, np.ndarray] = {}
            if images is not None:
                counts = {camera: np.zeros((meta.total_episodes, 3, 256), np.int64) for camera in meta.image_keys}
            _write_rows(meta.root, new, joints, names, images, counts)
            if images is None:
                _copy_videos(meta.root, new, names)
            else:
                counts |= encode_videos(meta, new, names, images)
            _write_metadata(meta.root, new, names, list(joints), images, counts)
            _note(meta.root, manifest, new, units or source, source if units else None, names, images)
            videos = sum(path.is_file() for path in (new / VIDEO_DIR).rglob("*"))
            shards.move_in(new, out)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            raise OSError(f"cannot write {out}: {reason}; nothing was kept") from error
        finally:
            shutil.rmtree(out / manifests.SCRATCH, ignore_errors=True)
    return DatasetConversion(
        out=out,
        episodes=meta.total_episodes,
        frames=meta.total_frames,
        source=source.name if source and units else None,
        target=units.name if units else None,
        videos=videos,
        encoded=images is not None,
    )


def _new_names(meta: LeRobotDatasetMetadata, rename_cameras: Mapping[str, str]) -> dict[str, str]:
    """Return the new names of features by their old ones, those that change."""
    full = {name: name if name in meta.features else _IMAGES + name for name in rename_cameras}
    cameras = [name for name in meta.features if name in meta.camera_keys]
    for camera, name in full.items():
        if name not in cameras:
            shown = ", ".join(each.removeprefix(_IMAGES) for each in cameras) or "none"
            raise ValueError(f"dataset {meta.root} has no camera {camera}, found {shown}")
    names = {full[old]: _IMAGES + new.removeprefix(_IMAGES) for old, new in rename_cameras.items()}
    after = [names.get(name, name) for name in meta.features]
    if twice := next((name for name in after if after.count(name) > 1), None):
        raise ValueError(f"two cameras of dataset {meta.root} would be {twice}: rename the other one, too")
    return names


def _require_plausible(
    root: Path, robot: RobotSpec, convention: UnitConvention, columns: Mapping[str, list[int]], overrule_units: bool
) -> None:
    parts = read_numbers(root)
    state, action = (np.concatenate([part[name] for part in parts])[:, columns[name]] for name in (OBS_STATE, ACTION))
    require_plausible(f"dataset {root}", robot, convention, state, action, overruled=overrule_units)


def _change(order: list[int], robot: RobotSpec, source: UnitConvention, target: UnitConvention) -> _Change:
    """Return what converts columns of which the robot's joints are those that `order` names."""

    def change(values: np.ndarray) -> np.ndarray:
        changed = values.copy()
        changed[:, order] = rescaled(values[:, order], robot, source, target)
        return changed

    return change


def _require_images(meta: LeRobotDatasetMetadata, images: Images) -> None:
    """Refuse a dataset whose images cannot be given another size."""
    if meta.depth_keys or not meta.camera_keys:
        raise ValueError(f"dataset {meta.root} stores no images, or depth: --image-size takes one of colour images")
    if images.vcodec is not None and not meta.video_keys:
        raise ValueError(f"--vcodec is of videos, dataset {meta.root} stores images: leave it out")


def _write_rows(
    root: Path,
    new: Path,
    joints: Mapping[str, _Change],
    names: Mapping[str, str],
    images: Images | None,
    counts: Mapping[str, np.ndarray],
) -> None:
    """Write the rows; the pixels of images in them are counted where their size changes."""

    def change(table: pa.Table, path: Path) -> pa.Table:
        if images is not None:
            table = with_small_images(table, images.size, counts, path)
        for name, converted in joints.items():
            table = with_numbers(table, name, converted(matrix(table.column(name))))
        return renamed(table, lambda name: names.get(name, name))

    for path in sorted((root / DATA_DIR).glob("*/*.parquet")):
        rewrite(path, new / path.relative_to(root), partial(change, path=path))


def _write_metadata(
    root: Path,
    new: Path,
    names: Mapping[str, str],
    changed: list[str],
    images: Images | None,
    counts: Mapping[str, np.ndarray],
) -> None:
    """Write what is said of rows and videos, which are there already: features, and true statistics of what changed.

    Args:
        root: Directory of the old dataset.
        new: Directory of the new one.
        names: New names of features by their old ones.
        changed: Features whose numbers changed.
        images: What images are now.
        counts: How often pixels have each value, by the old names of cameras that changed. Shape is (E, 3, 256).
    """
    for path in (root / "meta").glob("*"):
        if path.is_file() and path.relative_to(root) not in (Path(INFO_PATH), OF_DATASET):
            _copy(path, new / "meta" / path.name)
    for path in root.glob("*.md"):
        _copy(path, new / path.name)
    info = read_json(root / INFO_PATH)
    for camera in counts:
        feature = info["features"][camera]
        if feature["dtype"] == "video":
            describe_video(feature, next((new / VIDEO_DIR / names.get(camera, camera)).rglob("*.mp4")))
        elif images is not None:
            give_size(feature, *images.size)
    info["features"] = {names.get(name, name): feature for name, feature in info["features"].items()}
    write_json(info, new / INFO_PATH, indent=4)
    pixels = pixel_counts.read(root, info["total_frames"])
    if counts:
        pixels = PixelCounts(info["total_frames"], {camera: each.sum(axis=0) for camera, each in counts.items()})
    if pixels is not None:
        pixels = replace(pixels, by_camera={names.get(name, name): each for name, each in pixels.by_camera.items()})
        pixels.write(new)
    if (root / STATS_PATH).is_file():
        stored = {names.get(name, name): known for name, known in read_json(root / STATS_PATH).items()}
        true = RowStatistics.of(new).statistics() if changed else {}
        of_images = pixels.statistics() if pixels is not None and counts else {}
        for name, known in (*((name, true[name]) for name in changed), *of_images.items()):
            stored[name] = {**stored.get(name, {}), **{key: value.tolist() for key, value in known.items()}}
        write_json(stored, new / STATS_PATH, indent=4)
    _write_episodes(root, new, names, changed, counts)


def _write_episodes(
    root: Path, new: Path, names: Mapping[str, str], changed: list[str], counts: Mapping[str, np.ndarray]
) -> None:
    statistics: dict[int, dict[str, np.ndarray]] = defaultdict(dict)
    for episode, rows in _episodes(new, changed):
        for name in changed:
            statistics[episode] |= {f"stats/{name}/{key}": value for key, value in of_rows(rows[name]).items()}
    for camera, by_episode in counts.items():
        for episode, pixels in enumerate(by_episode):
            known = PixelCounts(0, {camera: pixels}).statistics()[camera]
            statistics[episode] |= {f"stats/{camera}/{key}": value for key, value in known.items()}

    def new_name(column: str) -> str:
        kind, _, rest = column.partition("/")
        feature, _, key = rest.rpartition("/")
        return f"{kind}/{names[feature]}/{key}" if feature in names else column

    def change(table: pa.Table) -> pa.Table:
        true = [statistics.get(episode, {}) for episode in table.column("episode_index").to_pylist()]
        for name in true[0].keys() & set(table.column_names):
            table = with_numbers(table, name, [each[name].tolist() for each in true])
        return renamed(table, new_name)

    for path in sorted((root / EPISODES_DIR).glob("*/*.parquet")):
        rewrite(path, new / path.relative_to(root), change)


def _episodes(root: Path, features: Sequence[str]) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield each episode's index and its rows of some features, (T, C)."""
    parts = read_numbers(root) if features else []
    together = {name: np.concatenate([part[name] for part in parts]) for name in ("episode_index", *features) if parts}
    for episode in np.unique(together["episode_index"]) if parts else ():
        is_of_it = together["episode_index"][:, 0] == episode
        yield int(episode), {name: together[name][is_of_it] for name in features}


def _note(
    root: Path,
    manifest: Manifest | None,
    new: Path,
    units: UnitConvention | None,
    source: UnitConvention | None,
    names: Mapping[str, str],
    images: Images | None,
) -> None:
    """Write the manifest of the new dataset: the old one's, adapted, or the units alone; and what was done."""
    done: dict[str, Any] = {"version": own_version(), "source": "LeRobotDataset v3.0"}
    if source is not None and units is not None:
        done["units"] = [source.name, units.name]
    if names:
        done["cameras"] = {old.removeprefix(_IMAGES): name.removeprefix(_IMAGES) for old, name in names.items()}
    videos = any((new / VIDEO_DIR).rglob("*.mp4"))
    if images is not None:
        done |= {"image_size": list(images.size)} | ({"vcodec": images.codec} if videos else {})
    if manifest is None:
        content = manifests.content_of(root / OF_DATASET) or {}
        declared = {} if units is None else {"units": units.table}
        before = content.get("conversions")
        done_before = before if isinstance(before, list) else []
        write_json({**content, **declared, "conversions": [*done_before, done]}, new / OF_DATASET)
        return
    digests = {episode: digest(rows[ACTION]) for episode, rows in _episodes(new, [ACTION])}
    short = {old.removeprefix(_IMAGES): name.removeprefix(_IMAGES) for old, name in names.items()}
    if images is not None:
        vcodec = images.codec if videos else manifest.vcodec
        manifest = replace(manifest, vcodec=vcodec, cameras=dict.fromkeys(manifest.cameras, images.size))
    replace(
        manifest,
        units=units or manifest.units,
        cameras={short.get(camera, camera): size for camera, size in manifest.cameras.items()},
        conversions=[*manifest.conversions, done],
        episodes=[replace(episode, actions_sha256=digests[episode.episode_index]) for episode in manifest.episodes],
    ).write(new)


def _copy_videos(root: Path, new: Path, names: Mapping[str, str]) -> None:
    """Copy the videos.

    No links: LeRobot appends to a video, or encodes it anew, by a move onto it, which from another file system writes
    into the file itself, and so into that of the original.
    """
    for path in (path for path in (root / VIDEO_DIR).rglob("*") if path.is_file()):
        camera, *rest = path.relative_to(root / VIDEO_DIR).parts
        _copy(path, new.joinpath(VIDEO_DIR, names.get(camera, camera), *rest))


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
