"""The simulated LeKiwi in LeRobot's commands for robots."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from draccus.utils import DecodingError
from lerobot.robots.config import RobotConfig

from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacLeKiwiConfig


def test_it_is_registered_and_has_tasks_of_its_own():
    from lerobot_env_leisaac.integrations.lerobot import plugin  # noqa: F401 - LeRobot would only log its failure

    assert RobotConfig.get_choice_class("leisaac_lekiwi") is LeisaacLeKiwiConfig
    with pytest.raises(DecodingError, match=r"LiftCube is for the SO-101: --robot.type=leisaac_so101"):
        LeisaacLeKiwiConfig(task="LiftCube")


def test_it_drives_and_records_as_lerobots_own(tmp_path):
    command = [sys.executable, Path(__file__).with_name("lekiwi_robot_probe.py"), tmp_path]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_LEROBOT_HOME": str(tmp_path / "lerobot")}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-3000:]
