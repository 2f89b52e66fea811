"""How the servos of a robot behave, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

ServoName = Literal["tracking", "identified", "menagerie", "leisaac"]
"""What a robot's servos may be called."""

DEFAULT_SERVO: ServoName = "tracking"
"""The servo of results, datasets and checkpoints that do not name one."""


@dataclass(frozen=True, kw_only=True)
class JointDrive:
    """The servo of one joint.

    It turns the joint with ``stiffness * (target - position) - damping * velocity``, clipped to the effort limit; dry
    and viscous friction of motor and gears work against it.

    Attributes:
        stiffness: Torque by distance from the target [N m/rad].
        damping: Torque against the velocity [N m s/rad].
        effort_limit: Largest torque of the drive [N m].
        armature: Inertia of rotor and gears, at the joint [kg m^2].
        friction: Dry friction [N m].
        viscous_friction: Viscous friction [N m s/rad].
    """

    stiffness: float
    damping: float
    effort_limit: float
    armature: float
    friction: float
    viscous_friction: float


@dataclass(frozen=True, kw_only=True)
class Servo:
    """The servos of a robot.

    Attributes:
        description: Where it comes from, in a line.
        drives: The drive of each joint, by the joint's name.
        clipped_at_joint: Whether Newton's solver clips the drive's torque at the joint. It then still counts the
            drive's damping as inertia where the torque is clipped, which makes a saturated joint slow, and lets it
            overshoot; else it clips as MuJoCo does an actuator's.
    """

    description: str
    drives: Mapping[str, JointDrive]
    clipped_at_joint: bool = False

    @property
    def table(self) -> dict[str, Any]:
        """The drives as plain data: what identifies it."""
        return {joint: asdict(drive) for joint, drive in self.drives.items()}
