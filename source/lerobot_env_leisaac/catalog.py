"""Every task by name or id, and their registration with Gymnasium. Light: nothing here imports a simulator.

Other distributions add tasks by an entry point of the group ``lerobot_env_leisaac.tasks`` that names a
:class:`~.tasks.spec.TaskSpec`; they have everything that ours have.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import sys
import warnings
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, WrapperSpec

from . import robots
from .assets.files import AssetFile
from .experts.named import SCRIPTED, actor_file
from .robots.spec import RobotSpec
from .tasks.assemble_hamburger.spec import SPEC as ASSEMBLE_HAMBURGER
from .tasks.assemble_hamburger_bi_arm.spec import SPEC as ASSEMBLE_HAMBURGER_BI_ARM
from .tasks.clean_toy_table.spec import SPEC as CLEAN_TOY_TABLE
from .tasks.clean_toy_table_bi_arm.spec import SPEC as CLEAN_TOY_TABLE_BI_ARM
from .tasks.cleanup_trash.spec import SPEC as CLEANUP_TRASH
from .tasks.fold_cloth_bi_arm.spec import SPEC as FOLD_CLOTH_BI_ARM
from .tasks.lift_cube.spec import SPEC as LIFT_CUBE
from .tasks.pick_orange.spec import SPEC as PICK_ORANGE
from .tasks.spec import TaskSpec

OURS = (
    LIFT_CUBE,
    PICK_ORANGE,
    CLEAN_TOY_TABLE,
    CLEAN_TOY_TABLE_BI_ARM,
    ASSEMBLE_HAMBURGER,
    ASSEMBLE_HAMBURGER_BI_ARM,
    CLEANUP_TRASH,
    FOLD_CLOTH_BI_ARM,
)
"""The tasks of this package, the default one first."""

DEFAULT = OURS[0].name
"""Name of the task that is meant where none is named."""

_GROUP = "lerobot_env_leisaac.tasks"
"""Group of the entry points by which other distributions add tasks."""

_FOREIGN: dict[EntryPoint, TaskSpec | None] = {}
"""The tasks of other distributions that were looked at; None where one cannot be used."""

_MAKE = "lerobot_env_leisaac.envs.make"
_VECTOR = "lerobot_env_leisaac.envs.vector"


class _Spec(EnvSpec):
    """Gymnasium's specification, whose copies are without wrappers.

    ``gym.make_vec`` works on a copy and refuses wrappers; the one that we have is for ``gym.make`` alone.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> EnvSpec:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}
        return EnvSpec(**copy.deepcopy(fields | {"additional_wrappers": ()}, memo))


def tasks() -> tuple[TaskSpec, ...]:
    """Return every task, this package's first. One of another distribution that cannot be used is warned of once."""
    for entry_point in _entry_points():
        module = sys.modules.get(entry_point.module)
        if entry_point in _FOREIGN or getattr(getattr(module, "__spec__", None), "_initializing", False):
            continue  # known, or the first to import this package: its task is there when that is done
        try:
            _FOREIGN[entry_point] = _loaded(entry_point)
        except (Exception, SystemExit) as error:  # whatever it is, the other tasks must not suffer
            _FOREIGN[entry_point] = None
            whose = "" if entry_point.dist is None else f" of {entry_point.dist.name}"
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            warnings.warn(f"the task {entry_point.name!r}{whose} is left out: {reason}", stacklevel=2)
    return (*OURS, *(spec for spec in _FOREIGN.values() if spec is not None))


@functools.cache
def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=_GROUP), key=lambda each: (each.name, each.value)))


def _loaded(entry_point: EntryPoint) -> TaskSpec:
    """Return the task of another distribution."""
    spec = entry_point.load()
    if not isinstance(spec, TaskSpec):
        raise TypeError(f"{entry_point.value} is a {type(spec).__name__}, expected a TaskSpec")
    others = (*OURS, *filter(None, _FOREIGN.values()))
    if taken := set(_words(spec)) & {word for other in others for word in _words(other)}:
        raise ValueError(f"{', '.join(sorted(taken))} is taken by another task")
    return spec


def _words(spec: TaskSpec) -> tuple[str, ...]:
    """Return what a task may be called."""
    return (spec.name, spec.isaaclab_id, spec.lerobot_id)


def task(name_or_id: str | None) -> TaskSpec:
    """Return a task.

    Args:
        name_or_id: Name of the task, such as ``LiftCube``, or one of its two ids.

    Raises:
        ValueError: There is no such task; the message names those that there are.
    """
    for spec in tasks():
        if name_or_id in _words(spec):
            return spec
    raise ValueError(f"no task {name_or_id!r}, expected one of {', '.join(spec.name for spec in tasks())}")


def robot_of(name_or_id: str) -> RobotSpec:
    """Return the robot of a task; the default one where there is no such task, only data of it."""
    try:
        return task(name_or_id).robot
    except ValueError:
        return robots.DEFAULT


def all_robots() -> tuple[RobotSpec, ...]:
    """Return every robot: this package's, then those of other tasks."""
    return tuple({robot.name: robot for robot in (*(spec.robot for spec in tasks()), *robots.KNOWN)}.values())


def assets() -> tuple[AssetFile, ...]:
    """Return every file that the tasks use: robots, then scenes."""
    robot_files, scene_files = [spec.robot.file for spec in tasks()], [spec.scene.file for spec in tasks()]
    return tuple(dict.fromkeys((*robot_files, *scene_files)))


def ids() -> tuple[str, ...]:
    """Return the ids of every task."""
    return tuple(env_id for spec in tasks() for env_id in (spec.isaaclab_id, spec.lerobot_id))


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


def demonstrated_task(name_or_id: str | None, expert: str = SCRIPTED) -> TaskSpec:
    """Return a task that has a demonstrator; arguments and errors as of :func:`lerobot_task`.

    Args:
        name_or_id: The task.
        expert: Who demonstrates; see :func:`.experts.named.actor_file`.

    Raises:
        ValueError: It has no such demonstrator.
        FileNotFoundError: It is a file, and there is none.
    """
    spec = lerobot_task(name_or_id)
    try:
        actor_file(spec, expert)
    except ValueError as error:
        has_one = [other.name for other in tasks() if (other.expert if expert == SCRIPTED else other.pretrained)]
        raise ValueError(f"{error}, expected one of {', '.join(has_one)}") from None
    return spec


def register() -> None:
    """Register the ids of every task with Gymnasium; ids that are registered already stay as they are."""
    for spec in tasks():
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
