"""Collision boxes of the SO-101, and the inner faces of its jaws."""

import numpy as np

from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, FLUSH_ANGLE, TIP_Z
from lerobot_env_leisaac.scenes.table_with_cube import CUBE_EDGE

from .kinematics import JOINTS, pose
from .shapes import Box

PAD_TOP_Z = -0.068
"""Upper end of both inner faces in the gripper frame, the moving one at FLUSH_ANGLE [m]."""

PAD_WIDTH = 0.016
"""Width of the inner faces [m]."""

PAD_DEPTH = 0.009
"""Thickness of the finger behind the inner faces [m]."""


def flush_gripper_in_jaw() -> np.ndarray:
    """Return the pose of the gripper frame in the jaw frame at FLUSH_ANGLE, shape (4, 4).

    The moving jaw is drawn in the gripper frame, as it stands when it holds the cube, and carried over by this.
    """
    turn = pose((0.0, 0.0, 0.0), (0.0, 0.0, FLUSH_ANGLE))
    return np.linalg.inv(JOINTS["gripper"].origin() @ turn)


def _moving_pad() -> Box:
    face_x = FIXED_FACE_X + CUBE_EDGE
    center = (face_x + PAD_DEPTH / 2, 0.0, (TIP_Z + PAD_TOP_Z) / 2, 1.0)
    x, y, z, _ = flush_gripper_in_jaw() @ center
    return Box((x, y, z), (PAD_DEPTH, PAD_TOP_Z - TIP_Z, PAD_WIDTH), (0.0, 0.0, -FLUSH_ANGLE))


COLLIDERS: dict[str, dict[str, Box]] = {
    # The foot stays 2 mm clear of the table it is screwed to: the base is fixed, contact there would only cost time.
    "base": {
        "foot": Box((0.020, 0.0, 0.009), (0.085, 0.105, 0.014)),
        "housing": Box((0.018, 0.0, 0.038), (0.075, 0.048, 0.044)),
    },
    "shoulder": {"servo": Box((-0.0304, 0.0, -0.0417), (0.0248, 0.0396, 0.0454))},
    "upper_arm": {
        "beam": Box((-0.058, -0.003, 0.0183), (0.070, 0.024, 0.043)),
        "servo": Box((-0.1126, -0.0155, 0.0183), (0.0290, 0.0454, 0.0396)),
    },
    "lower_arm": {
        "beam": Box((-0.058, 0.003, 0.0183), (0.070, 0.024, 0.043)),
        "servo": Box((-0.1220, 0.0052, 0.0183), (0.0454, 0.0290, 0.0396)),
    },
    "wrist": {"servo": Box((0.0, -0.0428, 0.0270), (0.0290, 0.0396, 0.0550))},
    "gripper": {
        "servo": Box((0.0055, 0.0, -0.0214), (0.0500, 0.0396, 0.0288)),
        "finger": Box((-0.0230, 0.0, -0.0530), (0.0170, 0.0240, 0.0344)),
        "pad": Box(
            (FIXED_FACE_X - PAD_DEPTH / 2, 0.0, (TIP_Z + PAD_TOP_Z) / 2),
            (PAD_DEPTH, PAD_WIDTH, PAD_TOP_Z - TIP_Z),
        ),
    },
    "jaw": {
        "finger": Box((0.0030, -0.0330, 0.0188), (0.0150, 0.0260, 0.0240)),
        "pad": _moving_pad(),
    },
}
"""Collision boxes by link and name."""
