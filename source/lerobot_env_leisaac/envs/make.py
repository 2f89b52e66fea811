"""From the keywords of ``gym.make`` to an environment."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab_tasks.utils.hydra import resolve_presets

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.tasks.common.apply_variation import apply_variation
from lerobot_env_leisaac.tasks.common.cameras import CAMERAS
from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import IMAGE_FORMATS
from lerobot_env_leisaac.tasks.common.presets import PHYSICS

from .episodic_env import EpisodicEnv
from .lerobot_env import LeRobotEnv


def make_episodic_env(
    cfg: ManagerBasedRLEnvCfg | None = None,
    render_mode: str | None = None,
    *,
    num_envs: int | None = None,
    device: str | None = None,
    seed: int | None = None,
    physics: str | None = None,
    **registration: Any,
) -> EpisodicEnv:
    """Make an environment of Isaac Lab's own shape: radians, observation groups, rewards.

    Args:
        cfg: Resolved configuration, as Isaac Lab's scripts pass it; the task's default without it.
        render_mode: As Gymnasium defines it.
        num_envs: Number of parallel environments.
        device: ``cpu`` or ``cuda:<index>``; a GPU where there is one by default.
        seed: Seed of the episodes; random by default.
        physics: Preset of the physics, in place of the task's default.
        **registration: What the id was registered with.

    Raises:
        ValueError: A keyword or value is not legal; the message names what is.
        RuntimeError: An environment already lives in this process.
    """
    _refuse_unknown(registration, make_episodic_env)
    cfg = _choose_cfg(cfg, physics, registration)
    _apply_common(cfg, num_envs, device, seed)
    return EpisodicEnv(cfg, render_mode)


def make_lerobot_env(
    cfg: ManagerBasedRLEnvCfg | None = None,
    render_mode: str | None = None,
    *,
    num_envs: int | None = None,
    device: str | None = None,
    seed: int | None = None,
    physics: str | None = None,
    units: str | None = None,
    cameras: Sequence[str] | None = None,
    image_size: tuple[int, int] | None = None,
    image_format: str | None = None,
    checkpoint: str | Path | None = None,
    rename_map: Mapping[str, str] | None = None,
    variation: str | Path | None = None,
    **registration: Any,
) -> LeRobotEnv:
    """Make an environment in LeRobot units.

    Args:
        cfg: Resolved configuration, as Isaac Lab's scripts pass it; the task's default without it.
        render_mode: ``rgb_array`` or None.
        num_envs: Number of parallel environments.
        device: ``cpu`` or ``cuda:<index>``; a GPU where there is one by default.
        seed: Seed of the episodes; random by default.
        physics: Preset of the physics, in place of the task's default.
        units: Unit convention: a name of ``config/units`` or a path to a YAML file.
        cameras: Cameras to observe, among ``front``, ``top``, ``wrist``; all by default.
        image_size: Height and width of the images [px].
        image_format: ``float_chw`` or ``uint8_hwc``.
        checkpoint: Directory or Hub id of a LeRobot policy: cameras, image size and instruction are fitted to it;
            `cameras` and `image_size` win over it.
        rename_map: From the environment's names of observations to the checkpoint's, in place of the map saved with it.
        variation: How the world is changed: a name of ``config/variations`` or a path to a YAML file.
        **registration: What the id was registered with.

    Raises:
        ValueError: A keyword or value is not legal; the message names what is.
        FileNotFoundError: The checkpoint cannot be found.
        RuntimeError: An environment already lives in this process.
    """
    _refuse_unknown(registration, make_lerobot_env)
    cfg = _choose_cfg(cfg, physics, registration)
    _apply_common(cfg, num_envs, device, seed)
    apply_policy_keywords(cfg, units, cameras, image_size, image_format, checkpoint, rename_map)
    if variation is not None:
        apply_variation(cfg, variations.load(variation))
    return LeRobotEnv(cfg, _one_of("render_mode", render_mode, LeRobotEnv.metadata["render_modes"]))


def apply_policy_keywords(
    cfg: ManagerBasedRLEnvCfg,
    units: str | None = None,
    cameras: Sequence[str] | None = None,
    image_size: tuple[int, int] | None = None,
    image_format: str | None = None,
    checkpoint: str | Path | None = None,
    rename_map: Mapping[str, str] | None = None,
) -> None:
    """Change a configuration, in place, to what a policy is to see; arguments as for :func:`make_lerobot_env`."""
    image_sizes: Mapping[str, tuple[int, int]] = {}
    if checkpoint is not None:
        from lerobot_env_leisaac.policies.features import read_features  # LeRobot takes seconds to import

        features = read_features(checkpoint, rename_map)
        cameras = features.cameras_among(cfg.cameras()) if cameras is None else cameras
        image_sizes = features.image_sizes
        cfg.instruction = cfg.instruction if features.instruction is None else features.instruction
    if units is not None:
        cfg.units = str(units)
    unit_conventions.load(cfg.units)  # a bad convention is refused here, not after the scene is built
    if image_format is not None:
        cfg.image_format = _one_of("image_format", image_format, IMAGE_FORMATS)
    if cameras is not None:
        _keep_cameras(cfg, cameras)
    for camera in cfg.cameras():
        size = image_sizes.get(camera) if image_size is None else image_size
        if size is not None:
            sensor = getattr(cfg.scene, camera)
            sensor.height, sensor.width = _image_size(size)


def load_cfg(entry_point: str, presets: Sequence[str] = ()) -> Any:
    """Build a task's configuration and resolve its presets.

    Args:
        entry_point: ``module:Class`` of the configuration.
        presets: Names of the presets to select; the defaults for the rest.
    """
    module, _, name = entry_point.partition(":")
    return resolve_presets(getattr(importlib.import_module(module), name)(), presets)


def _choose_cfg(cfg: ManagerBasedRLEnvCfg | None, physics: str | None, registration: Mapping[str, Any]) -> Any:
    if physics is None:
        return cfg or load_cfg(registration["env_cfg_entry_point"])
    if cfg is not None:
        raise ValueError(f"cfg has its physics already: expected cfg or physics={physics!r}, not both")
    return load_cfg(registration["env_cfg_entry_point"], [_one_of("physics", physics, PHYSICS)])


def _apply_common(cfg: ManagerBasedRLEnvCfg, num_envs: int | None, device: str | None, seed: int | None) -> None:
    if num_envs is not None:
        if not isinstance(num_envs, int) or num_envs < 1:
            raise ValueError(f"num_envs is {num_envs!r}, expected a whole number of 1 or more")
        cfg.scene.num_envs = num_envs
    if device is not None:
        cfg.sim.device = _device(device)
    if seed is not None:
        if not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed is {seed!r}, expected a whole number of 0 or more")
        cfg.seed = seed


def _device(name: str) -> str:
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ValueError(f"device is {name!r}, expected 'cpu' or 'cuda:<index>'") from None
    if device.type == "cpu":
        return "cpu"
    index, count = device.index or 0, torch.cuda.device_count()
    if device.type != "cuda" or index >= count:
        raise ValueError(f"device {name!r} is not here, this machine has 'cpu' and {count} CUDA devices")
    return f"cuda:{index}"


def _keep_cameras(cfg: ManagerBasedRLEnvCfg, cameras: Sequence[str]) -> None:
    unknown = [name for name in cameras if name not in CAMERAS]
    if isinstance(cameras, str) or unknown:
        raise ValueError(f"cameras is {cameras!r}, expected names among {list(CAMERAS)}")
    for name in set(CAMERAS) - set(cameras):
        setattr(cfg.scene, name, None)
        setattr(cfg.observations.lerobot, name, None)
        setattr(cfg.events, f"{name}_camera", None)


def _image_size(size: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(size, Sequence) or len(size) != 2 or not all(isinstance(n, int) and n > 0 for n in size):
        raise ValueError(f"image_size is {size!r}, expected (height, width) in pixels, such as (480, 640)")
    return size[0], size[1]


def _one_of(name: str, value: str | None, legal: Sequence[str | None]) -> Any:
    if value not in legal:
        raise ValueError(f"{name} is {value!r}, expected one of {list(legal)}")
    return value


def _refuse_unknown(registration: dict[str, Any], function: Any) -> None:
    unknown = [key for key in registration if not key.endswith("_entry_point") and key != "default_agent"]
    if unknown:
        legal = ["cfg", "render_mode", *function.__kwdefaults__]
        raise ValueError(f"unknown keyword {', '.join(unknown)} for gym.make, expected some of {', '.join(legal)}")
