"""What of an environment a policy is to fit, read from its configuration: no environment need be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lerobot_env_leisaac import robots
from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.robots.spec import RobotModel, RobotSpec
from lerobot_env_leisaac.units import UnitConvention

ImageSize = tuple[int, int]


@dataclass(frozen=True)
class EnvironmentFacts:
    """What a policy is to fit.

    Attributes:
        robot: The robot.
        units: Unit convention of states and actions.
        image_sizes: Height and width [px] by camera.
        joint_limits: Joint limits [rad]. Shape is (C, 2).
        fps: Control rate [Hz].
    """

    robot: RobotSpec
    units: UnitConvention
    image_sizes: Mapping[str, ImageSize]
    joint_limits: torch.Tensor
    fps: float

    @classmethod
    def of(cls, cfg: Any) -> EnvironmentFacts:
        """Read the facts from an environment's configuration; no environment need be built.

        Raises:
            ValueError: It is not the configuration of an environment in LeRobot units.
        """
        if not hasattr(cfg, "units"):
            raise ValueError(
                f"{type(cfg).__name__} is no environment for LeRobot policies, which need LeRobot units and cameras: "
                "use an id that ends in -SmolVLA-v0"
            )
        sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
        robot = robots.named(cfg.robot)
        return cls._of(
            robot,
            robot.model(cfg.scene.robot),
            unit_conventions.load(cfg.units),
            image_sizes={camera: (sensor.height, sensor.width) for camera, sensor in sensors.items()},
            fps=1 / (cfg.sim.dt * cfg.decimation),
        )

    @classmethod
    def of_robot(
        cls, robot: RobotSpec, units: UnitConvention, image_sizes: Mapping[str, ImageSize], fps: float
    ) -> EnvironmentFacts:
        """Return the facts of an environment around a robot, with the file that would be used now."""
        return cls._of(robot, robot.models[paths.resolve(paths.ROBOT).source], units, image_sizes, fps)

    @classmethod
    def _of(
        cls,
        robot: RobotSpec,
        model: RobotModel,
        units: UnitConvention,
        image_sizes: Mapping[str, ImageSize],
        fps: float,
    ) -> EnvironmentFacts:
        return cls(robot, units, image_sizes, torch.tensor(model.joint_limits, dtype=torch.float64), fps)
