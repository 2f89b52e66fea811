"""LeIsaac SO-101 tasks on Isaac Lab 3.0, in LeRobot units.

Importing the package registers its Gymnasium ids and nothing more. It needs this folder and Gymnasium alone, installed
or not; what an environment needs is asked for when one is made.
"""

import sys

from .versions import own_version

__version__ = own_version()

try:
    from . import catalog
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"lerobot_env_leisaac needs {error.name}: install the package with `{sys.executable} -m pip install"
        " lerobot_env_leisaac`, or with its folder in place of the name",
        name=error.name,
    ) from error

catalog.register()

if "lerobot" in sys.modules:  # LeRobot imports its plugins by this name, and expects them to register themselves
    from .integrations.lerobot import plugin  # noqa: F401
