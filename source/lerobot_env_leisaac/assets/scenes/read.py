"""Reading of scene files that are not ours."""

from pathlib import Path

from pxr import Usd, UsdGeom, UsdPhysics

from .rigid_body import RigidBody


def rigid_body(path: Path, name: str) -> RigidBody:
    """Find a rigid body of a scene file.

    Args:
        path: The USD file.
        name: Name of the body, which stands anywhere below the file's default prim.

    Raises:
        ValueError: No rigid body has this name.
    """
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
