"""From a variation to the terms of a configuration that bring it about."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.managers import EventTermCfg, ObservationTermCfg, SceneEntityCfg
from isaaclab.utils import clone, configclass
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg

from lerobot_env_leisaac.assets.look import DEFAULT_LOOK
from lerobot_env_leisaac.robots.spec import named
from lerobot_env_leisaac.scenes.read import object_of

from . import events, observations, surfaces
from .actions import ImperfectJointPositionInUnitsActionCfg
from .base_actions import DelayedBaseVelocityInUnitsActionCfg
from .choice import Draw, place_distractors
from .lerobot_env_cfg import NamedGroupCfg
from .spawners import ChangedUsdFileCfg
from .task_env_cfg import actions_cfg, joints
from .variations import ObjectVariation, Range, Variation

_LOOKS = (
    *("light_intensity", "light_tint", "object_color", "object_hue_deg", "object_brightness", "surfaces"),
    *("color_words", "distractors"),
)
_OBJECT_LOOKS = ("color", "hue_deg", "brightness")

_CONTACTS = 8
"""Contacts that a further object may have: four below it, and as many with what it touches."""

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
    changed = set(variation.changes)
    of_objects = sorted(name for name in changed if name.startswith("object_"))
    if cfg.spec().scene.cloths:  # cloth is painted as objects are, and has no mass and size to vary
        of_objects = [name for name in of_objects if name not in _LOOKS]
    if of_objects and not cfg.spec().objects:
        raise ValueError(f"variation {variation.name}: {', '.join(of_objects)} needs objects, and the task has none")
    variation.require_task(cfg.spec())
    objects = _of_objects(cfg, variation)
    if changed & {"camera_offset_mm", "camera_rotation_deg"}:
        _vary_cameras(cfg, variation)
    draw = _draw(cfg, variation)
    if (looks := _changed_looks(variation)) and cfg.cameras():
        _vary_looks(cfg, variation, objects, looks, draw)
    if changed & {"light_azimuth_deg", "light_elevation_deg"} and cfg.cameras():
        _turn_light(cfg, variation)
    if scales := {name: each.scale[0] for name, each in objects.items() if each.scale != (1.0, 1.0)}:
        _scale_objects(cfg, scales)
    if draw is not None:
        _offer_choice(cfg, draw)
    for name, each in objects.items():
        if each.mass != (1.0, 1.0):
            params = {"factor": each.mass, "asset_cfg": SceneEntityCfg(name)}
            setattr(cfg.events, f"{name}_mass", _event(events.scale_mass, params, varies=_varies(each.mass)))
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
            cfg.spec(),
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
    shortest, longest = variation.focal_length
    for camera in cfg.cameras() if "focal_length" in changed else ():
        getattr(cfg.scene, camera).spawn.focal_length *= shortest
    enlarged = (1.0, longest / shortest)
    if changed & {"observation_latency_steps", *_OF_IMAGES} or enlarged != (1.0, 1.0):
        for camera in cfg.cameras():
            image = getattr(cfg.observations.lerobot, camera)
            image.func = observations.imperfect_camera_image
            image.params |= {name: getattr(variation, name) for name in _OF_IMAGES}
            image.params["enlarged"] = enlarged
            image.params["latency_steps"] = variation.observation_latency_steps
    if "start_pose_deg" in changed:
        offset = _scaled(variation.start_pose_deg, math.radians(1))
        for arm in cfg.spec().robot.entities:
            params = {"offset": offset, "asset_cfg": joints(cfg.spec().robot, arm)}
            setattr(cfg.events, named("start_pose", arm), _event(events.offset_start_pose, params))


def _of_objects(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> dict[str, ObjectVariation]:
    """Return what is changed of each of the scene's objects, of those that the task moves first."""
    moved = cfg.spec().objects
    return {
        name: variation.of_object(name, moved=name in moved)
        for name in dict.fromkeys((*moved, *cfg.spec().scene.objects))
    }


def _changed_looks(variation: Variation) -> list[str]:
    """Return the fields that change what cameras see of the world, sorted; of an object by name with its name."""
    by_name = [
        f"objects.{name}.{key}" for name, said in variation.objects.items() for key in said if key in _OBJECT_LOOKS
    ]
    return sorted([*(set(_LOOKS) & set(variation.changes)), *by_name])


def _require_newton_renderer(cfg: ManagerBasedRLEnvCfg, variation: Variation, fields: str) -> None:
    renderers = [getattr(cfg.scene, camera).renderer_cfg for camera in cfg.cameras()]
    if not all(isinstance(renderer, NewtonWarpRendererCfg) for renderer in renderers):
        raise ValueError(f"variation {variation.name}: {fields} needs renderer=newton_renderer")


def _turn_light(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> None:
    _require_newton_renderer(cfg, variation, "light_azimuth_deg, light_elevation_deg")
    angles = {
        "azimuth": math.radians(variation.light_azimuth_deg[0]),
        "elevation": math.radians(variation.light_elevation_deg[0]),
    }
    params = {**angles, "sensor_cfgs": [SceneEntityCfg(camera) for camera in cfg.cameras()]}
    cfg.events.light_direction = _event(surfaces.turn_light, params, varies=False)


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


def _vary_looks(
    cfg: ManagerBasedRLEnvCfg,
    variation: Variation,
    objects: dict[str, ObjectVariation],
    looks: list[str],
    draw: Draw | None,
) -> None:
    renderers = [getattr(cfg.scene, camera).renderer_cfg for camera in cfg.cameras()]
    if not all(isinstance(renderer, NewtonWarpRendererCfg) for renderer in renderers):
        if looks != ["light_intensity"] or _varies(variation.light_intensity):
            raise ValueError(
                f"variation {variation.name}: {', '.join(looks)} needs renderer=newton_renderer;"
                " another renderer takes one fixed light_intensity and no more"
            )
        for light in (cfg.scene.key_light, cfg.scene.dome_light):
            light.spawn.intensity *= variation.light_intensity[0]
        return
    if variation.surfaces and cfg.look == DEFAULT_LOOK:
        raise ValueError(f"variation {variation.name}: surfaces needs look=real, for {DEFAULT_LOOK} has no such names")
    light = {"light_intensity": variation.light_intensity, "light_tint": variation.light_tint}
    paints = {name: _paint(each) for name, each in objects.items()}
    if draw is not None:
        meant, *others = draw.names
        paints |= {name: _paint(variation.of_object(meant, moved=True)) for name in others}
    of_surfaces = {name: _paint(ObjectVariation(**said)) for name, said in variation.surfaces.items()}
    of_cloth = [_paint(variation.of_object(name, moved=True)) for name in cfg.spec().scene.cloths]
    all_paints = (*paints.values(), *of_surfaces.values(), *of_cloth)
    drawn = [paint[key] for paint in all_paints for key in ("hue", "brightness")]
    ranges = [*light.values(), *drawn]
    varies = draw is not None or any(_varies(bounds) for bounds in ranges)
    # objects that nothing is said of have their place among the draws, so that naming one moves no other's
    painted = {*cfg.spec().objects, *variation.objects, *(draw.names if draw else ())}
    params = {**light, "objects": {name: paint if name in painted else None for name, paint in paints.items()}}
    params |= {"surfaces": of_surfaces, "cloth": of_cloth[0] if of_cloth else None, "draw": draw}
    cfg.events.light_and_colors = _event(surfaces.randomize_light_and_colors, params, varies=varies)


def _paint(each: ObjectVariation) -> dict[str, Any]:
    """Return how something is painted, as :class:`.surfaces.randomize_light_and_colors` takes it."""
    return {"color": each.color, "hue": _scaled(each.hue_deg, math.radians(1)), "brightness": each.brightness}


def _scale_objects(cfg: ManagerBasedRLEnvCfg, scales: dict[str, float]) -> None:
    """Build objects larger or smaller, and let them still stand where they stood."""
    changed = _changed_file(cfg)
    bodies = {name: object_of(cfg.spec().scene, Path(changed.usd_path), name) for name in scales}
    changed.body_scales = {body.path: scales[name] for name, body in bodies.items()}
    for name, body in bodies.items():
        built = getattr(cfg.scene, name)
        x, y, z = built.init_state.pos
        built.init_state.pos = (x, y, z + (scales[name] - 1.0) * body.origin_height)
        built.origin_height = scales[name] * body.origin_height  # rules of success go by these
        built.height = None if body.height is None else scales[name] * body.height


def _draw(cfg: ManagerBasedRLEnvCfg, variation: Variation) -> Draw | None:
    """Return what episodes draw of the task's choice; None where the variation asks for nothing of it."""
    choice = cfg.spec().choice
    if choice is None or not (variation.color_words or variation.distractors[1]):
        return None
    return Draw(choice, variation.color_words, variation.distractors)


def _offer_choice(cfg: ManagerBasedRLEnvCfg, draw: Draw) -> None:
    """Tell each episode what it draws, and lay the objects there that are not meant."""
    if draw.words:
        cfg.draw = draw
        cfg.instruction = draw.choice.instruction
    meant, *others = draw.names
    if not others:
        return
    changed = _changed_file(cfg)
    body = object_of(cfg.spec().scene, Path(changed.usd_path), meant)
    changed.copied, changed.copies = body.path, tuple(others)
    for name in others:
        copy = clone(getattr(cfg.scene, meant))
        copy.prim_path = f"{copy.prim_path.removesuffix(body.path)}{name}"
        setattr(cfg.scene, name, copy)
    solver = getattr(cfg.sim.physics, "solver_cfg", None)
    if isinstance(solver, MJWarpSolverCfg):  # a cube that lies has four contacts, of at most six rows each
        solver.nconmax += _CONTACTS * len(others)
        solver.njmax += 6 * _CONTACTS * len(others)
        solver.jacobian = "sparse"  # of no older dataset, and a dense one takes time for all that there is room for
    cfg.events.distractors = _event(place_distractors, {"draw": draw})
    terms = cfg.mistakes(others)
    cfg.observations.mistakes = configclass(
        type("MistakesCfg", (NamedGroupCfg,), {"__annotations__": dict.fromkeys(terms, ObservationTermCfg), **terms})
    )()


def _changed_file(cfg: ManagerBasedRLEnvCfg) -> ChangedUsdFileCfg:
    """Return what puts the scene's file on the stage, and can change it."""
    surroundings = cfg.scene.surroundings
    if not isinstance(surroundings.spawn, ChangedUsdFileCfg):
        before = surroundings.spawn
        surroundings.spawn = ChangedUsdFileCfg(usd_path=before.usd_path, spawned_by=before.func)
    return surroundings.spawn


def _event(func: Any, params: dict[str, Any], varies: bool = True) -> EventTermCfg:
    """Return a term that runs at each reset if it draws anew there, else once."""
    return EventTermCfg(func=func, mode="reset" if varies else "startup", params=params)


def _varies(bounds: tuple[float, float]) -> bool:
    return bounds[0] != bounds[1]


def _scaled(bounds: Range, factor: float) -> Range:
    return (bounds[0] * factor, bounds[1] * factor)
