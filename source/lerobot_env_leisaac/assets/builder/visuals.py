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
    circle,
    hull,
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

FORK_Z = ((-0.0051, -0.0017), (0.0383, 0.0417))
"""The two plates of a fork that holds a servo by both horns, in the frame of the link that turns [m]."""


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


def printed(*solids: Mesh) -> Part:
    """Return the printed parts of a link as one mesh."""
    return Part("printed", "printed", merge(list(solids)))


def servo(center: Vector, length: str, shaft: str, reach: float = 0.0241) -> list[Part]:
    """Return an STS3215 with its horn disc.

    Args:
        center: Middle of the servo in the link frame [m].
        length: Signed axis from the middle towards the shaft, such as "-x".
        shaft: Axis of the shaft, such as "z".
        reach: How far the horn disc reaches to both sides of the middle [m]; by default out through a fork's plates.
    """
    along, across = "xyz".index(length[-1]), "xyz".index(shaft)
    size, hub = [SERVO_WIDTH] * 3, list(center)
    size[along], size[across] = SERVO_LENGTH, CASE_HEIGHT
    hub[along] += -SHAFT_OFFSET if length[0] == "-" else SHAFT_OFFSET
    return [
        Part("servo", "servo", Box(center, (size[0], size[1], size[2]))),
        Part("horn", "servo", Cylinder((hub[0], hub[1], hub[2]), HORN_RADIUS, 2 * reach, shaft)),
    ]


def fork(*discs: tuple[float, float, float]) -> list[Mesh]:
    """Return the two plates of a fork, each with the outline of a belt around discs (x, y, radius)."""
    return [prism(belt(*discs), low, high) for low, high in FORK_Z]


def _base() -> list[Part]:
    foot = belt((0.060, 0.022, 0.012), (0.060, -0.022, 0.012), (-0.014, 0.044, 0.012), (-0.014, -0.044, 0.012))
    lower, upper = rectangle((0.018, 0.0), (0.080, 0.062), 0.010), rectangle((0.020, 0.0), (0.064, 0.040), 0.006)
    housing = loft(
        [(lower, 0.010), (lower, 0.020), (upper, 0.046), (rectangle((0.020, 0.0), (0.060, 0.036), 0.005), 0.049)]
    )
    collar = prism(rectangle((0.0263, 0.0), (0.052, 0.0310), 0.004), 0.045, 0.0545, bevel=0.0015)
    plate = prism(rectangle((0.0, 0.034), (0.046, 0.050), 0.004), -0.0300, -0.0240, "yz", bevel=0.0012)
    return [
        printed(prism(foot, 0.0, 0.012, bevel=0.002), housing, collar, plate),
        *servo((0.0263, 0.0, 0.0437), "x", "z", reach=0.0198),
        Part("board", "board", Box((-0.0312, 0.0, 0.036), (0.0016, 0.040, 0.042))),
        Part("power_plug", "servo", Box((-0.0345, 0.010, 0.024), (0.007, 0.014, 0.011))),
        Part("chip", "servo", Box((-0.0328, -0.006, 0.040), (0.0025, 0.010, 0.010))),
    ]


def _shoulder() -> list[Part]:
    turntable = prism(circle((0.0, 0.0), 0.0215, 20), -0.0085, -0.0012)
    neck = hull(
        np.array(
            [(0.019, -0.004), (0.015, -0.010), (-0.012, -0.033), (-0.0465, -0.033), (-0.0465, -0.018), (-0.020, -0.004)]
        )
    )
    cradle = prism(rectangle((-0.0304, 0.0), (0.0306, 0.0376), 0.003), -0.0370, -0.0180, bevel=0.0012)
    return [
        printed(turntable, prism(neck, -0.0190, 0.0190, "xz", bevel=0.003), cradle),
        *servo((-0.0304, 0.0, -0.0417), "-z", "y"),
    ]


def _upper_arm() -> list[Part]:
    z = ARM_MIDDLE_Z
    web = prism(belt((-0.034, -0.001, 0.0115), (-0.046, -0.002, 0.0115)), FORK_Z[0][0], FORK_Z[1][1])
    beam = prism(belt((-0.042, -0.002, 0.0105), (-0.098, -0.0035, 0.0125)), z - 0.0155, z + 0.0155, bevel=0.003)
    cradle = prism(rectangle((-0.1126, z), (0.0306, 0.0390), 0.003), -0.0085, 0.0100, "xz", bevel=0.0012)
    return [
        printed(*fork((0.0, 0.0, 0.0125), (-0.046, -0.002, 0.0115)), web, beam, cradle),
        *servo((-0.1126, -0.0155, z), "-y", "z"),
    ]


def _lower_arm() -> list[Part]:
    z = ARM_MIDDLE_Z
    web = prism(belt((-0.034, 0.001, 0.0115), (-0.046, 0.002, 0.0115)), FORK_Z[0][0], FORK_Z[1][1])
    beam = prism(belt((-0.042, 0.002, 0.0105), (-0.094, 0.0045, 0.0125)), z - 0.0155, z + 0.0155, bevel=0.003)
    cradle = prism(rectangle((0.0052, z), (0.0306, 0.0390), 0.003), -0.1150, -0.0965, "yz", bevel=0.0012)
    return [
        printed(*fork((0.0, 0.0, 0.0125), (-0.046, 0.002, 0.0115)), web, beam, cradle),
        *servo((-0.1222, 0.0052, z), "-x", "z"),
    ]


def _wrist() -> list[Part]:
    web = prism(rectangle((0.0, 0.0183), (0.0250, 0.0468), 0.003), -0.0260, -0.0175, "xz", bevel=0.0015)
    cradle = prism(rectangle((0.0, 0.0255), (0.0306, 0.0612), 0.003), -0.0500, -0.0240, "xz", bevel=0.0015)
    return [
        printed(*fork((0.0, 0.0, 0.0125), (0.0, -0.026, 0.0125)), web, cradle),
        *servo((0.0, -0.0428, 0.0306), "-z", "y", reach=0.0190),
    ]


def _gripper() -> list[Part]:
    disc = prism(circle((0.0, 0.0), 0.0150), -0.0090, -0.0022)
    top = prism(rectangle((0.0025, 0.0), (0.0480, 0.0384), 0.005), -0.0120, -0.0070, bevel=0.0012)
    cradle = prism(rectangle((0.0, -0.0234), (0.0384, 0.0306), 0.003), -0.0215, 0.0020, "yz", bevel=0.0012)

    def finger_section(outer: float, inner: float, width: float) -> np.ndarray:
        return rectangle(((outer + inner) / 2, 0.0), (inner - outer, width), 0.0022)

    finger = loft(
        [
            (finger_section(-0.0160, FIXED_FACE_X, 0.0110), TIP_Z),
            (finger_section(-0.0180, FIXED_FACE_X, 0.0150), TIP_Z + 0.004),
            (finger_section(-0.0265, FIXED_FACE_X, PAD_WIDTH + 0.003), -0.0680),
            (finger_section(-0.0315, -0.0128, 0.0270), -0.0500),
            (finger_section(-0.0300, -0.0128, 0.0340), -0.0340),
            (finger_section(-0.0260, -0.0140, 0.0340), -0.0120),
        ]
    )
    return [printed(disc, top, cradle, finger), *servo((0.0077, 0.0005, -0.0234), "x", "y")]


def _jaw() -> list[Part]:
    face = FIXED_FACE_X + CUBE_EDGE

    def finger_section(inner: float, outer: float, width: float) -> np.ndarray:
        return rectangle(((outer + inner) / 2, 0.0), (outer - inner, width), 0.0022)

    finger = loft(
        [
            (finger_section(face, 0.0225, 0.0110), TIP_Z),
            (finger_section(face, 0.0248, 0.0150), TIP_Z + 0.004),
            (finger_section(face, 0.0345, PAD_WIDTH + 0.003), -0.0680),
            (finger_section(face + 0.0020, 0.0360, 0.0300), -0.0580),
            (finger_section(face - 0.0030, 0.0330, 0.0468), -0.0480),
            (finger_section(0.0120, 0.0290, 0.0468), -0.0410),
        ]
    ).moved(flush_gripper_in_jaw())
    return [printed(finger, *fork((0.0, 0.0, 0.0118), (0.0015, -0.0210, 0.0085)))]


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
