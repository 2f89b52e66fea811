"""Entry point ``isaaclab.tasks``: Isaac Lab loads this module before it looks up a task's id."""

from isaaclab_rl.entrypoints import dispatch

import lerobot_env_leisaac  # noqa: F401

# Isaac Lab 3.0 has no public way to add a library to `isaaclab play`, or a checkpoint that ships with a task
dispatch._BACKEND_MODULES["play"]["lerobot"] = "lerobot_env_leisaac.integrations.isaaclab_play"
for command in ("train", "play"):
    dispatch._BACKEND_MODULES[command]["rsl_rl"] = f"lerobot_env_leisaac.integrations.isaaclab_{command}_rsl_rl"
