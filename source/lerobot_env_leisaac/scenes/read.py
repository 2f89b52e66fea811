"""The objects of scene files: of a packaged one as its scene says, of any other as they are read."""

from __future__ import annotations

import collections
from pathlib import Path

from .spec import RigidBody, SceneSpec


def object_of(scene: SceneSpec, file: Path, name: str) -> RigidBody:
    """Return an object of a scene.

    Args:
        scene: The scene.
        file: The file that stands for it; no packaged one is opened.
        name: Name of the object.

    Raises:
        ValueError: The file has no rigid body of this name.
    """
    return scene.objects[name] if file == scene.file.packaged_path else rigid_body(file, name)


def rigid_body(path: Path, name: str) -> RigidBody:
    """Find a rigid body of a scene file.

    Args:
        path: The USD file.
        name: Name of the body, which stands anywhere below the file's default prim. Where several have one name, the
            second is called ``<name>_1``, the third ``<name>_2``, as LeIsaac does it.

    Raises:
        ValueError: No rigid body has this name.
    """
    from pxr import Usd, UsdGeom, UsdPhysics

    stage = Usd.Stage.Open(str(path))
    root = stage.GetDefaultPrim()
    namesakes: collections.Counter[str] = collections.Counter()
    for prim in Usd.PrimRange(root):
        if not prim.HasAPI(UsdPhysics.RigidBodyAPI):
            continue
        count = namesakes[prim.GetName()]
        namesakes[prim.GetName()] += 1
        if name == (f"{prim.GetName()}_{count}" if count else prim.GetName()):
            pose, _ = UsdGeom.XformCache().ComputeRelativeTransform(prim, root)
            rotation = pose.RemoveScaleShear().ExtractRotationQuat()
            purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.guide]
            bounds = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes).ComputeWorldBound(prim).ComputeAlignedRange()
            origin = UsdGeom.XformCache().GetLocalToWorldTransform(prim).ExtractTranslation()
            return RigidBody(
                path=str(prim.GetPath().MakeRelativePath(root.GetPath())),
                position=tuple(pose.ExtractTranslation()),
                orientation=(*rotation.GetImaginary(), rotation.GetReal()),
                origin_height=origin[2] - bounds.GetMin()[2],
                height=bounds.GetSize()[2],
            )
    raise ValueError(f"scene {path} has no rigid body named '{name}', which the task needs")
