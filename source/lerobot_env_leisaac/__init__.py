"""LeIsaac SO-101 tasks on Isaac Lab 3.0, in LeRobot units.

Importing the package registers its Gymnasium ids and nothing more.
"""

from importlib.metadata import version

from . import tasks

__version__ = version("lerobot_env_leisaac")

tasks.register()
