"""Gymnasium environments.

Imported, and so an environment made, only where there is what simulates them: ids are registered without, in a Kit that
has nothing but Gymnasium, and there this says what is missing.
"""

import sys

from lerobot_env_leisaac.backends import is_installed

_SIMULATOR = ("isaaclab", "isaaclab_tasks", "torch", "newton", "omegaconf", "scipy")
"""Modules without which no environment can be made."""

if _missing := [module for module in _SIMULATOR if not is_installed(module)]:
    raise ModuleNotFoundError(
        f"an environment needs {', '.join(_missing)}, not installed in {sys.executable}:"
        f" {sys.executable} -m pip install lerobot_env_leisaac, or its folder in place of the name",
        name=_missing[0],
    )
