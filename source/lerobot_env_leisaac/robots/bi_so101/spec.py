"""The facts of two SO-101 follower arms: those of one, for a left and a right one."""

from dataclasses import replace

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.robots.spec import Channel, RobotModel

SIDES = ("left", "right")
"""The arms, in LeRobot's order."""


def _channels(side: str) -> tuple[Channel, ...]:
    return tuple(replace(each, name=f"{side}_{each.name}", entity=f"{side}_arm") for each in SO101.channels)


def _model(one: RobotModel) -> RobotModel:
    limits = {f"{side}_{name}": pair for side in SIDES for name, pair in one.joint_limits_deg.items()}
    return replace(one, joint_limits_deg=limits)


BI_SO101 = replace(
    SO101,
    name="bi_so101",
    title="pair of SO-101",
    lerobot_type="bi_so_follower",
    channels=tuple(channel for side in SIDES for channel in _channels(side)),
    models={source: _model(model) for source, model in SO101.models.items()},
    neutral=SO101.neutral * len(SIDES),
    arm=SO101,
)
