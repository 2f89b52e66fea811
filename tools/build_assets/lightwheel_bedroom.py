"""Builds the packaged scene ``scenes/lightwheel_bedroom.usda``: a table in a bedroom, for a cloth.

The cloth is in no file: :mod:`lerobot_env_leisaac.tasks.common.cloth` puts it on the stage. The table top is the plane
z = 0 and the robots stand at x = 0. Lights are not in the file: it is copied once an environment, and lights would add
up.
"""

from collections.abc import Mapping
from pathlib import Path

from pxr import UsdGeom

from . import furniture, usd
from .shapes import Box, Vector

ROOT = "lightwheel_bedroom"
COMMENT = "Table for a cloth. Built by tools/build_assets: change the builder, not this file."

TABLE = Box(center=(0.18, 0.0, -0.02), size=(0.74, 1.04, 0.04))
WALL = Box(center=(0.56, 0.0, 0.025), size=(0.02, 1.04, 0.13))
"""Table top, and the wall behind it [m]: beyond the reach of the arms, and so low that its shadow is too."""

STRIPE = Box(center=(0.5495, 0.0, 0.05), size=(0.001, 1.04, 0.02))
"""A stripe on the wall [m], to look at."""

TABLE_GAP = 0.001
"""How far from the table contacts are looked for [m]."""

FRICTION = 1.0
"""Sliding friction of table and wall for all but the cloth."""

CLOTH_FRICTION = 0.3
"""Sliding friction of the table for the cloth: of cotton on smooth wood."""

CLOTH_STIFFNESS = 1e5
"""How hard the table is to the cloth [N/m]: layers that lie on each other press the lowest one into a softer one."""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    "maple": ((0.58, 0.42, 0.27), 0.6),
    "plaster": ((0.62, 0.58, 0.66), 0.9),
    "plum": ((0.24, 0.10, 0.26), 0.8),
}
"""Linear RGB and roughness by material."""


def build_lightwheel_bedroom(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in LOOKS.items()}
    surface = usd.add_physics_material(stage, f"{looks}/surface_friction", FRICTION)
    shown = {"top": (TABLE, "maple"), "wall": (WALL, "plaster"), "stripe": (STRIPE, "plum")}
    visuals = {name: (shape, materials[material]) for name, (shape, material) in shown.items()}
    furniture.add_table(stage, f"/{ROOT}/table", visuals, WALL, surface, TABLE_GAP)
    smooth = usd.add_physics_material(stage, f"{looks}/cloth_friction", CLOTH_FRICTION)
    usd.add_contact_stiffness(smooth, CLOTH_STIFFNESS)
    furniture.add_plane(stage, f"/{ROOT}/table/collisions/cloth_top", smooth)
    return usd.save(stage, path)
