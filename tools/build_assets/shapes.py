"""The three shapes that everything is made of: boxes, cylinders and spheres.

A ray tracer intersects them by formula. A triangle mesh, however small, has a tree of its own to walk and costs it two
to three times as much.
"""

from dataclasses import dataclass, replace

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
        rpy: Rotations about the link's fixed x, y, z axes [rad].
    """

    center: Vector
    radius: float
    height: float
    axis: str
    rpy: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Sphere:
    """A sphere in a link frame.

    Attributes:
        center: Centre [m].
        radius: Radius [m].
    """

    center: Vector
    radius: float


Shape = Box | Cylinder | Sphere


def moved[S: Shape](shape: S, by: Vector) -> S:
    """Return a shape in another place, as far away as `by` [m]."""
    x, y, z = (place + distance for place, distance in zip(shape.center, by, strict=True))
    return replace(shape, center=(x, y, z))
