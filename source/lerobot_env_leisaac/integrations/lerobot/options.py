"""Options on LeRobot's command lines, and from them to an environment's configuration."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from draccus.utils import DecodingError

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.options import ImageOptions, TrustOptions, WorldOptions, taken

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg

    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

    from .fit import Fit

logger = logging.getLogger(__name__)


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


@dataclass(kw_only=True)
class LeisaacOptions(TrustOptions, ImageOptions, WorldOptions):
    """What the simulated environment and the simulated robot can be told, as ``leisaac`` can; see :mod:`...options`.

    The types here are those that draccus reads from a text.
    """

    units: str | None = None
    cameras: list[str] | None = None
    variation: str | None = None
    overrule: list[str] = field(default_factory=list)


def resolve_cfg(
    task: str | None, fit: Fit, options: LeisaacOptions, units: str, instruction: str | None = None
) -> ManagerBasedRLEnvCfg:
    """Return a task's configuration, its images uint8 (N, H, W, 3).

    Args:
        task: Name of the task.
        fit: What it is to be like where no option says otherwise.
        options: The options; how the world varies is only read here, and given to ``gym.make``.
        units: Unit convention: a name of ``config/units`` or a path to a YAML file.
        instruction: What the policy is told to do.

    Raises:
        ValueError: A value is not legal; the message names what is.
    """
    spec = catalog.lerobot_task(task)
    # the simulator's packages take seconds to import, and every LeRobot command imports this plugin
    from lerobot_env_leisaac.envs import make

    given = taken(options, LeisaacOptions) | {"units": units}
    if options.cameras is None and fit.image_sizes and set(fit.image_sizes) <= set(spec.every_camera):
        given["cameras"] = tuple(fit.image_sizes)
    cfg = make.resolve_cfg(spec.lerobot_cfg, Keywords(**given, instruction=instruction, image_format="uint8_hwc"))
    if instruction is None and fit.instruction is not None:
        cfg.instruction = fit.instruction
    for camera, size in fit.image_sizes.items() if options.image_size is None else ():
        if size is not None and camera in cfg.cameras():
            sensor = getattr(cfg.scene, camera)
            sensor.height, sensor.width = size
    return cfg


def make_env(task: str | None, cfg: ManagerBasedRLEnvCfg, **keywords: Any) -> LeRobotEnv:
    """Make a task's environment from its configuration.

    Args:
        task: Name of the task.
        cfg: What :func:`resolve_cfg` returned.
        **keywords: Of ``gym.make``, None for a default.

    Raises:
        ValueError: A keyword is not legal.
        RuntimeError: An environment already lives in this process.
    """
    from lerobot_env_leisaac import stages
    from lerobot_env_leisaac.quiet import quiet

    logger.info(stages.BUILDING)
    with quiet():
        return gym.make(catalog.lerobot_id(task), cfg=cfg, **keywords).unwrapped


def image_shapes(cfg: ManagerBasedRLEnvCfg) -> dict[str, tuple[int, int, int]]:
    """Return the shape (H, W, 3) of each camera's images."""
    sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
    return {camera: (sensor.height, sensor.width, 3) for camera, sensor in sensors.items()}
