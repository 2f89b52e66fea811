"""`leisaac check` on images, stored as video and as files: each fault of a camera is found and named."""

import shutil
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest

from lerobot_env_leisaac.datasets import camera_frames
from lerobot_env_leisaac.datasets.check import check_dataset
from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.robots.so101.spec import SO101


@pytest.fixture(params=("video", "images"))
def check(request, write, demonstrate, tmp_path):
    """Write two episodes of one camera that `change` alters, check them, and return the findings by check."""

    def run(change=lambda number, images: None):
        episodes = [demonstrate(seed) for seed in range(2)]
        for number, episode in enumerate(episodes):
            episode.images = {"front": episode.images["front"]}
            change(number, episode.images["front"])
        root = write(tmp_path / "dataset", episodes, video=request.param == "video")
        return findings(root)

    return run


def findings(root):
    return {finding.check: finding for finding in check_dataset(root, "degrees").findings}


def faults(found):
    return {check: finding.level for check, finding in found.items() if finding.level != "ok"}


def cut_video(path, keep):
    """Rewrite a video without the frames whose numbers `keep` refuses; those that stay keep their time."""
    whole = path.with_suffix(".whole.mp4")
    shutil.move(path, whole)
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream("h264", rate=30, options={"crf": "20"})
        copy.width, copy.height, copy.pix_fmt = stream.width, stream.height, "yuv420p"
        copy.codec_context.time_base = stream.time_base
        for number, frame in enumerate(source.decode(stream)):
            if keep(number):
                target.mux(copy.encode(frame))
        target.mux(copy.encode())
    whole.unlink()


def video(root, camera):
    return root / "videos" / f"observation.images.{camera}" / "chunk-000" / "file-000.mp4"


def test_good_images_have_no_fault(check):
    found = check()
    assert faults(found) == {}
    assert found["front frames"].figures == {"rows": 80, "frames": 80}
    assert "declared shapes" in found["samples"].verdict


def test_black_frames_are_named(check):
    def change(number, images):
        if number == 1:
            images[11:13] = 0

    found = check(change)
    assert found["front images"].level == "error"
    assert "2 black frames: episode 1 frame 11, episode 1 frame 12" in found["front images"].verdict


def test_a_blank_frame_is_named(check):
    def change(number, images):
        if number == 0:
            images[:5] = 128

    found = check(change)
    assert found["front images"].level == "warning"
    assert "5 blank frames: episode 0 frame 0" in found["front images"].verdict


def test_a_frozen_camera_is_found(check):
    def change(number, images):
        if number == 1:
            images[8:38] = images[8]

    found = check(change)
    assert found["front motion"].level == "error"
    assert "in 1 episodes: episode 1 frames 8..37" in found["front motion"].verdict


@pytest.mark.parametrize(
    ("robot", "camera", "columns"),
    (
        (BI_SO101, "left_wrist", [0, 1, 2, 3]),
        (BI_SO101, "right_wrist", [6, 7, 8, 9]),
        (BI_SO101, "top", [0, 1, 2, 3]),
        (SO101, "wrist", [0, 1, 2, 3]),
        (SO101, "wrist_close", [0, 1, 2, 3]),
    ),
)
def test_a_camera_on_an_arm_is_judged_by_the_motion_of_that_arm(robot, camera, columns):
    names = [channel.lerobot_key for channel in robot.channels]
    dataset = SimpleNamespace(features={"observation.state": {"names": names}})
    assert camera_frames._carrying(dataset, f"observation.images.{camera}") == columns


def test_a_camera_slower_than_the_recording_is_found(check):
    def change(number, images):
        images[1::2] = images[0::2]

    found = check(change)
    assert faults(found) == {"front motion": "warning"}
    assert found["front motion"].figures["repeated"] >= 35


def test_an_arm_that_rests_is_no_frozen_camera(write, demonstrate, tmp_path):
    episode = demonstrate(0)
    for values in (episode.state, episode.action, episode.images["front"]):
        values[20:] = values[20]
    episode.images = {"front": episode.images["front"]}
    assert faults(findings(write(tmp_path / "dataset", [episode, demonstrate_one(demonstrate)]))) == {}


def demonstrate_one(demonstrate):
    episode = demonstrate(1)
    episode.images = {"front": episode.images["front"]}
    return episode


def test_one_camera_under_two_names_is_found(write, demonstrate, tmp_path):
    episodes = [demonstrate(seed) for seed in range(2)]
    for episode in episodes:
        episode.images["top"] = episode.images["front"]
    found = findings(write(tmp_path / "dataset", episodes))
    assert faults(found) == {"cameras": "error"}
    assert "front and top" in found["cameras"].verdict


def test_frames_that_were_dropped_while_recording_are_found(video_dataset):
    """As a streaming encoder drops them: what comes after moves up, and the last rows have none."""
    path = video_dataset / "meta" / "episodes" / "chunk-000" / "file-000.parquet"
    episodes = pd.read_parquet(path)
    key = "videos/observation.images.top"
    episodes[f"{key}/to_timestamp"] -= 2 / 30
    episodes.loc[1:, f"{key}/from_timestamp"] -= 2 / 30
    episodes.to_parquet(path)
    found = findings(video_dataset)
    assert found["top frames"].level == "error"
    assert "episode 0 has 38 of 40" in found["top frames"].verdict
    assert found["front frames"].level == found["wrist frames"].level == "ok"


def test_a_frame_that_is_missing_inside_a_video_is_found(video_dataset):
    cut_video(video(video_dataset, "wrist"), lambda number: number != 55)
    found = findings(video_dataset)
    assert found["wrist frames"].level == "error"
    assert found["wrist frames"].verdict == "119 frames for 120 rows: episode 1 has 39 of 40"


def test_a_video_that_ends_early_is_found(video_dataset):
    cut_video(video(video_dataset, "front"), lambda number: number < 100)
    found = findings(video_dataset)
    assert found["front frames"].verdict == "100 frames for 120 rows: episode 2 has 20 of 40"
    assert "LeRobot cannot read row 119: " in found["samples"].verdict


def test_a_truncated_video_is_found(video_dataset):
    path = video(video_dataset, "top")
    path.write_bytes(path.read_bytes()[:2000])
    found = findings(video_dataset)
    assert found["top frames"].level == found["samples"].level == "error"
    assert "0 of 120 can be decoded" in found["top frames"].verdict
    assert "file-000.mp4 is damaged" in found["top frames"].verdict


def test_a_video_of_another_size_is_found(video_dataset, write, demonstrate, tmp_path):
    episodes = [demonstrate(seed) for seed in range(3)]
    for episode in episodes:
        episode.images = {"front": np.ascontiguousarray(episode.images["front"][:, ::2, ::2])}
    small = write(tmp_path / "small", episodes)
    shutil.copy(video(small, "front"), video(video_dataset, "front"))
    found = findings(video_dataset)
    assert found["front frames"].level == "error"
    assert found["front frames"].verdict == "they are 48x64, declared 96x128"
    assert found["samples"].level == "error"


def test_a_damaged_image_is_found(image_dataset):
    path = image_dataset / "data" / "chunk-000" / "file-000.parquet"
    table = pd.read_parquet(path)
    key = "observation.images.wrist"
    images = table[key].tolist()
    images[43] = {"bytes": images[43]["bytes"][:200], "path": images[43]["path"]}
    table[key] = images
    table.to_parquet(path)
    found = findings(image_dataset)
    assert found["wrist frames"].level == "error"
    assert "119 of 120 can be decoded: episode 1 (the image of frame 3" in found["wrist frames"].verdict
