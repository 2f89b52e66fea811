"""The base of a robot that drives: its velocities in its own axes, over joints that stand still in the world."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation
from isaaclab.scene import InteractiveScene

from lerobot_env_leisaac.robots.spec import Drive, RobotSpec

from .constants import constant

_ROUNDING = 1e-6
"""Share by which a rim may be too fast before it counts: a velocity at its limit is not rounded over it."""


def attainable(drive: Drive, velocity: torch.Tensor) -> torch.Tensor:
    """Return the share of velocities (N, 3) at which no wheel is too fast, 1 where none is. Shape is (N, 1).

    All wheels are slowed together, so that the base goes the same way. Source: LeRobot 0.6.1's ``LeKiwi``.
    """
    wheels = constant(drive.wheels, str(velocity.device))
    rims = (velocity[:, None] * wheels).sum(dim=-1)  # a matrix product may round in another way in another batch
    fastest = rims.abs().amax(dim=-1, keepdim=True)
    return torch.where(fastest > drive.rim_speed * (1 + _ROUNDING), drive.rim_speed / fastest, 1.0)


class Base:
    """A base that drives; velocities are ahead [m/s], to the left [m/s] and about the vertical [rad/s]."""

    def __init__(self, robot: RobotSpec, scene: InteractiveScene):
        """Find the base of a robot in a scene.

        Args:
            robot: The robot, which has one.
            scene: The scene.
        """
        channels = [robot.channels[column] for column in robot.columns("base")]
        self._model: Articulation = scene[channels[0].entity]
        joints, _ = self._model.find_joints([channel.joint for channel in channels], preserve_order=True)
        self._joints = torch.tensor(joints, device=scene.device)
        self._ahead = robot.model(self._model.cfg).reach_yaw

    @property
    def velocity(self) -> torch.Tensor:
        """Its velocities. Shape is (N, 3)."""
        along_x, along_y, about_z = self._model.data.joint_vel.torch[:, self._joints].unbind(dim=-1)
        cos, sin = self._direction()
        return torch.stack([cos * along_x + sin * along_y, cos * along_y - sin * along_x, about_z], dim=-1)

    def drive(self, velocity: torch.Tensor) -> None:
        """Ask for velocities (N, 3) in the physics step that begins now."""
        ahead, left, about_z = velocity.unbind(dim=-1)
        cos, sin = self._direction()
        joint_vel = torch.stack([cos * ahead - sin * left, sin * ahead + cos * left, about_z], dim=-1)
        self._model.actuators.target_command.set_velocity_index(value=joint_vel, joint_ids=self._joints)

    def _direction(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosine and sine of the direction in which it looks. Shapes are (N,)."""
        yaw = self._model.data.joint_pos.torch[:, self._joints[2]] + self._ahead
        return yaw.cos(), yaw.sin()
