"""Every task by name or id, and their registration with Gymnasium. Light: nothing here imports a simulator."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, WrapperSpec

from .tasks.lift_cube.spec import SPEC as LIFT_CUBE
from .tasks.pick_orange.spec import SPEC as PICK_ORANGE
from .tasks.spec import TaskSpec

TASKS = (LIFT_CUBE, PICK_ORANGE)
"""The tasks, the default one first."""

DEFAULT = TASKS[0].name
"""Name of the task that is meant where none is named."""

_MAKE = "lerobot_env_leisaac.envs.make"
_VECTOR = "lerobot_env_leisaac.envs.vector"


class _Spec(EnvSpec):
    """Gymnasium's specification, whose copies are without wrappers.

    ``gym.make_vec`` works on a copy and refuses wrappers; the one that we have is for ``gym.make`` alone.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> EnvSpec:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}
        return EnvSpec(**copy.deepcopy(fields | {"additional_wrappers": ()}, memo))


def task(name_or_id: str | None) -> TaskSpec:
    """Return a task.

    Args:
        name_or_id: Name of the task, such as ``LiftCube``, or one of its two ids.

    Raises:
        ValueError: There is no such task; the message names those that there are.
    """
    for spec in TASKS:
        if name_or_id in (spec.name, spec.isaaclab_id, spec.lerobot_id):
            return spec
    raise ValueError(f"no task {name_or_id!r}, expected one of {', '.join(spec.name for spec in TASKS)}")


def ids() -> tuple[str, ...]:
    """Return the ids of every task."""
    return tuple(env_id for spec in TASKS for env_id in (spec.isaaclab_id, spec.lerobot_id))


def lerobot_task(name_or_id: str | None) -> TaskSpec:
    """Return a task by its name or by its id in LeRobot units.

    Raises:
        ValueError: There is no such task, or it is the id of the environment in radians, which no policy fits.
    """
    spec = task(name_or_id)
    if name_or_id == spec.isaaclab_id:
        raise ValueError(f"{name_or_id} is in radians and shows no images, expected {spec.name} or {spec.lerobot_id}")
    return spec


def lerobot_id(name_or_id: str | None) -> str:
    """Return the id of a task's environment in LeRobot units; arguments and errors as of :func:`lerobot_task`."""
    return lerobot_task(name_or_id).lerobot_id


def demonstrated_task(name_or_id: str | None) -> TaskSpec:
    """Return a task that has a demonstrator; arguments and errors as of :func:`lerobot_task`.

    Raises:
        ValueError: It has none.
    """
    spec = lerobot_task(name_or_id)
    if spec.expert is None:
        shown = [other.name for other in TASKS if other.expert is not None]
        raise ValueError(f"the task {spec.name} has no scripted demonstrator, expected one of {', '.join(shown)}")
    return spec


def register() -> None:
    """Register the ids of every task with Gymnasium; ids that are registered already stay as they are."""
    for spec in TASKS:
        for env_id, kind, kwargs in (
            (spec.isaaclab_id, "episodic", {"env_cfg_entry_point": spec.isaaclab_cfg, **spec.agents}),
            (spec.lerobot_id, "lerobot", {"env_cfg_entry_point": spec.lerobot_cfg}),
        ):
            if env_id in gym.registry:
                continue
            gym.registry[env_id] = _Spec(
                env_id,
                entry_point=f"{_MAKE}:make_{kind}_env",
                vector_entry_point=f"{_VECTOR}:make_{kind}_vector_env",
                # Gymnasium's wrappers hide `single_observation_space` and the like, so both are off: the environment
                # checks the order of calls itself, and Gymnasium's checker does not know batches of tensors
                disable_env_checker=True,
                order_enforce=False,
                additional_wrappers=(WrapperSpec("TimeLimit", f"{_MAKE}:keep_time_limit", {}),),
                kwargs={**kwargs, "default_agent": "lerobot" if env_id == spec.lerobot_id else "rsl_rl"},
            )


def unregister() -> None:
    """Take the ids of every task out of Gymnasium's registry."""
    for env_id in ids():
        gym.registry.pop(env_id, None)
