"""The facts of the LeKiwi: data of it are converted and checked, no task here drives it."""

import math
from dataclasses import replace

from lerobot_env_leisaac.assets.files import AssetFile
from lerobot_env_leisaac.robots.so101.spec import LEISAAC_JOINT_LIMITS_DEG, SO101
from lerobot_env_leisaac.robots.spec import Channel, RobotModel

_RIM_SPEED = math.radians(3000 * 360 / 4096) * 0.05
"""Speed of a wheel's rim [m/s] at LeRobot's fastest command, 3,000 of 4,096 ticks a turn, on a radius of 0.05 m."""

_TURN_SPEED = _RIM_SPEED / 0.125
"""Fastest turn on the spot [rad/s]: the wheels stand 0.125 m from the middle. Source, with the rim's: LeRobot 0.6.1."""

LEKIWI = replace(
    SO101,
    name="lekiwi",
    title="LeKiwi",
    lerobot_type="lekiwi",
    file=AssetFile("lekiwi", None, "robots/lekiwi.usd"),
    channels=(
        *(replace(channel, name=f"arm_{channel.name}") for channel in SO101.channels),
        Channel(name="x", joint="base_x", role="base", quantity="linear_velocity"),
        Channel(name="y", joint="base_y", role="base", quantity="linear_velocity"),
        Channel(name="theta", joint="base_theta", role="base", quantity="angular_velocity"),
    ),
    models={
        "leisaac": RobotModel(
            joint_limits_deg={f"arm_{name}": limits for name, limits in LEISAAC_JOINT_LIMITS_DEG.items()},
            reach_yaw=-math.pi / 2,
            # the wheels at 30, 150 and 270 degrees from the way ahead: two of them push forward
            velocity_limits={
                "x": (-_RIM_SPEED / math.cos(math.pi / 6), _RIM_SPEED / math.cos(math.pi / 6)),
                "y": (-_RIM_SPEED, _RIM_SPEED),
                "theta": (-_TURN_SPEED, _TURN_SPEED),
            },
        )
    },
    neutral=(*SO101.neutral, 0.0, 0.0, 0.0),
)
