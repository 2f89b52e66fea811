"""Entry point ``isaaclab.tasks``: Isaac Lab loads this module before it looks up a task's id."""

import lerobot_env_leisaac  # noqa: F401
