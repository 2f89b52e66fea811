"""From options on LeRobot's command lines to an environment's configuration."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import gymnasium as gym
from draccus.utils import DecodingError

from lerobot_env_leisaac import tasks

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg

CONTROL_RATE = 30
"""Control steps a second of simulated time [Hz]."""

_ID = ("LeIsaac-SO101-", "-SmolVLA-v0")


@contextlib.contextmanager
def one_line(option: str) -> Iterator[None]:
    """Turn what is wrong with an option's values into the one line that LeRobot's commands print for it.

    They print a ``DecodingError`` so; of a ``ValueError`` from a configuration they say no more than that the class
    cannot be instantiated.

    Args:
        option: First part of the option's name, such as ``env``.

    Raises:
        DecodingError: The body raised a ValueError or OSError.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        raise DecodingError((option,), " ".join(str(error).split())) from error


def env_id(task: str | None) -> str:
    """Return the id of a task's environment in LeRobot units.

    Raises:
        ValueError: There is no such task.
    """
    prefix, suffix = _ID
    if (found := f"{prefix}{task}{suffix}") in tasks.ids():
        return found
    known = [name.removeprefix(prefix).removesuffix(suffix) for name in tasks.ids() if name.endswith(suffix)]
    raise ValueError(f"task is {task!r}, expected one of {', '.join(known)}")


def resolve_cfg(
    task: str | None,
    *,
    units: str,
    cameras: Sequence[str] | None,
    image_size: tuple[int, int] | None,
    variation: str | None,
    policy: str | None,
) -> ManagerBasedRLEnvCfg:
    """Return a task's configuration, its images uint8 (N, H, W, 3).

    Args:
        task: Name of the task.
        units: Unit convention: a name of ``config/units`` or a path to a YAML file.
        cameras: Cameras to observe; those of the policy, or all, by default.
        image_size: Height and width of the images [px]; the policy's, or the task's, by default.
        variation: How the world varies; it is only read here, and given to ``gym.make``.
        policy: Directory or Hub id of a policy that the rest is fitted to, if any.

    Raises:
        ValueError: A value is not legal; the message names what is.
        FileNotFoundError: The policy cannot be found.
    """
    entry_point = gym.spec(env_id(task)).kwargs["env_cfg_entry_point"]
    # the simulator's packages take seconds to import, and every LeRobot command imports this plugin
    from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
    from lerobot_env_leisaac.tasks.common import variations

    if variation is not None:
        variations.load(variation)
    cfg = load_cfg(entry_point)
    apply_policy_keywords(cfg, units, cameras, image_size, image_format="uint8_hwc", checkpoint=policy)
    return cfg


def image_shapes(cfg: ManagerBasedRLEnvCfg) -> dict[str, tuple[int, int, int]]:
    """Return the shape (H, W, 3) of each camera's images."""
    sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
    return {camera: (sensor.height, sensor.width, 3) for camera, sensor in sensors.items()}
