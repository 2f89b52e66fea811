"""The inner faces of the SO-101's jaws, in the frame of the gripper body."""

FIXED_FACE_X = -0.0116
"""Inner face of the fixed jaw: the plane x = FIXED_FACE_X [m]."""

FLUSH_ANGLE = 0.1752
"""Gripper angle at which the inner faces are parallel and 30.15 mm apart [rad]. Source: measured on an SO-101."""

TIP_Z = -0.1015
"""Tips of both jaws, the moving one at FLUSH_ANGLE [m]."""
