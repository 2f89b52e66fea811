"""Builds the packaged scene ``scenes/lightwheel_loft.usda``: a room with a crumpled tissue on the floor and a bin.

The layout is that of LeIsaac's scene: one file, with rigid bodies named ``Tissue005`` and ``GarbageCan003_1`` below its
default prim. The floor is the plane z = 0 and the robot stands at the origin. Lights are not in the file: it is copied
once an environment, and lights would add up.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxr import Usd, UsdGeom, UsdShade

from lerobot_env_leisaac.scenes.lightwheel_loft import BIN, BIN_HEIGHT, TISSUE, TISSUE_RADIUS

from . import furniture, usd
from .shapes import Box, Cylinder, Shape, Sphere, Vector

ROOT = "lightwheel_loft"
COMMENT = "Room, tissue and bin. Built by tools/build_assets: change the builder, not this file."

FLOOR = Box(center=(0.80, 0.0, -0.02), size=(3.20, 3.00, 0.04))
WALL = Box(center=(2.38, 0.0, 0.30), size=(0.04, 3.00, 0.68))
SKIRTING = Box(center=(2.35, 0.0, 0.04), size=(0.02, 3.00, 0.08))
"""Floor, and the wall behind it with its skirting board [m]; the wall's shadow ends before the bin."""

SEAMS = tuple(Box((0.80, -1.25 + 0.25 * index, 0.0003), (3.20, 0.006, 0.0010)) for index in range(11))
"""Seams between the floor's boards [m], to look at: they run away from the robot, so that it sees how it turns."""

RUG = Cylinder((0.85, 0.75, 0.0004), 0.32, 0.0012, "z")
"""A rug beside the way [m], to look at."""

TISSUE_MASS = 0.005
"""Mass of the tissue [kg]."""

CREASES: tuple[Vector, ...] = ((0.3, 0.5, 0.1), (1.0, 0.2, 0.7), (0.2, 1.1, 1.2), (0.8, 0.8, 0.3))
CREASE_EDGE = 2 * TISSUE_RADIUS / math.sqrt(3) - 1e-6
"""Turns of the blocks that the tissue is crumpled from [rad], and their edge [m]: corners reach its radius."""

BIN_MASS = 0.8
"""Mass of the bin [kg]."""

BIN_SIDES, BIN_RADIUS, BIN_SLOPE, BIN_WALL = 8, 0.088, math.radians(7), 0.004
"""Its walls lean out by a slope [rad]; their middle at half of their height stands at a radius inside [m]."""

BIN_FLOOR = Cylinder((0.0, 0.0, 0.003), 0.078, 0.006, "z")
"""Its floor [m]; the walls hang 2 mm clear of the ground, so that the floor alone stands on it."""

BIN_LIFT = 0.002

RIM_HEIGHT, RIM_WIDTH, RIM_OVER = 0.012, 0.008, 0.001
"""Height and width of the lip that the walls end in, and how far they end below it [m]; it is there to look at."""

FLOOR_GAP = 0.001
"""How far from the floor contacts are looked for [m]; from bin none: it is touched where it is."""

FRICTION = 1.0
"""Sliding friction of floor, wall and bin."""

TISSUE_FRICTION, TISSUE_TORSIONAL_FRICTION, TISSUE_ROLLING_FRICTION = 0.45, 0.005, 0.002
"""Friction of the tissue against sliding, spinning [m] and rolling [m]."""

TISSUE_CONTACT: dict[str, Any] = {"condim": 6, "priority": 1, "solimp": (0.995, 0.995, 0.001, 0.5, 2.0)}
"""MuJoCo's contact parameters of the tissue, which rule over those of whatever touches it.

Only contacts of dimension 6 know friction against rolling. Softness goes by mass: with the ``solimp`` of an orange, ten
times as heavy, the jaws would sink into the tissue by all of its radius. So they sink 3 mm.
"""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    "oak": ((0.36, 0.21, 0.10), 0.6),
    "seam": ((0.17, 0.09, 0.04), 0.8),
    "plaster": ((0.88, 0.80, 0.66), 0.9),
    "skirting": ((0.95, 0.95, 0.93), 0.6),
    "wool": ((0.10, 0.20, 0.24), 1.0),
    "paper": ((0.97, 0.97, 0.95), 0.9),
    "shade": ((0.84, 0.86, 0.90), 0.9),
    "bin": ((0.02, 0.20, 0.55), 0.5),
    "rim": ((0.01, 0.09, 0.28), 0.5),
}
"""Linear RGB and roughness by material."""


def build_lightwheel_loft(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in LOOKS.items()}
    surface = usd.add_physics_material(stage, f"{looks}/surface_friction", FRICTION)
    paper = usd.add_physics_material(stage, f"{looks}/paper_friction", TISSUE_FRICTION)
    usd.add_rolling_friction(paper, TISSUE_TORSIONAL_FRICTION, TISSUE_ROLLING_FRICTION)
    _add_room(stage, materials, surface)
    creases = [Box((0.0, 0.0, 0.0), (CREASE_EDGE,) * 3, turn) for turn in CREASES]
    visuals: list[tuple[Shape, UsdShade.Material]] = [
        (crease, materials[("paper", "shade")[index % 2]]) for index, crease in enumerate(creases)
    ]
    ball = Sphere((0.0, 0.0, 0.0), TISSUE_RADIUS)
    for collider in furniture.add_body(stage, ROOT, TISSUE, TISSUE_MASS, visuals, [ball], paper):
        usd.add_mujoco_contact(collider, **TISSUE_CONTACT)
    parts = [BIN_FLOOR, *_walls()]
    visuals = [(part, materials["bin"]) for part in parts] + [(part, materials["rim"]) for part in _rim()]
    for part in furniture.add_body(stage, ROOT, BIN, BIN_MASS, visuals, parts, surface)[1:]:
        usd.add_contact_gap(part, 0.0)
    return usd.save(stage, path)


def _walls() -> list[Shape]:
    top = BIN_HEIGHT - RIM_OVER
    length = (top - BIN_LIFT) / math.cos(BIN_SLOPE)
    return _ring((top + BIN_LIFT) / 2, (BIN_WALL, length), BIN_SLOPE, widest=top)


def _rim() -> list[Shape]:
    return _ring(BIN_HEIGHT - RIM_HEIGHT / 2, (RIM_WIDTH, RIM_HEIGHT), 0.0, widest=BIN_HEIGHT)


def _ring(middle: float, size: tuple[float, float], slope: float, widest: float) -> list[Shape]:
    """Return boxes around the bin.

    Args:
        middle: Height of their middle [m].
        size: Their thickness and their length along the wall [m].
        slope: How far they lean out [rad].
        widest: Height at which they meet their neighbours [m].
    """
    radius, widest_radius = (_radius(height) + BIN_WALL / 2 for height in (middle, widest))
    width = 2 * math.tan(math.pi / BIN_SIDES) * (widest_radius + size[0] / 2)
    angles = [2 * math.pi * (side + 0.5) / BIN_SIDES for side in range(BIN_SIDES)]
    return [
        Box(
            (radius * math.cos(angle), radius * math.sin(angle), middle),
            (size[0], width, size[1]),
            (0.0, slope, angle),
        )
        for angle in angles
    ]


def _radius(height: float) -> float:
    """Return how far the walls are from the bin's middle, inside, at a height [m]."""
    return BIN_RADIUS + (height - BIN_HEIGHT / 2) * math.tan(BIN_SLOPE)


def _add_room(stage: Usd.Stage, materials: Mapping[str, UsdShade.Material], surface: UsdShade.Material) -> None:
    looks: dict[str, tuple[Shape, UsdShade.Material]] = {
        "floor": (FLOOR, materials["oak"]),
        "wall": (WALL, materials["plaster"]),
        "skirting": (SKIRTING, materials["skirting"]),
        "rug": (RUG, materials["wool"]),
    }
    for index, seam in enumerate(SEAMS):
        looks[f"seam_{index}"] = (seam, materials["seam"])
    furniture.add_table(stage, f"/{ROOT}/room", looks, WALL, surface, FLOOR_GAP)
