"""From the options of an evaluation to its environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.envs import make
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.options import EpisodicEnvOptions, LeRobotEnvOptions, taken

from .options import EpisodeOptions


def require_legal(options: EpisodeOptions, episodes: int) -> None:
    """Refuse numbers that make no sense; the rest is refused with the configuration.

    Args:
        options: The options.
        episodes: How many episodes are asked for.

    Raises:
        ValueError: One of them does; the message names it.
    """
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    Keywords(**taken(options, EpisodicEnvOptions)).checked()


def resolve_cfg(options: EpisodeOptions) -> Any:
    """Return the configuration of the environment that options ask for; the world is not varied in it yet.

    Raises:
        ValueError: An option is not legal, or the checkpoint is no LeRobot policy.
        FileNotFoundError: The checkpoint cannot be found.
    """
    # images are turned into floats only for those that the policy is asked for
    keywords = Keywords(**taken(options, LeRobotEnvOptions), image_format="uint8_hwc")
    return make.resolve_cfg(catalog.lerobot_task(options.task).lerobot_cfg, keywords)


def make_env(options: EpisodeOptions, cfg: Any, episodes: int, render_mode: str | None = None) -> LeRobotEnv:
    """Make the environment of a configuration, of no more sub-environments than episodes."""
    return gym.make(
        catalog.lerobot_id(options.task),
        cfg=cfg,
        num_envs=max(1, min(options.num_envs or 1, episodes)),
        variation=options.variation,
        render_mode=render_mode,
    ).unwrapped
