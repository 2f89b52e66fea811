"""The environment as LeRobot's evaluation takes it: a batch of sub-environments, NumPy in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.envs.spaces import batched_box
from lerobot_env_leisaac.envs.vector import BatchedVectorEnv

VectorObservation = dict[str, Any]


class LeisaacVectorEnv(BatchedVectorEnv):
    """The same environment with the observations that LeRobot's evaluation asks for.

    They are ``agent_pos`` float32 (N, 6) in units, the same as ``observation.state`` for LeRobot's recordings, and
    ``pixels``, one uint8 (N, H, W, 3) for each camera.

    LeRobot numbers the episodes of an evaluation by their seeds: s, s + 1, and so on. Here they are the episodes
    0, 1, ... of seed s, so that `lerobot-eval --seed=s` and `leisaac eval --seed s` play the same ones.
    """

    episode_key = "episode"

    def __init__(self, env: LeRobotEnv):
        """Wrap an environment.

        Args:
            env: The environment, with images in the form ``uint8_hwc``.
        """
        super().__init__(env)
        self._images: dict[str, np.ndarray] = {}
        self.render_mode = "rgb_array"
        single = env.single_observation_space.spaces
        self.single_observation_space = _spaces(single[OBS_STATE], {name: single[name] for name in self._keys()})
        self.observation_space = _spaces(
            batched_box(single[OBS_STATE], self.num_envs),
            {name: batched_box(single[name], self.num_envs) for name in self._keys()},
        )

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[VectorObservation, dict[str, Any]]:
        """Start an episode in every sub-environment; `options` is LeRobot's mark of a new rollout, without effect."""
        return super().reset(seed=seed)

    def render(self) -> tuple[np.ndarray, ...]:
        """Return the cameras of each sub-environment side by side, uint8 (H, W, 3)."""
        return tuple(np.concatenate(list(self._images.values()), axis=2))

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return an attribute of every sub-environment, or what its method returns."""
        value = getattr(self, name)
        return value(*args, **kwargs) if callable(value) else value

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of every sub-environment."""
        return self.call(name)

    @property
    def task(self) -> tuple[str, ...]:
        """What each sub-environment's policy is told to do."""
        return self.env.instructions

    @property
    def task_description(self) -> tuple[str, ...]:
        """The same, under the name that LeRobot looks for first."""
        return self.task

    @property
    def _max_episode_steps(self) -> tuple[int, ...]:
        """Control steps of the longest episode: how far LeRobot's rollout goes."""
        return (self.env.max_episode_length,) * self.num_envs

    def _keys(self) -> list[str]:
        return [f"{OBS_IMAGES}.{camera}" for camera in self.env.cfg.cameras()]

    def _observation(self, observation: Mapping[str, Any]) -> VectorObservation:
        named = self._name(observation)
        self._images = named["pixels"]
        return named

    def _name(self, observation: Mapping[str, Any]) -> VectorObservation:
        """Give an observation the names that LeRobot's ``preprocess_observation`` knows."""
        images = {key.removeprefix(f"{OBS_IMAGES}."): observation[key].cpu().numpy() for key in self._keys()}
        state = observation[OBS_STATE].cpu().numpy()
        return {"agent_pos": state, OBS_STATE: state, "pixels": images}


def _spaces(state: gym.Space, images: dict[str, gym.Space]) -> gym.spaces.Dict:
    pixels = {key.removeprefix(f"{OBS_IMAGES}."): space for key, space in images.items()}
    return gym.spaces.Dict({"agent_pos": state, OBS_STATE: state, "pixels": gym.spaces.Dict(pixels)})
