"""Where the channels of a robot stand in HDF5 files, as its specification has them and in the order of the files."""

from __future__ import annotations

from dataclasses import dataclass

from lerobot_env_leisaac.robots.spec import RobotSpec


@dataclass(frozen=True)
class Layout:
    """Columns of files.

    Attributes:
        robot: The robot.
        order: Names of its channels in the order of the files' columns.
    """

    robot: RobotSpec
    order: tuple[str, ...]

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

    def observation_of(self, entity: str, name: str) -> str:
        """Return what LeIsaac calls an observation of one of several models: ``left_joint_pos``."""
        channel = self.robot.channels[self.robot.channels_of(entity)[0]]
        return f"{channel.name.removesuffix(channel.joint)}{name}"
