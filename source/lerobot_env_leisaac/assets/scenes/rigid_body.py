"""What a configuration needs to know of a rigid body that comes with a scene file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RigidBody:
    """A rigid body of a scene file.

    Attributes:
        path: Its path below the file's default prim.
        position: Its position in the default prim's frame [m].
        orientation: Its orientation there (x, y, z, w).
        origin_height: Height of its origin above its underside, as the file builds it [m].
    """

    path: str
    position: tuple[float, float, float]
    orientation: tuple[float, float, float, float]
    origin_height: float
