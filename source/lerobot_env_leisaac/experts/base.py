"""What a demonstrator is, and how to get a task's."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

import torch

from .named import SCRIPTED, actor_file

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
    from lerobot_env_leisaac.tasks.spec import TaskSpec


class Expert(Protocol):
    """Acts as a policy does, with an episode of its own in every environment."""

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names."""

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""


class CorrectingExpert(Expert, Protocol):
    """A demonstrator that says what to do also where somebody else acts."""

    def go_on(self, envs: torch.Tensor) -> None:
        """Go on from where somebody else has brought arm and objects, in the environments that the mask (N,) names."""


def make_expert(task: TaskSpec, env: LeRobotEnv, expert: str = SCRIPTED) -> Expert:
    """Return a demonstrator of a task for its environment.

    Args:
        task: The task.
        env: Its environment.
        expert: ``scripted``, ``pretrained``, or the path of a checkpoint of RSL-RL.

    Raises:
        ValueError: The task has no such demonstrator, or the file is none.
        FileNotFoundError: There is no such file.
    """
    file = actor_file(task, expert)
    if file is None:
        assert task.expert is not None
        return pkgutil.resolve_name(task.expert)(env)
    from .learned import LearnedExpert  # with the simulator, which is there by now

    return LearnedExpert(env, task, file)


def make_correcting(task: TaskSpec, env: LeRobotEnv, expert: str = SCRIPTED) -> CorrectingExpert:
    """Return a demonstrator that corrects; arguments and errors as of :func:`make_expert`.

    Raises:
        ValueError: It cannot; see :func:`require_correcting`.
    """
    require_correcting(task, expert)
    return cast(CorrectingExpert, make_expert(task, env, expert))


def require_correcting(task: TaskSpec, expert: str) -> None:
    """Refuse a demonstrator that does not know what to do where somebody else has brought the arm.

    Raises:
        ValueError: It does not.
    """
    if actor_file(task, expert) is None and not hasattr(pkgutil.resolve_name(str(task.expert)), "go_on"):
        raise ValueError(
            f"the script of {task.name} cannot go on from where a policy has brought the arm: correct with an actor,"
            " --expert FILE"
        )
