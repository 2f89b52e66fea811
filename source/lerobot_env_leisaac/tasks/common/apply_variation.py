"""From a variation to the terms of a configuration that bring it about."""

from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import Any

from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.managers import EventTermCfg, SceneEntityCfg
from isaaclab_newton.physics import NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg

from lerobot_env_leisaac.robots.spec import named
from lerobot_env_leisaac.scenes.read import object_of

from . import events, observations, surfaces
from .actions import ImperfectJointPositionInUnitsActionCfg
from .base_actions import DelayedBaseVelocityInUnitsActionCfg
from .spawners import ScaledBodiesUsdFileCfg
from .task_env_cfg import actions_cfg, joints
from .variations import Range, Variation

_LOOKS = ("light_intensity", "light_tint", "object_color", "object_hue_deg", "object_brightness")

_OF_IMAGES = ("exposure", "white_balance", "blur", "pixel_noise")


def apply_variation(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> None:
    """Change a configuration, in place, so that its world is varied.

    What the cameras see changes for those that the configuration still has; without cameras looks cost nothing.

    Args:
        cfg: Resolved configuration of a LeRobot environment.
        variation: What to change.

    Raises:
        ValueError: The configuration's scene, physics or renderer cannot vary this; the message names the field.
    """
    changed = {field.name for field in dataclasses.fields(variation) if getattr(variation, field.name) != field.default}
    of_objects = sorted(name for name in changed if name.startswith("object_"))
    if of_objects and not cfg.spec().objects:
        raise ValueError(f"variation {variation.name}: {', '.join(of_objects)} needs objects, and the task has none")
    if changed & {"camera_offset_mm", "camera_rotation_deg"}:
        _vary_cameras(cfg, variation)
    if changed & set(_LOOKS) and cfg.cameras():
        _vary_looks(cfg, variation, changed)
    if "object_scale" in changed:
        _scale_objects(cfg, variation.object_scale[0])
    for name in cfg.spec().objects if "object_mass" in changed else ():
        params = {"factor": variation.object_mass, "asset_cfg": SceneEntityCfg(name)}
        setattr(cfg.events, f"{name}_mass", _event(events.scale_mass, params, varies=_varies(variation.object_mass)))
    if "friction" in changed:
        if not isinstance(cfg.sim.physics, NewtonCfg):
            raise ValueError(f"variation {variation.name}: friction needs Newton's physics, physics=newton_mjwarp")
        cfg.events.friction = _event(
            surfaces.scale_friction, {"factor": variation.friction}, varies=_varies(variation.friction)
        )
    if changed & {"servo_friction", "servo_stiffness"}:
        _scale_servos(cfg, variation)
    if changed & {"latency_steps", "action_noise_deg", "backlash_deg", "encoder_offset_deg"}:
        cfg.actions = actions_cfg(
            cfg.spec().robot,
            functools.partial(
                ImperfectJointPositionInUnitsActionCfg,
                noise=_scaled(variation.action_noise_deg, math.radians(1)),
                encoder_offset=_scaled(variation.encoder_offset_deg, math.radians(1)),
                backlash=_scaled(variation.backlash_deg, math.radians(1)),
            ),
            DelayedBaseVelocityInUnitsActionCfg,
            latency_steps=variation.latency_steps,
        )
    if changed & {"observation_latency_steps", "state_noise_deg", "encoder_offset_deg"}:
        state = cfg.observations.lerobot.state
        state.func = observations.imperfect_state_in_units
        state.params = {
            "encoder_offset": _scaled(variation.encoder_offset_deg, math.radians(1)),
            "noise": variation.state_noise_deg,
            "latency_steps": variation.observation_latency_steps,
        }
    if changed & {"observation_latency_steps", *_OF_IMAGES}:
        for camera in cfg.cameras():
            image = getattr(cfg.observations.lerobot, camera)
            image.func = observations.imperfect_camera_image
            image.params |= {name: getattr(variation, name) for name in _OF_IMAGES}
            image.params["latency_steps"] = variation.observation_latency_steps
    if "start_pose_deg" in changed:
        offset = _scaled(variation.start_pose_deg, math.radians(1))
        for arm in cfg.spec().robot.entities:
            params = {"offset": offset, "asset_cfg": joints(cfg.spec().robot, arm)}
            setattr(cfg.events, named("start_pose", arm), _event(events.offset_start_pose, params))


def _scale_servos(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> None:
    factors = {"stiffness": variation.servo_stiffness, "friction": variation.servo_friction}
    varies = any(_varies(bounds) for bounds in factors.values())
    for arm in cfg.spec().robot.entities:
        params = {**factors, "asset_cfg": SceneEntityCfg(arm)}
        setattr(cfg.events, named("servos", arm), _event(events.scale_servos, params, varies=varies))


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
        "hue": _scaled(variation.object_hue_deg, math.radians(1)),
        "brightness": variation.object_brightness,
    }
    varies = any(_varies(bounds) for bounds in ranges.values())
    params = {**ranges, "color": variation.object_color, "objects": cfg.spec().objects}
    cfg.events.light_and_colors = _event(surfaces.randomize_light_and_colors, params, varies=varies)


def _scale_objects(cfg: ManagerBasedRLEnvCfg, scale: float) -> None:
    """Build the objects larger or smaller, and let them still stand where they stood."""
    surroundings = cfg.scene.surroundings
    file = Path(surroundings.spawn.usd_path)
    bodies = {name: object_of(cfg.spec().scene, file, name) for name in cfg.spec().objects}
    paths = tuple(body.path for body in bodies.values())
    surroundings.spawn = ScaledBodiesUsdFileCfg(usd_path=str(file), bodies=paths, body_scale=scale)
    for name, body in bodies.items():
        start = getattr(cfg.scene, name).init_state
        x, y, z = start.pos
        start.pos = (x, y, z + (scale - 1.0) * body.origin_height)


def _event(func: Any, params: dict[str, Any], varies: bool = True) -> EventTermCfg:
    """Return a term that runs at each reset if it draws anew there, else once."""
    return EventTermCfg(func=func, mode="reset" if varies else "startup", params=params)


def _varies(bounds: tuple[float, float]) -> bool:
    return bounds[0] != bounds[1]


def _scaled(bounds: Range, factor: float) -> Range:
    return (bounds[0] * factor, bounds[1] * factor)
