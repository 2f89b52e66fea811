"""The counter of the packaged kitchens, with a tiled wall behind it."""

from collections.abc import Mapping

from pxr import Usd, UsdShade

from . import furniture
from .shapes import Box, Shape, Vector

COUNTER = Box(center=(0.18, 0.0, -0.02), size=(0.74, 1.04, 0.04))
WALL = Box(center=(0.56, 0.0, 0.025), size=(0.02, 1.04, 0.13))
"""Counter top, and the tiled wall behind it [m]: beyond the reach of the arm, and so low that its shadow is too.

The light of the Newton Warp renderer comes over the wall, at 45 degrees.
"""

TILE_JOINTS = tuple(
    Box((0.5495, y, 0.045), (0.001, 0.004, 0.09)) for y in (-0.455, -0.325, -0.195, -0.065, 0.065, 0.195, 0.325, 0.455)
)
"""Joints between the wall's tiles [m], to look at."""

COUNTER_GAP = 0.001
"""How far from the counter contacts are looked for [m], instead of Newton's 10 mm."""

FRICTION = 1.0
"""Sliding friction of counter, wall and plates."""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    "stone": ((0.42, 0.40, 0.36), 0.5),
    "tile": ((0.30, 0.46, 0.44), 0.3),
    "grout": ((0.75, 0.75, 0.72), 0.8),
}
"""Linear RGB and roughness by material."""


def add_counter(
    stage: Usd.Stage, root: str, materials: Mapping[str, UsdShade.Material], surface: UsdShade.Material
) -> None:
    """Add counter and wall.

    Args:
        stage: The stage.
        root: Name of the default prim.
        materials: The materials of `LOOKS`.
        surface: Physics material of both.
    """
    looks: dict[str, tuple[Shape, UsdShade.Material]] = {
        "top": (COUNTER, materials["stone"]),
        "wall": (WALL, materials["tile"]),
    }
    for index, joint in enumerate(TILE_JOINTS):
        looks[f"joint_{index}"] = (joint, materials["grout"])
    furniture.add_table(stage, f"/{root}/counter", looks, WALL, surface, COUNTER_GAP)
