"""The few USD prims that the packaged files are made of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, Vt

from .hulls import Mesh
from .kinematics import pose, quaternion
from .shapes import Box, Cylinder, Shape, Sphere


def new_stage(default_prim: str, comment: str) -> Usd.Stage:
    """Return an empty stage in metres and kilograms, z up, with an Xform as its default prim."""
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, f"/{default_prim}").GetPrim())
    stage.GetRootLayer().documentation = comment
    return stage


def new_overlay(path: Path, plain: Path, comment: str) -> Usd.Stage:
    """Return a stage that is saved to `path`, on top of a file beside it: what is not said in it is as there."""
    path.unlink(missing_ok=True)
    stage = Usd.Stage.CreateNew(str(path))
    stage.GetRootLayer().subLayerPaths = [f"./{plain.name}"]
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    stage.SetDefaultPrim(stage.GetPrimAtPath(f"/{Sdf.Layer.FindOrOpen(str(plain)).defaultPrim}"))
    stage.GetRootLayer().documentation = comment
    return stage


def save(stage: Usd.Stage, path: Path) -> Path:
    """Write the stage as text and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stage.GetRootLayer().Export(str(path))
    return path


def rounded(values: Sequence[float] | np.ndarray) -> list[float]:
    """Return floats at nine decimals and without negative zeros, so that files don't differ by rounding noise."""
    return [float(value) for value in np.round(values, 9) + 0.0]


def quat(rotation: np.ndarray) -> Gf.Quatf:
    """Return the USD quaternion of a rotation matrix of shape (3, 3)."""
    w, *xyz = rounded(quaternion(rotation))
    return Gf.Quatf(w, *xyz)


def place(prim: UsdGeom.Xformable, position: Sequence[float] | np.ndarray, rotation: np.ndarray | None = None) -> None:
    """Author translation [m] and, when given, rotation, shape (3, 3), of a prim."""
    prim.AddTranslateOp().Set(Gf.Vec3d(*rounded(position)))
    if rotation is not None:
        prim.AddOrientOp(UsdGeom.XformOp.PrecisionFloat).Set(quat(rotation))


def add_shape(stage: Usd.Stage, path: str, shape: Shape) -> UsdGeom.Gprim:
    """Add a shape as the prim type of its kind."""
    if isinstance(shape, Box):
        return _add_box(stage, path, shape)
    if isinstance(shape, Sphere):
        return _add_sphere(stage, path, shape)
    return _add_cylinder(stage, path, shape)


def _add_box(stage: Usd.Stage, path: str, box: Box) -> UsdGeom.Cube:
    # A unit cube, placed and scaled.
    prim = UsdGeom.Cube.Define(stage, path)
    prim.CreateSizeAttr(1.0)
    prim.CreateExtentAttr([(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)])
    place(prim, box.center, pose((0.0, 0.0, 0.0), box.rpy)[:3, :3])
    prim.AddScaleOp().Set(Gf.Vec3f(*rounded(box.size)))
    return prim


def _add_cylinder(stage: Usd.Stage, path: str, cylinder: Cylinder) -> UsdGeom.Cylinder:
    prim = UsdGeom.Cylinder.Define(stage, path)
    prim.CreateRadiusAttr(cylinder.radius)
    prim.CreateHeightAttr(cylinder.height)
    prim.CreateAxisAttr(cylinder.axis.upper())
    corner = np.full(3, cylinder.radius)
    corner["xyz".index(cylinder.axis)] = cylinder.height / 2
    prim.CreateExtentAttr([Gf.Vec3f(*rounded(-corner)), Gf.Vec3f(*rounded(corner))])
    place(prim, cylinder.center, pose((0.0, 0.0, 0.0), cylinder.rpy)[:3, :3] if any(cylinder.rpy) else None)
    return prim


def _add_sphere(stage: Usd.Stage, path: str, sphere: Sphere) -> UsdGeom.Sphere:
    prim = UsdGeom.Sphere.Define(stage, path)
    prim.CreateRadiusAttr(sphere.radius)
    corner = np.full(3, sphere.radius)
    prim.CreateExtentAttr([Gf.Vec3f(*rounded(-corner)), Gf.Vec3f(*rounded(corner))])
    place(prim, sphere.center)
    return prim


def add_mesh(stage: Usd.Stage, path: str, mesh: Mesh) -> UsdGeom.Mesh:
    """Add triangles, rounded to micrometres."""
    prim = UsdGeom.Mesh.Define(stage, path)
    points, normals = (np.round(values, 6) + 0.0 for values in (mesh.points, mesh.normals))
    prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points.astype("f4")))
    prim.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(normals.round(3).astype("f4")))
    prim.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    prim.CreateFaceVertexCountsAttr(Vt.IntArray(len(mesh.faces), 3))
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.faces.astype("i4").ravel()))
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    prim.CreateExtentAttr([Gf.Vec3f(*points.min(0).tolist()), Gf.Vec3f(*points.max(0).tolist())])
    if mesh.uvs is not None:
        st = UsdGeom.PrimvarsAPI(prim).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
        st.Set(Vt.Vec2fArray.FromNumpy(mesh.uvs.astype("f4")))
    return prim


def add_collider(prim: UsdGeom.Gprim, physics_material: UsdShade.Material | None = None) -> None:
    """Make a shape a collider that renderers leave out."""
    prim.CreatePurposeAttr(UsdGeom.Tokens.guide)
    UsdPhysics.CollisionAPI.Apply(prim.GetPrim())
    if physics_material is not None:
        binding = UsdShade.MaterialBindingAPI.Apply(prim.GetPrim())
        binding.Bind(physics_material, UsdShade.Tokens.weakerThanDescendants, "physics")


def add_mujoco_contact(
    prim: UsdGeom.Gprim, condim: int, priority: int, solimp: tuple[float, float, float, float, float]
) -> None:
    """Give a collider contact parameters of its own in MuJoCo and Newton; other engines leave them unread."""
    prim.GetPrim().CreateAttribute("mjc:condim", Sdf.ValueTypeNames.Int).Set(condim)
    prim.GetPrim().CreateAttribute("mjc:priority", Sdf.ValueTypeNames.Int).Set(priority)
    prim.GetPrim().CreateAttribute("mjc:solimp", Sdf.ValueTypeNames.DoubleArray).Set(list(solimp))


def add_contact_gap(prim: UsdGeom.Gprim, gap: float) -> None:
    """Set how far from a collider Newton begins to look for contacts [m]; of two, it is the sum that counts."""
    prim.GetPrim().CreateAttribute("newton:contactGap", Sdf.ValueTypeNames.Float).Set(gap)


def add_material(
    stage: Usd.Stage, path: str, color: tuple[float, float, float], roughness: float, metallic: float = 0.0
) -> UsdShade.Material:
    """Add a preview surface of a linear RGB colour."""
    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/Shader")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*color))
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(roughness)
    shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(metallic)
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material


def add_texture(stage: Usd.Stage, path: str, file: str, roughness: float) -> UsdShade.Material:
    """Add a preview surface whose colour is a picture, repeated over the surface's texture coordinates.

    Args:
        stage: The stage.
        path: Path of the material.
        file: The picture, relative to the stage's file.
        roughness: Its roughness.
    """
    material = add_material(stage, path, (1.0, 1.0, 1.0), roughness)
    reader = UsdShade.Shader.Define(stage, f"{path}/Coordinates")
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    picture = UsdShade.Shader.Define(stage, f"{path}/Picture")
    picture.CreateIdAttr("UsdUVTexture")
    picture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(file)
    picture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set("sRGB")
    for axis in ("wrapS", "wrapT"):
        picture.CreateInput(axis, Sdf.ValueTypeNames.Token).Set("repeat")
    picture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
    shader = UsdShade.Shader.Get(stage, f"{path}/Shader")
    shader.GetInput("diffuseColor").ConnectToSource(picture.ConnectableAPI(), "rgb")
    return material


def add_physics_material(stage: Usd.Stage, path: str, friction: float) -> UsdShade.Material:
    """Add a physics material of equal static and dynamic friction and no restitution."""
    material = UsdShade.Material.Define(stage, path)
    api = UsdPhysics.MaterialAPI.Apply(material.GetPrim())
    api.CreateStaticFrictionAttr(friction)
    api.CreateDynamicFrictionAttr(friction)
    api.CreateRestitutionAttr(0.0)
    return material


def add_rolling_friction(material: UsdShade.Material, torsional: float, rolling: float) -> None:
    """Give a physics material torsional and rolling friction [m] in Newton; other engines leave them unread."""
    for name, value in (("torsional", torsional), ("rolling", rolling)):
        attribute = material.GetPrim().CreateAttribute(f"newton:{name}Friction", Sdf.ValueTypeNames.Float)
        attribute.Set(value)


def add_contact_stiffness(material: UsdShade.Material, stiffness: float) -> None:
    """Set how hard what has a physics material is to a cloth in Newton [N/m]; other engines leave it unread."""
    material.GetPrim().CreateAttribute("newton:contactStiffness", Sdf.ValueTypeNames.Float).Set(stiffness)


def bind(prim: UsdGeom.Gprim, material: UsdShade.Material) -> None:
    """Bind a visual material."""
    UsdShade.MaterialBindingAPI.Apply(prim.GetPrim()).Bind(material)
