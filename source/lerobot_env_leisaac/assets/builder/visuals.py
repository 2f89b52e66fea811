"""Shapes of the SO-101 to look at: servos, printed links, jaws, driver board.

Lengths in m, every part in its link's frame. Servo places and the servo's size come from the robot's published
drawings; the printed parts are a simplification of them. A link's printed parts are one mesh; servos are primitives,
which a ray tracer intersects faster.
"""

from dataclasses import dataclass

import numpy as np

from lerobot_env_leisaac.assets.builder.colliders import (
    CUBE_EDGE,
    FIXED_FACE_X,
    FLUSH_ANGLE,
    PAD_TOP_Z,
    PAD_WIDTH,
    TIP_Z,
    flush_gripper_in_jaw,
)
from lerobot_env_leisaac.assets.builder.shapes import (
    Box,
    Cylinder,
    Mesh,
    Vector,
    belt,
    loft,
    merge,
    prism,
    rectangle,
)

# Linear RGB, roughness, metallic
MATERIALS: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "printed": ((0.90, 0.47, 0.02), 0.55, 0.0),
    "servo": ((0.012, 0.012, 0.014), 0.40, 0.0),
    "board": ((0.01, 0.13, 0.07), 0.50, 0.0),
}
"""Appearance by material name."""

SERVO_LENGTH, SERVO_WIDTH, CASE_HEIGHT, HORN_RADIUS = 0.0454, 0.0248, 0.0356, 0.0080
"""Size of the STS3215 [m]; with the horns at both ends of the shaft it is 0.0396 high."""

SHAFT_OFFSET = 0.0125
"""Distance of the servo's shaft from its middle, along its length [m]."""

ARM_MIDDLE_Z = 0.0183
"""Middle of the shoulder-lift, elbow and wrist servos along their shaft, in the frame of the link they turn [m]."""

HUB_RADIUS, HUB_LENGTH = 0.0125, 0.0468
"""Size of the printed hub that a servo turns by both its horns [m]."""

FINGER_SLANT = 0.29
"""Lean of a finger's back against its inner face [rad]: the finger tapers towards its tip."""


@dataclass(frozen=True)
class Part:
    """A visible shape.

    Attributes:
        name: Name of the prim.
        material: Name of its material.
        shape: The shape in its link's frame.
    """

    name: str
    material: str
    shape: Box | Cylinder | Mesh


def printed(name: str, shape: Box | Cylinder | Mesh) -> Part:
    """Return a printed part."""
    return Part(name, "printed", shape)


def servo(center: Vector, length: str, shaft: str, reach: float = 0.0241) -> list[Part]:
    """Return an STS3215 with its horn disc.

    Args:
        center: Middle of the servo in the link frame [m].
        length: Signed axis from the middle towards the shaft, such as "-x".
        shaft: Axis of the shaft, such as "z".
        reach: How far the horn disc reaches to both sides of the middle [m]; by default out through a hub.
    """
    along, across = "xyz".index(length[-1]), "xyz".index(shaft)
    size, hub = [SERVO_WIDTH] * 3, list(center)
    size[along], size[across] = SERVO_LENGTH, CASE_HEIGHT
    hub[along] += -SHAFT_OFFSET if length[0] == "-" else SHAFT_OFFSET
    return [
        Part("servo", "servo", Box(center, (size[0], size[1], size[2]))),
        Part("horn", "servo", Cylinder((hub[0], hub[1], hub[2]), HORN_RADIUS, 2 * reach, shaft)),
    ]


def hub(z: float = ARM_MIDDLE_Z, radius: float = HUB_RADIUS) -> Part:
    """Return the hub of a link about its joint, centred at height `z` [m] of the link frame."""
    return printed("hub", Cylinder((0.0, 0.0, z), radius, HUB_LENGTH, "z"))


def finger() -> dict[str, tuple[Vector, Vector, float]]:
    """Return the boxes of a finger by name: centre and size [m], and lean [rad].

    They stand in a frame whose origin is the tip's edge of the inner face: x away from the cube, y along the edge,
    z towards the root.
    """
    length = PAD_TOP_Z - TIP_Z
    return {
        "face": ((0.0030, 0.0, length / 2 + 0.004), (0.0060, PAD_WIDTH - 0.002, length + 0.008), 0.0),
        "back": ((0.0097, 0.0, 0.0235), (0.0050, PAD_WIDTH, 0.0480), FINGER_SLANT),
        "root": ((0.0095, 0.0, length + 0.0100), (0.0190, 0.0270, 0.0280), 0.0),
    }


def _base() -> list[Part]:
    foot = belt((0.060, 0.022, 0.012), (0.060, -0.022, 0.012), (-0.014, 0.044, 0.012), (-0.014, -0.044, 0.012))
    lower, upper = rectangle((0.018, 0.0), (0.080, 0.062), 0.010), rectangle((0.020, 0.0), (0.064, 0.040), 0.006)
    housing = loft([(lower, 0.010), (lower, 0.020), (upper, 0.046)])
    return [
        printed("shell", merge([prism(foot, 0.0, 0.012), housing])),
        printed("collar", Box((0.0263, 0.0, 0.0500), (0.052, 0.0310, 0.009))),
        printed("plate", Box((-0.0270, 0.0, 0.034), (0.006, 0.046, 0.050))),
        *servo((0.0263, 0.0, 0.0437), "x", "z", reach=0.0198),
        Part("board", "board", Box((-0.0312, 0.0, 0.036), (0.0016, 0.040, 0.042))),
        Part("power_plug", "servo", Box((-0.0345, 0.010, 0.024), (0.007, 0.014, 0.011))),
    ]


def _shoulder() -> list[Part]:
    return [
        printed("turntable", Cylinder((0.0, 0.0, -0.0049), 0.0215, 0.0073, "z")),
        printed("neck", Box((-0.0150, 0.0, -0.0190), (0.0520, 0.0360, 0.0220))),
        printed("cradle", Box((-0.0304, 0.0, -0.0255), (0.0306, 0.0390, 0.0230))),
        *servo((-0.0304, 0.0, -0.0417), "-z", "y"),
    ]


def _upper_arm() -> list[Part]:
    z = ARM_MIDDLE_Z
    return [
        hub(),
        printed("fork", Box((-0.0290, -0.001, z), (0.0580, 0.0230, HUB_LENGTH))),
        printed("beam", Box((-0.0760, -0.003, z), (0.0720, 0.0240, 0.0310))),
        printed("cradle", Box((-0.1126, 0.0005, z), (0.0306, 0.0190, 0.0390))),
        *servo((-0.1126, -0.0155, z), "-y", "z"),
    ]


def _lower_arm() -> list[Part]:
    z = ARM_MIDDLE_Z
    return [
        hub(),
        printed("fork", Box((-0.0290, 0.001, z), (0.0580, 0.0230, HUB_LENGTH))),
        printed("beam", Box((-0.0760, 0.004, z), (0.0720, 0.0240, 0.0310))),
        printed("cradle", Box((-0.1058, 0.0052, z), (0.0185, 0.0306, 0.0390))),
        *servo((-0.1222, 0.0052, z), "-x", "z"),
    ]


def _wrist() -> list[Part]:
    return [
        hub(),
        printed("fork", Box((0.0, -0.0130, ARM_MIDDLE_Z), (0.0250, 0.0260, HUB_LENGTH))),
        printed("cradle", Box((0.0, -0.0370, 0.0255), (0.0306, 0.0260, 0.0612))),
        *servo((0.0, -0.0428, 0.0306), "-z", "y", reach=0.0190),
    ]


def _gripper() -> list[Part]:
    parts = [
        printed("disc", Cylinder((0.0, 0.0, -0.0060), 0.0150, 0.0080, "z")),
        printed("cradle", Box((-0.0080, 0.0, -0.0220), (0.0300, 0.0384, 0.0300))),
        *servo((0.0077, 0.0005, -0.0234), "x", "y"),
    ]
    for name, ((x, y, z), size, slant) in finger().items():
        parts.append(printed(f"finger_{name}", Box((FIXED_FACE_X - x, y, TIP_Z + z), size, (0.0, -slant, 0.0))))
    return parts


def _jaw() -> list[Part]:
    parts = [
        hub(z=0.0189, radius=0.0118),
        printed("arm", Box((0.0030, -0.0190, 0.0189), (0.0180, 0.0300, 0.0440))),
    ]
    for name, ((x, y, z), (depth, width, length), slant) in finger().items():
        center = flush_gripper_in_jaw() @ (FIXED_FACE_X + CUBE_EDGE + x, y, TIP_Z + z, 1.0)
        box = Box((center[0], center[1], center[2]), (depth, length, width), (0.0, 0.0, -FLUSH_ANGLE - slant))
        parts.append(printed(f"finger_{name}", box))
    return parts


VISUALS: dict[str, list[Part]] = {
    "base": _base(),
    "shoulder": _shoulder(),
    "upper_arm": _upper_arm(),
    "lower_arm": _lower_arm(),
    "wrist": _wrist(),
    "gripper": _gripper(),
    "jaw": _jaw(),
}
"""Visible shapes by link."""
