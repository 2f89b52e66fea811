"""Read episodes from the HDF5 files of Isaac Lab's recorder, those of LeIsaac too, without trusting them.

A file may be damaged, of another robot, or made to lead elsewhere: only what is named here is looked at, links and data
outside of the file are refused, and numbers are checked before images are read. What is wrong with one episode is a
ValueError when that episode is read; the others can be read still.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np

from lerobot_env_leisaac import interrupts
from lerobot_env_leisaac.datasets.findings import listing

from .base_velocities import in_own_axes
from .layout import Layout

_LEISAAC_REACH_YAW = np.pi / 2
"""LeIsaac's base looks along its +Y, so that its left is -X [rad]. Source: LeIsaac 0.4.0."""

_POSITIONS, _VELOCITIES = ("joint_pos", "joint_position"), ("joint_vel", "joint_velocity")
"""What joints do, as observations call it and as states do."""

_MOST_VERTICES = 100_000
"""A cloth has fewer vertices."""

_KINDS = ("articulation", "rigid_object", "deformable_object")
"""What a start is made of."""

_COMMANDS = (8, 11, 16)
"""How wide the actions of LeIsaac's other devices are: of one arm, of a LeKiwi, of two arms."""

_NUMBERED = re.compile(r"(.*?)(\d*)")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_LARGEST_PIECE = 2**24
_MOST_EPISODES, _MOST_ROWS, _MOST_HZ = 100_000, 1_000_000, 1000
_LARGEST_FRAME = 2**24
"""Most pixels of an image: 4096 x 4096."""

_LARGEST_CHUNK = 2**30
"""Most that has to be unpacked to get at a row [B]."""

_LARGEST = float(np.finfo(np.float32).max)
"""What is larger is not finite in the simulator's numbers."""


@dataclass(frozen=True)
class RecordedFile:
    """What a file says of all its episodes.

    Attributes:
        path: Its path.
        format_version: 1 or more where quaternions are xyzw; 0 in files of Isaac Lab 2, wxyz.
        env_name: Gymnasium id of the environment; empty where it is not stated.
        env_args: What else is stated of it.
        hz: Control steps a second; None where they are not stated.
        episodes: Names of the episodes, in order.
    """

    path: Path
    format_version: int
    env_name: str
    env_args: Mapping[str, Any]
    hz: float | None
    episodes: tuple[str, ...]


@dataclass(frozen=True)
class RecordedCamera:
    """Images of an episode.

    Attributes:
        size: Height and width [px].
        together: How many rows have to be unpacked to get at one.
    """

    size: tuple[int, int]
    together: int

    @property
    def frame_bytes(self) -> int:
        """Size of an image in memory [B]."""
        return 3 * self.size[0] * self.size[1]


@dataclass(frozen=True)
class RecordedNumbers:
    """An episode without its images.

    Attributes:
        name: Its name in the file.
        state: Joint positions before each action, in the order of the robot's channels. Shape is (T, C).
        action: Actions, in the same order. Shape is (T, C).
        cameras: Its images by camera.
        state_in_radians: Whether the state was taken from the simulator's own, in radians whatever the actions are.
    """

    name: str
    state: np.ndarray
    action: np.ndarray
    cameras: dict[str, RecordedCamera]
    state_in_radians: bool


@contextlib.contextmanager
def opened(path: Path, chunk_cache: int = 2**20) -> Iterator[h5py.File]:
    """Open a file for reading; whatever is wrong with it is a ValueError that names it.

    Args:
        path: The file.
        chunk_cache: How much of each dataset is kept decompressed at most [B].

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It is no HDF5 file, or damaged.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}: expected an HDF5 file of Isaac Lab's recorder")
    try:
        if not h5py.is_hdf5(path):
            raise ValueError(f"{path} is no HDF5 file: expected one of Isaac Lab's recorder")
        with interrupts.postponed():
            file = h5py.File(path, "r", rdcc_nbytes=chunk_cache)
        try:
            yield file
        finally:
            with interrupts.postponed():
                file.close()
    except BlockingIOError as error:
        raise ValueError(f"{path} is being written by another process: wait until it has ended") from error
    except _DAMAGE as error:
        raise ValueError(
            f"{path} is damaged or was not copied to its end ({_shorten(error)}): copy it again"
        ) from error


@contextlib.contextmanager
def episode_of(path: Path, name: str) -> Iterator[None]:
    """Let what HDF5 says of damage in an episode be a ValueError that names both.

    Ctrl-C and SIGTERM wait meanwhile: in a callback of its library their exception would be lost.
    """
    try:
        with interrupts.postponed():
            yield
    except _DAMAGE as error:
        raise ValueError(f"{path}: {name} is damaged ({_shorten(error)})") from error


_DAMAGE = (OSError, RuntimeError, KeyError, TypeError, UnicodeDecodeError)
"""What HDF5's library raises of a damaged file."""


def _shorten(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


def read_file(path: Path) -> RecordedFile:
    """Return what a file says of all its episodes.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It is not one of Isaac Lab's recorder; the message says why.
    """
    with interrupts.postponed(), opened(path) as file:
        data = _group(file, "data", path)
        version = _whole_attribute(file, "format_version", path)
        version = 0 if version is None else version
        if version not in (0, 1):
            raise ValueError(f"{path} is of format {version!s:.40}, expected 1, Isaac Lab 3's, or none, Isaac Lab 2's")
        args = _env_args(path) if "env_args" in data.attrs else {}
        if len(data) > _MOST_EPISODES:
            raise ValueError(f"{path} has {len(data)} episodes, expected {_MOST_EPISODES} at most")
        if any(not isinstance(name, str) for name in data):
            raise ValueError(f"{path} has an episode whose name is no UTF-8 text: rename it")
        names = sorted(data, key=lambda name: _number(name))
        if not names:
            raise ValueError(f"{path} holds no episode: /data is empty")
        env_name = args.get("env_name")
        env_name = env_name if isinstance(env_name, str) else ""
        return RecordedFile(path, version, env_name, args, _control_hz(args, path), tuple(names))


def place_of(file: h5py.File, path: Path, name: str) -> int:
    """Return where an episode lies in its file: two names may lead to the same."""
    return int(h5py.h5o.get_info(_group(_group(file, "data", path), name, path).id).addr)


def shape_of_actions(file: h5py.File, path: Path, name: str) -> tuple[int, int]:
    """Return how many actions an episode has, and how wide each is; they are not read.

    Raises:
        ValueError: It has none, or they are no table.
    """
    actions = _dataset(_group(_group(file, "data", path), name, path), "actions", path)
    if actions.ndim != 2:
        raise ValueError(f"{path}: {actions.name} has shape {actions.shape}, expected rows of joints")
    return int(actions.shape[0]), int(actions.shape[1])


def read_success(file: h5py.File, path: Path, name: str) -> bool | None:
    """Return whether the task was done in an episode; None where it is not on record, as in one that did not end.

    Raises:
        ValueError: Something else is on record.
    """
    success = _whole_attribute(_group(_group(file, "data", path), name, path), "success", path)
    return None if success is None else bool(success)


def read_numbers(file: h5py.File, path: Path, name: str, layout: Layout) -> RecordedNumbers:
    """Return an episode without its images.

    Args:
        file: The opened file.
        path: Its path, for the message of an error.
        name: Name of the episode.
        layout: Where the robot's channels stand.

    Raises:
        ValueError: Something is missing, or is not what it should be; the message says where.
    """
    episode = _group(_group(file, "data", path), name, path)
    action = _joints(episode, "actions", path, layout.columns)
    rows = len(action)
    cameras: dict[str, RecordedCamera] = {}
    obs = _child(episode, "obs", path) if "obs" in episode else None
    if isinstance(obs, h5py.Group):
        cameras = dict(_cameras(obs, rows, path))
    # as our environments in units show it
    own = bool(layout.models) and isinstance(obs, h5py.Group) and "state" in obs
    base = [] if own else layout.robot.columns("base")
    if own:
        state, in_radians = _joints(obs, "state", path, layout.columns), False
    else:
        state, in_radians = _state(episode, path, layout, _POSITIONS)
    if len(state) != rows:
        raise ValueError(f"{path}: {name} has {rows} actions and {len(state)} states: it is not whole")
    if base:
        velocity, _ = _state(episode, path, layout, _VELOCITIES)
        if len(velocity) != rows:
            raise ValueError(f"{path}: {name} has {rows} actions and {len(velocity)} velocities: it is not whole")
        reach_yaw = next((model.reach_yaw for model in layout.models.values()), _LEISAAC_REACH_YAW)
        if not layout.models:
            action = in_own_axes(layout.robot, action, state, reach_yaw)
        state[:, base] = in_own_axes(layout.robot, velocity, state, reach_yaw)[:, base]
    return RecordedNumbers(name, state, action, cameras, in_radians)


def read_scene(file: h5py.File, recorded: RecordedFile, name: str, row: int, layout: Layout) -> dict[str, Any] | None:
    """Return the scene's state before an action, as Isaac Lab 3 has it; None where it is not on record.

    Args:
        file: The opened file.
        recorded: What it says of itself; older files hold quaternions as wxyz.
        name: Name of the episode.
        row: Number of the action.
        layout: Where the robot's channels stand.

    Returns:
        Numbers by kind, asset and quantity, relative to the environment's origin [m, rad, xyzw].

    Raises:
        ValueError: A state is not what it should be; the message says where.
    """
    path, episode = recorded.path, _group(_group(file, "data", recorded.path), name, recorded.path)
    place = "states" if row else "initial_state"  # states are those after each action
    if place not in episode:
        return None
    scene: dict[str, Any] = {}
    for kind, assets in _groups(_group(episode, place, path), path):
        if kind not in _KINDS:
            continue
        for asset, quantities in _groups(assets, path):
            values = {quantity: _row(quantities, quantity, max(row - 1, 0), path) for quantity in quantities}
            if "root_pose" in values and recorded.format_version < 1:
                pose = values["root_pose"]
                values["root_pose"] = [*pose[:3], *pose[4:], *pose[3:4]]
            # ours stand in the simulator's order already, in which a replay takes them up
            if kind == "articulation" and asset in layout.entities and not layout.models:
                columns = layout.columns_of(asset)
                for quantity in ("joint_position", "joint_velocity"):
                    if len(values.get(quantity, ())) == len(columns):
                        values[quantity] = [values[quantity][column] for column in columns]
            scene.setdefault(kind, {})[asset] = values
    return scene


def joint_targets(file: h5py.File, path: Path, name: str, layout: Layout) -> np.ndarray | None:
    """Return the joint targets that the simulator made of the actions [rad]; None where they are not on record.

    Raises:
        ValueError: They are not numbers, or not finite.
    """
    episode = _group(_group(file, "data", path), name, path)
    if "processed_actions" not in episode:
        return None
    targets = _dataset(episode, "processed_actions", path)
    if targets.shape[1:] != (len(layout.order),):
        return None
    values = _numbers(targets, path)
    if broken := np.flatnonzero(~(abs(values) <= _LARGEST).all(axis=1)).tolist():
        raise ValueError(f"{path}: {targets.name} is not finite in row {listing(broken)}")
    return values[:, layout.columns]


def _number(name: str) -> tuple[str, int]:
    match = _NUMBERED.fullmatch(name)
    return (match[1], int(match[2] or -1)) if match and len(match[2]) < 19 else (name, -1)


def _child(group: h5py.Group, name: str, path: Path) -> h5py.Group | h5py.Dataset:
    """Return what stands in a group itself: a link could lead out of the file, or in a circle."""
    link = group.get(name, getlink=True)
    where = f"{group.name}/{name}".replace("//", "/")
    if link is None:
        raise ValueError(f"{path} has no {where}: expected a file of Isaac Lab's recorder")
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"{path}: {where} is a link to somewhere else, expected the data itself")
    return group[name]


def _group(group: h5py.Group, name: str, path: Path) -> h5py.Group:
    child = _child(group, name, path)
    if not isinstance(child, h5py.Group):
        raise ValueError(f"{path}: {child.name} is no group: expected a file of Isaac Lab's recorder")
    return child


def _groups(group: h5py.Group, path: Path) -> Iterator[tuple[str, h5py.Group]]:
    for name in group:
        yield name, _group(group, name, path)


def _dataset(group: h5py.Group, name: str, path: Path) -> h5py.Dataset:
    child = _child(group, name, path)
    if not isinstance(child, h5py.Dataset):
        raise ValueError(f"{path}: {child.name} is a group, expected numbers")
    if child.is_virtual or child.external:
        raise ValueError(f"{path}: {child.name} lies in another file, expected the data itself")
    if child.dtype.kind not in "fiu":
        raise ValueError(f"{path}: {child.name} is of type {child.dtype}, expected numbers")
    if child.shape is None or not 1 <= child.ndim <= 4:
        raise ValueError(f"{path}: {child.name} has shape {child.shape}, expected rows of numbers")
    chunk = int(np.prod(child.chunks, dtype=np.float64)) * child.dtype.itemsize if child.chunks else 0
    if chunk > _LARGEST_CHUNK:
        raise ValueError(f"{path}: {child.name} is in chunks of {chunk:,} bytes: that is too much")
    return child


def _numbers(dataset: h5py.Dataset, path: Path) -> np.ndarray:
    """Return a table of numbers. Shape is (T, C)."""
    if dataset.ndim != 2 or not 1 <= len(dataset) <= _MOST_ROWS or dataset.shape[1] > 1000:
        raise ValueError(f"{path}: {dataset.name} has shape {dataset.shape}, expected rows of numbers")
    return np.asarray(dataset[()], np.float64)


def _joints(group: h5py.Group, name: str, path: Path, columns: list[int]) -> np.ndarray:
    """Return the columns of a table that has no others. Shape is (T, C)."""
    dataset = _dataset(group, name, path)
    width = dataset.shape[-1] if dataset.ndim == 2 else None
    if width in _COMMANDS:
        raise ValueError(
            f"{path}: {dataset.name} is {width} wide, the commands of a keyboard, a gamepad or a state machine:"
            f" expected {len(columns)} joint targets, as leader arms give them"
        )
    if width != len(columns):
        raise ValueError(f"{path}: {dataset.name} has shape {dataset.shape}, expected rows of {len(columns)} joints")
    return _numbers(dataset, path)[:, columns]


def _state(episode: h5py.Group, path: Path, layout: Layout, names: tuple[str, str]) -> tuple[np.ndarray, bool]:
    """Return a quantity of all joints before each action, (T, C), and whether it is the simulator's, in radians."""
    observation = names[0]
    obs = _child(episode, "obs", path) if "obs" in episode else None
    if isinstance(obs, h5py.Group):
        if observation in obs:
            return _joints(obs, observation, path, layout.columns), False
        each = {entity: layout.observation_of(entity, observation) for entity in layout.entities}
        if all(name in obs for name in each.values()):
            tables = [_joints(obs, name, path, layout.columns_of(entity)) for entity, name in each.items()]
            return _side_by_side(tables, path), False
    tables = [_simulated(episode, path, layout, entity, names) for entity in layout.entities]
    return _side_by_side(tables, path), True


def _simulated(episode: h5py.Group, path: Path, layout: Layout, entity: str, names: tuple[str, str]) -> np.ndarray:
    """Return a quantity of a model's joints before each action, from the states after each. Shape is (T, C)."""
    observation, quantity = names
    tables = []
    for place in ("initial_state", "states"):
        group = episode
        for part in (place, "articulation", entity):
            if part not in group:
                raise ValueError(
                    f"{path}: {episode.name} has neither obs/{observation} nor {place}/articulation/{entity}/{quantity}"
                )
            group = _group(group, part, path)
        tables.append(_joints(group, quantity, path, layout.simulated_columns_of(entity)))
    return np.concatenate([tables[0][:1], tables[1][:-1]])


def _side_by_side(tables: list[np.ndarray], path: Path) -> np.ndarray:
    """Return tables of models as one, whose models stand one after another as the robot's channels do."""
    if len({len(table) for table in tables}) > 1:
        raise ValueError(f"{path}: the arms have states of {', '.join(str(len(table)) for table in tables)} rows")
    return np.concatenate(tables, axis=1)


def _cameras(obs: h5py.Group, rows: int, path: Path) -> Iterator[tuple[str, RecordedCamera]]:
    """Yield the cameras among the observations: what holds 8-bit RGB images."""
    for name in obs:
        link = obs.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{path}: {obs.name}/{name} is a link to somewhere else, expected the data itself")
        images = obs[name]
        if not isinstance(images, h5py.Dataset) or images.ndim != 4:
            continue
        _dataset(obs, name, path)
        if images.dtype != np.uint8 or images.shape[-1] != 3:
            raise ValueError(
                f"{path}: {images.name} is {images.dtype} {images.shape}, expected images as uint8 (T, H, W, 3)"
            )
        height, width = map(int, images.shape[1:3])
        if not _NAME.fullmatch(name) or not 1 <= height * width <= _LARGEST_FRAME:
            raise ValueError(
                f"{path}: {images.name!s:.100} of shape {images.shape} is no camera: expected a name of letters and"
                f" digits, and {_LARGEST_FRAME:,} pixels at most"
            )
        if len(images) != rows:
            raise ValueError(f"{path}: {obs.parent.name} has {rows} actions and {len(images)} images of {name}")
        camera = RecordedCamera((height, width), int(images.chunks[0]) if images.chunks else 1)
        if camera.together * camera.frame_bytes > _LARGEST_CHUNK:
            raise ValueError(
                f"{path}: {images.name} is in chunks of {camera.together:,} rows: to read an image,"
                f" {camera.together * camera.frame_bytes / 2**30:.1f} GiB would have to be unpacked; write it anew with"
                f" h5repack -l {images.name}:CHUNK=1x{height}x{width}x3"
            )
        yield name, camera


def _row(group: h5py.Group, name: str, row: int, path: Path) -> list[Any]:
    """Return a row of numbers, or, of a cloth, of its vertices' numbers."""
    dataset = _dataset(group, name, path)
    of_vertices = dataset.ndim == 3 and dataset.shape[1] <= _MOST_VERTICES and dataset.shape[2] == 3
    is_row = dataset.ndim == 2 and dataset.shape[1] <= 1000
    if not (is_row or of_vertices) or not row < len(dataset):
        raise ValueError(f"{path}: {dataset.name} has shape {dataset.shape}, expected rows of numbers")
    values = np.asarray(dataset[row], np.float64)
    if not (abs(values) <= _LARGEST).all():
        raise ValueError(f"{path}: {dataset.name} is not finite in row {row}")
    return values.tolist()


def _whole_attribute(where: h5py.Group, name: str, path: Path) -> int | None:
    """Return a whole number, or a truth as 0 or 1, that is an attribute; None where there is none of that name."""
    if name not in where.attrs:
        return None
    attribute = where.attrs.get_id(name)
    if attribute.dtype.kind not in "biu" or attribute.shape not in ((), (1,)):
        raise ValueError(f"{path}: {name} of {where.name} is {attribute.dtype} {attribute.shape}, expected one number")
    return int(np.reshape(where.attrs[name], -1)[0])


class _SmallPieces(io.FileIO):
    """A file of which nothing large can be read at once: nothing else tells how long a text in HDF5 is."""

    def readinto(self, buffer: Any) -> int:
        if len(buffer) > _LARGEST_PIECE:
            raise OSError(f"a piece of {len(buffer):,} bytes")
        return super().readinto(buffer) or 0


def _env_args(path: Path) -> Mapping[str, Any]:
    """Return what a file says of the environment."""
    try:
        with _SmallPieces(path) as pieces, h5py.File(pieces, "r") as file:
            attributes = file["data"].attrs
            if attributes.get_id("env_args").get_storage_size() > _LARGEST_PIECE:
                raise OSError("a large piece")
            text = attributes["env_args"]
    except OSError as error:
        raise ValueError(f"{path}: the attribute env_args of /data is too large, or damaged ({error!s:.80})") from error
    try:
        args = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        args = None
    if not isinstance(args, dict):
        raise ValueError(f"{path}: env_args of /data is {text!s:.40}, expected a JSON object")
    return args


def _control_hz(env_args: Mapping[str, Any], path: Path) -> float | None:
    """Return how many control steps a second a file states."""
    sim = env_args.get("sim_args")
    if not isinstance(sim, Mapping) or not {"dt", "decimation"} <= sim.keys():
        return None
    dt, decimation = sim["dt"], sim["decimation"]
    if type(dt) in (int, float) and type(decimation) in (int, float):
        with contextlib.suppress(ZeroDivisionError, OverflowError):
            hz = 1 / (float(dt) * float(decimation))
            if 1 <= hz <= _MOST_HZ:
                return hz
    raise ValueError(
        f"{path}: sim_args of env_args says dt {dt!s:.40} and decimation {decimation!s:.40}, expected 1 to {_MOST_HZ}"
        " steps a second: correct the attribute, or take sim_args out and say --fps"
    )
