"""What LeRobot's commands do with the simulated robot, one after the other in this process.

Run with a JSON object of paths and sizes, whose keys are read below; it ends with an error at the first surprise.
"""

import json
import logging
import sys

import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.motors.feetech import FeetechMotorsBus
from lerobot.robots.utils import make_robot_from_config
from lerobot.scripts import lerobot_record, lerobot_replay, lerobot_rollout, lerobot_teleoperate, lerobot_train
from lerobot.teleoperators.gamepad import gamepad_utils
from lerobot.teleoperators.utils import make_teleoperator_from_config
from lerobot.utils.errors import DeviceNotConnectedError
from lerobot.utils.utils import init_logging

from lerobot_env_leisaac.integrations.lerobot.config_expert import LeisaacExpertConfig
from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacSO101Config
from lerobot_env_leisaac.integrations.lerobot.robot import LeisaacSO101
from lerobot_env_leisaac.robots.so101.spec import SO101

GIVEN = json.loads(sys.argv[1])
ROBOT, TASK, DATASET, LENGTH = GIVEN["robot"], GIVEN["task"], GIVEN["dataset"], GIVEN["length"]
FOLDER, ACT, SMOLVLA = GIVEN["folder"], GIVEN["act"], GIVEN["smolvla"]


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")


config = LeisaacSO101Config(cameras=["wrist"], image_size=(48, 64), seed=3, device="cpu", max_relative_target=5.0)
robot, expert = make_robot_from_config(config), make_teleoperator_from_config(LeisaacExpertConfig())
names = [f"{joint}.pos" for joint in SO101.channel_names]
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

# steps of the gripper: beyond its reach and back at once; -1 is what LeRobot's keyboard says of a released key
before = robot.get_observation()["gripper.pos"]
for _ in range(60):
    robot.send_action({"delta_x": 1, "delta_y": 0, "delta_z": 0, "gripper": -1})
far = robot.get_observation()
assert abs(far["gripper.pos"] - before) < 1, "nobody opened or closed it"
for _ in range(10):
    robot.send_action({"delta_x": -1, "delta_y": 0, "delta_z": 0})
back = robot.get_observation()
assert max(abs(back[name] - far[name]) for name in names[:5]) > 10, "it is still on its way out"

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
send_action = LeisaacSO101.send_action
sent = []


def sending(actions, module, *arguments):
    """Run a command, press Ctrl-C as soon as it has sent that many actions, and return them."""

    def send(self, action):
        sent.append(send_action(self, action))
        sending.success = self.success
        if len(sent) == actions:
            raise KeyboardInterrupt
        return sent[-1]

    sent.clear()
    LeisaacSO101.send_action = send
    command(module, *arguments)
    return list(sent)


leader = ("--teleop.type=so101_leader", "--teleop.port=none", "--teleop.id=leader")
last = sending(3, lerobot_teleoperate, *ROBOT, *leader, f"--teleop.calibration_dir={FOLDER}")[-1]
assert abs(last["shoulder_lift.pos"] - (2300 - 2048) / 4095 * 360) < 0.5, last
assert abs(last["gripper.pos"] - 2900 / 4095 * 100) < 0.1, last


# a person at a gamepad: back and left, and open
class Gamepad(gamepad_utils.InputController):
    open_gripper_command = property(lambda self: True, lambda self, value: None)

    def get_deltas(self):
        return -1.0, 1.0, 0.0


gamepad_utils.GamepadController = Gamepad
first, *_, last = sending(10, lerobot_teleoperate, *ROBOT, "--teleop.type=gamepad")
assert last["gripper.pos"] > first["gripper.pos"], "it was to open"
assert last["shoulder_pan.pos"] < first["shoulder_pan.pos"], "it was to turn left"

dataset = ("--dataset.repo_id=me/lift", f"--dataset.root={DATASET}")
again = ("--dataset.episode=1", "--robot.first_episode=1", "--play_sounds=false")
assert len(sending(0, lerobot_replay, *ROBOT, *dataset, *again)) == LENGTH
assert sending.success, "the same actions from the same start lift the cube again"

base = (*ROBOT, "--robot.units=degrees", f"--task={TASK}", "--return_to_initial_position=false")
for policy, inference in ((ACT, "sync"), (SMOLVLA, "rtc")):
    assert len(sending(12, lerobot_rollout, *base, f"--policy.path={policy}", f"--inference.type={inference}")) == 12


# each episode of a recording is one of its own also where nobody is shown what LeRobot logs
def log_warnings_alone():
    init_logging()
    logging.getLogger().setLevel(logging.WARNING)


lerobot_record.init_logging = log_warnings_alone
named = ("--dataset.repo_id=me/silent", f"--dataset.root={FOLDER}/silent", f"--dataset.single_task={TASK}")
short = ("--dataset.num_episodes=3", "--dataset.episode_time_s=3", "--dataset.reset_time_s=0")
rest = ("--dataset.push_to_hub=false", "--dataset.video=false", "--play_sounds=false", "--teleop.type=leisaac_expert")
command(lerobot_record, *ROBOT, *named, *short, *rest)
silent = list(LeRobotDataset("me/silent", root=f"{FOLDER}/silent").hf_dataset)
begins = [row for row, frame in enumerate(silent) if frame["frame_index"] == 0]
assert len(begins) == 3
for begin in begins:
    state, left = (silent[row]["observation.state"][:5].abs().max() for row in (begin, begin - 1))
    assert state < 0.5 < 3 < left, "the arm began where it was, or never left"
assert logging.getLogger().level == logging.WARNING, "left as it was"

# training on what was recorded, evaluated on the way in the units that were recorded
command(
    lerobot_train,
    *dataset,
    "--policy.type=act",
    "--policy.device=cpu",
    "--policy.push_to_hub=false",
    "--policy.pretrained_backbone_weights=null",
    "--policy.dim_model=16",
    "--policy.n_heads=2",
    "--policy.dim_feedforward=16",
    "--policy.n_encoder_layers=1",
    "--policy.use_vae=false",
    "--policy.chunk_size=8",
    "--policy.n_action_steps=8",
    "--batch_size=2",
    "--num_workers=0",
    "--steps=2",
    "--save_freq=2",
    "--log_freq=1",
    "--env.type=leisaac",
    "--env.task=LiftCube",
    "--env.units=lerobot_degrees",
    "--env.device=cpu",
    "--env.episode_length=5",
    "--env_eval_freq=2",
    "--eval.n_episodes=2",
    "--eval.batch_size=2",
    "--wandb.enable=false",
    f"--output_dir={FOLDER}/train",
)
