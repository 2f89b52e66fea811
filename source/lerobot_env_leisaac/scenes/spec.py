"""What is known of a scene before anything is imported that simulates it: no torch, no Isaac Lab, no USD."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lerobot_env_leisaac.assets.files import AssetFile

from .cloth import Cloth

Position = tuple[float, float, float]
"""Position [m]."""

Orientation = tuple[float, float, float, float]
"""Orientation as a quaternion (x, y, z, w)."""

Pose = tuple[Position, Orientation]
"""Position [m] and orientation (x, y, z, w)."""

UPRIGHT: Orientation = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class RigidBody:
    """A rigid body of a scene file.

    Attributes:
        path: Its path below the file's default prim.
        position: Its position in the default prim's frame [m].
        orientation: Its orientation there (x, y, z, w).
        origin_height: Height of its origin above its underside, as the file builds it [m].
        height: Its height [m], of a container that of its rim; None where no task asks.
    """

    path: str
    position: Position
    orientation: Orientation = UPRIGHT
    origin_height: float
    height: float | None = None


@dataclass(frozen=True, kw_only=True)
class CameraSpec:
    """A camera that rides on a body of the robot.

    Attributes:
        name: What observations call it.
        on: The body, by its part: ``base`` stands on the table, ``tool`` carries the fixed jaw.
        entity: What the scene calls the arm, where the robot has several.
        position: Its position in the body's frame [m].
        orientation: Its orientation there (x, y, z, w).
        convention: What its axes mean: ``opengl`` looks along -Z with +Y up, ``ros`` along +Z with -Y up.
        focal_length: Focal length [mm].
        horizontal_aperture: Width of its sensor [mm].
        height: Height of its images [px].
        width: Width of its images [px].
        reach_yaw: Direction in which the arm reaches in the base frame that its pose is given in, about z from +X
            [rad]; that of the robot file in use may be another, and the camera turns with it.
    """

    name: str
    on: Literal["base", "tool"]
    entity: str = "robot"
    position: Position
    orientation: Orientation
    convention: Literal["opengl", "ros"]
    focal_length: float
    horizontal_aperture: float
    height: int = 480
    width: int = 640
    reach_yaw: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SceneSpec:
    """A scene as plain data.

    Its objects are those of the packaged file; those of LeIsaac's own file have the same names and are read from it.

    Attributes:
        file: The USD file, and LeIsaac's.
        objects: Its rigid bodies by the names that tasks know them by, in the order of reports.
        cloths: Its cloths by name; they are in no file.
        cameras: Its cameras, in the order of observations.
        robot_poses: Where arms stand in the packaged file and which way they reach, by what the scene calls them; one
            that is not here stands at the origin and reaches along +X.
        leisaac_robot_poses: Where their bases stand in LeIsaac's file; empty where LeIsaac has none.
        diffuse_light: Intensity of the light from all sides; the light from above is the same in every scene.
    """

    file: AssetFile
    objects: dict[str, RigidBody]
    cameras: tuple[CameraSpec, ...]
    cloths: dict[str, Cloth] = field(default_factory=dict)
    robot_poses: dict[str, Pose] = field(default_factory=dict)
    leisaac_robot_poses: dict[str, Pose] = field(default_factory=dict)
    diffuse_light: float = 1000.0
