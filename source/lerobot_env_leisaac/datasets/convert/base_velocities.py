"""Velocities of a base that drives: in the world's axes in LeIsaac's files, in the base's own as LeRobot has them."""

from __future__ import annotations

import numpy as np

from lerobot_env_leisaac.robots.spec import RobotSpec


def in_own_axes(robot: RobotSpec, velocities: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return values with the base's velocities ahead, to the left, and about the vertical.

    LeIsaac's base looks along its +Y, so that its left is -X. Source: LeIsaac 0.4.0.

    Args:
        robot: The robot.
        velocities: Values by channel, those of the base along the world's x and y [m/s] and about z [rad/s]. Shape is
            (T, C).
        positions: Joint positions by channel, those of the base being where it stands [m] and how it is turned [rad].
            Shape is (T, C).
    """
    x, y, theta = robot.columns("base")
    cos, sin = np.cos(positions[:, theta]), np.sin(positions[:, theta])
    turned = velocities.copy()
    turned[:, x] = cos * velocities[:, y] - sin * velocities[:, x]
    turned[:, y] = -cos * velocities[:, x] - sin * velocities[:, y]
    return turned
