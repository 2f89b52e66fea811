"""The robot files of the SO-101, and in what they differ. Plain data: no torch, no Isaac Lab, no USD."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .joint_limits import LEISAAC_JOINT_LIMITS_DEG, URDF_JOINT_LIMITS_DEG


@dataclass(frozen=True)
class RobotModel:
    """What one robot file has that another has not.

    Attributes:
        joint_limits_deg: Lower and upper limit [deg] by joint.
        reach_yaw: Direction in which the arm reaches with all joints at zero, about z from the base's +X [rad].
    """

    joint_limits_deg: Mapping[str, tuple[float, float]]
    reach_yaw: float

    @property
    def joint_limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each joint [rad], in the order of :data:`~lerobot_env_leisaac.units.JOINT_NAMES`."""
        return [(math.radians(low), math.radians(high)) for low, high in self.joint_limits_deg.values()]


ROBOT_MODELS: Mapping[str, RobotModel] = {
    "packaged": RobotModel(URDF_JOINT_LIMITS_DEG, reach_yaw=0.0),
    "leisaac": RobotModel(LEISAAC_JOINT_LIMITS_DEG, reach_yaw=-math.pi / 2),
    "nucleus": RobotModel(URDF_JOINT_LIMITS_DEG, reach_yaw=-math.pi / 2),
}
"""Robot models by where their file comes from: this package, ``LEISAAC_ASSETS_ROOT``, or NVIDIA's Nucleus."""


def robot_model(robot_cfg: Any) -> RobotModel:
    """Return the model of a scene's robot; one that does not name its model is taken for the packaged one."""
    return ROBOT_MODELS[getattr(robot_cfg, "model", "packaged")]
