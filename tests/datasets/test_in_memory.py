"""Training from decoded frames gives the items that LeRobot gives."""

import pickle
import shutil

import pytest
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset

from lerobot_env_leisaac.datasets.in_memory import FRAMES, InMemoryDataset

WINDOWS = (
    {"action": [step / 30 for step in range(8)]},  # ACT
    {"action": [step / 30 for step in range(8)], "observation.state": [0.0], "observation.images.front": [0.0]},
)


@pytest.mark.parametrize("windows", WINDOWS)
def test_every_item_is_lerobots(video_dataset, windows):
    options = {"root": video_dataset, "delta_timestamps": windows, "video_backend": "pyav", "return_uint8": True}
    expected, ours = LeRobotDataset("some/set", **options), InMemoryDataset("some/set", **options)
    ours = pickle.loads(pickle.dumps(ours))  # as a loading process receives it
    assert len(ours) == len(expected)
    for index in (0, 1, len(expected) // 2, len(expected) - 1):
        item, twin = expected[index], ours[index]
        assert item.keys() == twin.keys()
        for key, value in item.items():
            if isinstance(value, torch.Tensor):
                assert value.dtype == twin[key].dtype and value.shape == twin[key].shape, key
                assert torch.equal(value, twin[key]), key
            else:
                assert value == twin[key], key


def test_frames_are_decoded_once(video_dataset):
    InMemoryDataset("some/set", root=video_dataset)
    files = {path: path.stat().st_mtime_ns for path in (video_dataset / FRAMES).iterdir()}
    InMemoryDataset("some/set", root=video_dataset)
    assert files == {path: path.stat().st_mtime_ns for path in (video_dataset / FRAMES).iterdir()}


def test_a_video_that_was_replaced_is_decoded_again(video_dataset, write, demonstrate, tmp_path):
    """As many frames of the same size, other pictures: training must not see the old ones."""
    before = InMemoryDataset("some/set", root=video_dataset, return_uint8=True)[5]["observation.images.front"]
    other = write(tmp_path / "other", [demonstrate(seed) for seed in (7, 8, 9)])
    for video in (other / "videos").rglob("*.mp4"):
        shutil.copy(video, video_dataset / video.relative_to(other))
    expected = LeRobotDataset("some/set", root=video_dataset, video_backend="pyav", return_uint8=True)[5]
    after = InMemoryDataset("some/set", root=video_dataset, return_uint8=True)[5]["observation.images.front"]
    assert torch.equal(after, expected["observation.images.front"]) and not torch.equal(after, before)
