"""Boxes, cylinders, and small triangle meshes lofted from outlines.

An outline is a convex polygon, counter-clockwise, shape (K, 2). A mesh is a union of convex solids, which may overlap.
Everything is plain NumPy, so the same input gives the same file on every machine.
"""

from dataclasses import dataclass

import numpy as np

Outline = np.ndarray
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """A box in a link frame.

    Attributes:
        center: Centre [m].
        size: Edges [m].
        rpy: Rotations about the link's fixed x, y, z axes [rad].
    """

    center: Vector
    size: Vector
    rpy: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Cylinder:
    """A cylinder in a link frame.

    Attributes:
        center: Centre [m].
        radius: Radius [m].
        height: Height [m].
        axis: Axis of the link frame it stands along: "x", "y" or "z".
    """

    center: Vector
    radius: float
    height: float
    axis: str


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh.

    Attributes:
        points: Vertices, shape (V, 3) [m].
        triangles: Vertex indices, counter-clockwise seen from outside, shape (T, 3).
    """

    points: np.ndarray
    triangles: np.ndarray

    def moved(self, transform: np.ndarray) -> "Mesh":
        """Return the mesh moved by a homogeneous transform of shape (4, 4)."""
        return Mesh(self.points @ transform[:3, :3].T + transform[:3, 3], self.triangles)


def merge(meshes: list[Mesh]) -> Mesh:
    """Return one mesh that holds all the given ones."""
    starts = np.cumsum([0] + [len(mesh.points) for mesh in meshes])
    triangles = [mesh.triangles + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.points for mesh in meshes]), np.concatenate(triangles))


def circle(center: tuple[float, float], radius: float, sides: int = 14) -> Outline:
    """Return a regular polygon about a circle's centre, shape (sides, 2)."""
    angles = 2 * np.pi * np.arange(sides) / sides
    return np.add(center, radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def rectangle(center: tuple[float, float], size: tuple[float, float], corner: float = 0.0) -> Outline:
    """Return a rectangle whose corners are cut at 45 degrees by `corner` [m], shape (4, 2) or (8, 2)."""
    x, y = np.divide(size, 2)
    if corner == 0.0:
        outline = [(x, -y), (x, y), (-x, y), (-x, -y)]
    else:
        cx, cy = x - corner, y - corner
        outline = [(x, -cy), (x, cy), (cx, y), (-cx, y), (-x, cy), (-x, -cy), (-cx, -y), (cx, -y)]
    return np.add(center, outline)


def belt(*discs: tuple[float, float, float], sides: int = 14) -> Outline:
    """Return the outline of a belt around discs.

    Args:
        discs: Discs as (x, y, radius) [m].
        sides: Corners of a whole disc.
    """
    return hull(np.concatenate([circle((x, y), radius, sides) for x, y, radius in discs]))


def hull(points: np.ndarray) -> Outline:
    """Return the convex hull of points in the plane, counter-clockwise (Andrew's monotone chain)."""

    def chain(ordered: list[np.ndarray]) -> list[np.ndarray]:
        kept: list[np.ndarray] = []
        for point in ordered:
            while len(kept) > 1 and _cross(kept[-1] - kept[-2], point - kept[-2]) <= 1e-12:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    ordered = sorted(np.round(points, 9), key=tuple)
    return np.array(chain(ordered) + chain(ordered[::-1]))


def inset(outline: Outline, distance: float) -> Outline:
    """Return a convex outline moved inwards by `distance` [m], with as many corners."""
    edges = np.roll(outline, -1, axis=0) - outline
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1, keepdims=True)
    before = np.roll(normals, 1, axis=0)
    # The corner moves along the bisector of its two edges, further the sharper it is.
    return outline + distance * (normals + before) / (1 + np.sum(normals * before, axis=1, keepdims=True))


def loft(sections: list[tuple[Outline, float]], plane: str = "xy") -> Mesh:
    """Return the solid through outlines at rising heights.

    Args:
        sections: (outline, height) pairs, all outlines with the same number of corners; height [m] along the axis
            that `plane` leaves out.
        plane: Axes of the outlines: "xy", "yz" or "xz".
    """
    corners = len(sections[0][0])
    points = np.concatenate([np.column_stack([outline, np.full(corners, height)]) for outline, height in sections])
    this, after = np.arange(corners), np.roll(np.arange(corners), -1)
    triangles = []
    for level in range(len(sections) - 1):
        low, high = level * corners, (level + 1) * corners
        triangles += [np.stack([low + this, low + after, high + after], axis=1)]
        triangles += [np.stack([low + this, high + after, high + this], axis=1)]
    fan = np.stack([np.zeros(corners - 2, int), this[1:-1], this[2:]], axis=1)
    triangles += [fan[:, ::-1], fan + corners * (len(sections) - 1)]
    faces = np.concatenate(triangles)
    axes = {"xy": (0, 1, 2), "yz": (2, 0, 1), "xz": (0, 2, 1)}[plane]
    mirrored = plane == "xz"
    return Mesh(points[:, axes], faces[:, ::-1] if mirrored else faces)


def prism(outline: Outline, low: float, high: float, plane: str = "xy", bevel: float = 0.0) -> Mesh:
    """Return an outline extruded from `low` to `high` [m], its rims bevelled by `bevel` [m]."""
    if bevel == 0.0:
        return loft([(outline, low), (outline, high)], plane)
    rim = inset(outline, bevel)
    return loft([(rim, low), (outline, low + bevel), (outline, high - bevel), (rim, high)], plane)


def _cross(first: np.ndarray, second: np.ndarray) -> float:
    return float(first[0] * second[1] - first[1] * second[0])
