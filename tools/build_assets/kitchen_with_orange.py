"""Builds the packaged scene ``scenes/kitchen_with_orange.usda``: a kitchen counter, three oranges and a plate.

The layout is that of LeIsaac's scene: one file, with rigid bodies named ``Orange001``, ``Orange002``, ``Orange003`` and
``Plate`` below its default prim. The counter top is the plane z = 0 and the robot stands at the origin. Lights are not
in the file: it is copied once an environment, and lights would add up.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxr import UsdGeom, UsdShade

from lerobot_env_leisaac.scenes.kitchen_with_orange import ORANGE_RADIUS, ORANGES, PLATE

from . import furniture, kitchen, usd
from .shapes import Box, Cylinder, Shape, Sphere, Vector

ROOT = "kitchen_with_orange"
COMMENT = "Kitchen counter, oranges and plate. Built by tools/build_assets: change the builder, not this file."

ORANGE_MASS = 0.052
"""Mass of an orange [kg]: 900 kg/m3."""

STALK = Cylinder((0.0, 0.0, 0.0235), 0.003, 0.004, "z")
"""Stalk of an orange [m], to look at: it shows how the orange has turned."""

PLATE_MASS = 0.30
"""Mass of the plate [kg]."""

PLATE_FLOOR = Cylinder((0.0, 0.0, 0.003), 0.062, 0.006, "z")
"""Flat part of the plate [m]."""

RIM_PARTS, RIM_WIDTH, RIM_THICKNESS = 12, 0.042, 0.005
RIM_MIDDLE_RADIUS, RIM_MIDDLE_Z, RIM_SLOPE = 0.078, 0.0115, math.radians(20)
"""The rim is a ring of boxes that slope up and out [m, rad].

They hang 2 mm clear of the counter, so that the floor alone stands on it: each box there would add four contacts.
"""

RIM_GAP = 0.0
"""How far from the rim contacts are looked for [m]: with Newton's 10 mm it would count as touching the counter."""

ORANGE_FRICTION = 0.45
"""Sliding friction of an orange.

Between the counter and the moving jaw, which leans over it, an orange jams where friction exceeds the tangent of half
the angle between them: 0.42 with the jaws wide open (0.95 rad), 0.7 where they hold it. So low that it seldom does.
"""

ORANGE_TORSIONAL_FRICTION, ORANGE_ROLLING_FRICTION = 0.005, 0.001
"""Friction of an orange against spinning and rolling [m]: one that rolls at 0.1 m/s stops after 17 mm."""

ORANGE_CONTACT: dict[str, Any] = {"condim": 6, "priority": 1, "solimp": (0.97, 0.97, 0.001, 0.5, 2.0)}
"""MuJoCo's contact parameters of an orange, which rule over those of whatever touches it.

Only contacts of dimension 6 know friction against rolling. The ``solimp`` makes an orange as soft as one is: pressed
with some 8 N, the jaws sink 2 mm into it. Into one as hard as the cube they sink a fraction of that, and an arm that
shakes lets it slip, for the gripper closes more slowly than an orange falls.
"""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    **kitchen.LOOKS,
    "peel": ((0.90, 0.22, 0.01), 0.5),
    "stalk": ((0.05, 0.12, 0.02), 0.8),
    "china": ((0.85, 0.85, 0.83), 0.2),
}
"""Linear RGB and roughness by material."""


def build_kitchen_with_orange(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in LOOKS.items()}
    surface = usd.add_physics_material(stage, f"{looks}/surface_friction", kitchen.FRICTION)
    peel = usd.add_physics_material(stage, f"{looks}/peel_friction", ORANGE_FRICTION)
    usd.add_rolling_friction(peel, ORANGE_TORSIONAL_FRICTION, ORANGE_ROLLING_FRICTION)
    kitchen.add_counter(stage, ROOT, materials, surface)
    for body in ORANGES:
        orange = Sphere((0.0, 0.0, 0.0), ORANGE_RADIUS)
        visuals: list[tuple[Shape, UsdShade.Material]] = [(orange, materials["peel"]), (STALK, materials["stalk"])]
        colliders = furniture.add_body(stage, ROOT, body, ORANGE_MASS, visuals, [orange], peel)
        usd.add_mujoco_contact(colliders[0], **ORANGE_CONTACT)
    parts = [PLATE_FLOOR, *_rim()]
    china = [(part, materials["china"]) for part in parts]
    _, *rim = furniture.add_body(stage, ROOT, PLATE, PLATE_MASS, china, parts, surface)
    for part in rim:
        usd.add_contact_gap(part, RIM_GAP)
    return usd.save(stage, path)


def _rim() -> list[Shape]:
    width = 2 * math.tan(math.pi / RIM_PARTS) * (RIM_MIDDLE_RADIUS + RIM_WIDTH / 2 * math.cos(RIM_SLOPE))
    angles = [2 * math.pi * part / RIM_PARTS for part in range(RIM_PARTS)]
    return [
        Box(
            (RIM_MIDDLE_RADIUS * math.cos(angle), RIM_MIDDLE_RADIUS * math.sin(angle), RIM_MIDDLE_Z),
            (RIM_WIDTH, width, RIM_THICKNESS),
            (0.0, -RIM_SLOPE, angle),
        )
        for angle in angles
    ]
