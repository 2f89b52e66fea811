"""The tasks and their Gymnasium ids."""

import gymnasium as gym

from . import lift_cube

_TASKS = (lift_cube,)


def register() -> None:
    """Register the ids of every task with Gymnasium; ids that are registered already stay as they are."""
    for task in _TASKS:
        for spec in task.SPECS:
            if spec["id"] not in gym.registry:
                gym.register(**spec)


def unregister() -> None:
    """Take the ids of every task out of Gymnasium's registry."""
    for env_id in ids():
        gym.registry.pop(env_id, None)


def ids() -> tuple[str, ...]:
    """Return the ids of every task."""
    return tuple(spec["id"] for task in _TASKS for spec in task.SPECS)
