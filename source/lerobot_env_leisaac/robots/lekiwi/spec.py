"""The facts of the LeKiwi."""

import math
from dataclasses import replace

from lerobot_env_leisaac.assets.files import AssetFile
from lerobot_env_leisaac.robots.so101.spec import LEISAAC_JOINT_LIMITS_DEG, SO101, URDF_JOINT_LIMITS_DEG
from lerobot_env_leisaac.robots.spec import Channel, Drive, RobotModel

_PACKAGE = __name__.rpartition(".")[0]

BASE_HEIGHT = 0.035
"""Height of the base body's origin above the floor [m]. Source: LeIsaac 0.4.0, the root's position."""

WHEEL_RADIUS, WHEEL_DISTANCE = 0.05, 0.125
WHEEL_ANGLES = (math.radians(150), math.radians(-90), math.radians(30))
"""Radius of a wheel and distance from the middle [m], and the directions in which the rims of the left, the back and
the right wheel push, about z from the way ahead [rad].
"""

DRIVE = Drive(
    wheels=tuple((math.cos(angle), math.sin(angle), WHEEL_DISTANCE) for angle in WHEEL_ANGLES),
    rim_speed=math.radians(3000 * 360 / 4096) * WHEEL_RADIUS,  # 3,000 of 4,096 ticks a turn, in a second
)
"""Its wheels, and how fast the fastest command turns them. Source, with their places: LeRobot 0.6.1's ``LeKiwi``."""


def _model(joint_limits_deg: dict[str, tuple[float, float]], reach_yaw: float) -> RobotModel:
    return RobotModel(
        joint_limits_deg={f"arm_{name}": limits for name, limits in joint_limits_deg.items()},
        reach_yaw=reach_yaw,
        velocity_limits=dict(zip(("x", "y", "theta"), DRIVE.limits, strict=True)),
    )


LEKIWI = replace(
    SO101,
    name="lekiwi",
    title="LeKiwi",
    lerobot_type="lekiwi",
    file=AssetFile("lekiwi", "robots/lekiwi.usda", "robots/lekiwi.usd", real="robots/lekiwi_real.usda"),
    cfg=f"{_PACKAGE}.cfg:lekiwi_cfg",
    channels=(
        *(replace(channel, name=f"arm_{channel.name}") for channel in SO101.channels),
        Channel(name="x", joint="base_x", role="base", quantity="linear_velocity"),
        Channel(name="y", joint="base_y", role="base", quantity="linear_velocity"),
        Channel(name="theta", joint="base_theta", role="base", quantity="angular_velocity"),
    ),
    models={
        "packaged": _model(URDF_JOINT_LIMITS_DEG, reach_yaw=0.0),
        # it looks, drives and reaches along +Y
        "leisaac": _model(LEISAAC_JOINT_LIMITS_DEG, reach_yaw=math.pi / 2),
    },
    drive=DRIVE,
)
