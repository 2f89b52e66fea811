"""Our arm beside MuJoCo's, by `scripts/compare_arms.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict:
    """What the script says of Menagerie's servos."""
    command = [sys.executable, "scripts/compare_arms.py", "--servos", "menagerie", "--as-json"]
    process = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads(process.stdout)["menagerie"]


def test_every_joint_goes_where_mujocos_goes_at_all_times(found):
    for joint, apart in found["apart_deg"].items():
        assert apart["step"] < 2.0 and apart["sine"] < 2.0, joint
        assert 0.05 < found["ours"][joint]["rise_s"] < 0.25, f"{joint} moves"


def test_the_hand_is_where_mujocos_is(found):
    assert found["hands_apart_mm"] < 0.1


def test_a_gripper_that_takes_all_its_torque_does_not_overshoot(found):
    assert found["ours"]["gripper"]["overshoot_percent"] < 2.0
