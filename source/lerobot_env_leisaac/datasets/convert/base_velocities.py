"""Velocities of a base, from the world's axes to its own."""

from __future__ import annotations

import numpy as np

from lerobot_env_leisaac.robots.spec import RobotSpec


def in_own_axes(robot: RobotSpec, velocities: np.ndarray, positions: np.ndarray, reach_yaw: float) -> np.ndarray:
    """Return values with the base's velocities ahead, to the left, and about the vertical.

    Args:
        robot: The robot.
        velocities: Values by channel, those of the base along the world's x and y [m/s] and about z [rad/s]. Shape is
            (T, C).
        positions: Joint positions by channel, those of the base being where it stands [m] and how it is turned [rad].
            Shape is (T, C).
        reach_yaw: The way ahead where it is not turned, about z from x [rad].
    """
    x, y, theta = robot.columns("base")
    yaw = positions[:, theta] + reach_yaw
    cos, sin = np.cos(yaw), np.sin(yaw)
    turned = velocities.copy()
    turned[:, x] = cos * velocities[:, x] + sin * velocities[:, y]
    turned[:, y] = cos * velocities[:, y] - sin * velocities[:, x]
    return turned
