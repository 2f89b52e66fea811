"""LeIsaac SO-101 tasks on Isaac Lab 3.0, in LeRobot units."""

from importlib.metadata import version

__version__ = version("lerobot_env_leisaac")
