"""The environments behind Gymnasium's vector interface, for ``gym.make_vec``: NumPy in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from lerobot_env_leisaac.arguments import HIGHEST_SEED, legal_seed, short, whole_number, whole_numbers

from .make import make_episodic_env, make_lerobot_env

if TYPE_CHECKING:
    from .episodic_env import EpisodicEnv

LONGEST_EPISODE = 2**31 - 1
"""More control steps than anybody lets an episode take."""


class BatchedVectorEnv(gym.vector.VectorEnv):
    """All sub-environments of an :class:`~.episodic_env.EpisodicEnv` behind Gymnasium's vector interface, one process.

    Observations, rewards and info are those of the environment, as NumPy. Autoreset is SAME_STEP: the last observations
    of episodes that ended are in ``info["final_obs"]``, one a sub-environment. The number of each sub-environment's
    episode is ``info["episode_index"]``: Gymnasium's own wrappers write to ``episode``.

    Attributes:
        env: The environment.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": [None, "rgb_array"]}  # noqa: RUF012
    episode_key = "episode_index"
    """Key of the number of each sub-environment's episode in info."""

    def __init__(self, env: EpisodicEnv):
        """Wrap an environment."""
        self.env: Any = env
        self._first_seed: int | None = None
        self.num_envs = env.num_envs
        self.metadata = {**self.metadata, "render_fps": round(1 / env.step_dt)}
        self.render_mode = env.render_mode
        self.single_observation_space, self.observation_space = env.single_observation_space, env.observation_space
        self.single_action_space, self.action_space = env.single_action_space, env.action_space

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every sub-environment.

        Args:
            seed: A number s: the episodes 0 to N - 1 of seed s. One number a sub-environment, s and above: the
                episodes that they are away from s, where s is the least that such a list has held so far. None: the
                next episodes.
            options: As :meth:`.episodic_env.EpisodicEnv.reset` takes them; none with a list of seeds, which names the
                episodes itself.

        Returns:
            Observation and info.

        Raises:
            ValueError: An argument is not legal; nothing was reset.
        """
        first: int | None
        if isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str):
            if options:
                raise ValueError(
                    f"options is {short(options)} beside a list of seeds, which names the episodes already: expected"
                    " one of them"
                )
            seeds = whole_numbers("seed", seed, 0, HIGHEST_SEED)
            if len(seeds) != self.num_envs:
                raise ValueError(f"seed names {len(seeds)} seeds for {self.num_envs} environments")
            lowest = min(seeds) if self._first_seed is None else min(self._first_seed, *seeds)
            options = {"episodes": [number - lowest for number in seeds]}
            first = lowest
        else:
            first = None if seed is None else legal_seed(seed)
        observation, info = self.env.reset(seed=first, options=options)
        if first is not None:
            self._first_seed = first
            self._np_random, self._np_random_seed = gym.utils.seeding.np_random(first)
        return self._observation(observation), self._info(info)

    def step(self, actions: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Advance by one control step; arguments and results as the environment's ``step`` has them, as NumPy."""
        observation, *results, extras = self.env.step(actions)
        reward, terminated, truncated = (_numpy(value) for value in results)
        final = extras.pop("final_obs", None)  # popped: Isaac Lab leaves it in place
        info = self._info(extras)
        if final is not None:
            info["final_obs"] = np.full(self.num_envs, None, dtype=object)
            info["_final_obs"] = terminated | truncated
            batch = self._name(final)
            for index in np.flatnonzero(info["_final_obs"]):
                info["final_obs"][index] = _row(batch, index)
        return self._observation(observation), reward, terminated, truncated, info

    def render(self) -> tuple[np.ndarray, ...] | None:
        """Return the cameras of each sub-environment side by side, uint8 (H, W, 3), in mode ``rgb_array``."""
        return None if self.render_mode is None else tuple(self.env.frames().cpu().numpy())

    def close_extras(self, **kwargs: Any) -> None:
        """Close the environment."""
        self.env.close()

    def _observation(self, observation: Mapping[str, Any]) -> Any:
        """Return a batch that the environment shows now."""
        return self._name(observation)

    def _name(self, observation: Mapping[str, Any]) -> Any:
        """Return a batch of observations in the form of `observation_space`."""
        return {key: _numpy(value) for key, value in observation.items()}

    def _info(self, info: Mapping[str, Any]) -> dict[str, Any]:
        """Return info as NumPy, without Isaac Lab's figures of the whole batch."""
        renamed = {self.episode_key if key == "episode" else key: value for key, value in info.items() if key != "log"}
        return {
            key: self._info(value) if isinstance(value, Mapping) else _numpy(value) for key, value in renamed.items()
        }


def make_episodic_vector_env(
    num_envs: int = 1, *, max_episode_steps: int | None = None, **keywords: Any
) -> BatchedVectorEnv:
    """Make an environment of Isaac Lab's own shape for ``gym.make_vec``.

    Args:
        num_envs: Number of parallel environments.
        max_episode_steps: Control steps of the longest episode; the task's by default.
        **keywords: Those of :func:`.make.make_episodic_env`.

    Raises:
        ValueError: A keyword or value is not legal; the message names what is.
        RuntimeError: An environment already lives in this process.
    """
    return _make(make_episodic_env, num_envs, max_episode_steps, keywords)


def make_lerobot_vector_env(
    num_envs: int = 1, *, max_episode_steps: int | None = None, **keywords: Any
) -> BatchedVectorEnv:
    """Make an environment in LeRobot units for ``gym.make_vec``.

    Arguments and errors as for :func:`make_episodic_vector_env`; the keywords are those of
    :func:`.make.make_lerobot_env`.
    """
    return _make(make_lerobot_env, num_envs, max_episode_steps, keywords)


def _make(make: Any, num_envs: int, max_episode_steps: int | None, keywords: dict[str, Any]) -> BatchedVectorEnv:
    if max_episode_steps is not None:
        max_episode_steps = whole_number("max_episode_steps", max_episode_steps, 1, LONGEST_EPISODE)
    env = make(num_envs=num_envs, **keywords)
    env.cfg.compute_final_obs = True  # Gymnasium promises it
    if max_episode_steps is not None:
        env.limit_episodes(max_episode_steps)
    return BatchedVectorEnv(env)


def _numpy(value: Any) -> Any:
    """Return a tensor as an array that nobody else writes to, a list as a tuple, anything else as it is."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, Mapping):
        return {key: _numpy(each) for key, each in value.items()}
    return np.array(value.cpu()) if hasattr(value, "cpu") else value


def _row(batch: Any, index: int) -> Any:
    """Return the part of one sub-environment of a batch."""
    return {key: _row(value, index) for key, value in batch.items()} if isinstance(batch, Mapping) else batch[index]
