"""Builds the packaged scene, ``scenes/table_with_cube.usda``: a wooden table and the cube to lift.

The layout is that of LeIsaac's scene: one file, the cube a prim named ``cube`` below its default prim. The table top is
the plane z = 0 and the robot stands at the origin. Lights are not in the file: it is copied once an environment, and
lights would add up.
"""

from pathlib import Path
from typing import Any

from pxr import Usd, UsdGeom, UsdPhysics

from lerobot_env_leisaac.scenes.table_with_cube import CUBE, CUBE_EDGE

from . import usd
from .shapes import Box

ROOT = "table_with_cube"
COMMENT = "Table and cube. Built by tools/build_assets: change the builder, not this file."

TABLE_TOP = Box(center=(0.18, 0.0, -0.015), size=(0.74, 1.00, 0.03))
"""Table top [m]; it holds the robot and its workspace, and no more: a pixel of table costs five times one of none."""

WOOD = (0.38, 0.21, 0.10)
"""Linear RGB of the table top."""

CUBE_MASS = 0.010
"""Mass of the cube [kg]. Source: LeIsaac 0.4.0, ``cube/model.xml`` (density 364.725 kg/m3)."""

CUBE_COLOR = (0.65, 0.01, 0.015)
"""Linear RGB of the cube."""

FRICTION = 1.0
"""Friction of table and cube. Source of the cube's: MJCF of the SO-101."""

CUBE_CONTACT: dict[str, Any] = {"condim": 4, "priority": 1, "solimp": (0.99, 0.995, 0.001, 0.5, 2.0)}
"""MuJoCo's contact parameters of the cube, which rule over those of whatever touches it.

With the default ``solimp`` the jaws sink 14 mm into a cube this light, with this one 0.6 mm.
"""


def build_table_with_cube(path: Path) -> Path:
    """Write the scene to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks")
    _add_table(stage)
    _add_cube(stage)
    return usd.save(stage, path)


def _add_table(stage: Usd.Stage) -> None:
    table = f"/{ROOT}/table"
    for prim in (table, f"{table}/visuals", f"{table}/collisions"):
        UsdGeom.Xform.Define(stage, prim)
    wood = usd.add_material(stage, f"/{ROOT}/Looks/wood", WOOD, roughness=0.7)
    usd.bind(usd.add_shape(stage, f"{table}/visuals/top", TABLE_TOP), wood)
    friction = usd.add_physics_material(stage, f"/{ROOT}/Looks/table_friction", FRICTION)
    # A plane without edges: a box under a box costs more and lets a light cube sink in and jam.
    plane = UsdGeom.Plane.Define(stage, f"{table}/collisions/top")
    plane.CreateAxisAttr(UsdGeom.Tokens.z)
    plane.CreateWidthAttr(0.0)
    plane.CreateLengthAttr(0.0)
    usd.add_collider(plane, friction)


def _add_cube(stage: Usd.Stage) -> None:
    path = f"/{ROOT}/{CUBE.path}"
    cube = UsdGeom.Xform.Define(stage, path)
    usd.place(cube, CUBE.position)
    UsdPhysics.RigidBodyAPI.Apply(cube.GetPrim())
    UsdPhysics.MassAPI.Apply(cube.GetPrim()).CreateMassAttr(CUBE_MASS)
    for prim in ("visuals", "collisions"):
        UsdGeom.Xform.Define(stage, f"{path}/{prim}")
    box = Box((0.0, 0.0, 0.0), (CUBE_EDGE, CUBE_EDGE, CUBE_EDGE))
    red = usd.add_material(stage, f"/{ROOT}/Looks/red", CUBE_COLOR, roughness=0.5)
    usd.bind(usd.add_shape(stage, f"{path}/visuals/box", box), red)
    friction = usd.add_physics_material(stage, f"/{ROOT}/Looks/cube_friction", FRICTION)
    collider = usd.add_shape(stage, f"{path}/collisions/box", box)
    usd.add_collider(collider, friction)
    usd.add_mujoco_contact(collider, **CUBE_CONTACT)
