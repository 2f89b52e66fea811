"""Robots: what is known of each as plain data, and its Isaac Lab configuration."""

from collections.abc import Iterable

from .bi_so101.spec import BI_SO101
from .lekiwi.spec import LEKIWI
from .so101.spec import SO101
from .spec import RobotSpec

__all__ = ["DEFAULT", "KNOWN", "RobotSpec", "of_names"]

DEFAULT = SO101
"""The robot of data that do not tell theirs."""

KNOWN = (SO101, BI_SO101, LEKIWI)
"""The robots of this package."""


def of_names(names: Iterable[str]) -> RobotSpec:
    """Return the robot whose channels have these names, or LeRobot's of them, in any order; else the default one."""
    given = sorted(names)
    for robot in KNOWN:
        if given in (sorted(robot.channel_names), sorted(channel.lerobot_key for channel in robot.channels)):
            return robot
    return DEFAULT
