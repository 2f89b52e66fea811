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


def lerobot_id(task: str) -> str:
    """Return the id of a task's environment in LeRobot units.

    Args:
        task: Name of the task, such as ``LiftCube``, or the id itself.

    Raises:
        ValueError: There is no such task.
    """
    legal = [env_id for env_id in ids() if env_id.endswith("-SmolVLA-v0")]
    for env_id in (task, f"LeIsaac-SO101-{task}-SmolVLA-v0"):
        if env_id in legal:
            return env_id
    raise ValueError(f"no task {task!r} in LeRobot units, expected one of {', '.join(legal)}")
