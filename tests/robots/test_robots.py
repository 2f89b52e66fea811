"""Robots as data: LeRobot's names and order, and units of robots with several arms or a base."""

import math

import pytest
import torch
from lerobot.robots.bi_so_follower import BiSOFollower, BiSOFollowerConfig
from lerobot.robots.lekiwi import LeKiwi, LeKiwiConfig
from lerobot.robots.so_follower import SOFollower, SOFollowerConfig, SOFollowerRobotConfig

from lerobot_env_leisaac import robots, units
from lerobot_env_leisaac.assets.files import AssetFile, resolve
from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.robots.so101.spec import SO101

PORT = "/dev/null"


@pytest.fixture(scope="module")
def real_robots():
    """LeRobot's own robots, which nobody connects."""
    arm = SOFollowerConfig(port=PORT)
    return {
        "so101_follower": SOFollower(SOFollowerRobotConfig(port=PORT)),
        "bi_so_follower": BiSOFollower(BiSOFollowerConfig(left_arm_config=arm, right_arm_config=arm)),
        "lekiwi": LeKiwi(LeKiwiConfig(port=PORT)),
    }


@pytest.mark.parametrize("robot", robots.KNOWN, ids=lambda robot: robot.name)
def test_channels_have_the_names_and_the_order_of_the_real_robot(real_robots, robot):
    real = real_robots[robot.lerobot_type]
    assert [channel.lerobot_key for channel in robot.channels] == list(real.action_features)
    assert [key for key, kind in real.observation_features.items() if kind is float] == list(real.action_features)


@pytest.mark.parametrize("robot", robots.KNOWN, ids=lambda robot: robot.name)
def test_a_robot_is_known_by_its_names_in_any_order(robot):
    assert robots.of_names(robot.channel_names) is robot
    assert robots.of_names(reversed([channel.lerobot_key for channel in robot.channels])) is robot


def test_other_names_are_those_of_the_default_robot():
    assert robots.of_names(["x", "y"]) is robots.of_names([]) is SO101


@pytest.mark.parametrize("name", units.names())
def test_each_arm_is_in_the_units_of_one(name):
    one = units.load(name)
    joint_pos = torch.linspace(-1.5, 1.2, 6).repeat(3, 1)
    values = one.from_radians(joint_pos)
    both = one.of(BI_SO101)
    assert both.joints == BI_SO101.channel_names
    torch.testing.assert_close(both.from_radians(joint_pos.repeat(1, 2)), values.repeat(1, 2))
    torch.testing.assert_close(both.to_radians(values.repeat(1, 2)), joint_pos.repeat(1, 2))


@pytest.mark.parametrize(
    ("name", "turn"), [("degrees", 180 / math.pi), ("lerobot_normalized", 180 / math.pi), ("radians", 1)]
)
def test_a_base_moves_in_metres_and_degrees_a_second_as_lerobot_has_it(name, turn):
    one = units.load(name)
    convention = one.of(LEKIWI)
    joint_pos = torch.linspace(-1.5, 1.2, 6)
    values = convention.from_radians(torch.cat([joint_pos, torch.tensor([0.1, -0.2, 1.0])]))
    torch.testing.assert_close(values, torch.cat([one.from_radians(joint_pos), torch.tensor([0.1, -0.2, turn])]))
    assert convention.units[-3:] == ("m/s", "m/s", "rad/s" if turn == 1 else "deg/s")


@pytest.mark.parametrize("axis", range(3))
def test_a_base_goes_as_fast_as_the_real_ones_fastest_wheel(real_robots, axis):
    """Just below the limit LeRobot's wheels turn as told; a little above it they are held back."""
    limit = LEKIWI.widest_limits[6 + axis][1]
    ticks = []
    for share in (0.49, 0.99, 1.05):
        body = [0.0, 0.0, 0.0]
        body[axis] = share * (math.degrees(limit) if axis == 2 else limit)
        ticks.append(max(map(abs, real_robots["lekiwi"]._body_to_wheel_raw(*body).values())))
    assert ticks[1] == pytest.approx(ticks[0] * 0.99 / 0.49, abs=3) and ticks[1] < 3000
    assert ticks[2] == 3000


def test_a_file_that_only_leisaac_has_says_what_to_set(monkeypatch):
    monkeypatch.delenv("LEISAAC_ASSETS_ROOT", raising=False)
    with pytest.raises(FileNotFoundError, match=r"'lekiwi' does not ship .* set LEISAAC_ASSETS_ROOT"):
        resolve(AssetFile("lekiwi", None, LEKIWI.file.leisaac))
