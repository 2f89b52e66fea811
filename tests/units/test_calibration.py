"""The convention made from an arm's calibration reads what LeRobot's own bus reads, tick for tick."""

import json
import math
import re

import pytest
import torch
from lerobot.robots.so_follower import SOFollower, SOFollowerRobotConfig

from lerobot_env_leisaac import units
from lerobot_env_leisaac.calibration import convention_from_calibration
from lerobot_env_leisaac.robots.so101.spec import URDF_JOINT_LIMITS_RAD

# an arm as people calibrate it: no range is symmetric, the wrist is one full turn
RANGES = {
    "shoulder_pan": (742, 3391),
    "shoulder_lift": (815, 3216),
    "elbow_flex": (869, 3095),
    "wrist_flex": (925, 3180),
    "wrist_roll": (0, 4095),
    "gripper": (2034, 3487),
}
RADIANS_PER_TICK = 2 * math.pi / 4096


def calibration(**changes) -> dict[str, dict[str, int]]:
    return {
        joint: {"id": i + 1, "drive_mode": 0, "homing_offset": 100 * i, "range_min": low, "range_max": high}
        | changes.get(joint, {})
        for i, (joint, (low, high)) in enumerate(RANGES.items())
    }


def write(folder, content):
    path = folder / "my_arm.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("zero", ["range", "homing"])
@pytest.mark.parametrize("use_degrees", [True, False])
def test_an_arm_reads_what_lerobots_bus_reads(tmp_path, use_degrees, zero):
    inverted = {} if use_degrees else {"shoulder_lift": {"drive_mode": 1}, "gripper": {"drive_mode": 1}}
    path = write(tmp_path, calibration(**inverted))
    config = SOFollowerRobotConfig(port="none", id="my_arm", calibration_dir=tmp_path, use_degrees=use_degrees)
    bus = SOFollower(config).bus
    convention = convention_from_calibration(path, use_degrees=use_degrees, zero=zero)
    for fraction in (0.0, 0.3, 0.5, 1.0):
        ticks = {joint: round(low + fraction * (high - low)) for joint, (low, high) in RANGES.items()}
        by_id = bus._normalize({i + 1: tick for i, tick in enumerate(ticks.values())})
        read = convention.to_radians(torch.tensor([[by_id[i + 1] for i in range(6)]], dtype=torch.float64))[0]
        for joint, tick, angle in zip(ticks, ticks.values(), read.tolist(), strict=True):
            low, high = RANGES[joint]
            if zero == "homing" or joint == "wrist_roll":
                expected = (tick - 2047) * RADIANS_PER_TICK
            elif joint == "gripper":  # closed where the range begins
                expected = URDF_JOINT_LIMITS_RAD[joint][0] + (tick - low) * RADIANS_PER_TICK
            else:
                expected = sum(URDF_JOINT_LIMITS_RAD[joint]) / 2 + (tick - (low + high) / 2) * RADIANS_PER_TICK
            assert angle == pytest.approx(expected, abs=1e-5), joint


def test_the_convention_is_a_file_that_every_command_takes(tmp_path):
    from lerobot_env_leisaac import cli

    out = tmp_path / "my_units.yaml"
    assert cli.main(["units", "--from-calibration", str(write(tmp_path, calibration())), "--out", str(out)]) == 0
    read = units.load(out)
    made = convention_from_calibration(tmp_path / "my_arm.json")
    assert read.scale == pytest.approx(made.scale) and read.offset == pytest.approx(made.offset)


@pytest.mark.parametrize(
    "content, reason",
    [
        ({"shoulder_pan": {}}, "calibrates shoulder_pan, expected shoulder_pan, shoulder_lift"),
        ([], r"holds \[\], expected a JSON object"),
        (calibration(gripper={"range_min": 3000, "range_max": 2000}), "gripper: range_min 3000 and range_max 2000"),
        (calibration(elbow_flex={"range_max": 5000}), "elbow_flex: range_min 869 and range_max 5000"),
        (calibration(elbow_flex={"range_max": "3000"}), "elbow_flex: expected whole numbers"),
        (calibration(wrist_flex={"drive_mode": 2}), "wrist_flex: drive_mode is 2"),
    ],
)
def test_what_is_no_calibration_is_refused_in_one_line(tmp_path, content, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        convention_from_calibration(write(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_what_is_no_calibration_ends_at_once(tmp_path):
    endless = tmp_path / "my_arm.json"
    endless.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match=r"my_arm\.json is no file of 100,000 bytes or less"):
        convention_from_calibration(endless)
    endless.unlink()
    endless.write_text("[" * 40_000 + "]" * 40_000)
    with pytest.raises(ValueError, match=r"my_arm\.json is nested too deeply"):
        convention_from_calibration(endless)


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["--zero", "foo"], "--zero is about a calibration"),
        (["--zero", "homing"], "--zero is about a calibration"),
        (["--from-calibration", "{arm}", "--zero", "foo"], "--zero is 'foo', expected range or homing"),
        (["--from-calibration", "{arm}", "degrees"], "degrees is shown, --from-calibration makes another"),
        (["--from-calibration", "{arm}", "--out", "{folder}/absent/x.yaml"], "cannot write .*absent/x.yaml: expected"),
        (["--from-calibration", "{arm}", "--out", "{folder}/link.yaml"], "link.yaml exists already"),
    ],
)
def test_no_option_is_ignored_and_no_link_written_through(tmp_path, capsys, arguments, reason):
    from lerobot_env_leisaac import cli

    (tmp_path / "link.yaml").symlink_to("elsewhere.yaml")
    arm = write(tmp_path, calibration())
    assert cli.main(["units", *(text.format(arm=arm, folder=tmp_path) for text in arguments)]) == 1
    said = capsys.readouterr()
    assert re.search(reason, said.err) and not said.out and said.err.count("\n") == 1
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_json_and_a_file_are_given_both(tmp_path, capsys):
    from lerobot_env_leisaac import cli

    out, arm = tmp_path / "my_units.yaml", write(tmp_path, calibration())
    assert cli.main(["units", "--from-calibration", str(arm), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["joints"].keys() == units.load(out).table["joints"].keys()
