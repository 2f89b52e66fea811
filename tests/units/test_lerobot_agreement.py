"""The conventions named after LeRobot give what LeRobot's own SO-101 gives, servo ticks in, servo ticks out.

LeRobot's follower is constructed, not connected: reading and writing go through its real motor bus, without a serial
port. A servo has 4096 ticks a turn, joint zero at tick 2048. A calibration holds whole ticks, so each end of its range
is off by up to half a tick; LeRobot's degrees count 4095 ticks a turn and start from the middle of the range, half a
tick more. Reading therefore agrees to one tick. Writing truncates to a whole tick: one more.
"""

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lerobot.robots.so_follower import SOFollower, SOFollowerRobotConfig

from lerobot_env_leisaac.robots.so101.spec import SO101

TICKS_PER_RADIAN = 4096 / (2 * math.pi)
ZERO_TICK = 2048

CASES = (
    ("lerobot_degrees", "urdf", True),
    ("lerobot_normalized", "urdf", False),
    ("lerobot_normalized_leisaac", "leisaac", False),
)


@pytest.fixture(scope="module")
def followers(limit_tables, tmp_path_factory) -> dict[str, SOFollower]:
    """LeRobot's follower for each convention, calibrated over that convention's joint limits."""
    folder = tmp_path_factory.mktemp("calibration")
    followers = {}
    for name, table, use_degrees in CASES:
        ticks = (limit_tables[table] * TICKS_PER_RADIAN + ZERO_TICK).round().int().tolist()
        if use_degrees:
            ticks[4] = [0, 4095]  # LeRobot's calibration routine takes wrist_roll as one full turn
        calibration = {
            joint: {"id": i + 1, "drive_mode": 0, "homing_offset": 0, "range_min": low, "range_max": high}
            for i, (joint, (low, high)) in enumerate(zip(SO101.channel_names, ticks, strict=True))
        }
        (folder / f"{name}.json").write_text(json.dumps(calibration))
        config = SOFollowerRobotConfig(port="none", id=name, calibration_dir=folder, use_degrees=use_degrees)
        followers[name] = SOFollower(config)
    return followers


@pytest.mark.parametrize("name, table", [case[:2] for case in CASES])
@given(fraction=st.lists(st.floats(0, 1), min_size=6, max_size=6).map(torch.tensor))
def test_reading_and_writing_agree_with_lerobot(conventions, followers, limit_tables, name, table, fraction):
    convention, bus = conventions[name], followers[name].bus
    low, high = limit_tables[table].unbind(-1)
    ticks = ((low + fraction * (high - low)) * TICKS_PER_RADIAN + ZERO_TICK).round()
    joint_pos = (ticks - ZERO_TICK) / TICKS_PER_RADIAN

    read = bus._normalize({i + 1: int(tick) for i, tick in enumerate(ticks)})
    read = torch.tensor([read[i + 1] for i in range(6)])
    error_ticks = (convention.to_radians(read) - joint_pos).abs() * TICKS_PER_RADIAN
    assert error_ticks.max() < 1.0, f"reading is off by {error_ticks.tolist()} ticks"

    goal = bus._unnormalize({i + 1: float(value) for i, value in enumerate(convention.from_radians(joint_pos))})
    error_ticks = (torch.tensor([goal[i + 1] for i in range(6)]) - ticks).abs()
    assert error_ticks.max() < 2.0, f"writing is off by {error_ticks.tolist()} ticks"


@pytest.mark.parametrize("name", [case[0] for case in CASES])
def test_joints_stand_in_lerobots_order(followers, name):
    assert tuple(followers[name].bus.motors) == SO101.channel_names
