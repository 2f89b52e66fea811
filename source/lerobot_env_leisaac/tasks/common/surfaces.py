"""Reset terms that change what surfaces look and feel like, environment by environment.

Newton keeps a colour and a friction for each shape of each environment, in one array on the device. Writing there when
an episode starts costs renderer and solver nothing while it goes on. The terms therefore need Newton: its physics for
friction, its Warp renderer for colours (:mod:`~lerobot_env_leisaac.tasks.common.variations` refuses the others).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import newton
import torch
import warp as wp
from isaaclab.managers import EventTermCfg, ManagerTermBase, SceneEntityCfg
from isaaclab_newton.physics import NewtonBackendCfg, NewtonManager

from lerobot_env_leisaac.episodes.draws import between, uniform

from .choice import Draw
from .cloth_renderer import ClothRenderer
from .srgb import to_linear, to_srgb

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.episodic_env import EpisodicEnv

Range = tuple[float, float]


DEFAULT_LIGHT = tuple(part / math.sqrt(3) for part in (-1.0, 1.0, -1.0))
"""Where the light of the Newton Warp renderer goes by default."""


class randomize_light_and_colors(ManagerTermBase):
    """Light the scene otherwise and paint objects otherwise.

    The Newton Warp renderer has one directional light and an ambient term, both of fixed strength: a pixel is the
    surface's albedo times the sum of the two, in linear light, at the end clipped and encoded as sRGB. All light times
    k is therefore the same as all albedos times k, exactly and before anything is clipped, and that is what this term
    writes. The backdrop beyond the table is no surface: it keeps its colour.
    """

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        # the renderer's own model, which Newton's physics shares and others lack
        backend_cfg = NewtonBackendCfg(physics_cfg=env.sim.cfg.physics, device=env.device)
        model = env.sim.get_or_create_backend(backend_cfg).model
        self._shapes = _shapes_by_environment(model)
        self._colors = wp.to_torch(model.shape_color)
        self._albedo = to_linear(self._colors[self._shapes])
        renderers = {id(each): each for each in (getattr(one, "_renderer", None) for one in env.scene.sensors.values())}
        self._cloth = [wp.to_torch(each.albedo) for each in renderers.values() if isinstance(each, ClothRenderer)]
        self._cloth_albedo = [albedo.clone() for albedo in self._cloth]
        labels = [model.shape_label[shape] for shape in self._shapes[0].tolist()]
        paths = [env.scene[name].cfg.prim_path.rsplit("/Scene/", 1)[1] for name in cfg.params["objects"]]
        self._objects = [
            torch.tensor([f"/Scene/{path}/" in label for label in labels], device=env.device) for path in paths
        ]
        names = cfg.params["surfaces"]
        self._surfaces = [
            torch.tensor([f"/real/{name}" in label for label in labels], device=env.device) for name in names
        ]
        if names and not any(shapes.any() for shapes in self._surfaces):  # a LeKiwi's room has no table, but a wall
            raise ValueError(f"the scene has no surface {', '.join(names)} to paint")

    def __call__(
        self,
        env: EpisodicEnv,
        env_ids: torch.Tensor | slice | None,
        light_intensity: Range,
        light_tint: Range,
        objects: Mapping[str, Mapping[str, Any] | None],
        surfaces: Mapping[str, Mapping[str, Any]],
        cloth: Mapping[str, Any] | None = None,
        draw: Draw | None = None,
    ) -> None:
        """Light and paint the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode; None for all.
            light_intensity: Factor of all light.
            light_tint: Factor of all light in each of red, green and blue, drawn on its own.
            objects: How each object is painted, by its name: its ``color`` (sRGB, 0 to 1), None for its own, bounds of
                the turn of its ``hue`` [rad] and of the factor of its albedo, ``brightness``. None for an object that
                has its place among the draws and is left alone.
            surfaces: The same of surfaces, by their names among :data:`.variations.SURFACES`.
            cloth: The same of the scene's cloth; None where it has none.
            draw: Colours of objects that each episode draws, before all of that; None where it draws none.
        """
        rows = slice(None) if env_ids is None else env_ids
        numbers = uniform(env.cfg.seed, env.episodes[rows], "light_and_colors", 4 + 2 * len(objects))
        intensity, tint = between(light_intensity, numbers[:, :1]), between(light_tint, numbers[:, 1:4])
        albedo = self._albedo[rows].clone()
        of_surfaces = uniform(env.cfg.seed, env.episodes[rows], "surface_colors", 2 * len(surfaces))
        draws = torch.cat([numbers[:, 4:], of_surfaces], dim=1)
        if draw is not None:
            shapes_by_name = dict(zip(objects, self._objects, strict=True))
            colors = draw.colors(env.cfg.seed, env.episodes[rows])
            for name, color in zip(draw.names, colors.unbind(-1), strict=True):
                shapes = shapes_by_name[name]
                albedo[:, shapes] = draw.albedo(color, albedo[:, shapes])
        shapes_of, paints = [*self._objects, *self._surfaces], [*objects.values(), *surfaces.values()]
        for index, (shapes, paint) in enumerate(zip(shapes_of, paints, strict=True)):
            drawn = draws[:, 2 * index : 2 * index + 2]
            if paint is None:
                continue
            albedo[:, shapes] = _painted(albedo[:, shapes], paint, drawn)
        light = intensity * tint
        self._colors[self._shapes[rows]] = to_srgb(albedo * light[:, None])
        if cloth is not None:
            drawn = uniform(env.cfg.seed, env.episodes[rows], "cloth_colors", 2)
            for shown, own in zip(self._cloth, self._cloth_albedo, strict=True):
                shown[rows] = _painted(own[rows][:, None], cloth, drawn)[:, 0] * light


def turn_light(
    env: EpisodicEnv,
    env_ids: torch.Tensor | slice | None,
    azimuth: float,
    elevation: float,
    sensor_cfgs: list[SceneEntityCfg],
) -> None:
    """Let the light of the Newton Warp renderer, of which all environments have one, come from elsewhere.

    Args:
        env: The environment.
        env_ids: All environments.
        azimuth: How far it turns about the vertical [rad].
        elevation: How much steeper it falls [rad].
        sensor_cfgs: The cameras.
    """
    x, y, z = DEFAULT_LIGHT
    turn, fall = math.atan2(y, x) + azimuth, math.asin(z) - elevation
    direction = wp.vec3f(math.cos(fall) * math.cos(turn), math.cos(fall) * math.sin(turn), math.sin(fall))
    for renderer in {id(env.scene[cfg.name]._renderer): env.scene[cfg.name]._renderer for cfg in sensor_cfgs}.values():
        renderer.newton_sensor.utils.create_default_light(renderer.cfg.enable_shadows, direction)


class scale_friction(ManagerTermBase):
    """Scale the friction of every surface, table and robot included."""

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        model = NewtonManager.get_model()
        self._shapes = _shapes_by_environment(model)
        self._frictions = [
            wp.to_torch(array)
            for array in (model.shape_material_mu, model.shape_material_mu_torsional, model.shape_material_mu_rolling)
        ]
        self._nominal = [friction[self._shapes] for friction in self._frictions]

    def __call__(self, env: EpisodicEnv, env_ids: torch.Tensor | slice | None, factor: Range) -> None:
        """Scale the friction in the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode; None for all.
            factor: Bounds of the factor.
        """
        rows = slice(None) if env_ids is None else env_ids
        drawn = between(factor, uniform(env.cfg.seed, env.episodes[rows], "friction", 1))
        for friction, nominal in zip(self._frictions, self._nominal, strict=True):
            friction[self._shapes[rows]] = nominal[rows] * drawn
        NewtonManager.add_model_change(newton.ModelFlags.SHAPE_PROPERTIES)


def _shapes_by_environment(model: newton.Model) -> torch.Tensor:
    """Return the index of each environment's shapes, in the same order in all of them. Shape is (N, S).

    Raises:
        ValueError: The environments differ in their shapes.
    """
    world = wp.to_torch(model.shape_world)
    shapes = torch.argsort(world, stable=True)  # what belongs to no environment, -1, comes first
    shapes = shapes[int((world < 0).sum()) :]
    counts = torch.bincount(world[shapes], minlength=model.world_count)
    if (counts == counts[0]).all():
        shapes = shapes.view(model.world_count, -1)
        kinds = wp.to_torch(model.shape_type)[shapes]
        if (kinds == kinds[0]).all():
            return shapes
    raise ValueError("a variation of surfaces needs environments of equal shapes, and the scene's differ")


def _painted(albedo: torch.Tensor, paint: Mapping[str, Any], drawn: torch.Tensor) -> torch.Tensor:
    """Return what becomes of linear colours (n, S, 3) by paint, with two draws (n, 2) of its ranges."""
    if paint["color"] is not None:
        albedo = to_linear(torch.tensor(paint["color"], device=albedo.device)).expand_as(albedo)
    turned = (albedo @ _hue_rotation(between(paint["hue"], drawn[:, 0])).mT).clamp(min=0.0)
    return turned * between(paint["brightness"], drawn[:, 1])[:, None, None]


def _hue_rotation(angle: torch.Tensor) -> torch.Tensor:
    """Return rotations of RGB about the axis of grey, by angles (n,) [rad]. Shape is (n, 3, 3)."""
    cosine, sine = torch.cos(angle), torch.sin(angle) / math.sqrt(3)
    third = (1 - cosine) / 3
    diagonal, ahead, behind = cosine + third, third - sine, third + sine
    rows = [diagonal, ahead, behind, behind, diagonal, ahead, ahead, behind, diagonal]
    return torch.stack(rows, dim=-1).view(-1, 3, 3)
