"""Builds the robots of ``look=real``: files on top of the plain ones, which change what is seen and nothing else."""

from pathlib import Path

from pxr import UsdGeom, UsdShade

from . import usd
from .real_arm import REAL_VISUALS
from .shapes import Vector
from .visuals import VISUALS

COMMENT = "The same robot as it looks. Built by tools/build_assets: change the builder, not this file."

SCOPE = "real"
"""Prim of a link that holds what is seen of the arm."""


def build_real_robot(path: Path, plain: Path, mount: Vector = (0.0, 0.0, 0.0), prefix: str = "") -> Path:
    """Write a robot as it looks to `path` and return it.

    Args:
        path: The file, beside `plain`.
        plain: The robot's plain file.
        mount: Where its base is in the robot's [m].
        prefix: What the names of the plain shapes of its base begin with there.
    """
    stage = usd.new_overlay(path, plain, COMMENT)
    root = stage.GetDefaultPrim().GetPath()
    for link, meshes in REAL_VISUALS.items():
        for part in VISUALS[link]:
            name = f"{prefix if link == 'base' else ''}{part.name}"
            stage.OverridePrim(f"{root}/{link}/visuals/{name}").SetActive(False)
        scope = UsdGeom.Xform.Define(stage, f"{root}/{link}/{SCOPE}")
        if link == "base" and any(mount):
            usd.place(scope, mount)
        for material, mesh in meshes.items():
            prim = usd.add_mesh(stage, f"{scope.GetPath()}/{material}", mesh)
            usd.bind(prim, UsdShade.Material.Get(stage, f"{root}/Looks/{material}"))
    stage.Save()
    return path
