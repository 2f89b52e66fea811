"""`leisaac check` on states, actions, rows and units: each fault is found, by its own check, and nothing else is."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
from checkpoints import make_act, statistics_of

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets.check import check_dataset
from lerobot_env_leisaac.datasets.findings import Finding
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.robots.so101.spec import SO101

GRIPPER, ELBOW, ROLL = 5, 2, 4


@pytest.fixture
def check(write, demonstrate, tmp_path):
    """Write three episodes that `change` alters one by one, check them, and return what is not ok, by check."""

    def run(change=lambda number, episode: None, *, units="degrees", damage=lambda root: None, **options):
        episodes = [demonstrate(seed, images=False) for seed in range(3)]
        for number, episode in enumerate(episodes):
            change(number, episode)
        root = write(tmp_path / "dataset", episodes)
        damage(root)
        found = {finding.check: finding for finding in check_dataset(root, units, **options).findings}
        assert found.pop("cameras").verdict == "the dataset has none"
        return found

    return run


def faults(found: dict[str, Finding]) -> dict[str, str]:
    return {check: finding.level for check, finding in found.items() if finding.level != "ok"}


def edit_rows(**columns):
    """Return a function that alters columns of the dataset's rows by functions."""

    def damage(root):
        path = root / "data" / "chunk-000" / "file-000.parquet"
        table = pd.read_parquet(path)
        for name, change in columns.items():
            table[name.replace("__", ".")] = change(table[name.replace("__", ".")])
        table.to_parquet(path)

    return damage


def manifest(lengths=(40, 40, 40), units_name="degrees", success=True, fps=30) -> Manifest:
    episodes = [RecordedEpisode(index, index, length, success, {}) for index, length in enumerate(lengths)]
    convention = units.load(units_name)
    return Manifest(
        "LiftCube",
        "LeIsaac",
        convention,
        seed=0,
        fps=fps,
        noise_deg=0.0,
        variation=None,
        cameras={},
        video=True,
        device="cpu",
        physics="newton_mjwarp",
        versions={},
        dropped=[7],
        episodes=episodes,
    )


def test_a_good_dataset_has_no_fault(check):
    found = check()
    assert faults(found) == {}
    assert "after 2 frames (67 ms)" in found["action to state"].verdict
    assert set(found["action to state"].figures["lag_frames"].values()) == {2}


@pytest.mark.parametrize("value", (math.nan, math.inf))
@pytest.mark.parametrize("what", ("state", "action"))
def test_a_value_that_is_no_number_is_found(check, what, value):
    def change(number, episode):
        if number == 1:
            getattr(episode, what)[7, ELBOW] = value

    found = check(change)
    assert found[f"{what} numbers"].level == "error"
    assert "1 rows (elbow_flex): episode 1 frame 7" in found[f"{what} numbers"].verdict


def test_a_joint_that_never_moves_is_found(check):
    def change(number, episode):
        episode.state[:, ROLL] = episode.action[:, ROLL] = 12.5

    found = check(change)
    assert faults(found) == {"constant joints": "warning"}
    assert found["constant joints"].verdict == "never moved: wrist_roll; never told to: none"


def test_a_broken_encoder_is_an_error(check):
    def change(number, episode):
        episode.state[:, ROLL] = 12.5

    found = check(change)
    assert found["constant joints"].level == "error"
    assert "the state of wrist_roll never changes" in found["constant joints"].verdict


def test_readings_that_hang_are_found(check):
    def change(number, episode):
        if number == 2:
            episode.state[10:31] = episode.state[10]

    found = check(change)
    assert found["constant joints"].level == "error"
    assert "episode 2 frames 10..30" in found["constant joints"].verdict


def test_a_gripper_that_squeezes_does_not_hang(check):
    def squeeze(number, episode):
        for values in (episode.state, episode.action):
            values[10:31] = values[10]
        episode.action[10:31, GRIPPER] -= np.linspace(0, 30, 21)

    assert check(squeeze)["constant joints"].level == "ok"


def test_an_arm_that_never_moves_is_an_error(check):
    def change(number, episode):
        episode.state[:] = episode.action[:] = episode.state[0] * 0 + 5

    found = check(change)
    assert found["constant joints"].level == found["copies"].level == found["action to state"].level == "error"


def test_a_gripper_at_its_stop_is_normal_and_a_body_joint_is_not(check):
    def hold(number, episode):
        for values in (episode.state, episode.action):
            values[:, GRIPPER] = np.maximum(values[:, GRIPPER] - 25, -10)

    assert faults(check(hold)) == {}


def test_a_body_joint_at_its_stop_for_long_is_found(check):
    def press(number, episode):
        for values in (episode.state, episode.action):
            values[:, ELBOW] = np.clip(values[:, ELBOW] - 70, -96.83, None)

    found = check(press)
    assert faults(found) == {"saturated joints": "warning"}
    assert "elbow_flex" in found["saturated joints"].verdict


def test_a_jump_beyond_the_servo_is_found(check):
    def change(number, episode):
        if number == 1:
            episode.state[20:, ELBOW] += 30  # within one frame: 16 rad/s
            episode.action[18:, ELBOW] += 30

    found = check(change)
    assert faults(found) == {"state jumps": "error", "action jumps": "warning"}
    assert "episode 1 frame 20" in found["state jumps"].verdict
    assert "elbow_flex" in found["state jumps"].verdict


@pytest.mark.parametrize(("reading", "level"), ((-103.0, "warning"), (-140.0, "error")))
def test_a_reading_beyond_the_joint_limit_is_found(check, reading, level):
    def change(number, episode):
        if number == 0:
            episode.state[5, ELBOW] = reading

    found = check(change)
    assert found["joint limits"].level == level
    assert f"elbow_flex at {reading:g} deg in episode 0 frame 5" in found["joint limits"].verdict
    assert found["units"].level == "ok", "one outlier says nothing about the unit"


def in_units(name):
    """Return a change that gives states and actions in another convention."""
    convention = units.load(name)

    def change(number, episode):
        import torch

        for what in ("state", "action"):
            radians = torch.from_numpy(getattr(episode, what)).deg2rad()
            setattr(episode, what, convention.from_radians(radians).numpy())

    return change


@pytest.mark.parametrize("declared", units.names())
def test_every_convention_is_accepted_under_its_own_name(check, declared):
    found = check(in_units(declared), units=declared)
    assert faults(found) == {}
    assert declared in found["units"].figures["allowed"]


@pytest.mark.parametrize("declared", ("degrees", "lerobot_degrees", "lerobot_normalized"))
def test_radians_declared_as_something_else_are_an_error(check, declared):
    found = check(in_units("radians"), units=declared)
    assert found["units"].level == "error"
    assert found["units"].figures["allowed"] == ["radians"]
    assert "scale of radians" in found["units"].verdict
    assert "allow radians" in found["units"].verdict


def test_small_motions_are_no_radians(check):
    def shrink(number, episode):
        for what in ("state", "action"):
            setattr(episode, what, getattr(episode, what) / 30 + np.float32([2, 15, -17, 70, 5, 30]))

    assert faults(check(shrink)) == {}


@pytest.mark.parametrize("name", ("degrees", "lerobot_degrees", "lerobot_normalized"))
def test_something_else_declared_as_radians_is_an_error(check, name):
    found = check(in_units(name), units="radians")
    assert found["units"].level == "error"
    assert "reaches" in found["units"].verdict
    assert name in found["units"].figures["allowed"]
    assert "radians" not in found["units"].figures["allowed"]


def test_an_undeclared_unit_is_not_guessed(check):
    found = check(units=None)
    assert faults(found) == {"units": "warning", "joint limits": "warning", "jumps": "warning"}
    assert "degrees" in found["units"].verdict and "lerobot_normalized" in found["units"].verdict
    assert found["units"].figures["declared"] is None


def test_actions_in_another_unit_than_states_are_an_error(check):
    def change(number, episode):
        episode.action = np.deg2rad(episode.action)

    found = check(change)
    assert found["units"].level == "error"
    assert check_is_error(found["action to state"], "another unit")


def check_is_error(finding: Finding, text: str) -> bool:
    return finding.level == "error" and text in finding.verdict


def test_percentages_declared_as_degrees_show_by_their_stops(check):
    def clamp(number, episode):
        for values in (episode.state, episode.action):
            values[:, 0] = np.clip(values[:, 0] + 80, -100, 100)
            values[:, ROLL] = np.clip(values[:, ROLL] + 80, -100, 100)

    found = check(clamp)
    assert found["units"].level == "warning"
    assert "shoulder_pan, wrist_roll end at exactly 100" in found["units"].verdict


def test_the_declaration_comes_from_the_manifest_and_an_argument_may_not_differ(check):
    found = check(units=None, damage=manifest().write)
    assert faults(found) == {}
    assert found["units"].figures["declared"] == "degrees"
    assert found["outcome"].verdict == "LiftCube, seed 0: 3 of 3 episodes succeeded; 1 failures were dropped"


def test_an_argument_that_differs_from_the_manifest_is_an_error(check):
    found = check(units="lerobot_degrees", damage=manifest().write)
    assert check_is_error(found["units"], "--units says lerobot_degrees, meta/leisaac.json says degrees")


@pytest.mark.parametrize(
    ("changes", "name", "level", "expected"),
    (
        ({"lengths": (40, 40)}, "manifest", "error", "total_episodes 3, the manifest 2"),
        ({"lengths": (40, 39, 40)}, "manifest", "error", "total_frames 120, the manifest 119"),
        ({"fps": 15}, "manifest", "error", "fps 30, the manifest 15"),
        ({"success": False}, "outcome", "warning", "0 of 3 episodes succeeded"),
    ),
)
def test_a_manifest_that_does_not_fit_is_found(check, changes, name, level, expected):
    found = check(units=None, damage=manifest(**changes).write)
    assert found[name].level == level
    assert expected in found[name].verdict


def test_a_manifest_of_another_frame_size_is_an_error(video_dataset):
    dataclasses.replace(manifest(), cameras={"front": (96, 128), "top": (48, 64)}).write(video_dataset)
    found = {finding.check: finding for finding in check_dataset(video_dataset).findings}
    assert check_is_error(found["manifest"], "camera top has images of (48, 64), the dataset (96, 128)")


def test_time_stamps_off_the_frame_rate_are_found(check):
    def slow(column):
        return np.float32(np.where(np.arange(120) >= 80, column * 2, column))  # the last episode at 15 Hz

    found = check(damage=edit_rows(timestamp=slow))
    assert faults(found) == {"time stamps": "error"}
    assert "in 1 of 3 episodes: episode 2 (15 a second)" in found["time stamps"].verdict


def test_rows_out_of_order_are_found(check):
    found = check(damage=edit_rows(frame_index=lambda column: np.where(np.arange(120) == 50, 3, column)))
    assert check_is_error(found["rows"], "frame_index of episode 1")


def test_rows_that_the_metadata_do_not_count_are_found(check):
    def damage(root):
        path = root / "meta" / "info.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "total_frames": 150}))

    assert check_is_error(check(damage=damage)["rows"], "120 rows, the metadata count 150")


def test_a_task_without_text_is_an_error(check):
    def damage(root):
        pd.DataFrame({"task_index": [0]}, index=pd.Index([" "], name="task")).to_parquet(root / "meta/tasks.parquet")

    assert check_is_error(check(damage=damage)["tasks"], "is empty")


def test_rows_of_another_task_than_their_episode_is_said_to_have_are_an_error(check):
    def damage(root):
        pd.DataFrame({"task_index": [0]}, index=pd.Index(["Lift it."], name="task")).to_parquet(
            root / "meta/tasks.parquet"
        )

    assert check_is_error(check(damage=damage)["tasks"], "in 3 episodes: episode 0 ('Lift it.', not 'Lift the red")


def test_an_episode_of_odd_length_and_a_copy_are_found(write, demonstrate, tmp_path):
    episodes = [demonstrate(seed, length, images=False) for seed, length in enumerate((40, 40, 5, 40))]
    root = write(tmp_path / "dataset", [*episodes, demonstrate(1, images=False)])
    found = {finding.check: finding for finding in check_dataset(root, "degrees").findings}
    assert found["episode lengths"].level == "warning"
    assert "episode 2 has 5" in found["episode lengths"].verdict
    assert check_is_error(found["copies"], "episode 4 is episode 1")


@pytest.mark.parametrize(
    ("shift", "level", "expected"),
    (
        (lambda episode: np.roll(episode.state, 12, axis=0), "warning", "follow"),
        (lambda episode: episode.state, "warning", "stand still"),
    ),
)
def test_actions_that_the_state_does_not_follow_are_found(check, shift, level, expected):
    def change(number, episode):
        episode.action = shift(episode)

    found = check(change)
    assert found["action to state"].level == level
    assert expected in found["action to state"].verdict


@pytest.mark.parametrize(
    ("name", "change", "level"),
    [
        ("mean", lambda value: value + 5, "error"),
        ("std", lambda value: 2 * value, "error"),
        ("min", lambda value: value - 1, "error"),
        ("max", lambda value: 10 * value, "error"),
        ("count", lambda value: value + 1, "error"),
        ("max", lambda value: float("nan"), "error"),
        ("q01", lambda value: value + 12, "warning"),
        ("q50", lambda value: value + 12, "warning"),
        ("q99", lambda value: 7 * value, "warning"),
    ],
)
def test_statistics_that_are_not_those_of_the_rows_are_found(check, name, change, level):
    def damage(root):
        path = root / "meta" / "stats.json"
        stats = json.loads(path.read_text())
        values = stats["action"][name]
        values[min(ELBOW, len(values) - 1)] = change(values[min(ELBOW, len(values) - 1)])
        path.write_text(json.dumps(stats))

    found = check(damage=damage)
    assert faults(found) == {"statistics": level}
    assert f"{name} of action" in found["statistics"].verdict
    assert "--repair-stats" in found["statistics"].verdict


def test_lerobots_quantiles_are_averages_and_can_be_repaired(write, demonstrate, tmp_path, capsys):
    """Episodes that differ: what LeRobot stores as q01 and q99 leaves far more than 2 % of the rows outside."""
    episodes = [demonstrate(seed, images=False) for seed in range(4)]
    for number, episode in enumerate(episodes):
        for values in (episode.state, episode.action):
            values[:, ELBOW] = values[:, ELBOW] / 5 + 15 * number - 22
    root = write(tmp_path / "dataset", episodes, true_quantiles=False)
    rows = np.concatenate([episode.state for episode in episodes])

    def outside() -> float:
        stats = json.loads((root / "meta" / "stats.json").read_text())["observation.state"]
        return float(((rows < stats["q01"]) | (rows > stats["q99"])).mean(axis=0)[ELBOW])

    assert outside() > 0.3
    found = {finding.check: finding for finding in check_dataset(root, "degrees").findings}
    assert found["statistics"].level == "warning" and "averages over episodes" in found["statistics"].verdict

    assert cli.main(["check", str(root), "--units", "degrees", "--repair-stats"]) == 0
    assert "observation.state" in capsys.readouterr().err
    assert 0 < outside() <= 0.03
    found = {finding.check: finding for finding in check_dataset(root, "degrees").findings}
    assert faults(found) == {"cameras": "warning"}, "it has none"
    assert cli.main(["check", str(root), "--units", "degrees", "--repair-stats"]) == 0
    assert "none, all were right" in capsys.readouterr().err


def test_any_lerobot_dataset_can_be_repaired_and_a_bad_one_loses_nothing(write, demonstrate, tmp_path, capsys):
    other_robot = write(tmp_path / "other", [demonstrate(0, images=False)], names="abcdef")
    stats = other_robot / "meta" / "stats.json"
    stats.write_text("{}")
    assert cli.main(["check", str(other_robot), "--repair-stats"]) == 1, "it has other joints than the SO-101"
    assert "statistics rewritten: observation.state, action" in capsys.readouterr().err
    assert json.loads(stats.read_text())["action"]["count"] == [40]

    broken = write(tmp_path / "broken", [demonstrate(0, images=False)])
    edit_rows(action=lambda rows: [row * np.nan for row in rows])(broken)
    before = (broken / "meta" / "stats.json").read_bytes()
    assert cli.main(["check", str(broken), "--repair-stats"]) == 1
    assert "not finite" in capsys.readouterr().err
    assert (broken / "meta" / "stats.json").read_bytes() == before


def test_missing_statistics_of_a_camera_are_found(video_dataset):
    path = video_dataset / "meta" / "stats.json"
    stats = json.loads(path.read_text())
    del stats["observation.images.top"]
    path.write_text(json.dumps(stats))
    found = {finding.check: finding for finding in check_dataset(video_dataset, "degrees").findings}
    assert faults(found) == {"statistics": "error"}
    assert "none stored of observation.images.top" in found["statistics"].verdict


def test_lost_rows_are_found(video_dataset):
    path = video_dataset / "data" / "chunk-000" / "file-000.parquet"
    pd.read_parquet(path)[:100].to_parquet(path)
    found = {finding.check: finding for finding in check_dataset(video_dataset, "degrees").findings}
    assert check_is_error(found["rows"], "100 rows, the metadata count 120 and end the last episode at 120")


def test_another_joint_order_is_told(write, demonstrate, tmp_path):
    episode = demonstrate(0, images=False)
    episode.state, episode.action = episode.state[:, ::-1], episode.action[:, ::-1]
    root = write(tmp_path / "turned", [episode, demonstrate(1, images=False)], names=SO101.channel_names[::-1])
    found = {finding.check: finding for finding in check_dataset(root, "degrees").findings}
    assert found["joint order"].level == "warning"


@pytest.mark.parametrize(
    ("scale", "level", "expected"),
    ((1.0, "ok", "as in its training"), (math.pi / 180, "error", "another unit"), (0.2, "warning", "unlike")),
)
def test_statistics_are_compared_with_a_checkpoint(check, tmp_path, scale, level, expected):
    mean, std = np.array([2.0, 15, -17, 70, 5, 30]), np.array([18.0, 25, 25, 14, 21, 20])
    statistics = {key: statistics_of(mean * scale, std * scale) for key in ("observation.state", "action")}
    checkpoint = make_act(tmp_path / "act", cameras=("front",), statistics=statistics)
    found = check(checkpoint=checkpoint)
    assert "cannot tell: nothing declares the units of the checkpoint" in found["units of checkpoint"].verdict
    assert not [name for name in found if name.endswith("of checkpoint") and found[name].level == "ok"]
    assert "front is not there, expected" in found["cameras of checkpoint"].verdict

    assert cli.main(["declare", str(checkpoint), "--units", "degrees"]) == 0
    shutil.rmtree(tmp_path / "dataset")
    found = check(checkpoint=checkpoint)
    assert found["units of checkpoint"].level == "ok"
    for what in ("state", "action"):
        assert found[f"{what} of checkpoint"].level == level
        assert expected in found[f"{what} of checkpoint"].verdict
    assert set(found["state of checkpoint"].figures["shift_sigma"]) == set(SO101.channel_names)


@pytest.mark.parametrize(("name", "level"), [("degrees", "warning"), ("lerobot_degrees", "ok")])
def test_a_real_arms_gripper_is_in_percent_whatever_is_declared(write, demonstrate, tmp_path, name, level):
    root = write(tmp_path / "real", [demonstrate(0, images=False)], robot_type="so101_follower")
    units_of = {finding.check: finding for finding in check_dataset(root, name).findings}["units"]
    assert units_of.level == level
    assert "degrees" not in units_of.figures["allowed"] and "lerobot_degrees" in units_of.figures["allowed"]


def test_a_checkpoint_in_other_units_is_an_error_whatever_the_numbers(check, tmp_path):
    mean, std = np.array([2.0, 15, -17, 70, 5, 30]), np.array([18.0, 25, 25, 14, 21, 20])
    statistics = {key: statistics_of(mean, std) for key in ("observation.state", "action")}
    checkpoint = make_act(tmp_path / "act", cameras=("front",), statistics=statistics)
    assert cli.main(["declare", str(checkpoint), "--units", "lerobot_degrees"]) == 0
    found = check(checkpoint=checkpoint)["units of checkpoint"]
    assert found.level == "error" and "gripper" in found.verdict
