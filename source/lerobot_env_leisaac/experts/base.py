"""What a scripted demonstrator is, and how to get a task's."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Protocol

import torch

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
    from lerobot_env_leisaac.tasks.spec import TaskSpec


class Expert(Protocol):
    """Acts as a policy does, with an episode of its own in every environment."""

    def plan(self, envs: torch.Tensor) -> None:
        """Plan anew in the environments that the mask (N,) names."""

    def act(self) -> torch.Tensor:
        """Return the next action in units. Shape is (N, C)."""


def make_expert(task: TaskSpec, env: LeRobotEnv) -> Expert:
    """Return the demonstrator of a task for its environment.

    Raises:
        ValueError: The task has none.
    """
    if task.expert is None:
        raise ValueError(f"the task {task.name} has no scripted demonstrator")
    return pkgutil.resolve_name(task.expert)(env)
