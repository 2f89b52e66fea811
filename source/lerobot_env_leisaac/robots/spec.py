"""What is known of a robot before anything is imported that simulates it: no torch, no Isaac Lab, no USD."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lerobot_env_leisaac.assets.files import AssetFile

from .servo import Servo

ALONE = "robot"
"""What scenes call the model of a robot that is but one."""

Role = Literal["arm", "gripper", "base"]

Quantity = Literal["position", "linear_velocity", "angular_velocity"]


def named(what: str, entity: str) -> str:
    """Return the name of something that each of a robot's models has: with the model's where there are several."""
    return what if entity == ALONE else f"{entity}_{what}"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One number of every state and action vector.

    Attributes:
        name: Its name, which no other channel of the robot has.
        joint: The joint of the model that it reads and drives; a unit convention has a line for each that is a
            position.
        role: ``arm`` moves the tool about, ``gripper`` opens and closes it, ``base`` drives the robot.
        entity: What the scene calls the model that has the joint.
        quantity: What it counts: the joint's position, or a velocity of the base in its own axes.
    """

    name: str
    joint: str
    role: Role = "arm"
    entity: str = ALONE
    quantity: Quantity = "position"

    @property
    def lerobot_key(self) -> str:
        """What LeRobot calls it in observations, actions and datasets."""
        return f"{self.name}.pos" if self.quantity == "position" else f"{self.name}.vel"


@dataclass(frozen=True, kw_only=True)
class Drive:
    """The wheels under a base, which set the limits of its velocities: the fastest one slows all of them.

    Attributes:
        wheels: By wheel, the speed of its rim [m/s] that a metre a second ahead, one to the left and a radian a second
            about the vertical each ask for.
        rim_speed: Highest speed of a rim [m/s].
    """

    wheels: tuple[tuple[float, float, float], ...]
    rim_speed: float

    @property
    def limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each velocity where the other two are zero [m/s], [m/s], [rad/s]."""
        highest = [self.rim_speed / max(abs(speed) for speed in speeds) for speeds in zip(*self.wheels, strict=True)]
        return [(-limit, limit) for limit in highest]


@dataclass(frozen=True, kw_only=True)
class RobotModel:
    """What one robot file has that another has not.

    Attributes:
        joint_limits_deg: Lower and upper limit [deg] by channel, in the order of the robot's channels.
        reach_yaw: Direction in which the arm reaches with all joints at zero, about z from the base's +X [rad].
        velocity_limits: Lower and upper limit [m/s] or [rad/s] of the channels that are velocities, which follow those
            of the joints.
    """

    joint_limits_deg: Mapping[str, tuple[float, float]]
    reach_yaw: float
    velocity_limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def joint_limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each channel [rad], [m/s] or [rad/s]."""
        joints = [(math.radians(low), math.radians(high)) for low, high in self.joint_limits_deg.values()]
        return [*joints, *self.velocity_limits.values()]


@dataclass(frozen=True, kw_only=True)
class RobotSpec:
    """A robot as plain data.

    Attributes:
        name: Its name, such as ``so101``.
        title: What people call it.
        lerobot_type: LeRobot's ``robot_type`` of its datasets.
        file: The USD file, and LeIsaac's.
        cfg: ``module:function`` that returns its Isaac Lab configuration, given the key of a model; without one that
            of the file which :func:`~.assets.files.resolve` names.
        channels: Its channels, in the order of every state and action vector; velocities of a base stand last, ahead,
            to the left and about the vertical.
        models: Its models by where their files come from: this package, ``LEISAAC_ASSETS_ROOT``, NVIDIA's Nucleus.
        arm: The robot that each of its models is; None where it is but one.
        tool_body: Body that carries the fixed jaw.
        base_body: Body that stands on the table.
        grasp_point: Point between the jaws, in the frame of `tool_body` [m].
        neutral: Joint positions with the elbow up and the fingers down, straight ahead [rad], by channel that is one.
        no_load_speed: Speed at which a servo's torque is used up by its own drag [rad/s].
        servos: The servos that its joints may have, by name; none where its configuration has but one kind.
        drive: The wheels that move it about; None where it stands.
    """

    name: str
    title: str
    lerobot_type: str
    file: AssetFile
    cfg: str
    channels: tuple[Channel, ...]
    models: Mapping[str, RobotModel]
    tool_body: str
    base_body: str
    grasp_point: tuple[float, float, float]
    neutral: tuple[float, ...]
    no_load_speed: float
    arm: RobotSpec | None = None
    servos: Mapping[str, Servo] = field(default_factory=dict)
    drive: Drive | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """What scenes call its models, in the order of the channels."""
        return tuple(dict.fromkeys(channel.entity for channel in self.channels))

    @property
    def arms(self) -> dict[str, RobotSpec]:
        """The robot that each of its models is, by what scenes call the model."""
        return dict.fromkeys(self.entities, self.arm or self)

    def channels_of(self, entity: str) -> list[int]:
        """Return the places of the channels of a model."""
        return [index for index, channel in enumerate(self.channels) if channel.entity == entity]

    def positions_of(self, entity: str) -> list[int]:
        """Return the places of the channels of a model that are positions."""
        return [index for index in self.channels_of(entity) if index in self.positions]

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the channels, in order."""
        return tuple(channel.name for channel in self.channels)

    @property
    def joint_names(self) -> list[str]:
        """The joint behind each channel that is a position, in order."""
        return [self.channels[index].joint for index in self.positions]

    @property
    def widest_limits(self) -> list[tuple[float, float]]:
        """The widest limits of all models, by channel [rad]."""
        each = zip(*(model.joint_limits for model in self.models.values()), strict=True)
        return [(min(low for low, _ in limits), max(high for _, high in limits)) for limits in each]

    @property
    def plan_speed(self) -> float:
        """Joint speed that no plan exceeds [rad/s]: there a servo still has half of its torque."""
        return self.no_load_speed / 2

    @property
    def positions(self) -> list[int]:
        """The places of the channels that are positions."""
        return [index for index, channel in enumerate(self.channels) if channel.quantity == "position"]

    def columns(self, role: Role) -> list[int]:
        """Return the places of the channels of a role."""
        return [index for index, channel in enumerate(self.channels) if channel.role == role]

    def model(self, cfg: Any) -> RobotModel:
        """Return the model of a scene's robot; one that does not name its model is taken for the packaged one."""
        return self.models[getattr(cfg, "model", "packaged")]
