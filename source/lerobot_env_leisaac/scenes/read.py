"""The objects of scene files: of a packaged one as its scene says, of any other as they are read."""

from __future__ import annotations

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
        name: Name of the body, which stands anywhere below the file's default prim.

    Raises:
        ValueError: No rigid body has this name.
    """
    from pxr import Usd, UsdGeom, UsdPhysics

    stage = Usd.Stage.Open(str(path))
    root = stage.GetDefaultPrim()
    for prim in Usd.PrimRange(root):
        if prim.GetName() == name and prim.HasAPI(UsdPhysics.RigidBodyAPI):
            pose, _ = UsdGeom.XformCache().ComputeRelativeTransform(prim, root)
            rotation = pose.RemoveScaleShear().ExtractRotationQuat()
            purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.guide]
            bounds = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes).ComputeWorldBound(prim)
            return RigidBody(
                path=str(prim.GetPath().MakeRelativePath(root.GetPath())),
                position=tuple(pose.ExtractTranslation()),
                orientation=(*rotation.GetImaginary(), rotation.GetReal()),
                origin_height=UsdGeom.XformCache().GetLocalToWorldTransform(prim).ExtractTranslation()[2]
                - bounds.ComputeAlignedRange().GetMin()[2],
            )
    raise ValueError(f"scene {path} has no rigid body named '{name}', which the task needs")
