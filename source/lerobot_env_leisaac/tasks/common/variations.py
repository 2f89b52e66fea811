"""Variations: the world changed on purpose, for training on more than one world and for finding where a policy breaks.

A variation is a YAML file: one of those in `config/variations`, or one of the user's own. Each of its fields changes
one thing and may be left out. A number changes it by as much in every episode; a pair `[low, high]` lets each episode
draw its own, from seed and episode number alone.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.managers import EventTermCfg, SceneEntityCfg
from isaaclab_newton.physics import NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lerobot_env_leisaac.assets.scenes.read import half_height
from lerobot_env_leisaac.resources import config_dir
from lerobot_env_leisaac.units import JOINT_NAMES

from . import events, surfaces
from .actions import DelayedJointPositionInUnitsActionCfg
from .spawners import ScaledBodyUsdFileCfg

Range = tuple[float, float]


@dataclass(frozen=True)
class Variation:
    """What is changed, by how much. A range whose ends are equal is fixed.

    Attributes:
        name: Name of the variation, for messages and metadata.
        description: What it is for.
        camera_offset_mm: Length of each camera's offset, in a direction of its own [mm].
        camera_rotation_deg: Angle of each camera's rotation, about an axis of its own [deg].
        light_intensity: Factor of all light.
        light_tint: Factor of all light in red, green and blue, each drawn on its own.
        cube_color: Colour of the cube, red, green and blue as a colour picker shows them (sRGB, 0 to 1).
        cube_hue_deg: Turn of the cube's hue [deg].
        cube_brightness: Factor of the cube's albedo.
        cube_scale: Factor of the cube's edges; its mass stays. Fixed: the cube is built once.
        cube_mass: Factor of the cube's mass.
        friction: Factor of the friction of every surface.
        latency_steps: Control steps by which actions come late.
        start_pose_deg: Offset of each joint from its default start, each drawn on its own [deg].
    """

    name: str
    description: str
    camera_offset_mm: Range = (0.0, 0.0)
    camera_rotation_deg: Range = (0.0, 0.0)
    light_intensity: Range = (1.0, 1.0)
    light_tint: Range = (1.0, 1.0)
    cube_color: tuple[float, float, float] | None = None
    cube_hue_deg: Range = (0.0, 0.0)
    cube_brightness: Range = (1.0, 1.0)
    cube_scale: Range = (1.0, 1.0)
    cube_mass: Range = (1.0, 1.0)
    friction: Range = (1.0, 1.0)
    latency_steps: tuple[int, int] = (0, 0)
    start_pose_deg: Range = (0.0, 0.0)


_LIMITS: dict[str, Range] = {
    "camera_offset_mm": (0.0, 200.0),
    "camera_rotation_deg": (0.0, 45.0),
    "light_intensity": (0.05, 20.0),
    "light_tint": (0.1, 10.0),
    "cube_hue_deg": (-180.0, 180.0),
    "cube_brightness": (0.05, 20.0),
    "cube_scale": (0.5, 1.5),
    "cube_mass": (0.1, 100.0),
    "friction": (0.05, 10.0),
    "latency_steps": (0, 30),
    "start_pose_deg": (-30.0, 30.0),
}
"""Bounds of what each field may hold; beyond them nothing of the task is left."""

_LOOKS = ("light_intensity", "light_tint", "cube_color", "cube_hue_deg", "cube_brightness")


def names() -> tuple[str, ...]:
    """Return the names of the packaged variations, sorted."""
    return tuple(sorted(path.stem for path in (config_dir() / "variations").glob("*.yaml")))


def load(name_or_path: str | Path) -> Variation:
    """Load a variation.

    Args:
        name_or_path: Name of a packaged variation (see `names`), or path of a YAML file of the same form.

    Raises:
        ValueError: There is no such variation, or its file is not valid; the message names file, key and reason.
    """
    known = names()
    path = config_dir() / "variations" / f"{name_or_path}.yaml" if str(name_or_path) in known else Path(name_or_path)
    if not path.is_file():
        raise ValueError(f"unknown variation '{name_or_path}': use one of {', '.join(known)}, or a path of a YAML file")
    try:
        content = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except (yaml.YAMLError, OmegaConfBaseException, OSError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
    return from_table({"name": path.stem, **content} if isinstance(content, Mapping) else content, where=str(path))


def from_table(table: Any, where: str) -> Variation:
    """Build a variation from plain data: the content of a YAML file and a name.

    Args:
        table: `name`, `description`, and any of the other fields of `Variation`.
        where: File that the table comes from, to begin the message of an error.

    Raises:
        ValueError: The table is not valid; the message names `where`, the key and the reason.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{where}: expected a mapping, found {table!r}")
    legal = [field.name for field in dataclasses.fields(Variation) if field.name != "name"]
    unknown = [str(key) for key in table if key != "name" and key not in legal]
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; expected some of {', '.join(legal)}")
    description = table.get("description")
    if not isinstance(description, str) or not description.strip():
        raise ValueError(f"{where}: description: expected some text, found {description!r}")
    values: dict[str, Any] = {"name": table["name"], "description": description}
    for key in table:
        if key in _LIMITS:
            values[key] = _range(table[key], key, f"{where}: {key}")
        elif key == "cube_color":
            values[key] = _color(table[key], f"{where}: {key}")
    return Variation(**values)


def _range(value: Any, key: str, where: str) -> tuple[Any, Any]:
    """Return a number, or a pair of numbers, as the two ends of a range."""
    limits = _LIMITS[key]
    kind = int if key == "latency_steps" else float
    expected = f"{'a number' if kind is float else 'a whole number'} or [low, high]"
    ends = value if isinstance(value, list) else [value, value]
    if key == "cube_scale":
        expected, ends = "one number (the cube is built once)", [value, value]
    if len(ends) != 2 or not all(_is_number(end, limits, kind) for end in ends) or ends[0] > ends[1]:
        raise ValueError(f"{where}: expected {expected}, from {limits[0]:g} to {limits[1]:g}, found {value!r}")
    return ends[0], ends[1]


def _color(value: Any, where: str) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != 3 or not all(_is_number(part, (0.0, 1.0)) for part in value):
        raise ValueError(f"{where}: expected three numbers from 0 to 1, found {value!r}")
    return tuple(value)


def _is_number(value: Any, limits: Range, kind: type = float) -> bool:
    """Return whether a value is a number within limits, and a whole one if `kind` is int."""
    is_number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    return is_number and limits[0] <= value <= limits[1]


def apply_variation(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> None:
    """Change a configuration, in place, so that its world is varied.

    What the cameras see changes for those that the configuration still has; without cameras looks cost nothing.

    Args:
        cfg: Resolved configuration of a LeRobot environment whose scene has a ``cube``.
        variation: What to change.

    Raises:
        ValueError: The configuration's physics or renderer cannot vary this; the message names the field.
    """
    changed = {field.name for field in dataclasses.fields(variation) if getattr(variation, field.name) != field.default}
    if changed & {"camera_offset_mm", "camera_rotation_deg"}:
        _vary_cameras(cfg, variation)
    if changed & set(_LOOKS) and cfg.cameras():
        _vary_looks(cfg, variation, changed)
    if "cube_scale" in changed:
        _scale_cube(cfg, variation.cube_scale[0])
    if "cube_mass" in changed:
        params = {"factor": variation.cube_mass, "asset_cfg": SceneEntityCfg("cube")}
        cfg.events.cube_mass = _event(events.scale_mass, params, varies=_varies(variation.cube_mass))
    if "friction" in changed:
        if not isinstance(cfg.sim.physics, NewtonCfg):
            raise ValueError(f"variation {variation.name}: friction needs Newton's physics, physics=newton_mjwarp")
        cfg.events.friction = _event(
            surfaces.scale_friction, {"factor": variation.friction}, varies=_varies(variation.friction)
        )
    if "latency_steps" in changed:
        cfg.actions.joint_pos = DelayedJointPositionInUnitsActionCfg(latency_steps=variation.latency_steps)
    if "start_pose_deg" in changed:
        robot = SceneEntityCfg("robot", joint_names=list(JOINT_NAMES), preserve_order=True)
        params = {"offset": _scaled(variation.start_pose_deg, math.radians(1)), "asset_cfg": robot}
        cfg.events.start_pose = _event(events.offset_start_pose, params)


def _vary_cameras(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> None:
    for camera in cfg.cameras():
        name = f"{camera}_camera"
        term = getattr(cfg.events, name, None) or _event(
            events.offset_camera_pose, {"sensor_cfg": SceneEntityCfg(camera)}
        )
        term.params["distance"] = _scaled(variation.camera_offset_mm, 1e-3)
        term.params["angle"] = _scaled(variation.camera_rotation_deg, math.radians(1))
        setattr(cfg.events, name, term)


def _vary_looks(cfg: ManagerBasedRLEnvCfg, variation: Variation, changed: set[str]) -> None:
    renderers = [getattr(cfg.scene, camera).renderer_cfg for camera in cfg.cameras()]
    if not all(isinstance(renderer, NewtonWarpRendererCfg) for renderer in renderers):
        others = sorted(changed & set(_LOOKS))
        if others != ["light_intensity"] or _varies(variation.light_intensity):
            raise ValueError(
                f"variation {variation.name}: {', '.join(others)} needs renderer=newton_renderer;"
                " another renderer takes one fixed light_intensity and no more"
            )
        for light in (cfg.scene.key_light, cfg.scene.dome_light):
            light.spawn.intensity *= variation.light_intensity[0]
        return
    ranges = {
        "light_intensity": variation.light_intensity,
        "light_tint": variation.light_tint,
        "cube_hue": _scaled(variation.cube_hue_deg, math.radians(1)),
        "cube_brightness": variation.cube_brightness,
    }
    varies = any(_varies(bounds) for bounds in ranges.values())
    params = {**ranges, "cube_color": variation.cube_color}
    cfg.events.light_and_colors = _event(surfaces.randomize_light_and_colors, params, varies=varies)


def _scale_cube(cfg: ManagerBasedRLEnvCfg, scale: float) -> None:
    """Build the cube larger or smaller, and let it still stand on the table."""
    table, cube = cfg.scene.table, cfg.scene.cube
    body = cube.prim_path.removeprefix(f"{table.prim_path}/")
    table.spawn = ScaledBodyUsdFileCfg(usd_path=table.spawn.usd_path, body=body, body_scale=scale)
    x, y, z = cube.init_state.pos
    cube.init_state.pos = (x, y, z + (scale - 1.0) * half_height(Path(table.spawn.usd_path), body))


def _event(func: Any, params: dict[str, Any], varies: bool = True) -> EventTermCfg:
    """Return a term that runs at each reset if it draws anew there, else once."""
    return EventTermCfg(func=func, mode="reset" if varies else "startup", params=params)


def _varies(bounds: tuple[float, float]) -> bool:
    return bounds[0] != bounds[1]


def _scaled(bounds: Range, factor: float) -> Range:
    return (bounds[0] * factor, bounds[1] * factor)
