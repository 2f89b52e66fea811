"""Solids with flat and round faces to look at, each the convex hull of a few points; lengths in m."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import trimesh

from .shapes import Vector

CREASE = np.radians(40)
"""Angle between two faces up to which they are shaded as one round surface [rad]."""


@dataclass(frozen=True)
class Mesh:
    """Triangles.

    Attributes:
        points: Vertices, shape (V, 3) [m].
        normals: Unit normals at them, shape (V, 3).
        faces: Vertices of each triangle, counter-clockwise from outside, shape (F, 3).
        uvs: Texture coordinates of the vertices, shape (V, 2); None where there is no texture.
    """

    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    uvs: np.ndarray | None = None


def block(low: Vector, high: Vector, bevel: float = 0.001) -> np.ndarray:
    """Return the corners of a box from one corner to the opposite one, bevelled, shape (24, 3)."""
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)
    inwards = np.sign(np.add(low, high) / 2 - corners) * bevel
    return np.concatenate([corners + inwards * [axis != side for axis in range(3)] for side in range(3)])


def disc(center: Vector, radius: float, height: float, axis: str = "z", sides: int = 14) -> np.ndarray:
    """Return the corners of a short cylinder along an axis, bevelled a little, shape (4 * sides, 3)."""
    angle = 2 * np.pi * np.arange(sides) / sides
    bevel = min(0.0006, height / 4)
    rings = []
    for across, along in ((radius - bevel, height / 2), (radius, height / 2 - bevel)):
        for side in (along, -along):
            rings.append(np.stack([across * np.cos(angle), across * np.sin(angle), np.full(sides, side)], axis=-1))
    turned = np.roll(np.concatenate(rings), "xyz".index(axis) + 1, axis=1)
    return turned + center


def hull(*points: np.ndarray | Sequence[Vector]) -> trimesh.Trimesh:
    """Return the convex hull of points."""
    return trimesh.convex.convex_hull(np.concatenate([np.asarray(each) for each in points]))


def joined(solids: Iterable[trimesh.Trimesh]) -> Mesh:
    """Return solids as one mesh, with round edges where their faces are nearly even."""
    smooth = [trimesh.graph.smooth_shade(solid, angle=CREASE) for solid in solids]
    first = np.cumsum([0, *(len(each.vertices) for each in smooth)])
    return Mesh(
        points=np.concatenate([each.vertices for each in smooth]),
        normals=np.concatenate([each.vertex_normals for each in smooth]),
        faces=np.concatenate([each.faces + start for each, start in zip(smooth, first, strict=False)]),
    )


def rectangle(corner: Vector, u: Vector, v: Vector, texture_size: float) -> Mesh:
    """Return a flat rectangle with a texture on the side that its edges go round counter-clockwise.

    Args:
        corner: One corner.
        u: The edge from there along which a texture runs.
        v: The other edge from there.
        texture_size: Edge of the square that the texture covers once [m]; it repeats.
    """
    edges = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    lengths = np.linalg.norm([u, v], axis=1)
    normal = np.cross(u, v) / lengths.prod()
    return Mesh(
        points=np.asarray(corner) + edges @ np.array([u, v]),
        normals=np.tile(normal, (4, 1)),
        faces=np.array([(0, 1, 2), (0, 2, 3)]),
        uvs=edges * lengths / texture_size,
    )
