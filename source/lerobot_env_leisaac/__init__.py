"""LeIsaac SO-101 tasks on Isaac Lab 3.0, in LeRobot units.

Importing the package registers its Gymnasium ids and nothing more.
"""

import sys
from importlib.metadata import version

try:
    __version__ = version("lerobot_env_leisaac")

    from . import tasks
except ModuleNotFoundError as error:  # such as in Isaac Sim's Python, when only the folder was added
    raise ModuleNotFoundError(
        f"lerobot_env_leisaac needs {error.name}: install the package with `{sys.executable} -m pip install"
        " lerobot_env_leisaac`, or with its folder in place of the name",
        name=error.name,
    ) from error

tasks.register()

if "lerobot" in sys.modules:  # LeRobot imports its plugins by this name, and expects them to register themselves
    from .integrations.lerobot import plugin  # noqa: F401
