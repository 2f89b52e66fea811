"""The Newton Warp renderer, with a colour for cloth: by itself it draws what deforms white.

Both sides of it are lit, too: by itself the renderer leaves dark what is seen from behind. So each triangle is there
twice, once for each side, and what faces away is left out.

Where a camera sees cloth the renderer gives white times the light; times the cloth's colour, in linear light, that is
what a shape of this colour would look like. It costs a look at each pixel.
"""

from __future__ import annotations

import numpy as np
import torch
import warp as wp
from isaaclab.utils import configclass
from isaaclab_newton.renderers import NewtonWarpRenderer, NewtonWarpRendererCfg
from isaaclab_newton.renderers.newton_warp_renderer import RenderData
from newton._src.sensors.warp_raytrace.raytrace import TRIANGLE_MESH_SHAPE_ID

from .srgb import to_linear


class ClothRenderer(NewtonWarpRenderer):
    """Paints the pixels that show cloth.

    Attributes:
        albedo: Colour of the cloth in each environment, linear. Shape is (N, 3).
    """

    cfg: ClothRendererCfg

    def initialize(self) -> None:
        """Give the cloth its other side, and its colour in every environment."""
        super().initialize()
        color = wp.vec3f(*to_linear(torch.tensor(self.cfg.cloth_color)).tolist())
        model, scene = self.newton_sensor.model, self.newton_sensor._SensorTiledCamera__render_context
        triangles = model.tri_indices.numpy()
        both_sides = np.concatenate([triangles, triangles[:, ::-1]]).flatten()
        scene.triangle_indices = wp.array(both_sides, dtype=wp.int32, device=model.device)
        self.albedo = wp.full(model.world_count, color, dtype=wp.vec3f, device=model.device)

    def _launch_render(self, render_data: RenderData) -> None:
        outputs = render_data.outputs
        if outputs.shape_index_image is None and outputs.color_image is not None:
            outputs.shape_index_image = wp.empty(
                outputs.color_image.shape, dtype=wp.uint32, device=outputs.color_image.device
            )
        super()._launch_render(render_data)
        if outputs.color_image is not None:
            wp.launch(
                _paint,
                dim=outputs.color_image.shape,
                inputs=[outputs.shape_index_image, self.albedo],
                outputs=[outputs.color_image],
                device=outputs.color_image.device,
            )


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
def _painted(packed: wp.uint32, place: int, albedo: float) -> wp.uint32:
    """Return one of a pixel's bytes, in its place, of a surface that was white."""
    white = float((packed >> wp.uint32(place)) & wp.uint32(255)) / 255.0
    seen = wp.clamp(_to_srgb(_to_linear(white) * albedo), 0.0, 1.0)
    return wp.uint32(seen * 255.0 + 0.5) << wp.uint32(place)


@wp.kernel
def _paint(shapes: wp.array4d[wp.uint32], albedo: wp.array[wp.vec3f], image: wp.array4d[wp.uint32]) -> None:
    world, camera, row, column = wp.tid()  # type: ignore[misc] # as many as the launch has dimensions
    if shapes[world, camera, row, column] == wp.static(TRIANGLE_MESH_SHAPE_ID):
        pixel = image[world, camera, row, column]
        color = albedo[world]
        opacity = pixel & wp.uint32(0xFF000000)
        image[world, camera, row, column] = (
            opacity | _painted(pixel, 0, color[0]) | _painted(pixel, 8, color[1]) | _painted(pixel, 16, color[2])
        )


@configclass
class ClothRendererCfg(NewtonWarpRendererCfg):
    """The renderer, and the colour of what deforms."""

    class_type: type = ClothRenderer
    enable_backface_culling: bool = True
    cloth_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Red, green and blue as a colour picker shows them (sRGB, 0 to 1)."""
