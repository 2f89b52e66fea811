"""The state of a scene as plain numbers, one environment at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .lerobot_env import LeRobotEnv, Observation

SceneState = dict[str, Any]
"""Isaac Lab's ``InteractiveScene.get_state`` of one environment: nested by kind, asset and quantity, numbers in lists,
relative to the environment's origin [m, rad, xyzw]."""


def read(env: LeRobotEnv, indices: Sequence[int]) -> list[SceneState]:
    """Return the state of some environments."""

    def to_host(value: Any) -> Any:
        return {key: to_host(each) for key, each in value.items()} if isinstance(value, dict) else value.cpu()

    def row(value: Any, index: int) -> Any:
        return {k: row(each, index) for k, each in value.items()} if isinstance(value, dict) else value[index].tolist()

    state = to_host({kind: assets for kind, assets in env.scene.get_state(is_relative=True).items() if assets})
    return [row(state, index) for index in indices]


def write(env: LeRobotEnv, states: Sequence[SceneState]) -> Observation:
    """Put the first ``len(states)`` environments, just reset, into the given states; return the new observation.

    Raises:
        ValueError: A state is not one of this scene.
    """

    def batch(values: Sequence[Any]) -> Any:
        if isinstance(values[0], dict):
            return {key: batch([each[key] for each in values]) for key in values[0]}
        return torch.tensor(values, device=env.device)

    try:
        env.scene.reset_to(batch(states), torch.arange(len(states), device=env.device), is_relative=True)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"a recorded state is not one of this scene ({type(error).__name__}: {error})") from error
    env.sim.forward()
    env.obs_buf = env.observation_manager.compute(update_history=True)
    return env.name_observation(env.obs_buf)
