"""Small LeRobot datasets, written by LeRobot's own writer, for tests to check and to damage."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from commands import Result, run, start

from lerobot_env_leisaac.datasets import row_statistics
from lerobot_env_leisaac.robots.so101.spec import SO101

CAMERAS = ("front", "top", "wrist")
FPS = 30
TASK = "Lift the red cube up."
SHARD_BYTES = 20 * 2**20
"""Size at which a shard of these recordings is closed: two episodes."""


@dataclass
class Demonstration:
    """One episode of a made-up arm: it swings its joints, and three cameras see bars that move with them.

    Attributes:
        state: Joint positions [deg]. Shape is (T, 6).
        action: Joint targets [deg]: the state of two frames later. Shape is (T, 6).
        images: Images by camera. Shape is (T, 96, 128, 3), dtype uint8.
    """

    state: np.ndarray
    action: np.ndarray
    images: dict[str, np.ndarray] = field(default_factory=dict)


def make_demonstration(seed: int, length: int = 40, *, images: bool = True) -> Demonstration:
    """Return an episode that has nothing wrong with it."""
    rng = np.random.default_rng(seed)
    time = np.arange(length + 2)[:, None] / FPS
    middle = np.array([2.0, 15.0, -17.0, 70.0, 5.0, 30.0]) + rng.uniform(-5, 5, 6)
    swing = np.array([25.0, 35.0, 35.0, 20.0, 30.0, 28.0])
    path = middle + swing * np.sin(2 * np.pi * time * rng.uniform(0.4, 0.8, 6) + rng.uniform(0, 6, 6))
    demonstration = Demonstration(path[:length].astype(np.float32), path[2:].astype(np.float32))
    rows, columns = np.mgrid[0:96, 0:128]
    for number, camera in enumerate(CAMERAS if images else ()):
        frames = np.empty((length, 96, 128, 3), np.uint8)
        for step, state in enumerate(demonstration.state):
            frame = np.stack([60 + rows, 60 + columns, np.full_like(rows, 50 * (number + 1))], axis=-1)
            frame[:, abs(columns[0] - 64 - state[number]) < 8] = (200, 60, 40)
            frame[abs(rows[:, 0] - 48 - state[number + 3] / 2) < 5] = (40, 80, 200)
            frames[step] = frame
        demonstration.images[camera] = frames
    return demonstration


def write_dataset(
    root: Path,
    demonstrations: Sequence[Demonstration],
    *,
    video: bool = True,
    names: Sequence[str] = tuple(f"{joint}.pos" for joint in SO101.channel_names),
    fps: int = FPS,
    true_quantiles: bool = True,
    robot_type: str = "leisaac_so101",
) -> Path:
    """Write episodes as a LeRobotDataset v3.0 and return its directory.

    Args:
        root: Directory, which must not be there yet.
        demonstrations: Episodes.
        video: Whether frames are stored as video, not as images.
        names: Names of the joints, in the order of the columns.
        fps: Frame rate [Hz].
        robot_type: LeRobot's name of the robot.
        true_quantiles: Store those of the rows, not LeRobot's averages over episodes.
    """
    from lerobot.configs.video import RGBEncoderConfig
    from lerobot.datasets import LeRobotDataset

    joints = {"dtype": "float32", "shape": (len(names),), "names": list(names)}
    image = {"dtype": "video" if video else "image", "names": ["height", "width", "channels"]}
    shapes = {f"observation.images.{name}": frames.shape[1:] for name, frames in demonstrations[0].images.items()}
    dataset = LeRobotDataset.create(
        root.name,
        fps,
        {
            "observation.state": joints,
            "action": joints,
            **{key: {**image, "shape": shape} for key, shape in shapes.items()},
        },
        root=root,
        robot_type=robot_type,
        rgb_encoder=RGBEncoderConfig(vcodec="h264", preset="ultrafast", crf=20),
    )
    for demonstration in demonstrations:
        for step in range(len(demonstration.state)):
            frames = {f"observation.images.{name}": frame[step] for name, frame in demonstration.images.items()}
            state, action = demonstration.state[step], demonstration.action[step]
            dataset.add_frame({"observation.state": state, "action": action, "task": TASK, **frames})
        dataset.save_episode(parallel_encoding=False)
    dataset.finalize()
    if true_quantiles and all(
        np.isfinite(each.state).all() and np.isfinite(each.action).all() for each in demonstrations
    ):
        row_statistics.repair(root)
    return root


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    """Keep the tables that LeRobot makes of these datasets out of the user's cache."""
    import datasets.config

    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("huggingface")


@pytest.fixture(scope="session")
def demonstrate() -> Callable[..., Demonstration]:
    """`make_demonstration`."""
    return make_demonstration


@pytest.fixture
def write() -> Callable[..., Path]:
    """`write_dataset`."""
    return write_dataset


@pytest.fixture(scope="session")
def _good_datasets(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("datasets")
    demonstrations = [make_demonstration(seed) for seed in range(3)]
    write_dataset(folder / "video", demonstrations)
    write_dataset(folder / "images", demonstrations, video=False)
    return folder


@pytest.fixture
def video_dataset(_good_datasets, tmp_path) -> Path:
    """A copy of a dataset of three good episodes in degrees whose frames are video."""
    return shutil.copytree(_good_datasets / "video", tmp_path / "video")


@pytest.fixture
def image_dataset(_good_datasets, tmp_path) -> Path:
    """A copy of the same dataset whose frames are images."""
    return shutil.copytree(_good_datasets / "images", tmp_path / "images")


@dataclass(frozen=True)
class Recordings:
    """What `leisaac record` wrote, in `folder`, and how its command lines ended.

    Attributes:
        folder: `clean` (four episodes), `noisy` (two, with noise, frames as images, in radians), `killed` (what a kill
            left), `broken` (the same, resumed), `full/dataset` (as noisy, and one more after the disk was full).
        results: Results by name; without `full` where no small disk can be mounted.
    """

    folder: Path
    results: dict[str, Result]


def _mount_small_disk(folder: Path) -> bool:
    """Mount one; whether a user may cannot be told beforehand: root in a container often may not."""
    try:
        return not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", folder], capture_output=True
        ).returncode
    except OSError:  # no such program
        return False


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Datasets that real command lines recorded."""
    folder = tmp_path_factory.mktemp("recordings")
    clean = "--episodes 4 --image-size 96 128 --seed 3 --device cpu --workers 2"
    noisy = "--noise 1.5 --no-video --units radians --image-size 96 128 --seed 4 --device cpu --workers 1"
    killed = f"leisaac record --out {folder}/broken {clean} --num-envs 1"
    process = start(folder / "killing", [killed], SHARD_BYTES)
    deadline = time.monotonic() + 300
    while not (folder / "broken" / "meta" / "info.json").exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[1][-3000:]
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    shutil.copytree(folder / "broken", folder / "killed")

    broken = f"leisaac record --out {folder}/broken {clean}"
    commands = {
        "push": f"leisaac record --out {folder}/pushed {clean} --push-to-hub someone/dataset",
        "unfinished": broken,
        "other seed": f"{broken} --resume --seed 5",
        "other units": f"{broken} --resume --units radians",
        "resume": f"{broken} --resume --num-envs 3",
        "clean": f"leisaac record --out {folder}/clean {clean}",
        "noisy": f"leisaac record --out {folder}/noisy --episodes 2 {noisy}",
    }
    full = folder / "full"
    full.mkdir()
    if mounted := _mount_small_disk(full):
        longer = f"leisaac record --out {full}/dataset --episodes 3 {noisy} --resume"
        room = f"$(($(df --output=avail -B1 {full} | tail -1) - 1000000))"
        commands |= {
            "copy": f"cp -r {folder}/noisy {full}/dataset",
            "fill": f"sh -c 'head -c {room} /dev/zero > {full}/filling'",
            "full": longer,
            "keep": f"cp -r {full}/dataset {folder}/when_full",
            "free": f"rm {full}/filling",
            "longer": longer,
        }
    try:
        yield Recordings(folder, run(folder / "recording", commands, SHARD_BYTES))
    finally:
        if mounted:
            subprocess.run(["umount", full], check=True)
