"""The camera that comes with a real SO-101's kit, on its gripper: where LeIsaac has a wrist camera, a second one."""

import math
from dataclasses import replace

from .spec import CameraSpec

PITCH, VERTICAL_VIEW = -0.57, math.radians(48.5)
"""How it leans towards the fingers, about x, and its vertical field of view [rad]."""

_APERTURE, _HEIGHT, _WIDTH = 36.83, 480, 640

KIT_WRIST = CameraSpec(
    name="wrist_kit",
    on="tool",
    position=(0.0, 0.055, -0.045),
    orientation=(math.sin(PITCH / 2), 0.0, 0.0, math.cos(PITCH / 2)),
    convention="opengl",
    focal_length=_APERTURE * _HEIGHT / _WIDTH / 2 / math.tan(VERTICAL_VIEW / 2),
    horizontal_aperture=_APERTURE,
    height=_HEIGHT,
    width=_WIDTH,
)
"""Source: the wrist camera of TheRobotStudio's MJCF of the SO-101."""


def kit_cameras(cameras: tuple[CameraSpec, ...]) -> dict[str, CameraSpec]:
    """Return the kit's camera for each of a scene's wrist cameras, by the name of that one."""
    return {
        camera.name: replace(KIT_WRIST, name=f"{camera.name}_kit", entity=camera.entity)
        for camera in cameras
        if camera.on == "tool"
    }
