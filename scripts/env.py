"""The environment for LeRobot's EnvHub: the one file that a repository on the Hugging Face Hub needs.

LeRobot downloads it and calls :func:`make_env`, once it is told to trust it:

    from lerobot.envs import make_env
    envs = make_env("user/repository", n_envs=4, trust_remote_code=True)

The package itself must be installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gymnasium.vector import VectorEnv
    from lerobot.envs.configs import EnvConfig


def make_env(
    n_envs: int = 1, use_async_envs: bool = False, cfg: EnvConfig | None = None
) -> dict[str, dict[int, VectorEnv]]:
    """Make the environment.

    Args:
        n_envs: Number of sub-environments.
        use_async_envs: Without effect: they are simulated together, in one process.
        cfg: LeRobot's configuration of the environment; of one of another type, such as a ``HubEnvConfig``, only the
            task is read.

    Returns:
        The environment by suite and by number of the task.
    """
    from lerobot_env_leisaac.integrations.lerobot.config_env import LeisaacEnv

    if not isinstance(cfg, LeisaacEnv):
        cfg = LeisaacEnv(task=cfg.task) if cfg is not None and cfg.task else LeisaacEnv()
    return cfg.create_envs(n_envs, use_async_envs)
