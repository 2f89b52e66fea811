"""Joint limits of the SO-101, as each source of the robot model has them.

A dataset recorded in motor units keeps the table it was recorded with: a table belongs to a unit convention as much as
to a robot model, so both stand here by name.
"""

import math

URDF_JOINT_LIMITS_RAD: dict[str, tuple[float, float]] = {
    "shoulder_pan": (-1.91986, 1.91986),
    "shoulder_lift": (-1.74533, 1.74533),
    "elbow_flex": (-1.69, 1.69),
    "wrist_flex": (-1.65806, 1.65806),
    "wrist_roll": (-2.74385, 2.84121),
    "gripper": (-0.174533, 1.74533),
}
"""Lower and upper limit [rad] by joint. Source: TheRobotStudio SO-ARM100, ``so101_new_calib.urdf``."""

URDF_JOINT_LIMITS_DEG: dict[str, tuple[float, float]] = {
    joint: (math.degrees(lower), math.degrees(upper)) for joint, (lower, upper) in URDF_JOINT_LIMITS_RAD.items()
}
"""The same limits in [deg]: those of the packaged robot."""

LEISAAC_JOINT_LIMITS_DEG: dict[str, tuple[float, float]] = {
    "shoulder_pan": (-110.0, 110.0),
    "shoulder_lift": (-100.0, 100.0),
    "elbow_flex": (-100.0, 90.0),
    "wrist_flex": (-95.0, 95.0),
    "wrist_roll": (-160.0, 160.0),
    "gripper": (-10.0, 100.0),
}
"""Lower and upper limit [deg] by joint of LeIsaac's ``so101_follower.usd``. Source: LeIsaac 0.4.0."""
