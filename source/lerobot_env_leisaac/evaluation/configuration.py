"""What an evaluation measures: the content of ``config.json``, by which two evaluations are of the same or are not."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac.assets.look import DEFAULT_LOOK
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.robots.so101 import exact_meshes

from .episode import Episode
from .folder import CONFIG

if TYPE_CHECKING:
    from .options import EvaluationOptions
    from .policy_source import PolicyIdentity

FORMAT = 2
"""Version of ``config.json``; 1 had no number, the name of the variation alone, and not the physics."""

_POLICY = ("checkpoint_hash", "policy_type")
_IDENTITY = (
    *_POLICY,
    *("n_action_steps", "rename_map", "env_id", "seed", "units", "instruction", "cameras"),
    *("variation", "time_limit", "fps", "physics", "servo", "look", "grip"),
)
"""What must be the same for episodes of one evaluation; versions and device are noted for each run of it."""

_CONTENT = {
    **{"units": "joints", "variation": "changes", "physics": "settings"},
    **{"servo": "drives", "look": "shapes", "grip": "figures"},
}
"""Where the content is of what has a name besides, which says nothing: a file may be edited under its name."""


_DEFAULTS = {"servo": DEFAULT_SERVO, "look": DEFAULT_LOOK, "grip": "friction"}
"""What it is where nothing is noted: there was nothing else, or nothing else was asked for."""


def describe(options: EvaluationOptions, cfg: Any, policy: PolicyIdentity) -> dict[str, Any]:
    """Return what an evaluation measures, as plain data, without a run so far.

    Args:
        options: What to evaluate.
        cfg: Configuration of its environment, see :func:`.environment.resolve_cfg`.
        policy: Its policy.
    """
    from lerobot_env_leisaac import catalog, units
    from lerobot_env_leisaac.tasks.common import variations

    variation, instruction = None, cfg.instruction
    if options.variation is not None:
        loaded = variations.load(options.variation)
        variation = {"name": loaded.name, "changes": loaded.changes}
        instruction = loaded.instruction_of(cfg.spec(), instruction)
    sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
    described = {
        "format": FORMAT,
        "checkpoint": policy.checkpoint,
        "checkpoint_hash": policy.hash,
        "policy_type": policy.type,
        "n_action_steps": policy.n_action_steps,
        "rename_map": None if options.rename_map is None else dict(options.rename_map),
        "env_id": catalog.lerobot_id(options.task),
        "seed": options.seed,
        "units": units.load(cfg.units).table,
        "instruction": instruction,
        "cameras": {camera: [sensor.height, sensor.width] for camera, sensor in sensors.items()},
        "variation": variation,
        "time_limit": cfg.episode_length_s,
        "fps": round(1 / (cfg.sim.dt * cfg.decimation)),
        "physics": {"name": _physics_name(cfg), "settings": cfg.sim.physics.to_dict()},
        "servo": _servo(cfg),
        "look": _look(cfg),
        "grip": _grip(cfg),
        "runs": [],
    }
    return json.loads(json.dumps(described, default=str))  # as it is read back


def read(folder: Path) -> dict[str, Any]:
    """Read the configuration of an evaluation, one of an earlier version as far as it goes.

    Raises:
        FileNotFoundError: The folder holds none.
        ValueError: The file is no configuration, or of a later version.
    """
    path = folder / CONFIG
    try:
        config = read_json(path)
    except ValueError as error:
        raise ValueError(
            f"{path} is no configuration of an evaluation ({error}): evaluate into another folder"
        ) from error
    if not config:
        raise FileNotFoundError(f"{folder} holds no {CONFIG} of an evaluation: name another folder")
    found = config.get("format", 1)
    if found not in (1, FORMAT):
        raise ValueError(f"{path} has format {found!r}, expected up to {FORMAT}: update lerobot_env_leisaac")
    if found == 1:
        if config.get("variation") is not None:
            config["variation"] = {"name": config["variation"], "changes": None}
        config["runs"] = [{key: config.pop(key, None) for key in ("device", "num_envs", "versions")}]
        config["format"] = FORMAT
    for key in _DEFAULTS:
        config.setdefault(key, None)  # there was but the default one
    return config


def resumed(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a folder, whose evaluation is to go on as another configuration says.

    Raises:
        FileNotFoundError: The folder holds no configuration.
        ValueError: The evaluation in it is another; the message names what differs.
    """
    before = read(folder)
    if text := difference(before, config):
        raise ValueError(f"{folder} holds another evaluation ({text}): give it the same, or name another folder")
    if absent := not_noted(before):
        note = f"note: an earlier version wrote {folder / CONFIG} without {', '.join(absent)}: taken to be the same"
        print(printable(note), file=sys.stderr)
    return before


def changed_runs(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in what the last run of an evaluation differs from the one before, a line each."""
    if len(runs) < 2:
        return []
    before, now = ({"device": run["device"], **(run["versions"] or {})} for run in runs[-2:])
    return [
        f"{key} was {before.get(key)} in the run before and is {now.get(key)}; summary.json says which run played what"
        for key in {**before, **now}
        if before.get(key) != now.get(key)
    ]


def of_summary(config: Mapping[str, Any], episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return what a summary says of the configuration: which run played which episodes, the versions they share.

    Args:
        config: The configuration.
        episodes: The episodes that are summed up, by their numbers.
    """
    runs = []
    for number, run in enumerate(config["runs"]):
        if played := [episode.episode for episode in episodes if episode.run == number]:
            runs.append({"episodes": _ranges(played), **run})
    versions = [run["versions"] or {} for run in runs]
    shared = {
        package: version
        for package, version in versions[0].items()
        if all(other.get(package) == version for other in versions)
    }
    return {**{key: value for key, value in config.items() if key != "format"}, "versions": shared, "runs": runs}


def difference(before: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return in what a configuration differs from the one before, in words; nothing where it is the same."""
    found = differences(before, config)
    return "; ".join("{} was {}, is {}".format(key, *in_words(key, values)) for key, values in found.items())


def differences(first: Mapping[str, Any], second: Mapping[str, Any], *, policy: bool = True) -> dict[str, list[Any]]:
    """Return in what two configurations differ: both values by key, for what both have noted.

    Args:
        first: A configuration.
        second: Another one.
        policy: Whether the policy counts.
    """
    return {
        key: [first[key], second[key]]
        for key in _IDENTITY
        if key in first and key in second and (policy or key not in _POLICY) and not _same(key, first[key], second[key])
    }


def world(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a configuration makes the environment: all but the policy, and how it is played."""
    return {key: config[key] for key in _IDENTITY if key not in (*_POLICY, "n_action_steps", "rename_map")}


def not_noted(config: Mapping[str, Any]) -> list[str]:
    """Return what a configuration of an earlier version does not say."""
    variation = config.get("variation")
    absent = [key for key in _IDENTITY if key not in config]
    return [*absent, "the variation's values"] if variation and variation["changes"] is None else absent


def in_words(key: str, values: list[Any]) -> list[str]:
    """Return the two values of a difference for people, short."""
    first, second = values
    inner = _CONTENT.get(key)
    if inner is None or not (first and second) or first["name"] != second["name"]:
        return [_name(key, value) for value in values]
    one, other = (leaves(value[inner]) for value in values)
    differing = [leaf for leaf in {**one, **other} if one.get(leaf) != other.get(leaf)]
    shown = [
        ", ".join(f"{leaf} {side[leaf]}" if leaf in side else f"no {leaf}" for leaf in differing)
        for side in (one, other)
    ]
    return [f"{value['name']} ({text})" for value, text in zip(values, shown, strict=True)]


def leaves(tree: Any, at: str = "") -> dict[str, Any]:
    """Return the values of nested mappings by their dotted keys."""
    if not isinstance(tree, Mapping):
        return {at: tree}
    return {
        leaf: value
        for key, child in tree.items()
        for leaf, value in leaves(child, f"{at}.{key}" if at else key).items()
    }


def _same(key: str, first: Any, second: Any) -> bool:
    inner = _CONTENT.get(key)
    if inner is None:
        return first == second
    one, other = (value[inner] if value else {} for value in (first, second))
    if one is None or other is None:  # of the earlier version, which had no more than the name
        return bool(first and second) and first["name"] == second["name"]
    return one == other


def _name(key: str, value: Any) -> str:
    if key in _CONTENT:
        return _DEFAULTS.get(key, "none") if value is None else str(value["name"])
    return str(value)


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Return ascending numbers as ranges, first and last of each."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def _servo(cfg: Any) -> dict[str, Any] | None:
    """Return the robot's servo, name and figures; None for the default one, as where nobody knew another."""
    robot = cfg.spec().robot
    name = getattr(getattr(cfg.scene, robot.entities[0]), "servo", DEFAULT_SERVO)
    return None if name == DEFAULT_SERVO else {"name": name, "drives": robot.servos[name].table}


def _look(cfg: Any) -> dict[str, Any] | None:
    """Return how robot and scene look, and which shapes the arm has; None for the default look."""
    name = getattr(cfg, "look", DEFAULT_LOOK)
    return None if name == DEFAULT_LOOK else {"name": name, "shapes": {"arm": exact_meshes.arm_shapes()}}


def _grip(cfg: Any) -> dict[str, Any] | None:
    """Return the rule by which jaws hold a cloth, name and figures; None where there is none, and friction holds."""
    from lerobot_env_leisaac.tasks.common import pinch

    return pinch.RULE if cfg.spec().scene.cloths else None


def _physics_name(cfg: Any) -> str:
    """Return the preset's name, or for none of the presets the name of the configuration's class."""
    from lerobot_env_leisaac.tasks.common.presets import physics_cfg

    physics, presets = cfg.sim.physics, physics_cfg(cfg.spec())
    for field in fields(presets):
        if field.name != "default" and getattr(presets, field.name).to_dict() == physics.to_dict():
            return field.name
    return type(physics).__name__
