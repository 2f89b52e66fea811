"""The SO-101 as it looks: forks of printed plastic around black servos, of few triangles.

Lengths in m, every part in its link's frame. Places and outer sizes are those of the robot's published drawings, the
shapes a simplification of them; servos stand where the plain ones do.
"""

import itertools

import numpy as np
import trimesh

from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, TIP_Z
from lerobot_env_leisaac.scenes.table_with_cube import CUBE_EDGE

from .colliders import flush_gripper_in_jaw
from .hulls import Mesh, block, disc, hull, joined
from .shapes import Vector
from .visuals import CASE_HEIGHT, SERVO_LENGTH, SERVO_WIDTH, SHAFT_OFFSET

Solids = dict[str, list[trimesh.Trimesh]]

PRONGS = ((-0.0125, -0.0055), (0.0455, 0.0525))
"""Lower and upper side of a fork's two prongs along the joint's axis, where the joint is one of the arm's [m]."""

PRONG_RADIUS = 0.0115
"""Radius of the round end of a prong [m]."""

FINGER_ROOT_Z = -0.040
"""Where the fingers begin, in the gripper's frame [m]."""


def servo(center: Vector, length: str, shaft: str) -> list[trimesh.Trimesh]:
    """Return an STS3215: case, lids, and the horns at both ends of its shaft.

    Args:
        center: Its middle in the link's frame [m].
        length: Signed axis from the middle towards the shaft, such as "-x".
        shaft: Axis of the shaft, such as "z".
    """
    along, across = "xyz".index(length[-1]), "xyz".index(shaft)
    size = np.full(3, SERVO_WIDTH)
    size[along], size[across] = SERVO_LENGTH, CASE_HEIGHT
    middle, horn = np.array(center), np.array(center)
    horn[along] += -SHAFT_OFFSET if length[0] == "-" else SHAFT_OFFSET
    return [
        hull(block(tuple(middle - size / 2), tuple(middle + size / 2), 0.0015)),
        hull(disc(tuple(horn), 0.0105, CASE_HEIGHT + 0.004, shaft)),
        hull(disc(tuple(horn), 0.0040, CASE_HEIGHT + 0.0065, shaft, sides=8)),
    ]


def _fork(root_x: float, prong_x: float, width: float) -> list[trimesh.Trimesh]:
    """Return two prongs from a joint at the origin back along -x, where they meet.

    Args:
        root_x: Where the prongs end [m].
        prong_x: Where they begin to lean towards each other [m].
        width: Their width at the root [m].
    """
    solids = []
    for (low, high), inwards in zip(PRONGS, (1, -1), strict=True):
        middle, thickness = (low + high) / 2, high - low
        solids.append(hull(disc((0.0, 0.0, middle), PRONG_RADIUS, thickness), _slab(prong_x, middle, thickness, 0.020)))
        solids.append(
            hull(
                _slab(prong_x, middle, thickness, 0.020),
                _slab(root_x, middle + inwards * 0.012, thickness + 0.010, width),
            )
        )
    return solids


def _slab(x: float, z: float, thickness: float, width: float) -> np.ndarray:
    """Return a cross-section of a prong, shape (24, 3)."""
    half = (0.001, width / 2, thickness / 2)
    return block((x - half[0], -half[1], z - half[2]), (x + half[0], half[1], z + half[2]), 0.0008)


def _base() -> Solids:
    feet = [
        hull(block((-0.022, side * 0.0405 - 0.015, 0.0), (0.030, side * 0.0405 + 0.015, 0.012), 0.003))
        for side in (1, -1)
    ]
    shoes = [
        hull(
            disc((0.045, side * 0.040, 0.006), 0.0145, 0.012),
            block((0.0, side * 0.040 - 0.012, 0), (0.01, side * 0.040 + 0.012, 0.012)),
        )
        for side in (1, -1)
    ]
    return {
        "printed": [
            *feet,
            *shoes,
            hull(block((-0.022, -0.050, 0.000), (0.012, 0.050, 0.010), 0.002)),
            hull(block((-0.022, -0.026, 0.010), (0.014, 0.026, 0.016), 0.002)),
            hull(
                block((-0.0215, -0.0270, 0.014), (0.006, 0.0270, 0.052), 0.003),
                block((-0.016, -0.020, 0.052), (0.004, 0.020, 0.0695), 0.003),
            ),
            hull(block((0.002, -0.0225, 0.016), (0.012, 0.0225, 0.026), 0.002)),
            *(
                hull(block((-0.004, side * 0.0185 - 0.0045, 0.0355), (0.0500, side * 0.0185 + 0.0045, 0.0600), 0.002))
                for side in (1, -1)
            ),
            hull(block((-0.004, -0.0225, 0.0345), (0.0520, 0.0225, 0.0385), 0.001)),
            hull(block((-0.0305, -0.0255, 0.0265), (-0.0235, 0.0255, 0.0685), 0.001)),
        ],
        "servo": [
            *servo((0.0263, 0.0, 0.0441), "x", "z"),
            hull(block((-0.0345, 0.0030, 0.0300), (-0.0300, 0.0170, 0.0410))),
        ],
        "board": [hull(block((-0.0330, -0.0225, 0.0290), (-0.0300, 0.0225, 0.0660), 0.0005))],
    }


def _shoulder() -> Solids:
    upright = hull(
        block((-0.0470, -0.0225, -0.0380), (-0.0240, 0.0225, -0.0060), 0.003),
        block((-0.0465, -0.0190, 0.0300), (-0.0300, 0.0190, 0.0455), 0.003),
    )
    return {
        "printed": [
            upright,
            hull(
                disc((0.0, 0.0, -0.0045), 0.0122, 0.0070),
                block((-0.0330, -0.0190, -0.0080), (-0.0300, 0.0190, -0.0010)),
            ),
            hull(
                disc((0.0, 0.0, 0.0422), 0.0122, 0.0070), block((-0.0330, -0.0160, 0.0385), (-0.0300, 0.0160, 0.0455))
            ),
            *(
                hull(
                    block((-0.0500, side * 0.0225 - 0.0035, -0.0380), (-0.0130, side * 0.0225 + 0.0035, -0.0120), 0.002)
                )
                for side in (1, -1)
            ),
            hull(block((-0.0480, -0.0240, -0.0360), (-0.0140, 0.0240, -0.0300), 0.002)),
        ],
        "servo": servo((-0.0304, 0.0, -0.0417), "-z", "y"),
    }


def _upper_arm() -> Solids:
    return {
        "printed": [
            *_fork(-0.062, -0.034, 0.0245),
            hull(block((-0.072, -0.0125, 0.0020), (-0.052, 0.0120, 0.0380), 0.003)),
            hull(
                block((-0.074, -0.0125, 0.0010), (-0.066, 0.0120, 0.0390), 0.002),
                block((-0.128, 0.0000, -0.0035), (-0.100, 0.0110, 0.0415), 0.002),
            ),
            *(
                hull(block((-0.1285, -0.0120, z - 0.0025), (-0.0970, 0.0060, z + 0.0025), 0.001))
                for z in (-0.0015, 0.0390)
            ),
        ],
        "servo": servo((-0.1126, -0.0155, 0.0183), "-y", "z"),
    }


def _lower_arm() -> Solids:
    return {
        "printed": [
            *_fork(-0.064, -0.036, 0.0230),
            hull(block((-0.076, -0.0115, 0.0020), (-0.054, 0.0115, 0.0380), 0.003)),
            hull(
                block((-0.078, -0.0115, 0.0000), (-0.070, 0.0115, 0.0400), 0.002),
                block((-0.104, -0.0130, -0.0040), (-0.092, 0.0190, 0.0440), 0.003),
            ),
            *(
                hull(block((-0.1180, y - 0.0025, -0.0060), (-0.0930, y + 0.0025, 0.0440), 0.001))
                for y in (-0.0115, 0.0200)
            ),
        ],
        "servo": servo((-0.1222, 0.0052, 0.0183), "-x", "z"),
    }


def _wrist() -> Solids:
    prongs = [
        hull(
            disc((0.0, 0.0, z), PRONG_RADIUS, 0.0065),
            block((-0.0130, -0.0300, z - 0.003), (0.0130, -0.0240, z + 0.003)),
        )
        for z in (-0.0055, 0.0480)
    ]
    return {
        "printed": [
            *prongs,
            hull(block((-0.0155, -0.0640, -0.0080), (0.0155, -0.0220, 0.0020), 0.004)),
            *(
                hull(
                    block((side * 0.0143 - 0.0020, -0.0640, -0.0060), (side * 0.0143 + 0.0020, -0.0240, 0.0520), 0.0015)
                )
                for side in (1, -1)
            ),
            hull(block((-0.0145, -0.0275, 0.0000), (0.0145, -0.0215, 0.0510), 0.002)),
        ],
        "servo": servo((0.0, -0.0428, 0.0306), "-z", "y"),
    }


def _finger() -> np.ndarray:
    """Return the corners of the fixed finger in the gripper's frame: it tapers away from its inner face to its tip."""
    face, root = FIXED_FACE_X, FINGER_ROOT_Z
    tip = block((face - 0.0045, -0.0062, TIP_Z), (face, 0.0062, TIP_Z + 0.004), 0.0008)
    middle = block((face - 0.0120, -0.0080, -0.0760), (face, 0.0080, -0.0740), 0.0008)
    wide = block((face - 0.0215, -0.0125, root - 0.002), (face, 0.0125, root), 0.0008)
    return np.stack([tip, middle, wide])


def _tapered(sections: np.ndarray) -> list[trimesh.Trimesh]:
    """Return solids between cross-sections (n, 24, 3) that follow one another."""
    return [hull(one, other) for one, other in itertools.pairwise(sections)]


def _gripper() -> Solids:
    return {
        "printed": [
            *_tapered(_finger()),
            hull(block((-0.0340, -0.0200, -0.0385), (-0.0116, 0.0180, -0.0060), 0.003), _finger()[-1]),
            hull(block((-0.0330, -0.0240, -0.0090), (0.0180, 0.0220, 0.0005), 0.004)),
            hull(block((-0.0180, -0.0270, -0.0370), (0.0120, -0.0205, -0.0020), 0.002)),
        ],
        "servo": servo((0.0077, 0.0005, -0.0234), "x", "y"),
    }


def _jaw() -> Solids:
    mirrored = _finger() * (-1, 1, 1) + (2 * FIXED_FACE_X + CUBE_EDGE, 0, 0)
    in_jaw = flush_gripper_in_jaw()
    sections = mirrored @ in_jaw[:3, :3].T + in_jaw[:3, 3]
    back = block((-0.0105, -0.0180, 0.0060), (0.0085, -0.0120, 0.0315), 0.002)
    return {
        "printed": [
            *_tapered(sections),
            hull(sections[-1], back),
            *(
                hull(
                    disc((0.0, 0.0, z), 0.0098, 0.0050),
                    block((-0.0105, -0.0185, z - 0.0025), (0.0085, -0.0120, z + 0.0025)),
                )
                for z in (-0.0025, 0.0403)
            ),
            hull(block((-0.0105, -0.0195, -0.0050), (0.0085, -0.0135, 0.0428), 0.0015)),
        ],
        "servo": [],
    }


def _meshes(solids: Solids) -> dict[str, Mesh]:
    return {material: joined(parts) for material, parts in solids.items() if parts}


REAL_VISUALS: dict[str, dict[str, Mesh]] = {
    "base": _meshes(_base()),
    "shoulder": _meshes(_shoulder()),
    "upper_arm": _meshes(_upper_arm()),
    "lower_arm": _meshes(_lower_arm()),
    "wrist": _meshes(_wrist()),
    "gripper": _meshes(_gripper()),
    "jaw": _meshes(_jaw()),
}
"""Visible shapes by link and material."""
