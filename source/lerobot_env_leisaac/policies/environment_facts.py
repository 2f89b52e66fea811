"""What of an environment a policy is to fit, read from its configuration: no environment need be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.spec import RobotModel, RobotSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec
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
        task: Its task.
        instruction: What the policy is told to do.
    """

    robot: RobotSpec
    units: UnitConvention
    image_sizes: Mapping[str, ImageSize]
    joint_limits: torch.Tensor
    fps: float
    task: TaskSpec
    instruction: str

    @classmethod
    def of(cls, cfg: Any) -> EnvironmentFacts:
        """Read the facts from an environment's configuration; no environment need be built.

        Raises:
            ValueError: It is not the configuration of an environment in LeRobot units.
        """
        if not hasattr(cfg, "units"):
            raise ValueError(
                f"{type(cfg).__name__} is no environment for LeRobot policies, which need LeRobot units and cameras: "
                f"use an id such as {catalog.lerobot_id(catalog.DEFAULT)}"
            )
        sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
        return cls._of(
            cfg.spec().robot,
            cfg.spec().robot.model(getattr(cfg.scene, cfg.spec().robot.entities[0])),
            unit_conventions.load(cfg.units),
            image_sizes={camera: (sensor.height, sensor.width) for camera, sensor in sensors.items()},
            fps=1 / (cfg.sim.dt * cfg.decimation),
            task=cfg.spec(),
            instruction=cfg.instruction,
        )

    @classmethod
    def of_task(
        cls, task: TaskSpec, units: UnitConvention, image_sizes: Mapping[str, ImageSize], instruction: str
    ) -> EnvironmentFacts:
        """Return the facts of a task's environment, around the robot whose file would be used now."""
        model = task.robot.models[files.resolve(task.robot.file).source]
        return cls._of(task.robot, model, units, image_sizes, fps=task.control_hz, task=task, instruction=instruction)

    @classmethod
    def _of(
        cls,
        robot: RobotSpec,
        model: RobotModel,
        units: UnitConvention,
        image_sizes: Mapping[str, ImageSize],
        **facts: Any,
    ) -> EnvironmentFacts:
        return cls(robot, units.of(robot), image_sizes, torch.tensor(model.joint_limits, dtype=torch.float64), **facts)
