"""The Newton Warp renderer, with a colour for cloth, and light on both sides of it.

By itself the renderer draws what deforms white, and as lit from its upper side alone: what is folded over is nearly
black. Here each pixel that shows cloth is painted: white times the light, times the cloth's colour, in linear light, is
what a shape of this colour would look like, and where a camera sees the lower side the light is that on this side, in
which nothing casts a shadow. It costs a look at each pixel.
"""

from __future__ import annotations

import torch
import warp as wp
from isaaclab.utils import configclass
from isaaclab_newton.renderers import NewtonWarpRenderer, NewtonWarpRendererCfg
from isaaclab_newton.renderers.newton_warp_renderer import RenderData
from newton._src.sensors.warp_raytrace.raytrace import TRIANGLE_MESH_SHAPE_ID

from .srgb import to_linear

_SKY, _GROUND = wp.constant(wp.vec3f(0.2, 0.2, 0.225)), wp.constant(wp.vec3f(0.05, 0.05, 0.06))
"""Light on what faces up, and on what faces down, besides that of the lamp. Source: Newton 1.6.1's renderer."""


class ClothRenderer(NewtonWarpRenderer):
    """Paints the pixels that show cloth.

    Attributes:
        albedo: Colour of the cloth in each environment, linear. Shape is (N, 3).
    """

    cfg: ClothRendererCfg

    def initialize(self) -> None:
        """Give the cloth its colour in every environment."""
        super().initialize()
        color = wp.vec3f(*to_linear(torch.tensor(self.cfg.cloth_color)).tolist())
        model = self.newton_sensor.model
        self.albedo = wp.full(model.world_count, color, dtype=wp.vec3f, device=model.device)
        self._scratch: dict[tuple[int, ...], tuple[wp.array, wp.array]] = {}

    def _launch_render(self, render_data: RenderData) -> None:
        outputs, image = render_data.outputs, render_data.outputs.color_image
        if image is not None:
            shapes, normals = self._buffers(image)
            if outputs.shape_index_image is None:
                outputs.shape_index_image = shapes
            if outputs.normals_image is None:
                outputs.normals_image = normals
        super()._launch_render(render_data)
        if image is not None:
            wp.launch(
                _paint,
                dim=image.shape,
                inputs=[
                    outputs.shape_index_image,
                    outputs.normals_image,
                    render_data.camera_transforms,
                    render_data.camera_rays,
                    self.newton_sensor._SensorTiledCamera__render_context.lights_orientation,
                    self.albedo,
                ],
                outputs=[image],
                device=image.device,
            )

    def _buffers(self, image: wp.array) -> tuple[wp.array, wp.array]:
        """Return room for what the pixels of an image show, and for its normals; cameras of one size share it."""
        if image.shape not in self._scratch:
            kinds = (wp.uint32, wp.vec3f)
            self._scratch[image.shape] = tuple(wp.empty(image.shape, dtype=kind, device=image.device) for kind in kinds)
        return self._scratch[image.shape]


@wp.func
def _to_linear(value: float) -> float:
    if value <= 0.04045:
        return value / 12.92
    return wp.pow((value + 0.055) / 1.055, 2.4)


@wp.func
def _to_srgb(value: float) -> float:
    if value <= 0.0031308:
        return value * 12.92
    return 1.055 * wp.pow(value, 1.0 / 2.4) - 0.055


@wp.func
def _byte(packed: wp.uint32, place: int) -> float:
    """Return the linear light in one of a pixel's bytes."""
    return _to_linear(float((packed >> wp.uint32(place)) & wp.uint32(255)) / 255.0)


@wp.func
def _packed(light: float, place: int) -> wp.uint32:
    """Return linear light as one of a pixel's bytes, in its place."""
    return wp.uint32(wp.clamp(_to_srgb(light), 0.0, 1.0) * 255.0 + 0.5) << wp.uint32(place)


@wp.kernel
def _paint(
    shapes: wp.array4d[wp.uint32],
    normals: wp.array4d[wp.vec3f],
    cameras: wp.array2d[wp.transformf],
    rays: wp.array4d[wp.vec3f],
    lamps: wp.array[wp.vec3f],
    albedo: wp.array[wp.vec3f],
    image: wp.array4d[wp.uint32],
) -> None:
    world, camera, row, column = wp.tid()  # type: ignore[misc] # as many as the launch has dimensions
    if shapes[world, camera, row, column] == wp.static(TRIANGLE_MESH_SHAPE_ID):
        pixel = image[world, camera, row, column]
        white = wp.vec3f(_byte(pixel, 0), _byte(pixel, 8), _byte(pixel, 16))
        normal = wp.normalize(normals[world, camera, row, column])
        ray = wp.transform_vector(cameras[camera, world], rays[camera, row, column, 1])
        if wp.dot(normal, ray) > 0.0:
            up = 0.5 * (1.0 - normal[2])
            lamp = wp.max(0.0, wp.dot(normal, wp.normalize(lamps[0])))
            white = _SKY * up + _GROUND * (1.0 - up) + wp.vec3f(lamp)
        color = albedo[world]
        image[world, camera, row, column] = (
            (pixel & (wp.uint32(255) << wp.uint32(24)))
            | _packed(white[0] * color[0], 0)  # type: ignore[index]
            | _packed(white[1] * color[1], 8)  # type: ignore[index]
            | _packed(white[2] * color[2], 16)  # type: ignore[index]
        )


@configclass
class ClothRendererCfg(NewtonWarpRendererCfg):
    """The renderer, and the colour of what deforms."""

    class_type: type = ClothRenderer
    cloth_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Red, green and blue as a colour picker shows them (sRGB, 0 to 1)."""
