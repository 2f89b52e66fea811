"""What LeRobot does with the simulated LeKiwi; it ends with an error at the first surprise.

python lekiwi_robot_probe.py FOLDER
"""

import sys

import pytest
from lerobot.datasets import LeRobotDataset
from lerobot.robots.lekiwi import LeKiwi, LeKiwiConfig
from lerobot.robots.utils import make_robot_from_config
from lerobot.scripts import lerobot_record

from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacLeKiwiConfig

FOLDER = sys.argv[1]
names = list(LeKiwi(LeKiwiConfig(port="/dev/null")).action_features)
config = LeisaacLeKiwiConfig(cameras=["front"], image_size=(48, 64), seed=3, device="cpu", max_relative_target=5.0)
robot = make_robot_from_config(config)
assert robot.observation_features == {**dict.fromkeys(names, float), "front": (48, 64, 3)}
assert robot.action_features == dict.fromkeys(names, float)
robot.connect()
observation = robot.get_observation()
assert list(observation) == [*names, "front"]
assert [observation[name] for name in names[6:]] == [0.0, 0.0, 0.0]

# velocities go on as long as they are sent, whatever holds the joints back
for _ in range(10):
    sent = robot.send_action({"x.vel": 0.1, "theta.vel": 30.0, "arm_shoulder_pan.pos": 30.0})
assert (sent["x.vel"], sent["y.vel"], sent["theta.vel"]) == (0.1, 0.0, 30.0) and sent["arm_shoulder_pan.pos"] < 30.0
driving = robot.get_observation()
assert driving["x.vel"] == pytest.approx(0.1, abs=0.01) and driving["theta.vel"] == pytest.approx(30.0, abs=3.0)
for _ in range(10):
    sent = robot.send_action({"arm_shoulder_pan.pos": 30.0})
assert [sent[name] for name in names[6:]] == [0.0, 0.0, 0.0], "one that is left out is zero"
assert all(abs(robot.get_observation()[name]) < 0.05 for name in names[6:8])

# what the wheels cannot do is sent, and slowed as LeRobot slows it
for _ in range(10):
    assert robot.send_action({"x.vel": 0.3, "y.vel": 0.3, "theta.vel": 90.0})["x.vel"] == 0.3
real = LeKiwi(LeKiwiConfig(port="/dev/null"))
expected = real._wheel_raw_to_body(*real._body_to_wheel_raw(0.3, 0.3, 90.0).values())
slowed = robot.get_observation()
assert slowed["x.vel"] == pytest.approx(expected["x.vel"], abs=0.01), (slowed, expected)
assert slowed["theta.vel"] == pytest.approx(expected["theta.vel"], abs=2.0), (slowed, expected)

for action, message in (
    ({"delta_x": 1}, "stands on a table"),
    ({"x_vel": 0.1}, "x_vel"),
    ({"x.vel": float("nan")}, "finite"),
):
    with pytest.raises(ValueError, match=message):
        robot.send_action(action)
robot.disconnect()

# the demonstrator drives it, and LeRobot records that
sys.argv = [
    "lerobot-record",
    "--robot.type=leisaac_lekiwi",
    "--robot.image_size=[48,64]",
    "--robot.seed=1",
    "--robot.device=cpu",
    "--teleop.type=leisaac_expert",
    "--dataset.repo_id=me/kiwi",
    f"--dataset.root={FOLDER}/kiwi",
    "--dataset.single_task=Pick up tissue trash from the floor and throw it into the trash bin.",
    "--dataset.num_episodes=1",
    "--dataset.episode_time_s=2",
    "--dataset.reset_time_s=0",
    "--dataset.push_to_hub=false",
    "--dataset.video=false",
    "--play_sounds=false",
]
lerobot_record.main()
dataset = LeRobotDataset("me/kiwi", root=f"{FOLDER}/kiwi")
assert dataset.features["action"]["names"] == dataset.features["observation.state"]["names"] == names
assert max(frame["observation.state"][8].item() for frame in dataset.hf_dataset) > 5.0, "it turned to the tissue"
