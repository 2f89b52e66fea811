"""What cannot be read as a dataset of an SO-101 is refused in one line that says what to do."""

import importlib.util
import json
import re
import shutil

import numpy as np
import pytest

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.datasets.open import episode_rows, joint_columns, open_dataset, require_fps
from lerobot_env_leisaac.datasets.trajectories import read_trajectories
from lerobot_env_leisaac.robots.so101.spec import SO101


def edit_info(root, **changes):
    path = root / "meta" / "info.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def truncate(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def refusal(capsys, root, *arguments: str) -> str:
    """Run `leisaac check`, which must refuse in one line, and return that line."""
    capsys.readouterr()
    assert cli.main(["check", str(root), *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("leisaac: error: "), captured.err
    return lines[0]


def test_a_good_dataset_is_opened(video_dataset, image_dataset):
    for root in (video_dataset, image_dataset):
        dataset = open_dataset(root)
        assert len(dataset) == 120
        assert dataset[41]["observation.images.front"].shape == (3, 96, 128)
        assert episode_rows(dataset, 1) == range(40, 80)
        require_fps(dataset, 30)


def test_a_folder_without_a_dataset_is_refused_and_left_alone(capsys, tmp_path):
    assert "is no directory" in refusal(capsys, tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "empty").mkdir()
    assert "meta/info.json" in refusal(capsys, tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize("version", ("v2.1", "v2.0"))
def test_an_old_dataset_is_refused_with_the_command_that_converts_it(capsys, video_dataset, version):
    edit_info(video_dataset, codebase_version=version)
    line = refusal(capsys, video_dataset)
    module = re.search(r"python -m (\S+) --repo-id=\S+ --root=(\S+) --push-to-hub=false", line)
    assert module and module[2] == str(video_dataset)
    assert importlib.util.find_spec(module[1])
    assert ("LeRobot 0.3" in line) == (version == "v2.0")


def test_a_dataset_of_a_later_format_is_refused(capsys, video_dataset):
    edit_info(video_dataset, codebase_version="v4.0")
    assert "v4.0" in refusal(capsys, video_dataset)


@pytest.mark.parametrize(
    "name",
    (
        "videos/observation.images.top/chunk-000/file-000.mp4",
        "data/chunk-000/file-000.parquet",
        "meta/episodes/chunk-000/file-000.parquet",
        "meta/tasks.parquet",
    ),
)
def test_a_missing_file_is_named(capsys, video_dataset, name):
    (video_dataset / name).unlink()
    assert str(video_dataset / name.split("/chunk")[0]) in refusal(capsys, video_dataset)


@pytest.mark.parametrize(
    "name", ("data/chunk-000/file-000.parquet", "meta/episodes/chunk-000/file-000.parquet", "meta/info.json")
)
def test_a_truncated_file_is_named(capsys, video_dataset, name):
    truncate(video_dataset / name)
    assert str(video_dataset / name) in refusal(capsys, video_dataset)


def test_a_file_damaged_in_its_middle_is_refused(capsys, video_dataset):
    path = video_dataset / "data/chunk-000/file-000.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 4 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 4)
    path.write_bytes(content)
    assert "cannot be read" in refusal(capsys, video_dataset)


def test_episodes_without_rows_are_refused_without_asking_the_hub(capsys, video_dataset, write, demonstrate, tmp_path):
    short = write(tmp_path / "short", [demonstrate(0, images=False)])
    name = "data/chunk-000/file-000.parquet"
    shutil.copy(short / name, video_dataset / name)
    assert re.search("columns|no rows of episode 1, 2|cannot be read", refusal(capsys, video_dataset))


def test_a_dataset_without_episodes_is_refused(capsys, write, demonstrate, tmp_path):
    root = write(tmp_path / "short", [demonstrate(0, images=False)])
    edit_info(root, total_episodes=0)
    assert "holds no episode" in refusal(capsys, root)


@pytest.mark.parametrize(
    ("names", "expected"),
    (
        (SO101.channel_names[:5], "missing gripper; unknown none"),
        ((*SO101.channel_names, "elbow_roll"), "missing none; unknown elbow_roll"),
        ((*SO101.channel_names[:5], "claw.pos"), "missing gripper; unknown claw"),
        ((*SO101.channel_names[:5], "wrist_roll"), "missing gripper"),
    ),
)
def test_other_joints_are_refused_by_name(capsys, write, demonstrate, tmp_path, names, expected):
    episode = demonstrate(0, images=False)
    episode.state = np.resize(episode.state, (len(episode.state), len(names)))
    episode.action = np.resize(episode.action, (len(episode.action), len(names)))
    root = write(tmp_path / "joints", [episode], names=names)
    assert expected in refusal(capsys, root)


def test_joints_without_names_are_refused(capsys, write, demonstrate, tmp_path):
    root = write(tmp_path / "joints", [demonstrate(0, images=False)])
    features = json.loads((root / "meta" / "info.json").read_text())["features"]
    features["action"]["names"] = None
    edit_info(root, features=features)
    assert "found no names, shape (6,)" in refusal(capsys, root)


def test_joints_in_another_order_are_found_by_name(write, demonstrate, tmp_path):
    order = [5, 0, 4, 1, 3, 2]
    episode = demonstrate(0, images=False)
    turned = demonstrate(0, images=False)
    turned.state, turned.action = turned.state[:, order], turned.action[:, order]
    dataset = open_dataset(
        write(tmp_path / "turned", [turned], names=[SO101.channel_names[number] for number in order])
    )
    assert joint_columns(dataset, "action") == [1, 3, 5, 4, 2, 0]
    np.testing.assert_array_equal(read_trajectories(dataset).state, episode.state)


def test_what_a_dataset_does_not_have_is_refused(capsys, video_dataset):
    dataset = open_dataset(video_dataset)
    with pytest.raises(ValueError, match=r"no episode 3 .* expected one of 0..2"):
        episode_rows(dataset, 3)
    with pytest.raises(ValueError, match="no episode -1"):
        episode_rows(dataset, -1)
    with pytest.raises(ValueError, match="has 30 frames a second, expected the control rate of 50"):
        require_fps(dataset, 50)
    with pytest.raises(ValueError, match=r"no feature 'observation\.velocity'"):
        joint_columns(dataset, "observation.velocity")
    line = refusal(capsys, video_dataset, "--units", "gradians")
    assert "gradians" in line and "degrees" in line
    assert "no-such-checkpoint" in refusal(capsys, video_dataset, "--checkpoint", "./no-such-checkpoint")
