"""Reading of scene files."""

# The stubs of pxr declare no return types.
# pyright: reportAttributeAccessIssue=false, reportReturnType=false

from pathlib import Path

from pxr import Usd, UsdGeom

Position = tuple[float, float, float]
Orientation = tuple[float, float, float, float]


def prim_pose(path: Path, name: str) -> tuple[Position, Orientation]:
    """Return where a prim of a scene file stands.

    Args:
        path: The USD file.
        name: Name of the prim, which stands anywhere in the file.

    Returns:
        Position [m] and orientation (x, y, z, w) in the frame of the file's default prim.

    Raises:
        ValueError: No prim has this name.
    """
    stage = Usd.Stage.Open(str(path))
    for prim in stage.Traverse():
        if prim.GetName() == name:
            pose = UsdGeom.XformCache().GetLocalToWorldTransform(prim)
            rotation = pose.RemoveScaleShear().ExtractRotationQuat()
            return tuple(pose.ExtractTranslation()), (*rotation.GetImaginary(), rotation.GetReal())
    raise ValueError(f"scene {path} has no prim named '{name}', which the task needs")
