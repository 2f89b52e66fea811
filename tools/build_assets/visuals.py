"""Shapes of the SO-101 to look at: servos, printed links, jaws, driver board.

Lengths in m, every part in its link's frame. Servo places and the servo's size come from the robot's published
drawings; the printed parts are a simplification of them. Rendering is most of a step, so the arm is no more than what
makes it an SO-101: slim printed links between black servos, hubs with horn discs, and two tapered jaws.
"""

from dataclasses import dataclass

from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, FLUSH_ANGLE, TIP_Z
from lerobot_env_leisaac.scenes.table_with_cube import CUBE_EDGE

from .colliders import PAD_WIDTH, flush_gripper_in_jaw
from .shapes import Box, Cylinder, Vector

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

FINGER_LEAN = 0.25
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
    shape: Box | Cylinder


def printed(name: str, shape: Box | Cylinder) -> Part:
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
    return {
        "face": ((0.0030, 0.0, 0.0320), (0.0060, PAD_WIDTH, 0.0640), 0.0),
        "back": ((0.0122, 0.0, 0.0340), (0.0065, PAD_WIDTH - 0.003, 0.0600), FINGER_LEAN),
    }


def _base() -> list[Part]:
    return [
        printed("foot", Box((0.0200, 0.0, 0.0060), (0.0850, 0.1050, 0.0120))),
        printed("shell", Box((0.0180, 0.0, 0.0190), (0.0740, 0.0600, 0.0140))),
        printed("housing", Box((0.0210, 0.0, 0.0380), (0.0660, 0.0460, 0.0240))),
        printed("plate", Box((-0.0270, 0.0, 0.0340), (0.0060, 0.0460, 0.0500))),
        *servo((0.0263, 0.0, 0.0437), "x", "z", reach=0.0198),
        Part("board", "board", Box((-0.0312, 0.0, 0.0360), (0.0024, 0.0400, 0.0420))),
        Part("power_plug", "servo", Box((-0.0345, 0.0100, 0.0240), (0.0070, 0.0140, 0.0110))),
    ]


def _shoulder() -> list[Part]:
    return [
        printed("turntable", Cylinder((0.0, 0.0, -0.0049), 0.0215, 0.0073, "z")),
        printed("neck", Box((-0.0190, 0.0, -0.0195), (0.0520, 0.0390, 0.0230))),
        *servo((-0.0304, 0.0, -0.0417), "-z", "y"),
    ]


def _upper_arm() -> list[Part]:
    beam = Box((-0.0535, -0.0015, ARM_MIDDLE_Z), (0.0930, 0.0230, 0.0340))
    return [hub(), printed("beam", beam), *servo((-0.1126, -0.0155, ARM_MIDDLE_Z), "-y", "z")]


def _lower_arm() -> list[Part]:
    beam = Box((-0.0555, 0.0030, ARM_MIDDLE_Z), (0.0970, 0.0240, 0.0340))
    return [hub(), printed("beam", beam), *servo((-0.1222, 0.0052, ARM_MIDDLE_Z), "-x", "z")]


def _wrist() -> list[Part]:
    cradle = Box((0.0, -0.0270, 0.0225), (0.0270, 0.0400, 0.0552))
    return [hub(), printed("cradle", cradle), *servo((0.0, -0.0428, 0.0306), "-z", "y", reach=0.0190)]


def _gripper() -> list[Part]:
    parts = [
        printed("palm", Box((-0.0130, 0.0, -0.0220), (0.0330, 0.0384, 0.0320))),
        *servo((0.0077, 0.0005, -0.0234), "x", "y"),
    ]
    for name, ((x, y, z), size, lean) in finger().items():
        parts.append(printed(f"finger_{name}", Box((FIXED_FACE_X - x, y, TIP_Z + z), size, (0.0, -lean, 0.0))))
    return parts


def _jaw() -> list[Part]:
    parts = [hub(z=0.0189, radius=0.0118), printed("arm", Box((0.0030, -0.0180, 0.0189), (0.0190, 0.0300, 0.0440)))]
    for name, ((x, y, z), (depth, width, length), lean) in finger().items():
        center = flush_gripper_in_jaw() @ (FIXED_FACE_X + CUBE_EDGE + x, y, TIP_Z + z, 1.0)
        box = Box((center[0], center[1], center[2]), (depth, length, width), (0.0, 0.0, -FLUSH_ANGLE - lean))
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
