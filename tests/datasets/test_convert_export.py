"""`leisaac convert DATASET --to hdf5`: what Isaac Lab's own reader finds in it, and back again."""

import h5py
import numpy as np
import pytest
from lerobot.datasets import LeRobotDataset

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import row_statistics
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode

SCENE = {
    "articulation": {
        "robot": {
            "joint_position": [0.1] * 6,
            "joint_velocity": [0.0] * 6,
            "root_pose": [1.0, 2.0, 3.0, 0.0, 0.0, 0.6, 0.8],
            "root_velocity": [0.0] * 6,
        }
    },
    "rigid_object": {"cube": {"root_pose": [0.3, 0.0, 0.02, 0.0, 0.0, 0.0, 1.0], "root_velocity": [0.0] * 6}},
}


@pytest.fixture
def recorded(video_dataset):
    Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=3,
        fps=30,
        cameras=dict.fromkeys(("front", "top", "wrist"), (96, 128)),
        instruction="Lift the red cube up.",
        episodes=[RecordedEpisode(i, i, 40, i != 1, SCENE) for i in range(3)],
    ).write(video_dataset)
    return video_dataset


def test_isaac_labs_reader_finds_the_episodes_and_back_they_are_the_same(recorded, tmp_path, capsys):
    from isaaclab.utils.datasets import HDF5DatasetFileHandler

    file = tmp_path / "out.hdf5"
    assert cli.main(["convert", str(recorded), "--to", "hdf5", "--out", str(file)]) == 0
    assert "3 episodes, 120 rows in radians, the state that they started from with 3" in capsys.readouterr().out
    handler = HDF5DatasetFileHandler()
    handler.open(str(file))
    assert handler.get_env_name() == "LeIsaac-SO101-LiftCube-v0"
    assert sorted(handler.get_episode_names()) == ["demo_0", "demo_1", "demo_2"]
    episode = handler.load_episode("demo_1", "cpu")
    assert (episode.success, len(episode.data["actions"])) == (False, 40)
    pose = episode.get_initial_state()["articulation"]["robot"]["root_pose"]
    np.testing.assert_allclose(pose.numpy(), [SCENE["articulation"]["robot"]["root_pose"]], rtol=1e-6)
    action = np.concatenate([part["action"] for part in row_statistics.read_numbers(recorded)])
    np.testing.assert_allclose(np.degrees(episode.data["actions"].numpy()), action[40:80], rtol=1e-5, atol=1e-5)
    image = LeRobotDataset("old", recorded, video_backend="pyav")[45]["observation.images.top"]
    shown = episode.data["obs"]["top"][5].permute(2, 0, 1) / 255
    assert abs(shown - image).max() < 0.01
    handler.close()

    back = tmp_path / "back"
    assert cli.main(["convert", str(file), "--out", str(back), "--all", "--vcodec", "h264"]) == 0
    again = np.concatenate([part["action"] for part in row_statistics.read_numbers(back)])
    np.testing.assert_allclose(again, action, atol=1e-4)
    manifest = manifests.read(back)
    assert [each.success for each in manifest.episodes] == [True, False, True]
    assert manifest.episodes[2].initial_state["rigid_object"]["cube"]["root_pose"] == pytest.approx(
        SCENE["rigid_object"]["cube"]["root_pose"]
    )


def test_a_real_arms_dataset_has_no_start_and_no_outcome(video_dataset, tmp_path, capsys):
    declared = ["--source-units", "degrees", "--cameras", "front", "--task", "LiftCube"]
    file = tmp_path / "out.hdf5"
    assert cli.main(["convert", str(video_dataset), "--to", "hdf5", "--out", str(file), *declared]) == 0
    with h5py.File(file) as opened:
        demo = opened["data/demo_0"]
        assert set(demo) == {"actions", "processed_actions", "obs"} and set(demo["obs"]) == {"joint_pos", "front"}
        assert "success" not in demo.attrs
    assert cli.main(["convert", str(file), "--out", str(tmp_path / "back")]) == 1
    assert "3 without an outcome; --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--source-units degrees", "does not say which task it shows"),
        ("--task LiftCube", "does not say which units it is in"),
        ("--source-units degrees --task LiftCube --cameras side", "has no camera side"),
        ("--source-units degrees --task LiftCube --units radians", "--units has nothing to do with --to hdf5"),
        ("--source-units degrees --task LiftCube --fps 30", "--fps has nothing to do with"),
    ],
)
def test_what_cannot_be_exported_is_one_line_and_leaves_no_file(video_dataset, tmp_path, arguments, reason, capsys):
    file = tmp_path / "out.hdf5"
    assert cli.main(["convert", str(video_dataset), "--to", "hdf5", "--out", str(file), *arguments.split()]) == 1
    assert reason in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["video"]
