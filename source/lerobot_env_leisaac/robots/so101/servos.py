"""The servos of the SO-101, STS3215 on every joint: the packaged ones, and those that others measured or simulate."""

from __future__ import annotations

from dataclasses import replace

from lerobot_env_leisaac.robots.servo import JointDrive, Servo

_JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")

NO_LOAD_SPEED = 4.9
"""Speed at which a servo's torque is used up by its own drag [rad/s]: the MJCF's torque limit over its joint damping,
2.94 / 0.60. Without the drag a target far away throws the arm at 35 rad/s."""

STALL_TORQUE = 2.94
"""Stall torque of the STS3215 at 12 V [N m]. Source: MuJoCo Menagerie's SO-101."""

GRIPPER_EFFORT_LIMIT = 0.5
"""Torque with which the gripper squeezes [N m]: enough for a 10 g cube, and it does not press the jaws into it."""

SQUEEZE = 1.0
"""Torque of the other servos' grippers [N m]: more presses the jaws into a cube of 10 g by more than 1 mm."""

_MJCF = JointDrive(
    stiffness=17.8, damping=0.0, effort_limit=STALL_TORQUE, armature=0.028, friction=0.052, viscous_friction=0.60
)
"""Source: TheRobotStudio's MJCF of the SO-101; its torque limit is Menagerie's."""

_TRACKING = replace(_MJCF, stiffness=200.0, damping=8.0, viscous_friction=STALL_TORQUE / NO_LOAD_SPEED)


def _all_alike(drive: JointDrive, gripper: JointDrive) -> dict[str, JointDrive]:
    return {**dict.fromkeys(_JOINTS, drive), "gripper": gripper}


def _identified(armature: float, viscous_friction: float, friction: float) -> JointDrive:
    """Return a drive with the figures that a real follower was measured to have, and with gains that fit them.

    Of the measured arm's gains the gripper's stiffness alone is public. Every joint has the same servo with the same
    firmware gains, so it is that of all. The damping is one for all as well: with 1.0 joints overshoot a step of 20
    degrees by up to 10 %, with 2.0 by less than 2 %.
    """
    return JointDrive(
        stiffness=68.25,
        damping=2.0,
        effort_limit=STALL_TORQUE,
        armature=armature,
        friction=friction,
        viscous_friction=viscous_friction,
    )


_MENAGERIE = replace(_MJCF, stiffness=998.22, damping=2.731)
_LEISAAC = replace(_MJCF, damping=0.60, effort_limit=10.0, viscous_friction=0.0)
_IDENTIFIED_GRIPPER = _identified(0.07763, 0.9586, 0.0835)

SERVOS: dict[str, Servo] = {
    "tracking": Servo(
        description="stiff and free: a 30 Hz stream of targets is held to 2 mrad",
        drives=_all_alike(
            _TRACKING,
            gripper=replace(
                _TRACKING,
                effort_limit=GRIPPER_EFFORT_LIMIT,
                viscous_friction=GRIPPER_EFFORT_LIMIT / NO_LOAD_SPEED,
            ),
        ),
        clipped_at_joint=True,
    ),
    "identified": Servo(
        description="inertia, dry and viscous friction of each joint as measured on a real follower",
        drives={
            "shoulder_pan": _identified(0.06762, 1.5907, 0.3474),
            "shoulder_lift": _identified(0.02765, 0.5614, 0.3448),
            "elbow_flex": _identified(0.03772, 0.7966, 0.4112),
            "wrist_flex": _identified(0.05071, 1.0719, 0.2482),
            "wrist_roll": _identified(0.05490, 1.6377, 0.2218),
            "gripper": replace(_IDENTIFIED_GRIPPER, effort_limit=SQUEEZE),
        },
    ),
    "menagerie": Servo(
        description="the arm's joints as in MuJoCo Menagerie's SO-101",
        drives=_all_alike(_MENAGERIE, gripper=replace(_MENAGERIE, damping=14.0, effort_limit=SQUEEZE)),
    ),
    "leisaac": Servo(
        description="the arm's gains of LeIsaac 0.4",
        drives=_all_alike(_LEISAAC, gripper=replace(_LEISAAC, viscous_friction=0.8, effort_limit=SQUEEZE)),
    ),
}
"""The servos by name.

Their grippers differ from the source in two figures: SQUEEZE, and as much damping as it takes to close without
overshoot. The source of the identified figures is the SO-101 of NVIDIA's Isaac Lab tutorial (isaac-sim/
IsaacLabTutorial); of LeIsaac's, which come without inertia and friction, the MJCF has the rest.
"""
