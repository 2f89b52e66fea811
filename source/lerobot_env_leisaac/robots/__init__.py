"""Robots: what is known of each as plain data, and its Isaac Lab configuration."""

from .so101.spec import SO101
from .spec import RobotSpec

__all__ = ["DEFAULT", "RobotSpec"]

DEFAULT = SO101
"""The robot of data that names no task."""
