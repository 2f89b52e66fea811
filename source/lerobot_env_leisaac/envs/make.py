"""From the keywords of ``gym.make`` to an environment.

What can be told from the keywords is refused before torch, LeRobot or Isaac Lab is imported; whether a checkpoint fits,
before Isaac Lab is.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.assets.look import DEFAULT_LOOK
from lerobot_env_leisaac.keywords import Keywords, checked_for, require_cameras
from lerobot_env_leisaac.options import EpisodicEnvOptions
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.scenes.kit_cameras import kit_cameras
from lerobot_env_leisaac.tasks.spec import TaskSpec

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg

    from lerobot_env_leisaac.policies.features import PolicyFeatures

    from .episodic_env import EpisodicEnv
    from .lerobot_env import LeRobotEnv


def make_episodic_env(
    cfg: ManagerBasedRLEnvCfg | None = None, render_mode: str | None = None, **given: Any
) -> EpisodicEnv:
    """Make an environment of Isaac Lab's own shape: radians, observation groups, rewards.

    Args:
        cfg: Resolved configuration, as Isaac Lab's scripts pass it; the task's default without it.
        render_mode: As Gymnasium defines it.
        **given: Keywords, see :class:`.EpisodicEnvOptions`, and what the id was registered with.

    Raises:
        ValueError: A keyword or value is not legal; the message names what is.
        ModuleNotFoundError: The simulator is not installed.
        RuntimeError: An environment already lives in this process.
    """
    registration = _registration(given, EpisodicEnvOptions)
    keywords = Keywords(**given).checked()
    _require_cfg(cfg, keywords, in_units=False)
    _require_servo(keywords.servo, _task_of(registration))
    _require_look(keywords.look, _task_of(registration))
    with quiet():
        from .episodic_env import EpisodicEnv

        cfg = _resolved(cfg, keywords, registration)
        return EpisodicEnv(cfg, render_mode)


def make_lerobot_env(
    cfg: ManagerBasedRLEnvCfg | None = None, render_mode: str | None = None, **given: Any
) -> LeRobotEnv:
    """Make an environment in LeRobot units.

    Args:
        cfg: Resolved configuration, as Isaac Lab's scripts pass it; the task's default without it.
        render_mode: ``rgb_array`` or None.
        **given: Keywords, see :class:`.Keywords`, and what the id was registered with. Units, cameras, image size and
            instruction are fitted to ``checkpoint``, which is audited; those that are given win over it. Gymnasium's
            ``max_episode_steps`` takes the place of ``time_limit``.

    Raises:
        ValueError: A keyword or value is not legal, or the checkpoint does not fit; the message names what is.
        FileNotFoundError: The checkpoint cannot be found.
        ModuleNotFoundError: The simulator is not installed.
        RuntimeError: An environment already lives in this process.
    """
    registration = _registration(given, Keywords)
    task = _task_of(registration)
    keywords = checked_for(Keywords(**given, render_mode=render_mode), task if cfg is None else None)
    _require_cfg(cfg, keywords, in_units=True)
    _require_servo(keywords.servo, task)
    _require_look(keywords.look, task)
    if keywords.checkpoint is not None and task is not None and cfg is None:
        from lerobot_env_leisaac.policies.fit import require_fit  # LeRobot takes seconds to import

        require_fit(task, keywords)
    with quiet():
        from lerobot_env_leisaac.tasks.common import variations
        from lerobot_env_leisaac.tasks.common.apply_variation import apply_variation

        from .lerobot_env import LeRobotEnv

        cfg = _resolved(cfg, keywords, registration)
        _apply(cfg, keywords)
        if keywords.variation is not None:
            apply_variation(cfg, variations.load(keywords.variation))
        return LeRobotEnv(cfg, render_mode)


def resolve_cfg(entry_point: str, keywords: Keywords) -> Any:
    """Return the configuration of an environment in LeRobot units that keywords ask for, the world not varied in it.

    Args:
        entry_point: ``module:Class`` of the configuration.
        keywords: What is asked for.

    Raises:
        ValueError: A keyword is not legal; the message names what is.
        FileNotFoundError: The checkpoint cannot be found.
    """
    registration = {"env_cfg_entry_point": entry_point}
    task = _task_of(registration)
    keywords = checked_for(keywords, task)
    _require_servo(keywords.servo, task)
    _require_look(keywords.look, task)
    cfg = _resolved(None, keywords, registration)
    _apply(cfg, keywords)
    return cfg


def apply_policy_keywords(cfg: ManagerBasedRLEnvCfg, **given: Any) -> None:
    """Change a configuration, in place, to what a policy is to see; as :func:`make_lerobot_env` does with keywords."""
    _apply(cfg, Keywords(**given).checked(_available(cfg)))


def load_cfg(entry_point: str, presets: Sequence[str] = ()) -> Any:
    """Build a task's configuration and resolve its presets.

    Args:
        entry_point: ``module:Class`` of the configuration.
        presets: Names of the presets to select; the defaults for the rest.
    """
    from isaaclab_tasks.utils.hydra import resolve_presets

    return resolve_presets(pkgutil.resolve_name(entry_point)(), presets)


def keep_time_limit(env: Any) -> Any:
    """Turn Gymnasium's time limit of one environment into the episode length of all sub-environments.

    ``gym.make(..., max_episode_steps=n)`` counts the steps of the batch, and would neither reset a sub-environment nor
    tell one from another. Gymnasium applies this after its own wrapper, which it takes off.
    """
    from gymnasium.wrappers import TimeLimit

    if not isinstance(env, TimeLimit):
        return env
    env.unwrapped.limit_episodes(env._max_episode_steps)
    return env.env


def _apply(cfg: Any, keywords: Keywords) -> None:
    """Change a configuration, in place, to what a policy is to see."""
    from lerobot_env_leisaac import units

    convention, cameras, image_sizes = keywords.units, keywords.cameras, dict[str, tuple[int, int] | None]()
    if keywords.checkpoint is not None:
        from lerobot_env_leisaac.policies.features import read_features

        features: PolicyFeatures = read_features(
            keywords.checkpoint,
            keywords.rename_map,
            trust_checkpoint=bool(keywords.trust_checkpoint),
            robot=cfg.spec().robot,
        )
        cameras = features.cameras_among(cfg.cameras(), _available(cfg)) if cameras is None else cameras
        image_sizes = dict(features.image_sizes)
        convention = features.units if convention is None else convention
        cfg.instruction = cfg.instruction if features.instruction is None else features.instruction
    if keywords.instruction is not None:
        cfg.instruction = keywords.instruction
    if convention is not None:
        cfg.units = str(convention) if isinstance(convention, Path) else convention
    units.load(cfg.units)  # that of a given configuration, too, is refused here, not after the scene is built
    if keywords.image_format is not None:
        cfg.image_format = keywords.image_format
    if cameras is not None:
        _keep_cameras(cfg, cameras)
    for camera in cfg.cameras():
        size = keywords.image_size or image_sizes.get(camera)
        if size is not None:
            sensor = getattr(cfg.scene, camera)
            sensor.height, sensor.width = size


def _resolved(cfg: Any, keywords: Keywords, registration: Mapping[str, Any]) -> Any:
    """Return the configuration with what every kind of environment has of the keywords in it."""
    if cfg is None:
        presets = [name for name in (keywords.physics, keywords.servo, keywords.look) if name is not None]
        cfg = load_cfg(registration["env_cfg_entry_point"], presets)
    if keywords.num_envs is not None:
        cfg.scene.num_envs = keywords.num_envs
    if keywords.device is not None:
        cfg.sim.device = keywords.device
    Keywords(device=str(cfg.sim.device)).checked()  # Isaac Lab's commands ask for a GPU unless they are told otherwise
    if keywords.seed is not None:
        cfg.seed = keywords.seed
    if keywords.time_limit is not None:
        cfg.episode_length_s = keywords.time_limit
    return cfg


def _keep_cameras(cfg: Any, cameras: Sequence[str]) -> None:
    """Leave a configuration the cameras that are named, some of which it may not have had."""
    from lerobot_env_leisaac.tasks.common.cameras import beside
    from lerobot_env_leisaac.tasks.common.lerobot_env_cfg import image_cfg

    require_cameras(cameras, _available(cfg))
    for wrist, camera in kit_cameras(cfg.spec().scene.cameras).items():
        if camera.name in cameras and camera.name not in cfg.cameras():
            setattr(cfg.scene, camera.name, beside(getattr(cfg.scene, wrist), camera))
            setattr(cfg.observations.lerobot, camera.name, image_cfg(camera.name))
    for name in set(cfg.cameras()) - set(cameras):
        setattr(cfg.scene, name, None)
        setattr(cfg.observations.lerobot, name, None)
        setattr(cfg.events, f"{name}_camera", None)


def _available(cfg: Any) -> tuple[str, ...]:
    """Return the cameras that a configuration has or may have: the kit's, where it has the wrist's."""
    present = cfg.cameras()
    optional = (camera.name for wrist, camera in kit_cameras(cfg.spec().scene.cameras).items() if wrist in present)
    return tuple(dict.fromkeys((*present, *optional)))


def _task_of(registration: Mapping[str, Any]) -> TaskSpec | None:
    """Return the task that an id was registered for; None for the id of somebody else."""
    entry_point = registration.get("env_cfg_entry_point")
    return next((spec for spec in catalog.tasks() if entry_point in (spec.isaaclab_cfg, spec.lerobot_cfg)), None)


def _require_cfg(cfg: Any, keywords: Keywords, *, in_units: bool) -> None:
    """Refuse what is no configuration, or one of the other kind of environment."""
    if cfg is None:
        return
    bases = {base.__name__ for base in type(cfg).__mro__}  # by name: a class would have to be imported
    if "ManagerBasedRLEnvCfg" not in bases or in_units != ("LeRobotEnvMixinCfg" in bases):
        kind = "in LeRobot units" if in_units else "in radians"
        raise ValueError(
            f"cfg is a {type(cfg).__name__}, expected the resolved configuration of a task's environment {kind}"
        )
    for name in ("physics", "servo", "look"):
        if (value := getattr(keywords, name)) is not None:
            raise ValueError(f"cfg has its {name} already: expected cfg or {name}={value!r}, not both")


def _require_servo(servo: str | None, task: TaskSpec | None) -> None:
    """Refuse a servo that the task's robot has not."""
    if task is not None and servo not in (None, DEFAULT_SERVO, *task.robot.servos):
        legal = ", ".join(task.robot.servos) or DEFAULT_SERVO
        raise ValueError(f"servo is {servo!r}, which no {task.robot.title} has, expected {legal}")


def _require_look(look: str | None, task: TaskSpec | None) -> None:
    """Refuse a look that the task's files do not have."""
    if task is None or look in (None, DEFAULT_LOOK):
        return
    assets = [task.scene.file, *(arm.file for arm in task.robot.arms.values())]
    for asset in assets:
        found = files.resolve(asset)
        if found.source != "packaged" or asset.real_path is None:
            raise ValueError(f"look is {look!r}, which {found.path} has not ({found.reason}): expected {DEFAULT_LOOK}")


def _registration(given: dict[str, Any], kind: type) -> dict[str, Any]:
    """Take from what ``gym.make`` was given what an id was registered with; what remains are keywords of a kind."""
    registered = [name for name in given if name.endswith("_entry_point") or name == "default_agent"]
    registration = {name: given.pop(name) for name in registered}
    legal = {"cfg": None, "render_mode": None} | {field.name: None for field in dataclasses.fields(kind)}
    if unknown := [name for name in given if name not in legal]:
        raise ValueError(f"unknown keyword {', '.join(unknown)} for gym.make, expected some of {', '.join(legal)}")
    return registration
