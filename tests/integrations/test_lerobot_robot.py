"""The simulated SO-101 and the demonstrator in LeRobot's commands for robots."""

import json
import logging
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import checkpoints
import pandas as pd
import pytest
from draccus.utils import DecodingError
from lerobot.robots.config import RobotConfig
from lerobot.teleoperators.config import TeleoperatorConfig

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.integrations.lerobot.announcements import Announcements
from lerobot_env_leisaac.integrations.lerobot.clock import ControlClock
from lerobot_env_leisaac.integrations.lerobot.config_expert import LeisaacExpertConfig
from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacSO101Config
from lerobot_env_leisaac.robots.so101.spec import SO101

BIN = Path(sys.executable).parent
ROBOT = ("--robot.type=leisaac_so101", "--robot.image_size=[48,64]", "--robot.seed=1", "--robot.device=cpu")
TASK = "Lift the red cube up."


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """Environment variables of LeRobot's commands."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "HF_LEROBOT_HOME": str(tmp_path_factory.mktemp("lerobot"))}


def test_robot_and_teleoperator_are_registered():
    from lerobot_env_leisaac.integrations.lerobot import plugin  # noqa: F401 - LeRobot would only log its failure

    assert RobotConfig.get_choice_class("leisaac_so101") is LeisaacSO101Config
    assert TeleoperatorConfig.get_choice_class("leisaac_expert") is LeisaacExpertConfig


@pytest.mark.parametrize(
    ("options", "argument", "message"),
    [
        ({"task": "FoldCloth"}, "", "no task 'FoldCloth', expected one of LiftCube"),
        ({"units": "furlongs"}, "", "unknown unit convention 'furlongs'"),
        (
            {"cameras": ["side"]},
            "",
            r"cameras is \('side',\), expected names among \['front', 'top', 'wrist', 'wrist_kit'\]",
        ),
        ({"first_episode": -1}, "", "first_episode is -1, expected 0 or more"),
        ({}, "--dataset.fps=15", "--dataset.fps is 15, expected 30"),
    ],
)
def test_what_is_not_legal_is_one_line(monkeypatch, options, argument, message):
    monkeypatch.setattr(sys, "argv", ["lerobot-record", argument])
    with pytest.raises(DecodingError, match=message) as error:
        LeisaacSO101Config(**options)
    assert str(error.value).startswith("`robot`: ") and "\n" not in str(error.value)


def test_steps_keep_to_real_time_and_late_ones_are_counted():
    clock = ControlClock(0.02)
    started = time.perf_counter()
    for _ in range(6):
        clock.wait()
    assert time.perf_counter() - started >= 0.1
    late_before = clock.late_steps  # the machine may be busy
    time.sleep(0.1)
    clock.wait()
    assert clock.late_steps == late_before + 1
    resumed = time.perf_counter()
    clock.wait()
    assert time.perf_counter() - resumed >= 0.015, "what was missed was made up for"
    time.sleep(0.1)
    clock.pause()
    clock.wait()
    assert (clock.late_steps, clock.steps) == (late_before + 1, 9)


@pytest.fixture
def root_logger():
    """The root logger, without handlers but those of a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield root
    root.handlers[:], root.manager.disable = handlers, logging.NOTSET
    root.setLevel(level)


@pytest.mark.parametrize("level", (logging.NOTSET, logging.INFO, logging.WARNING, logging.CRITICAL))
def test_an_announcement_is_heard_and_shown_only_where_it_was_before(root_logger, level):
    shown, others = [], logging.Handler()
    others.emit = shown.append
    root_logger.addHandler(others)
    root_logger.setLevel(level)
    heard = Announcements()
    heard.listen()
    logging.info("Recording episode 3")
    assert heard.pending
    assert len(shown) == (level <= logging.INFO)
    root_logger.handlers.clear()  # as LeRobot's own init_logging does
    heard.pending = False
    heard.listen()
    logging.info("Recording episode 4")
    assert heard.pending
    heard.stop()
    assert (root_logger.level, others.level) == (level, logging.NOTSET)


def test_what_cannot_be_heard_is_said_once(root_logger):
    said, others = [], logging.Handler()
    others.emit = lambda record: said.append(record.getMessage())
    root_logger.addHandler(others)
    root_logger.setLevel(logging.INFO)
    heard = Announcements()
    logging.disable(logging.WARNING)
    for _ in range(2):
        heard.listen()
    assert len(said) == 1 and "call logging.disable(logging.NOTSET)" in said[0]


@pytest.fixture(scope="module")
def recording(environment, tmp_path_factory) -> tuple[Path, str]:
    """A dataset of `lerobot-record`, two demonstrations long, and what the command logged.

    It has a terminal for its standard input, at which somebody presses the right arrow key when the cube is lifted.
    """
    root = tmp_path_factory.mktemp("recording") / "dataset"
    command = [
        BIN / "lerobot-record",
        *ROBOT,
        "--teleop.type=leisaac_expert",
        "--dataset.repo_id=me/lift",
        f"--dataset.root={root}",
        f"--dataset.single_task={TASK}",
        "--dataset.num_episodes=2",
        "--dataset.episode_time_s=120",
        "--dataset.reset_time_s=0",
        "--dataset.push_to_hub=false",
        "--play_sounds=false",
    ]
    keyboard, terminal = pty.openpty()
    lines = []
    with subprocess.Popen(
        command, env=environment, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            lines.append(line)
            if "leisaac_so101: success after" in line:
                os.write(keyboard, b"\x1b[C")
    os.close(keyboard)
    os.close(terminal)
    log = "".join(lines)
    assert process.returncode == 0, log[-4000:]
    return root, log


def test_demonstrations_are_recorded_with_no_person_and_no_hardware(recording):
    root, log = recording
    assert "leisaac_so101 disconnected: success in 2 of 2 episodes" in log
    assert re.search(
        "WARNING .* will not say that its joint values are in lerobot_degrees.*--units lerobot_degrees", log
    )
    info = json.loads((root / "meta" / "info.json").read_text())
    assert (info["fps"], info["total_episodes"], info["robot_type"]) == (30, 2, "leisaac_so101")
    assert info["features"]["action"]["names"] == [f"{joint}.pos" for joint in SO101.channel_names]
    assert info["features"]["observation.images.top"]["shape"] == [48, 64, 3]


def test_what_was_recorded_passes_leisaac_check(recording):
    assert cli.main(["check", str(recording[0]), "--units", "lerobot_degrees"]) == 0


def test_lerobots_commands_run_on_the_simulated_robot(recording, environment, tmp_path):
    root = recording[0]
    episodes = pd.read_parquet(next((root / "meta" / "episodes").rglob("*.parquet")))
    calibration = {
        joint: {"id": index + 1, "drive_mode": 0, "homing_offset": 0, "range_min": 0, "range_max": 4095}
        for index, joint in enumerate(SO101.channel_names)
    }
    (tmp_path / "leader.json").write_text(json.dumps(calibration))
    given = {
        "robot": ROBOT,
        "task": TASK,
        "dataset": str(root),
        "length": int(episodes["length"][1]),
        "folder": str(tmp_path),
        "act": str(checkpoints.make_act(tmp_path / "act", image_size=(48, 64))),
        "smolvla": str(
            checkpoints.make_smolvla(
                tmp_path / "smolvla", checkpoints.make_vlm(tmp_path / "vlm"), image_size=(48, 64), chunk_size=30
            )
        ),
    }
    process = subprocess.run(
        [sys.executable, Path(__file__).with_name("lerobot_robot_probe.py"), json.dumps(given)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert process.returncode == 0, process.stdout[-6000:]
    assert (tmp_path / "train" / "checkpoints" / "last" / "pretrained_model" / "model.safetensors").is_file()


def test_a_remote_policy_moves_the_simulated_robot(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # LeRobot writes its logs there
    from lerobot.async_inference import policy_server

    asked_again = threading.Event()
    server_log = logging.getLogger(policy_server.PolicyServer.prefix)
    handler = logging.Handler()
    handler.emit = lambda record: "Action chunk #" in record.getMessage() and _number(record) > 0 and asked_again.set()
    server_log.addHandler(handler)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = policy_server.PolicyServerConfig(host="127.0.0.1", port=port)
    threading.Thread(target=policy_server.serve, args=(config,), daemon=True).start()

    policy = checkpoints.make_act(tmp_path, image_size=(48, 64))
    client = [sys.executable, "-m", "lerobot.async_inference.robot_client", *ROBOT, f"--task={TASK}"]
    client += [f"--server_address=127.0.0.1:{port}", "--policy_type=act", f"--pretrained_name_or_path={policy}"]
    client += ["--policy_device=cpu", "--actions_per_chunk=8"]
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a background job ignores it
    said = tmp_path / "client.log"  # a pipe that nobody reads meanwhile would stop it when it is full
    with said.open("w") as out, subprocess.Popen(client, stdout=out, stderr=out, env=environment, **heard) as moving:
        try:
            assert asked_again.wait(timeout=300), f"no second chunk was asked for: {said.read_text()[-4000:]}"
        finally:
            server_log.removeHandler(handler)
            moving.send_signal(signal.SIGINT)
            moving.wait(timeout=60)
    log = said.read_text()
    assert "leisaac_so101 disconnected" in log, log[-4000:]


def _number(record: logging.LogRecord) -> int:
    return int(re.search(r"#(\d+)", record.getMessage())[1])
