"""Reading of scene files."""

from pathlib import Path

from pxr import Usd, UsdGeom, UsdPhysics

Position = tuple[float, float, float]
Orientation = tuple[float, float, float, float]


def rigid_body(path: Path, name: str) -> tuple[str, Position, Orientation]:
    """Find a rigid body of a scene file.

    Args:
        path: The USD file.
        name: Name of the body, which stands anywhere below the file's default prim.

    Returns:
        Its path below the default prim, and its position [m] and orientation (x, y, z, w) in the default prim's frame.

    Raises:
        ValueError: No rigid body has this name.
    """
    stage = Usd.Stage.Open(str(path))
    root = stage.GetDefaultPrim()
    for prim in Usd.PrimRange(root):
        if prim.GetName() == name and prim.HasAPI(UsdPhysics.RigidBodyAPI):
            pose, _ = UsdGeom.XformCache().ComputeRelativeTransform(prim, root)
            rotation = pose.RemoveScaleShear().ExtractRotationQuat()
            place = str(prim.GetPath().MakeRelativePath(root.GetPath()))
            return place, tuple(pose.ExtractTranslation()), (*rotation.GetImaginary(), rotation.GetReal())
    raise ValueError(f"scene {path} has no rigid body named '{name}', which the task needs")


def half_height(path: Path, body: str) -> float:
    """Return half the height of a body as the scene file builds it [m].

    Args:
        path: The USD file.
        body: Path of the body below the file's default prim.
    """
    stage = Usd.Stage.Open(str(path))
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.guide]
    bounds = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes)
    box = bounds.ComputeWorldBound(stage.GetDefaultPrim().GetPrimAtPath(body)).ComputeAlignedRange()
    return box.GetSize()[2] / 2
