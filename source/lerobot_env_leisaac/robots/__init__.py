"""Robots: what is known of each as plain data, and its Isaac Lab configuration."""

from .so101.spec import SO101
from .spec import RobotSpec

ROBOTS = (SO101,)
"""The robots, the default one first."""

DEFAULT = ROBOTS[0]
"""The robot that is meant where none is named."""


def named(name: str) -> RobotSpec:
    """Return a robot by its name.

    Raises:
        ValueError: There is no such robot; the message names those that there are.
    """
    for robot in ROBOTS:
        if robot.name == name:
            return robot
    raise ValueError(f"no robot {name!r}, expected one of {', '.join(robot.name for robot in ROBOTS)}")
