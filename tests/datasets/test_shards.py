"""How a dataset grows by shards, whenever that is interrupted."""

import os
import shutil

import cv2
import numpy as np
import pytest

from lerobot_env_leisaac import units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import shards, writer
from lerobot_env_leisaac.datasets.check import check_dataset
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.datasets.open import open_dataset
from lerobot_env_leisaac.datasets.row_statistics import RowStatistics
from lerobot_env_leisaac.datasets.shards import Demonstration, Place
from lerobot_env_leisaac.datasets.writer import _features
from lerobot_env_leisaac.robots.so101.spec import SO101

LENGTH = 12


def make_manifest(episodes: int) -> Manifest:
    return Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=0,
        fps=30,
        noise_deg=0.0,
        variation=None,
        cameras={"front": (96, 128)},
        video=True,
        device="cpu",
        physics="newton_mjwarp",
        versions={},
        episodes=[RecordedEpisode(index, index, LENGTH, True, {}) for index in range(episodes)],
    )


def write_shard(root, demonstrate, number: int, vcodec: str | None = "av1"):
    """Write the shard of one episode that is episode `number` of the dataset at `root`."""
    made = demonstrate(number, LENGTH)
    shard = Demonstration(
        number, True, "Lift the red cube up.", made.state, made.action, {"front": made.images["front"]}, {}
    )
    (root / shards.SCRATCH).mkdir(parents=True, exist_ok=True)
    place = Place(number, number * LENGTH, number)
    features = _features(make_manifest(0), SO101)
    return shards.write(
        root / shards.SCRATCH / f"shard-{number}", place, SO101.lerobot_type, 30, features, vcodec, [shard]
    )[0]


def require_whole(root, demonstrate, episodes: int) -> None:
    """Require that every row and frame of the first episodes is there, and that they are all that is counted."""
    dataset = open_dataset(root)
    assert (dataset.num_episodes, dataset.num_frames) == (episodes, episodes * LENGTH)
    for row in range(episodes * LENGTH):
        number, step = divmod(row, LENGTH)
        made, item = demonstrate(number, LENGTH), dataset[row]
        assert (item["episode_index"], item["index"]) == (number, row)
        np.testing.assert_array_equal(item["observation.state"], made.state[step])
        seen = item["observation.images.front"].permute(1, 2, 0).numpy() * 255
        assert np.abs(seen - made.images["front"][step]).mean() < 8, "another frame"


class Killed(BaseException):
    """What a kill is to a test."""


@pytest.mark.parametrize("already", [0, 1])
def test_an_interrupted_append_is_finished_or_forgotten(already, demonstrate, tmp_path, monkeypatch):
    root = tmp_path / "dataset"
    if already:
        shards.append(write_shard(root, demonstrate, 0), root, make_manifest(1), RowStatistics())
    write_shard(root, demonstrate, already)

    replace, moves = os.replace, 0
    for survived in range(100):
        copy = shutil.copytree(root, tmp_path / f"copy-{survived}")
        left = survived

        def dies(source, target):
            nonlocal left
            if not left:
                raise Killed
            left -= 1
            replace(source, target)

        monkeypatch.setattr(os, "replace", dies)
        try:
            shards.append(
                copy / shards.SCRATCH / f"shard-{already}", copy, make_manifest(already + 1), RowStatistics.of(copy)
            )
            moves = survived
        except Killed:
            pass
        monkeypatch.setattr(os, "replace", replace)
        decided = (copy / shards.SCRATCH / "commit").is_dir() or moves
        if already and not moves:
            require_whole(copy, demonstrate, 1)
        shards.recover(copy)
        if already or decided:
            require_whole(copy, demonstrate, already + bool(decided))
            assert len(manifests.read(copy).episodes) == already + bool(decided)
        else:
            assert not any(copy.iterdir()), "nothing was decided, nothing is left"
        assert not (copy / shards.SCRATCH).exists()
        if moves:
            break
    assert moves >= 6, "metadata, rows and frames"


def test_a_shard_that_lost_a_frame_is_refused(demonstrate, tmp_path, monkeypatch):
    from lerobot.datasets.video_utils import StreamingVideoEncoder

    feed = StreamingVideoEncoder.feed_frame
    fed = 0

    def loses_one(self, *arguments):
        nonlocal fed
        fed += 1
        if fed != 5:
            feed(self, *arguments)

    monkeypatch.setattr(StreamingVideoEncoder, "feed_frame", loses_one)
    with pytest.raises(RuntimeError, match=r"observation\.images\.front has 11 frames for 12 rows"):
        write_shard(tmp_path / "dataset", demonstrate, 0)


def test_each_episode_keeps_its_instruction_whatever_shard_it_stands_in(demonstrate, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_SHARD_BYTES", 1)  # a shard for each episode
    told = ["red", "blue", "red", "green", "yellow", "blue"]
    for part in (told[:4], told[4:]):  # the second time the recording goes on
        manifest = manifests.read(tmp_path) or make_manifest(0)
        with writer.DemonstrationWriter(tmp_path, manifest, workers=2, forked=True) as dataset:
            for instruction in part:
                number = dataset.accepted
                made = demonstrate(number, LENGTH)
                images = {"front": made.images["front"]}
                dataset.add(Demonstration(number, True, instruction, made.state, made.action, images, {}))
    dataset = open_dataset(tmp_path)
    assert [dataset[row]["task"] for row in range(0, dataset.num_frames, LENGTH)] == told
    assert dataset.meta.info.total_tasks == 4
    (found,) = (finding for finding in check_dataset(tmp_path, "degrees").findings if finding.check == "tasks")
    assert found.level == "ok"


def test_opencv_reads_h264(tmp_path, demonstrate):
    shards.append(write_shard(tmp_path, demonstrate, 0, "h264"), tmp_path, make_manifest(1), RowStatistics())
    require_whole(tmp_path, demonstrate, 1)
    video = cv2.VideoCapture(str(next((tmp_path / "videos").rglob("*.mp4"))))
    assert sum(video.read()[0] for _ in range(LENGTH + 1)) == LENGTH
