"""Registers the environment, the robot and the teleoperator with LeRobot.

LeRobot imports every distribution named ``lerobot_env_...`` when one of its commands starts, and that import loads this
module. A script that imports this package before LeRobot loads this module itself.

Only configurations are imported here; what they build is loaded when it is built.
"""

from . import config_env, config_expert, config_robot  # noqa: F401
from .own_vlm import prefer_own_vlm

prefer_own_vlm()
