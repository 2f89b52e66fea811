"""`leisaac convert DATASET`: other units, other names of cameras, the same episodes."""

import errno
import hashlib
import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.dataset_tools import reencode_dataset

from lerobot_env_leisaac import cli, robots, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import row_statistics
from lerobot_env_leisaac.datasets.check_units import joint_limits
from lerobot_env_leisaac.datasets.episode_content import digest
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.declaration import OF_DATASET

TASK = "Lift the red cube up."

JOINTS = robots.DEFAULT.channel_names


def rows(root, feature) -> np.ndarray:
    return np.concatenate([part[feature] for part in row_statistics.read_numbers(root)])


def in_order(root, feature) -> np.ndarray:
    """Return a feature's values in the order of `JOINTS`, whatever the dataset's is."""
    names = json.loads((root / "meta" / "info.json").read_text())["features"][feature]["names"]
    return rows(root, feature)[:, [names.index(f"{joint}.pos") for joint in JOINTS]]


def give_manifest(root, cameras=("front", "top", "wrist")) -> Manifest:
    episodes = [RecordedEpisode(i, 2 * i, 40, True, {"articulation": {}}) for i in range(3)]
    manifest = Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=3,
        fps=30,
        cameras=dict.fromkeys(cameras, (96, 128)),
        variation="demonstrations",
        variation_values={"start_pose_deg": [-5, 5]},
        instruction=TASK,
        episodes=episodes,
    )
    manifest.write(root)
    return manifest


def convert(*arguments) -> int:
    return cli.main(["convert", *map(str, arguments)])


def test_numbers_statistics_and_manifest_are_in_the_new_units_and_videos_are_copies(video_dataset, tmp_path, capsys):
    before = give_manifest(video_dataset)
    out = tmp_path / "normalized"
    assert convert(video_dataset, "--units", "lerobot_normalized", "--out", out) == 0
    assert "from degrees to lerobot_normalized; 3 videos copied" in capsys.readouterr().out

    state = rows(video_dataset, "observation.state")
    pan, gripper = state[:, 0] * 100 / 110, (state[:, 5] + 10) * 100 / 110
    np.testing.assert_allclose(rows(out, "observation.state")[:, [0, 5]].T, [pan, gripper], rtol=1e-5, atol=1e-5)

    for feature in ("observation.state", "action"):
        stored = json.loads((out / "meta" / "stats.json").read_text())[feature]
        assert list(row_statistics.wrong_statistics(stored, rows(out, feature))) == []
        np.testing.assert_allclose(stored["q99"], np.quantile(rows(out, feature), 0.99, axis=0), rtol=1e-6)
        episodes = pd.concat(map(pd.read_parquet, (out / "meta" / "episodes").rglob("*.parquet")))
        for episode in episodes.itertuples():
            of_it = rows(out, feature)[rows(out, "episode_index")[:, 0] == episode.episode_index]
            row = episodes[episodes.episode_index == episode.episode_index].iloc[0]
            np.testing.assert_allclose(row[f"stats/{feature}/min"], of_it.min(axis=0), rtol=1e-6)
            np.testing.assert_allclose(row[f"stats/{feature}/q10"], np.quantile(of_it, 0.1, axis=0), rtol=1e-6)

    after = manifests.read(out)
    assert after.units == units.load("lerobot_normalized")
    assert [after.conversions[0]["units"], len(after.conversions)] == [["degrees", "lerobot_normalized"], 1]
    assert (after.seed, after.world, after.cameras) == (before.seed, before.world, before.cameras)
    assert [each.initial_state for each in after.episodes] == [each.initial_state for each in before.episodes]
    action, of_episode = rows(out, "action"), rows(out, "episode_index")[:, 0]
    assert [each.actions_sha256 for each in after.episodes] == [digest(action[of_episode == i]) for i in range(3)]

    videos = [path.relative_to(out) for path in out.rglob("*.mp4")]
    assert len(videos) == 3 and all((out / path).read_bytes() == (video_dataset / path).read_bytes() for path in videos)
    assert convert(out, "--units", "degrees", "--out", out) == 1, "not onto itself"

    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def hashes(root) -> dict[str, str]:
    """Return what each file of a dataset holds."""
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def append(root):
    """Go on with a dataset as LeRobot does: two episodes, the second of which goes into the video of the first."""
    dataset = LeRobotDataset.resume("appended", root, rgb_encoder=RGBEncoderConfig(vcodec="h264"))
    for _ in range(2):
        for _ in range(10):
            images = {key: np.full((96, 128, 3), 50, np.uint8) for key in dataset.meta.video_keys}
            joints = np.zeros(6, np.float32)
            dataset.add_frame({"observation.state": joints, "action": joints, "task": TASK, **images})
        dataset.save_episode(parallel_encoding=False)
    dataset.finalize()


def encode_anew(root):
    """Encode the videos of a dataset anew in their places, as `lerobot-edit-dataset` does."""
    reencode_dataset(LeRobotDataset("encoded", root), rgb_encoder=RGBEncoderConfig(vcodec="h264", crf=40))


@pytest.mark.parametrize("change", [append, encode_anew])
def test_what_lerobot_writes_into_the_new_dataset_does_not_reach_the_old_one(
    video_dataset, tmp_path, monkeypatch, change
):
    out = tmp_path / "renamed"
    assert convert(video_dataset, "--rename-cameras", "front=camera1", "--out", out) == 0
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 6 and all(path.stat().st_nlink == 1 and not path.is_symlink() for path in files)

    def across_file_systems(*_):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "rename", across_file_systems)  # as where TMPDIR is on another one: a move is a copy
    before, copied = hashes(video_dataset), hashes(out)
    change(out)
    assert hashes(video_dataset) == before
    assert hashes(out) != copied


@pytest.mark.parametrize("there", ["radians", "lerobot_degrees", "lerobot_normalized_leisaac"])
def test_there_and_back_nothing_moves(write, demonstrate, tmp_path, there):
    names = [f"{joint}.pos" for joint in reversed(JOINTS)]
    demonstrations = [demonstrate(seed, images=False) for seed in range(2)]
    for each in demonstrations:
        each.state, each.action = each.state[:, ::-1].copy(), each.action[:, ::-1].copy()
    root = write(tmp_path / "reversed", demonstrations, names=names)
    assert convert(root, "--source-units", "degrees", "--units", there, "--out", tmp_path / "there") == 0
    assert convert(tmp_path / "there", "--units", "degrees", "--out", tmp_path / "back") == 0
    span = np.diff(joint_limits(robots.DEFAULT, units.load("degrees")), axis=1)[:, 0]
    for feature in ("observation.state", "action"):
        moved = abs(in_order(tmp_path / "back", feature) - in_order(root, feature)) / span
        assert moved.max() < 1e-4
        there_pan = in_order(tmp_path / "there", feature)[:, 0]
        convention = units.load(there)
        pan = convention.scale[0] * np.radians(in_order(root, feature)[:, 0]) + convention.offset[0]
        np.testing.assert_allclose(there_pan, pan, rtol=1e-5, atol=1e-5)
    assert len(json.loads((tmp_path / "back" / "meta" / "leisaac.json").read_text())["conversions"]) == 2


def test_a_real_arms_dataset_with_its_calibration_and_its_cameras_names(write, demonstrate, tmp_path, capsys):
    ticks = {"shoulder_pan": (800, 3100), "gripper": (1500, 2700)}
    calibration = {
        joint: {"id": i, "drive_mode": 0, "homing_offset": 0, "range_min": low, "range_max": high}
        for i, joint in enumerate(JOINTS)
        for low, high in [ticks.get(joint, (900, 3200))]
    }
    (tmp_path / "arm.json").write_text(json.dumps(calibration))
    real = write(tmp_path / "real", [demonstrate(0)], robot_type="so101_follower")
    assert convert(real, "--units", "degrees", "--out", tmp_path / "no") == 1
    assert "does not say which units it is in" in capsys.readouterr().err
    assert convert(real, "--units", "degrees", "--calibration", tmp_path / "arm.json", "--out", tmp_path / "no") == 1
    assert "expected lerobot_degrees" in capsys.readouterr().err
    declared = ["--source-units", "lerobot_degrees", "--calibration", tmp_path / "arm.json"]
    out = tmp_path / "degrees"
    renames = ["--rename-cameras", "front=top", "top=front", "observation.images.wrist=hand.left"]
    assert convert(real, "--units", "degrees", *declared, "--out", out, *renames) == 0
    opening = rows(real, "observation.state")[:, 5] * (2700 - 1500) / 4096 * 3.6 - 10  # from percent of 105 degrees
    np.testing.assert_allclose(rows(out, "observation.state")[:, 5], opening, atol=1e-3)

    dataset, original = (
        LeRobotDataset("out", out, video_backend="pyav"),
        LeRobotDataset("real", real, video_backend="pyav"),
    )
    for new, old in (("top", "front"), ("front", "top"), ("hand.left", "wrist")):
        assert (dataset[7][f"observation.images.{new}"] == original[7][f"observation.images.{old}"]).all()
        assert dataset.meta.stats[f"observation.images.{new}"].keys() >= {"mean", "q99"}
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def test_images_in_another_size_are_encoded_anew_with_true_statistics(video_dataset, tmp_path, capsys):
    give_manifest(video_dataset)
    out = tmp_path / "small"
    arguments = ["--image-size", 64, 80, "--vcodec", "h264", "--rename-cameras", "front=camera1", "--out", out]
    assert convert(video_dataset, *arguments) == 0
    assert "3 videos encoded anew" in capsys.readouterr().out
    dataset, original = (
        LeRobotDataset("out", out, video_backend="pyav"),
        LeRobotDataset("old", video_dataset, video_backend="pyav"),
    )
    for new, old in (("camera1", "front"), ("top", "top")):
        for row in (0, 39, 40, 119):
            shown = dataset[row][f"observation.images.{new}"]
            expected = torch.nn.functional.interpolate(
                original[row][f"observation.images.{old}"][None], (64, 80), mode="area"
            )[0]
            assert shown.shape == (3, 64, 80) and abs(shown - expected).mean() < 0.04
        known = dataset.meta.stats[f"observation.images.{new}"]
        frames = torch.stack([dataset[row][f"observation.images.{new}"] for row in range(120)])
        np.testing.assert_allclose(known["mean"], frames.mean(dim=(0, 2, 3))[:, None, None], atol=0.01)
        of_last = pd.read_parquet(next((out / "meta" / "episodes").rglob("*.parquet"))).iloc[2]
        mean = np.array([channel[0][0] for channel in of_last[f"stats/observation.images.{new}/mean"]])
        np.testing.assert_allclose(mean, frames[80:].mean(dim=(0, 2, 3)), atol=0.01)
    feature = dataset.meta.features["observation.images.camera1"]
    assert (tuple(feature["shape"]), feature["info"]["video.height"]) == ((64, 80, 3), 64)
    manifest = manifests.read(out)
    assert (manifest.cameras, manifest.vcodec) == (dict.fromkeys(("camera1", "top", "wrist"), (64, 80)), "h264")
    assert (rows(out, "action") == rows(video_dataset, "action")).all()
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def test_a_video_that_has_not_a_frame_for_each_row_is_not_encoded_anew(video_dataset, tmp_path, capsys):
    top = next((video_dataset / "videos" / "observation.images.top").rglob("*.mp4"))
    arguments = ["--image-size", 64, 80, "--out", tmp_path / "out"]
    top.write_bytes(top.read_bytes()[: top.stat().st_size // 2])
    assert convert(video_dataset, *arguments) == 1
    assert "file-000.mp4 of dataset" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("[!.]*"))


def test_images_in_the_rows_are_carried_and_named_anew(image_dataset, tmp_path, capsys):
    out = tmp_path / "renamed"
    assert convert(image_dataset, "--rename-cameras", "front=camera1", "--out", out) == 0
    assert manifests.declared_units(out) is None, "nobody said which units it is in"
    dataset, original = LeRobotDataset("out", out), LeRobotDataset("old", image_dataset)
    assert (dataset[50]["observation.images.camera1"] == original[50]["observation.images.front"]).all()
    assert (rows(out, "action") == rows(image_dataset, "action")).all()
    assert cli.main(["check", str(out), "--units", "degrees"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--units degrees --source-units radians", "is not in radians: the state of"),
        ("--units degrees --source-units degres", "unknown unit convention 'degres'"),
        ("--units degrees", "does not say which units"),
        ("--source-units degrees", "nothing to convert"),
        ("--image-size 64 81", "--image-size is 64 81, expected even numbers"),
        ("--image-size 2 2", "--image-size is 2 2, expected even numbers from 16 on"),
        ("--image-size 0 64", "image_size is (0, 64), expected (height, width)"),
        ("--vcodec h264 --rename-cameras front=a", "--vcodec has nothing to do with a LeRobot dataset"),
        ("--rename-cameras side=front", "has no camera side, found front, top, wrist"),
        ("--rename-cameras front=top", "two cameras of dataset"),
        ("--rename-cameras front=../../top", "expected OLD=NEW"),
        ("--rename-cameras front", "expected OLD=NEW"),
        ("--rename-cameras front=a front=b", "names front twice"),
        ("--units radians --source-units degrees --calibration no.json", "--source-units is degrees, expected lerobot"),
        ("--units radians --source-units lerobot_degrees --calibration no.json", "no.json cannot be read"),
    ],
)
def test_what_cannot_be_converted_is_one_line_and_leaves_nothing(video_dataset, tmp_path, arguments, reason, capsys):
    out = tmp_path / "out"
    assert convert(video_dataset, "--out", out, *arguments.split()) == 1
    error = capsys.readouterr().err
    assert reason in error and error.count("\n") == 1
    assert not list(out.glob("*"))


def test_images_in_the_rows_are_given_another_size(image_dataset, tmp_path, capsys):
    give_manifest(image_dataset)
    out = tmp_path / "small"
    arguments = ["--image-size", 64, 80, "--rename-cameras", "front=camera1", "--out", out]
    assert convert(image_dataset, *arguments) == 0
    assert "images in another size" in capsys.readouterr().out
    dataset, original = LeRobotDataset("out", out), LeRobotDataset("old", image_dataset)
    for new, old in (("camera1", "front"), ("top", "top")):
        for row in (0, 39, 40, 119):
            shown = dataset[row][f"observation.images.{new}"]
            before = original[row][f"observation.images.{old}"]
            expected = torch.nn.functional.interpolate(before[None], (64, 80), mode="area")[0]
            assert shown.shape == (3, 64, 80) and abs(shown - expected).mean() < 0.04
        frames = torch.stack([dataset[row][f"observation.images.{new}"] for row in range(120)]).numpy()
        known = dataset.meta.stats[f"observation.images.{new}"]
        np.testing.assert_allclose(known["mean"], frames.mean(axis=(0, 2, 3))[:, None, None], atol=1e-4)
        of_last = pd.read_parquet(next((out / "meta" / "episodes").rglob("*.parquet"))).iloc[2]
        mean = np.array([channel[0][0] for channel in of_last[f"stats/observation.images.{new}/mean"]])
        np.testing.assert_allclose(mean, frames[80:].mean(axis=(0, 2, 3)), atol=1e-4)
    assert tuple(dataset.meta.features["observation.images.camera1"]["shape"]) == (64, 80, 3)
    assert manifests.read(out).cameras == dict.fromkeys(("camera1", "top", "wrist"), (64, 80))
    assert "vcodec" not in manifests.read(out).conversions[0]
    assert (rows(out, "action") == rows(image_dataset, "action")).all()
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("cell", [{"bytes": None, "path": "/etc/passwd"}, {"bytes": b"no image", "path": None}])
def test_an_image_that_is_none_is_named_and_nothing_is_left(image_dataset, tmp_path, capsys, cell):
    (path,) = (image_dataset / "data").rglob("*.parquet")
    table = pd.read_parquet(path)
    table.at[7, "observation.images.top"] = cell
    table.to_parquet(path)
    out = tmp_path / "out"
    assert convert(image_dataset, "--image-size", 64, 80, "--out", out) == 1
    assert "the image of observation.images.top in row 7 is damaged" in capsys.readouterr().err
    assert not list(out.glob("[!.]*"))


def test_images_have_no_codec(image_dataset, tmp_path, capsys):
    arguments = ["--image-size", 64, 80, "--vcodec", "h264", "--out", tmp_path / "out"]
    assert convert(image_dataset, *arguments) == 1
    assert "--vcodec is of videos" in capsys.readouterr().err


def test_units_that_contradict_are_refused_unless_overruled(video_dataset, tmp_path, capsys):
    give_manifest(video_dataset)
    arguments = ["--units", "radians", "--out", tmp_path / "out"]
    assert convert(video_dataset, *arguments, "--source-units", "lerobot_normalized") == 1
    assert "declares degrees, --source-units says lerobot_normalized" in capsys.readouterr().err
    (video_dataset / OF_DATASET).unlink()
    assert convert(video_dataset, *arguments, "--source-units", "radians", "--overrule", "units") == 0


def test_numbers_that_are_none_are_named(write, demonstrate, tmp_path, capsys):
    broken = demonstrate(0, images=False)
    broken.action[7, 2] = np.nan
    root = write(tmp_path / "broken", [broken])
    assert convert(root, "--source-units", "degrees", "--units", "radians", "--out", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "the action of dataset" in error and "is not finite, or beyond 1,000,000, in row 7" in error


def test_a_folder_in_use_stays_as_it_is(video_dataset, tmp_path, capsys):
    arguments = ["--source-units", "degrees", "--units", "radians", "--out"]
    shutil.copytree(video_dataset, tmp_path / "full")
    assert convert(video_dataset, *arguments, tmp_path / "full") == 1
    assert "is not empty" in capsys.readouterr().err
    killed = tmp_path / "killed" / ".recording" / "converted"
    killed.mkdir(parents=True)
    assert convert(video_dataset, *arguments, tmp_path / "killed") == 0, "what a kill left counts for nothing"
    assert not (tmp_path / "killed" / ".recording").exists()
