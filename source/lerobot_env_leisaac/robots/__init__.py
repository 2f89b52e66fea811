"""Robots: what is known of each as plain data, and its Isaac Lab configuration."""

from .so101.spec import SO101
from .spec import RobotSpec

DEFAULT = SO101
"""The robot that is meant where none is named."""

_ROBOTS = {robot.name: robot for robot in (SO101,)}
"""The robots by name."""


def add(robot: RobotSpec) -> None:
    """Let a robot be found by its name.

    Raises:
        ValueError: Another robot has that name.
    """
    if _ROBOTS.setdefault(robot.name, robot) != robot:
        raise ValueError(f"there is another robot {robot.name!r}: give one of them another name")


def named(name: str) -> RobotSpec:
    """Return a robot by its name.

    Raises:
        ValueError: There is no such robot; the message names those that there are.
    """
    if name not in _ROBOTS:
        raise ValueError(f"no robot {name!r}, expected one of {', '.join(_ROBOTS)}")
    return _ROBOTS[name]
