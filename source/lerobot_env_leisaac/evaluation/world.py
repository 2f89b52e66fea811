"""The environment of one evaluation after another, built anew only where the world is another."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.quiet import quiet

from . import configuration, environment
from .options import EvaluationOptions


class World:
    """Keeps the environment of the last evaluation, for the next one that is in the same world.

    Attributes:
        is_new: No environment was asked for so far.
    """

    def __init__(self) -> None:
        self.is_new = True
        self._env: LeRobotEnv | None = None
        self._key: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._close()

    def env(self, options: EvaluationOptions, cfg: Any, config: Mapping[str, Any], episodes: int) -> LeRobotEnv:
        """Return the environment of an evaluation, of no more sub-environments than episodes.

        Args:
            options: What is evaluated.
            cfg: Its configuration, see :func:`.environment.resolve_cfg`.
            config: What it measures, see :func:`.configuration.describe`.
            episodes: How many episodes are to be played.
        """
        key = configuration.world(config) | {"device": options.device, "num_envs": min(options.num_envs or 1, episodes)}
        self.is_new = False
        if self._env is None or key != self._key:
            self._close()
            stages.begin(stages.BUILDING)
            with quiet():
                self._env, self._key = environment.make_env(options, cfg, episodes), key
        return self._env

    def _close(self) -> None:
        if self._env is not None:
            self._env.close()
            self._env = None
