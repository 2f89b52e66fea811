"""Where the channels of a robot stand in HDF5 files, as its specification has them and in the order of the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lerobot_env_leisaac.robots.spec import RobotSpec


@dataclass(frozen=True)
class Model:
    """A model of the robot, as an environment of this package noted it.

    Attributes:
        joints: Its joints in the simulator's order.
        reach_yaw: The way ahead where its base is not turned, about z from x [rad].
    """

    joints: tuple[str, ...]
    reach_yaw: float


@dataclass(frozen=True)
class Layout:
    """Columns of files.

    Attributes:
        robot: The robot.
        order: Names of its channels in the order of the files' columns.
        models: The robot's models, where an environment of this package noted them; there actions and observed states
            of a base are in its own axes.
    """

    robot: RobotSpec
    order: tuple[str, ...]
    models: Mapping[str, Model] = field(default_factory=dict)

    @property
    def columns(self) -> list[int]:
        """The column of each channel in a table of all."""
        return [self.order.index(name) for name in self.robot.channel_names]

    @property
    def entities(self) -> tuple[str, ...]:
        """What files call the robot's models."""
        return self.robot.entities

    def columns_of(self, entity: str) -> list[int]:
        """Return the column of each channel of a model in a table of the model alone."""
        channels = [self.robot.channel_names[index] for index in self.robot.channels_of(entity)]
        order = [name for name in self.order if name in channels]
        return [order.index(name) for name in channels]

    def simulated_columns_of(self, entity: str) -> list[int]:
        """Return the column of each channel of a model in what the simulator says of its joints."""
        if entity not in self.models:
            return self.columns_of(entity)
        channels = (self.robot.channels[index] for index in self.robot.channels_of(entity))
        return [self.models[entity].joints.index(channel.joint) for channel in channels]

    def observation_of(self, entity: str, name: str) -> str:
        """Return what LeIsaac calls an observation of one of several models: ``left_joint_pos``."""
        channel = self.robot.channels[self.robot.channels_of(entity)[0]]
        return f"{channel.name.removesuffix(channel.joint)}{name}"


def noted_models(noted: Any, robot: RobotSpec) -> dict[str, Model]:
    """Return the models that a file notes of a robot; none where it notes none, or those of another robot."""
    if not isinstance(noted, Mapping) or set(noted) != set(robot.entities):
        return {}
    models = {}
    for entity, facts in noted.items():
        known = facts if isinstance(facts, Mapping) else {}
        joints, yaw = known.get("joints"), known.get("reach_yaw")
        expected = sorted(robot.channels[index].joint for index in robot.channels_of(entity))
        if not isinstance(joints, list) or sorted(map(str, joints)) != expected or not isinstance(yaw, int | float):
            return {}
        models[entity] = Model(tuple(map(str, joints)), float(yaw))
    return models
