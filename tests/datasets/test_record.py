"""`leisaac record`, as a user runs it: what it writes, what a kill leaves, what it refuses."""

import json
import re

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
import torch
from lerobot.datasets import LeRobotDataset
from ray_teams import start_team

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.open import episode_rows, open_dataset
from lerobot_env_leisaac.experts.phases import MAX_ACCELERATION
from lerobot_env_leisaac.robots.so101.spec import SO101

NAMES = [f"{joint}.pos" for joint in SO101.channel_names]
CAMERAS = ["observation.images.front", "observation.images.top", "observation.images.wrist"]
QUANTILES = ("q01", "q10", "q50", "q90", "q99")


def episodes_of(root) -> dict[int, tuple[np.ndarray, np.ndarray, dict]]:
    """Return states (T, 6), actions (T, 6) and initial state by the episodes' numbers."""
    dataset = open_dataset(root)
    rows = dataset.hf_dataset.with_format("numpy").select_columns(["observation.state", "action"])[:]
    found = {}
    for episode in manifests.read(root).episodes:
        where = episode_rows(dataset, episode.episode_index)
        span = slice(where.start, where.stop)
        found[episode.episode] = rows["observation.state"][span], rows["action"][span], episode.initial_state
    return found


def test_lerobot_reads_what_was_recorded(recordings):
    result = recordings.results["clean"]
    assert result.status == 0, result.err[-3000:]
    dataset = LeRobotDataset("clean", root=recordings.folder / "clean", video_backend="pyav")
    meta = dataset.meta
    assert (meta.total_episodes, meta.fps, meta.robot_type, meta.total_tasks) == (4, 30, "so101_follower", 1)
    assert sorted(meta.video_keys) == CAMERAS
    for key in ("observation.state", "action"):
        assert (meta.features[key]["shape"], meta.features[key]["names"]) == ((6,), NAMES)
    ends = [
        row for episode in range(4) for row in (episode_rows(dataset, episode)[0], episode_rows(dataset, episode)[-1])
    ]
    assert ends[-1] == len(dataset) - 1 == meta.total_frames - 1
    for row in ends:
        item = dataset[row]
        assert item["observation.state"].shape == item["action"].shape == (6,)
        assert item["observation.state"].dtype == item["action"].dtype == torch.float32
        assert "cube" in item["task"]
        for camera in CAMERAS:
            assert item[camera].shape == (3, 96, 128) and item[camera].std() > 0.05
    assert f"4 episodes, {len(dataset)} frames; 4 recorded now" in result.out
    assert re.search(r"\d+\.\d s playing, \d+\.\d s waiting for encoders, which took \d+\.\d CPU-s", result.out)


def test_the_statistics_are_those_of_all_rows(recordings):
    dataset = open_dataset(recordings.folder / "clean")
    assert len(list((recordings.folder / "clean" / "data").rglob("*.parquet"))) > 1, "more than one shard"
    for key in ("action", "observation.state"):
        rows = dataset.hf_dataset.with_format("numpy")[key][:].astype(np.float64)
        assert dataset.meta.stats[key]["count"].item() == len(rows)
        for name, value in (("mean", rows.mean(0)), ("std", rows.std(0)), ("min", rows.min(0)), ("max", rows.max(0))):
            np.testing.assert_allclose(dataset.meta.stats[key][name], value, atol=1e-3)
        for name in QUANTILES:  # of the rows, not LeRobot's averages over episodes
            value = np.quantile(rows, int(name[1:]) / 100, axis=0)
            np.testing.assert_allclose(dataset.meta.stats[key][name], value, atol=1e-3)


def test_the_statistics_of_frames_are_those_of_their_pixels(recordings):
    dataset = open_dataset(recordings.folder / "clean")
    for episode in pq.read_table(dataset.root / "meta" / "episodes").to_pylist():
        rows = episode_rows(dataset, episode["episode_index"])
        items = [dataset[row] for row in rows[::8]]
        for camera in CAMERAS:
            found = {name: np.ravel(episode[f"stats/{camera}/{name}"]) for name in ("mean", "std", *QUANTILES)}
            frames = np.stack([item[camera].numpy() for item in items])
            assert episode[f"stats/{camera}/count"] == [len(rows) * 96 * 128]
            np.testing.assert_allclose(found["mean"], frames.mean(axis=(0, 2, 3)), atol=0.03)
            np.testing.assert_allclose(found["std"], frames.std(axis=(0, 2, 3)), atol=0.03)
            quantiles = 255 * np.stack([found[name] for name in QUANTILES])
            np.testing.assert_allclose(quantiles, np.round(quantiles), atol=1e-6, err_msg="values that no pixel has")
            assert (np.diff(quantiles, axis=0) >= 0).all()


def test_the_manifest_says_how_it_was_made(recordings):
    data = json.loads((recordings.folder / "noisy" / "meta" / "leisaac.json").read_text())
    episodes, dropped, versions = (data.pop(key) for key in ("episodes", "dropped", "versions"))
    assert data == {
        "format": 4,
        "task": "LiftCube",
        "env_id": "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        "units": units.load("radians").table,
        "seed": 4,
        "fps": 30,
        "noise_deg": 1.5,
        "variation": "demonstrations",
        "variation_values": {"start_pose_deg": [-5, 5]},
        "instruction": "Lift the red cube up.",
        "subtasks": ["cube_picked"],
        "expert": "scripted",
        "expert_sha256": None,
        "policy": None,
        "policy_sha256": None,
        "beta": 1.0,
        "cameras": {"front": [96, 128], "top": [96, 128], "wrist": [96, 128]},
        "video": False,
        "vcodec": "av1",
        "device": "cpu",
        "physics": "newton_mjwarp",
        "servo": "tracking",
        "look": "plain",
        "arm_shapes": None,
        "conversions": [],
    }
    assert {"lerobot_env_leisaac", "isaaclab", "lerobot"} <= set(versions)
    assert [episode["episode_index"] for episode in episodes] == [0, 1]
    numbers = sorted([*dropped, *(episode["episode"] for episode in episodes)])
    assert numbers == list(range(len(numbers)))
    assert all(episode["success"] and episode["length"] > 80 for episode in episodes)
    robot = episodes[0]["initial_state"]["articulation"]["robot"]
    np.testing.assert_allclose(
        sorted(robot["joint_position"]),
        sorted(episodes_of(recordings.folder / "noisy")[episodes[0]["episode"]][0][0]),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", ["clean", "noisy", "broken", "killed"])
def test_the_checker_finds_nothing_wrong(recordings, name, capsys):
    assert cli.main(["check", str(recordings.folder / name)]) == 0, capsys.readouterr().out
    assert re.search(r"^0 errors", capsys.readouterr().out, re.MULTILINE)


def test_noise_moves_the_arm_and_not_the_recorded_actions(recordings):
    def acceleration(path: np.ndarray) -> float:
        return np.abs(np.diff(path, n=2, axis=0)).max() * 30**2

    for states, actions, _ in episodes_of(recordings.folder / "noisy").values():  # in radians
        assert acceleration(actions) <= MAX_ACCELERATION * 1.001
        assert acceleration(states[:, :5]) > acceleration(actions[:, :5])
    for _, actions, _ in episodes_of(recordings.folder / "clean").values():
        assert acceleration(np.deg2rad(actions)) <= MAX_ACCELERATION * 1.001


def test_what_was_finished_before_a_kill_can_be_read(recordings):
    killed = open_dataset(recordings.folder / "killed")
    assert killed.num_episodes in (2, 4)
    for row in (0, killed.num_frames - 1):
        assert all(killed[row][camera].shape == (3, 96, 128) for camera in CAMERAS)
    assert len(manifests.read(recordings.folder / "killed").episodes) == killed.num_episodes


def test_a_resumed_recording_holds_the_episodes_of_an_unbroken_one(recordings):
    result, finished = recordings.results["resume"], open_dataset(recordings.folder / "killed").num_episodes
    assert result.status == 0, result.err[-3000:]
    assert f"{4 - finished} recorded now" in result.out
    unbroken, broken = (episodes_of(recordings.folder / name) for name in ("clean", "broken"))
    assert sorted(broken) == sorted(unbroken) and len(broken) == 4
    for number, (states, actions, initial_state) in unbroken.items():
        np.testing.assert_array_equal(broken[number][0], states)
        np.testing.assert_array_equal(broken[number][1], actions)
        assert broken[number][2] == initial_state
    assert not (recordings.folder / "broken" / ".recording").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "unfinished",
            r"broken holds an unfinished recording: go on with it by --resume|broken is not empty: add --res",
        ),
        ("other seed", r"was recorded with seed 3, now it is 5: resume it with the same, or choose another folder"),
        ("other units", r"was recorded with units degrees, now it is radians"),
    ],
)
def test_a_recording_is_not_mixed_with_another(recordings, name, message):
    result = recordings.results[name]
    assert result.status == 1
    assert result.error.startswith("leisaac: error: ") and re.search(message, result.error)


def test_processes_record_what_one_records_though_one_of_them_is_killed(recordings):
    out = recordings.folder / "team"
    said = recordings.folder / "team.err"
    line = "--episodes 4 --image-size 96 128 --seed 3 --workers 1 --num-envs 2 --cpus 2"
    arguments = ["record", "--out", out, *line.split()]
    team = start_team(arguments, said, begins="0/4", player="_Recorder", after_s=1.0)
    team.kill_the_busier()
    assert team.process.wait(600) == 0, said.read_text()
    assert "note: a process has died" in said.read_text()
    together, alone = (manifests.read(folder).episodes for folder in (out, recordings.folder / "clean"))
    kept = {each.episode: (each.length, each.success, each.actions_sha256) for each in together}
    assert kept == {each.episode: (each.length, each.success, each.actions_sha256) for each in alone}
    assert cli.main(["check", str(out)]) == 0
    _, running = psutil.wait_procs(team.children, timeout=30)
    assert not running, "all have ended"


def test_who_cannot_upload_is_told_before_anything_is_recorded(recordings):
    result = recordings.results["push"]
    assert result.status == 1 and not (recordings.folder / "pushed").exists()
    assert re.search(r"leisaac: error: the Hugging Face Hub (knows no user here|cannot be reached)", result.error)


def test_a_full_disk_costs_nothing_that_was_saved(recordings):
    if "full" not in recordings.results:
        pytest.skip("a small disk cannot be mounted here")
    result = recordings.results["full"]
    assert result.status == 1
    assert re.search(r"leisaac: error: .*the disk is full: 2 episodes are saved; go on by --resume", result.error)
    before = episodes_of(recordings.folder / "noisy")
    when_full = episodes_of(recordings.folder / "when_full")
    assert recordings.results["longer"].status == 0, recordings.results["longer"].err[-3000:]
    after = episodes_of(recordings.folder / "full" / "dataset")
    assert len(after) == 3 and len(before) == len(when_full) == 2
    for number, (states, actions, _) in before.items():
        for now in (when_full, after):
            np.testing.assert_array_equal(now[number][0], states)
            np.testing.assert_array_equal(now[number][1], actions)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--task FoldCloth", "no task 'FoldCloth', expected one of LiftCube"),
        ("--units furlongs", "furlongs"),
        ("--cameras side", r"cameras is \('side',\), expected names among"),
        ("--episodes 0", "episodes is 0, expected a whole number of 1 or more"),
        ("--num-envs 0", "num_envs is 0"),
        ("--physics bullet", "physics is 'bullet', expected one of .*newton_mjwarp"),
        ("--noise -1", "noise is -1.0, expected a standard deviation of 0 degrees or more"),
        ("--workers 0", "workers is 0, expected a whole number of 1 or more"),
        (
            "--image-size 8000 8000",
            "one environment holds up to .* GiB of frames and .* are free: set --image-size smaller",
        ),
        ("--num-envs 2000 --episodes 2000", "2000 environments .* set --num-envs to .* or less"),
        ("--no-video --vcodec h264", "--no-video stores images, which have no --vcodec h264: leave one of them out"),
        ("--out FOLDER/a_file/dataset", "cannot write into .*a_file is no writable folder, name another one"),
        ("--out FOLDER/foreign", "foreign is not empty: add --resume to go on with a recording, or choose another"),
        ("--out FOLDER/foreign --resume", "foreign is not empty: there is no dataset of leisaac record in it"),
    ],
)
def test_a_bad_argument_is_one_line_and_loses_nothing(arguments, message, tmp_path, capsys):
    (tmp_path / "a_file").write_text("mine")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.txt").write_text("all of it")
    line = f"record --out {tmp_path}/dataset --episodes 2 --device cpu {arguments.replace('FOLDER', str(tmp_path))}"
    assert cli.main(line.split()) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("leisaac: error: ") and re.search(message, error), error
    assert (tmp_path / "a_file").read_text() == "mine"
    assert [path.name for path in (tmp_path / "foreign").iterdir()] == ["thesis.txt"]
    assert not any((tmp_path / "dataset").glob("*"))
