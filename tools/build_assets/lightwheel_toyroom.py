"""Builds the packaged scene ``scenes/lightwheel_toyroom.usda``: a table in a playroom, two letters E and an open box.

The layout is that of LeIsaac's scene: one file, with rigid bodies named ``Character_E``, ``Character_E_1`` and ``Box``
below its default prim. The table top is the plane z = 0 and the robot stands at the origin. Lights are not in the file:
it is copied once an environment, and lights would add up.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxr import Usd, UsdGeom, UsdShade

from lerobot_env_leisaac.scenes.lightwheel_toyroom import BOX, BOX_WALL_HEIGHT, LETTER_SIZE, LETTERS

from . import furniture, usd
from .shapes import Box as Block
from .shapes import Cylinder, Shape, Vector

ROOT = "lightwheel_toyroom"
COMMENT = "Table, letters and box. Built by tools/build_assets: change the builder, not this file."

TABLE = Block(center=(0.18, 0.0, -0.02), size=(0.74, 1.04, 0.04))
WALL = Block(center=(0.56, 0.0, 0.025), size=(0.02, 1.04, 0.13))
"""Table top, and the wall behind it [m]: beyond the reach of the arm, and so low that its shadow is too.

The light of the Newton Warp renderer comes over the wall, at 45 degrees.
"""

DOTS = tuple(Cylinder((0.5495, -0.42 + 0.14 * index, 0.050), 0.022, 0.001, "x") for index in range(7))
"""Dots on the wall [m], to look at."""

BAR = 0.012
"""Width of a letter's back and bars [m]: 7 mm stay between the bars, less than a finger is wide."""

LETTER_MASS = 0.024
"""Mass of a letter [kg]: 600 kg/m3, wood."""

RECESS = 0.0015
"""How much lower than back and middle bar the outer bars are for contacts [m], on both sides.

A letter lies as flat on back and middle bar, and with half the contacts.
"""

BOX_EDGE, BOX_WALL, BOX_FLOOR = 0.130, 0.005, 0.005
"""Outer edge of the box and thickness of its walls and of its floor [m].

The 120 mm inside hold both letters side by side with room for the jaws, and no letter that lies in it can be farther
than LeIsaac's 50 mm from its middle.
"""

BOX_LIFT = 0.002
"""How far the walls hang clear of the table [m], so that the floor alone stands on it and makes contacts."""

BOX_MASS = 0.30
"""Mass of the box [kg]."""

TABLE_GAP = 0.001
"""How far from the table contacts are looked for [m]; from letters and box none: they lie where they touch."""

FRICTION = 1.0
"""Sliding friction of table, wall and box."""

LETTER_FRICTION = 0.5
"""Sliding friction of a letter."""

LETTER_CONTACT: dict[str, Any] = {"condim": 3, "priority": 1, "solimp": (0.97, 0.97, 0.001, 0.5, 2.0)}
"""MuJoCo's contact parameters of a letter, which rule over those of whatever touches it: as soft as an orange's."""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    "birch": ((0.52, 0.38, 0.22), 0.6),
    "paper": ((0.36, 0.55, 0.66), 0.8),
    "sun": ((0.85, 0.62, 0.05), 0.8),
    "rose": ((0.75, 0.20, 0.28), 0.8),
    "mint": ((0.16, 0.50, 0.30), 0.8),
    "plastic": ((0.05, 0.36, 0.30), 0.5),
    "red": ((0.65, 0.01, 0.015), 0.4),
    "blue": ((0.01, 0.08, 0.55), 0.4),
}
"""Linear RGB and roughness by material."""


def build_lightwheel_toyroom(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in LOOKS.items()}
    surface = usd.add_physics_material(stage, f"{looks}/surface_friction", FRICTION)
    paint = usd.add_physics_material(stage, f"{looks}/paint_friction", LETTER_FRICTION)
    _add_table(stage, materials, surface)
    for body, color in zip(LETTERS, ("red", "blue"), strict=True):
        visuals = [(part, materials[color]) for part in _letter()]
        colliders = furniture.add_body(stage, ROOT, body, LETTER_MASS, visuals, _letter(RECESS), paint)
        for collider in colliders:
            usd.add_mujoco_contact(collider, **LETTER_CONTACT)
            usd.add_contact_gap(collider, 0.0)
    visuals = [(part, materials["plastic"]) for part in _box()]
    for part in furniture.add_body(stage, ROOT, BOX, BOX_MASS, visuals, _box(), surface):
        usd.add_contact_gap(part, 0.0)
    return usd.save(stage, path)


def _letter(recess: float = 0.0) -> list[Shape]:
    """Return back, middle bar and outer bars."""
    width, length, thickness = LETTER_SIZE
    back = Block(((BAR - width) / 2, 0.0, 0.0), (BAR, length, thickness))
    bars = [
        Block((BAR / 2, side * (length - BAR) / 2, 0.0), (width - BAR, BAR, thickness - 2 * recess * abs(side)))
        for side in (0, 1, -1)
    ]
    return [back, *bars]


def _box() -> list[Shape]:
    """Return floor and walls."""
    height, middle = BOX_WALL_HEIGHT - BOX_LIFT, (BOX_WALL_HEIGHT + BOX_LIFT) / 2
    offset, inside = (BOX_EDGE - BOX_WALL) / 2, BOX_EDGE - 2 * BOX_WALL
    return [
        Block((0.0, 0.0, BOX_FLOOR / 2), (inside, inside, BOX_FLOOR)),
        *(Block((side * offset, 0.0, middle), (BOX_WALL, BOX_EDGE, height)) for side in (1, -1)),
        *(Block((0.0, side * offset, middle), (inside, BOX_WALL, height)) for side in (1, -1)),
    ]


def _add_table(stage: Usd.Stage, materials: Mapping[str, UsdShade.Material], surface: UsdShade.Material) -> None:
    looks: dict[str, tuple[Shape, UsdShade.Material]] = {
        "top": (TABLE, materials["birch"]),
        "wall": (WALL, materials["paper"]),
    }
    for index, dot in enumerate(DOTS):
        looks[f"dot_{index}"] = (dot, materials[("sun", "rose", "mint")[index % 3]])
    furniture.add_table(stage, f"/{ROOT}/table", looks, WALL, surface, TABLE_GAP)
