"""Builds the packaged scene ``scenes/kitchen_with_hamburger.usda``: a counter, a plate and a hamburger in parts.

One file, as LeIsaac's scenes are, with rigid bodies named as there below its default prim. The counter top is the plane
z = 0 and the robot stands at the origin. Lights are not in the file: it is copied once an environment, and lights would
add up.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pxr import UsdGeom, UsdShade

from lerobot_env_leisaac.scenes.kitchen_with_hamburger import LAYER_HEIGHTS, LAYERS, PLATE, PLATE_HEIGHT, WIDTH
from lerobot_env_leisaac.scenes.spec import RigidBody

from . import furniture, kitchen, usd
from .shapes import Box, Cylinder, Shape, Sphere, Vector

ROOT = "kitchen_with_hamburger"
COMMENT = "Kitchen counter, plate and hamburger. Built by tools/build_assets: change the builder, not this file."

RADIUS = WIDTH / 2
BOTTOM_BUN, PATTY, CHEESE, TOP_BUN = LAYER_HEIGHTS
"""Heights of the layers [m]."""

PLATE_RADIUS, PLATE_MASS = 0.060, 0.30
"""Radius [m] and mass [kg] of the plate. Its rim is paint: the jaws reach down beside what stands on it."""

MASSES = (0.010, 0.024, 0.020, 0.011)
"""Masses of the layers, bottom to top [kg]: 1000 kg/m3 of meat and of cheese, 300 of bread."""

CRUMB = 0.004
"""Height of the crumb of a half of the bun, which the rest of the hamburger lies on or under [m], to look at."""

DOME = ((0.0235, 0.015), (0.0205, 0.017), (0.0160, 0.019))
DOME_STEP = 0.002
"""The upper bun's dome: radius of each step and height of its underside, and the height of a step [m], to look at."""

SEED_RADIUS = 0.001
SEEDS = tuple(
    (radius * math.cos(angle), radius * math.sin(angle), height)
    for radius, height, count in ((0.008, 0.021, 5), (0.018, 0.019, 9))
    for angle in (2 * math.pi * index / count for index in range(count))
)
"""Sesame seeds on the upper bun: their radius and middles [m], to look at."""

LAYER_FRICTION, LAYER_TORSIONAL_FRICTION = 0.6, 0.01
"""Sliding friction of the layers, and their friction against turning where they are touched [m].

Without the latter a round layer is held at two points, as by an axle, and turns over in the air.
"""

LAYER_CONTACT: dict[str, Any] = {"condim": 4, "priority": 1, "solimp": (0.985, 0.985, 0.001, 0.5, 2.0)}
"""MuJoCo's contact parameters of a layer, which rule over those of whatever touches it: half as soft as an orange.

Only contacts of dimension 4 know friction against turning.
"""

LOOKS: Mapping[str, tuple[Vector, float]] = {
    **kitchen.LOOKS,
    "china": ((0.85, 0.85, 0.83), 0.2),
    "rim": ((0.10, 0.22, 0.45), 0.2),
    "crust": ((0.55, 0.24, 0.05), 0.6),
    "crumb": ((0.85, 0.66, 0.38), 0.8),
    "sesame": ((0.90, 0.80, 0.55), 0.6),
    "meat": ((0.13, 0.045, 0.02), 0.8),
    "cheese": ((0.95, 0.50, 0.02), 0.5),
}
"""Linear RGB and roughness by material."""


def build_kitchen_with_hamburger(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in LOOKS.items()}
    surface = usd.add_physics_material(stage, f"{looks}/surface_friction", kitchen.FRICTION)
    food = usd.add_physics_material(stage, f"{looks}/food_friction", LAYER_FRICTION)
    usd.add_rolling_friction(food, LAYER_TORSIONAL_FRICTION, 0.0)
    kitchen.add_counter(stage, ROOT, materials, surface)

    def add(
        body: RigidBody, mass: float, look: Sequence[tuple[Shape, str]], solid: Shape, touch: UsdShade.Material
    ) -> UsdGeom.Gprim:
        visuals = [(shape, materials[name]) for shape, name in look]
        (collider,) = furniture.add_body(stage, ROOT, body, mass, visuals, [solid], touch)
        usd.add_contact_gap(collider, 0.0)
        return collider

    patty, cheese = _disc(RADIUS, 0.0, PATTY), Box((0.0, 0.0, CHEESE / 2), (WIDTH, WIDTH, CHEESE))
    looks_and_solids: tuple[tuple[Sequence[tuple[Shape, str]], Shape], ...] = (
        (_bottom_bun(), _disc(RADIUS, 0.0, BOTTOM_BUN)),
        ([(patty, "meat")], patty),
        ([(cheese, "cheese")], cheese),
        (_top_bun(), _disc(RADIUS, 0.0, TOP_BUN)),
    )
    for body, mass, (look, solid) in zip(LAYERS, MASSES, looks_and_solids, strict=True):
        collider = add(body, mass, look, solid, food)
        usd.add_mujoco_contact(collider, **LAYER_CONTACT)
    add(PLATE, PLATE_MASS, _plate(), _disc(PLATE_RADIUS, 0.0, PLATE_HEIGHT), surface)
    return usd.save(stage, path)


def _disc(radius: float, underside: float, height: float) -> Cylinder:
    return Cylinder((0.0, 0.0, underside + height / 2), radius, height, "z")


def _bottom_bun() -> list[tuple[Shape, str]]:
    """Return crust and crumb."""
    crust = BOTTOM_BUN - CRUMB
    return [(_disc(RADIUS, 0.0, crust), "crust"), (_disc(RADIUS, crust, CRUMB), "crumb")]


def _top_bun() -> list[tuple[Shape, str]]:
    """Return crumb, crust, the steps of its dome, and the seeds on it."""
    return [
        (_disc(RADIUS, 0.0, CRUMB), "crumb"),
        (_disc(RADIUS, CRUMB, DOME[0][1] - CRUMB), "crust"),
        *((_disc(radius, underside, DOME_STEP), "crust") for radius, underside in DOME),
        *((Sphere(place, SEED_RADIUS), "sesame") for place in SEEDS),
    ]


def _plate() -> list[tuple[Shape, str]]:
    """Return foot, rim and flat part, each a hair above the one around it."""
    foot, height = 0.002, PLATE_HEIGHT
    return [
        (_disc(PLATE_RADIUS - 0.012, 0.0, foot), "china"),
        (_disc(PLATE_RADIUS, foot, height - foot - 0.0004), "rim"),
        (_disc(PLATE_RADIUS - 0.006, foot, height - foot), "china"),
    ]
