"""The simulated SO-101 and the demonstrator in LeRobot's commands for robots."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import checkpoints
import pandas as pd
import pytest
from draccus.utils import DecodingError
from lerobot.robots.config import RobotConfig
from lerobot.teleoperators.config import TeleoperatorConfig

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.integrations.lerobot.clock import ControlClock
from lerobot_env_leisaac.integrations.lerobot.config_expert import LeisaacExpertConfig
from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacSO101Config
from lerobot_env_leisaac.units import JOINT_NAMES

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
        ({"task": "FoldCloth"}, "", "task is 'FoldCloth', expected one of LiftCube"),
        ({"units": "furlongs"}, "", "unknown unit convention 'furlongs'"),
        ({"cameras": ["side"]}, "", r"cameras is \['side'\]"),
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


IN_PROCESS = """
import json, logging, sys
import numpy as np
from lerobot.motors.feetech import FeetechMotorsBus
from lerobot.robots.utils import make_robot_from_config
from lerobot.scripts import lerobot_replay, lerobot_rollout, lerobot_teleoperate, lerobot_train
from lerobot.teleoperators.utils import make_teleoperator_from_config
from lerobot.utils.errors import DeviceNotConnectedError
from lerobot.utils.utils import init_logging
from lerobot_env_leisaac.integrations.lerobot.config_expert import LeisaacExpertConfig
from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacSO101Config
from lerobot_env_leisaac.units import JOINT_NAMES

def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")

config = LeisaacSO101Config(cameras=["wrist"], image_size=(48, 64), seed=3, device="cpu", max_relative_target=5.0)
robot, expert = make_robot_from_config(config), make_teleoperator_from_config(LeisaacExpertConfig())
names = [f"{joint}.pos" for joint in JOINT_NAMES]
assert robot.observation_features == {**dict.fromkeys(names, float), "wrist": (48, 64, 3)}
assert robot.action_features == dict.fromkeys(names, float) == expert.action_features
raises(DeviceNotConnectedError, robot.get_observation)
expert.connect()
assert "--robot.type=leisaac_so101" in raises(DeviceNotConnectedError, expert.get_action)
robot.connect()

# LeRobot's units: the gripper is closed at 0 and open at 100, and stands at 0 rad
observation = robot.get_observation()
assert list(observation) == [*names, "wrist"]
assert abs(observation["gripper.pos"] - 1000 / 110) < 0.1, observation
assert all(abs(observation[name]) < 0.5 for name in names[:5]), observation
assert observation["wrist"].shape == (48, 64, 3) and observation["wrist"].dtype == np.uint8

# one action is one step; a joint goes no farther than allowed, one that is not named stays
sent = robot.send_action({"shoulder_pan.pos": 30.0})
assert abs(sent["shoulder_pan.pos"] - 5.0) < 0.5 and abs(sent["gripper.pos"] - 1000 / 110) < 0.1, sent
assert robot.clock.steps == 1
after = robot.get_observation()
assert robot.clock.steps == 1 and 0 < after["shoulder_pan.pos"] <= 5.5, after
robot.get_observation()
assert robot.clock.steps == 2, "the arm does not wait for who looks twice"
for bad, name in (({"elbow.pos": 1.0}, "elbow.pos"), ({"elbow_flex.pos": float("nan")}, "elbow_flex")):
    assert name in raises(ValueError, robot.send_action, bad)
assert robot.clock.steps == 2
robot.config.max_relative_target = None
assert robot.send_action({"wrist_flex.pos": 500.0})["wrist_flex.pos"] < 96

# an episode begins when LeRobot announces it, and only then
cube = robot.env.scene["cube"].data.root_pos_w.torch.clone()
init_logging()
robot.disconnect()
robot.connect()
robot.send_action({"shoulder_pan.pos": 30.0})
logging.info("Recording episode 7")
observation = robot.get_observation()
assert robot.env.episodes.tolist() == [1] and abs(observation["shoulder_pan.pos"]) < 0.1
assert not (robot.env.scene["cube"].data.root_pos_w.torch == cube).all()

# the demonstrator lifts the cube; then it holds it there, and nothing is reset
for _ in range(300):
    robot.get_observation()
    robot.send_action(expert.get_action())
    if robot.success:
        break
assert robot.success
held = expert.get_action()
for _ in range(45):
    robot.get_observation()
    robot.send_action(expert.get_action())
assert expert.get_action() == held
assert robot.env.scene["cube"].data.root_pos_w.torch[0, 2] > 0.2
robot.config.auto_reset = True
robot.send_action(expert.get_action())
assert not robot.success and robot.env.episodes.tolist() == [2]
robot.disconnect()
expert.disconnect()
assert robot.outcomes[-1] is True and not robot.is_connected
raises(DeviceNotConnectedError, robot.send_action, {})

def command(module, *arguments):
    sys.argv = [module.__name__, *arguments]
    module.main()

# a person at LeRobot's leader arm, whose servos are read through LeRobot's own bus
TICKS = {1: 2048, 2: 2300, 3: 1900, 4: 2500, 5: 2048, 6: 2900}
FeetechMotorsBus.connect = lambda self, handshake=True: setattr(self, "is_here", True)
FeetechMotorsBus.disconnect = lambda self, disable_torque=True: setattr(self, "is_here", False)
FeetechMotorsBus.is_connected = property(lambda self: getattr(self, "is_here", False))
FeetechMotorsBus.is_calibrated = property(lambda self: True)
FeetechMotorsBus.configure_motors = FeetechMotorsBus.disable_torque = FeetechMotorsBus.write = lambda *a, **k: None
FeetechMotorsBus._sync_read = lambda self, addr, length, motor_ids, **k: ({i: TICKS[i] for i in motor_ids}, 0)
sent = []
from lerobot_env_leisaac.integrations.lerobot.robot import LeisaacSO101
send_action = LeisaacSO101.send_action
LeisaacSO101.send_action = lambda self, action: sent.append(send_action(self, action)) or sent[-1]
leader = ("--teleop.type=so101_leader", "--teleop.port=none", "--teleop.id=leader")
command(lerobot_teleoperate, *ROBOT, *leader, f"--teleop.calibration_dir={FOLDER}", "--teleop_time_s=0.5")
assert abs(sent[-1]["shoulder_lift.pos"] - (2300 - 2048) / 4095 * 360) < 0.5, sent[-1]
assert 0 < sent[-1]["gripper.pos"] < 100

command(lerobot_teleoperate, *ROBOT, "--teleop.type=leisaac_expert", "--teleop_time_s=0.5")

dataset = (f"--dataset.repo_id=me/lift", f"--dataset.root={DATASET}")
sent.clear()
command(lerobot_replay, *ROBOT, *dataset, "--dataset.episode=0", "--play_sounds=false")
assert len(sent) == LENGTH, (len(sent), LENGTH)

base = (*ROBOT, "--robot.units=degrees", f"--task={TASK}", "--return_to_initial_position=false")
for policy, inference in ((ACT, "sync"), (SMOLVLA, "rtc")):
    sent.clear()
    command(lerobot_rollout, *base, f"--policy.path={policy}", "--duration=4", f"--inference.type={inference}")
    assert len(sent) > 1, inference

# training on what was recorded, evaluated on the way in the units that were recorded
command(lerobot_train, *dataset, "--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false",
        "--policy.pretrained_backbone_weights=null", "--policy.dim_model=16", "--policy.n_heads=2",
        "--policy.dim_feedforward=16", "--policy.n_encoder_layers=1", "--policy.use_vae=false",
        "--policy.chunk_size=8", "--policy.n_action_steps=8", "--batch_size=2", "--num_workers=0", "--steps=2",
        "--save_freq=2", "--log_freq=1", "--env.type=leisaac", "--env.task=LiftCube", "--env.units=lerobot_degrees",
        "--env.device=cpu", "--env.episode_length=5", "--env_eval_freq=2", "--eval.n_episodes=2",
        "--eval.batch_size=2", "--wandb.enable=false", f"--output_dir={FOLDER}/train")
print("all is well")
"""


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
    info = json.loads((root / "meta" / "info.json").read_text())
    assert (info["fps"], info["total_episodes"], info["robot_type"]) == (30, 2, "leisaac_so101")
    assert info["features"]["action"]["names"] == [f"{joint}.pos" for joint in JOINT_NAMES]
    assert info["features"]["observation.images.top"]["shape"] == [48, 64, 3]


def test_what_was_recorded_passes_leisaac_check(recording):
    assert cli.main(["check", str(recording[0]), "--units", "lerobot_degrees"]) == 0


def test_lerobots_commands_run_on_the_simulated_robot(recording, environment, tmp_path):
    root = recording[0]
    episodes = pd.read_parquet(next((root / "meta" / "episodes").rglob("*.parquet")))
    calibration = {
        joint: {"id": index + 1, "drive_mode": 0, "homing_offset": 0, "range_min": 0, "range_max": 4095}
        for index, joint in enumerate(JOINT_NAMES)
    }
    (tmp_path / "leader.json").write_text(json.dumps(calibration))
    names = {
        "ROBOT": ROBOT,
        "TASK": TASK,
        "DATASET": str(root),
        "LENGTH": int(episodes["length"][0]),
        "FOLDER": str(tmp_path),
        "ACT": str(checkpoints.make_act(tmp_path / "act", image_size=(48, 64))),
        "SMOLVLA": str(
            checkpoints.make_smolvla(
                tmp_path / "smolvla", checkpoints.make_vlm(tmp_path / "vlm"), image_size=(48, 64), n_action_steps=8
            )
        ),
    }
    script = "\n".join(f"{name} = {value!r}" for name, value in names.items()) + IN_PROCESS
    process = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert process.returncode == 0, process.stdout[-6000:]
    assert (tmp_path / "train" / "checkpoints" / "last" / "pretrained_model" / "model.safetensors").is_file()


def test_a_remote_policy_moves_the_simulated_robot(environment, tmp_path):
    policy = checkpoints.make_act(tmp_path, image_size=(48, 64))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = [sys.executable, "-m", "lerobot.async_inference.policy_server", "--host=127.0.0.1", f"--port={port}"]
    client = [sys.executable, "-m", "lerobot.async_inference.robot_client", *ROBOT, f"--task={TASK}"]
    client += [f"--server_address=127.0.0.1:{port}", "--policy_type=act", f"--pretrained_name_or_path={policy}"]
    client += ["--policy_device=cpu", "--actions_per_chunk=8"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": environment, "cwd": tmp_path}
    with subprocess.Popen(server, **pipes) as serving:
        wait_for(serving, "PolicyServer started")
        with subprocess.Popen(client, **pipes) as moving:
            try:
                wait_for(serving, "Action chunk #1")  # or #10 and so on: one was asked for while moving
            finally:
                moving.send_signal(signal.SIGINT)
                log = moving.communicate(timeout=60)[0]
                serving.kill()
    assert "leisaac_so101 disconnected" in log, log[-4000:]


def wait_for(process: subprocess.Popen, text: str) -> str:
    """Read what a process prints up to a line with a text."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"it ended without {text!r}: {''.join(lines)[-4000:]}")
