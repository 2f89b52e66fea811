"""What the packaged scenes are furnished with: a table top with a wall behind it, and rigid bodies."""

from collections.abc import Mapping, Sequence

from pxr import Gf, Usd, UsdGeom, UsdPhysics, UsdShade

from lerobot_env_leisaac.scenes.spec import UPRIGHT, RigidBody

from . import usd
from .shapes import Box, Shape


def add_table(
    stage: Usd.Stage,
    path: str,
    visuals: Mapping[str, tuple[Shape, UsdShade.Material]],
    wall: Box,
    surface: UsdShade.Material,
    gap: float,
) -> None:
    """Add a table whose top is the plane z = 0.

    Args:
        stage: The stage.
        path: Path of the table.
        visuals: Shapes to look at, by name.
        wall: The wall, a collider.
        surface: Physics material of both.
        gap: How far above the top contacts are looked for [m].
    """
    for prim in (path, f"{path}/visuals", f"{path}/collisions"):
        UsdGeom.Xform.Define(stage, prim)
    for name, (shape, material) in visuals.items():
        usd.bind(usd.add_shape(stage, f"{path}/visuals/{name}", shape), material)
    usd.add_contact_gap(add_plane(stage, f"{path}/collisions/top", surface), gap)
    usd.add_collider(usd.add_shape(stage, f"{path}/collisions/wall", wall), surface)


def add_plane(stage: Usd.Stage, path: str, surface: UsdShade.Material) -> UsdGeom.Plane:
    """Add the plane z = 0 as a collider.

    It has no edges, as under the cube: what falls off the table would never come back.

    Args:
        stage: The stage.
        path: Path of the plane.
        surface: Its physics material.
    """
    plane = UsdGeom.Plane.Define(stage, path)
    plane.CreateAxisAttr(UsdGeom.Tokens.z)
    plane.CreateWidthAttr(0.0)
    plane.CreateLengthAttr(0.0)
    usd.add_collider(plane, surface)
    return plane


def add_body(
    stage: Usd.Stage,
    root: str,
    body: RigidBody,
    mass: float,
    visuals: Sequence[tuple[Shape, UsdShade.Material]],
    colliders: Sequence[Shape],
    surface: UsdShade.Material,
) -> list[UsdGeom.Gprim]:
    """Add a rigid body and return its colliders.

    Args:
        stage: The stage.
        root: Name of the default prim.
        body: The body, as its scene says it.
        mass: Its mass [kg].
        visuals: Shapes to look at, in its frame.
        colliders: Shapes to touch, in its frame.
        surface: Physics material of its colliders.
    """
    path = f"/{root}/{body.path}"
    prim = UsdGeom.Xform.Define(stage, path)
    usd.place(prim, body.position)
    if body.orientation != UPRIGHT:
        *xyz, w = usd.rounded(body.orientation)
        prim.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Quatd(w, *xyz))
    UsdPhysics.RigidBodyAPI.Apply(prim.GetPrim())
    UsdPhysics.MassAPI.Apply(prim.GetPrim()).CreateMassAttr(mass)
    for part in ("visuals", "collisions"):
        UsdGeom.Xform.Define(stage, f"{path}/{part}")
    for index, (shape, material) in enumerate(visuals):
        usd.bind(usd.add_shape(stage, f"{path}/visuals/part_{index}", shape), material)
    added = []
    for index, shape in enumerate(colliders):
        collider = usd.add_shape(stage, f"{path}/collisions/part_{index}", shape)
        usd.add_collider(collider, surface)
        added.append(collider)
    return added
