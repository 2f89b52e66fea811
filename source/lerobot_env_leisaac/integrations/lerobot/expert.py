"""The scripted demonstrator behind LeRobot's teleoperator interface."""

from __future__ import annotations

from typing import Any

import torch
from lerobot.teleoperators.teleoperator import Teleoperator
from lerobot.utils.decorators import check_if_already_connected, check_if_not_connected
from lerobot.utils.errors import DeviceNotConnectedError

from lerobot_env_leisaac import catalog, robots
from lerobot_env_leisaac.experts.base import make_expert

from .config_expert import LeisaacExpertConfig
from .robot import LeisaacSO101


class LeisaacExpert(Teleoperator):
    """Moves the simulated robot of this process as a person would, by joint position targets in its units.

    Once the task is done it holds still until the next episode.
    """

    config_class = LeisaacExpertConfig
    name = "leisaac_expert"

    def __init__(self, config: LeisaacExpertConfig):
        super().__init__(config)
        self.config = config
        self._connected = False
        self._robot: LeisaacSO101 | None = None
        self._episode = 0

    @property
    def action_features(self) -> dict[str, type]:
        """Type of each joint position target; those of one arm until there is a robot."""
        if self._robot is not None:
            return self._robot.action_features
        return {channel.lerobot_key: float for channel in robots.DEFAULT.channels}

    @property
    def feedback_features(self) -> dict[str, type]:
        """It takes no feedback."""
        return {}

    @property
    def is_connected(self) -> bool:
        """Whether it waits for a robot or has one."""
        return self._connected

    @property
    def is_calibrated(self) -> bool:
        """Nothing is to be calibrated."""
        return True

    def calibrate(self) -> None:
        """Do nothing."""

    def configure(self) -> None:
        """Do nothing."""

    @check_if_already_connected
    def connect(self, calibrate: bool = True) -> None:
        """Take the robot, now or as soon as it connects: LeRobot's commands do not agree on who comes first.

        Args:
            calibrate: Without effect.
        """
        self._connected = True
        LeisaacSO101.on_connect.append(self._take)
        if LeisaacSO101.connected is not None:
            self._take(LeisaacSO101.connected)

    @check_if_not_connected
    def get_action(self) -> dict[str, float]:
        """Return the next joint position targets in units, by ``<joint>.pos``.

        Raises:
            DeviceNotConnectedError: There is no simulated robot.
        """
        if self._robot is None:
            raise DeviceNotConnectedError(
                "leisaac_expert moves the simulated robot alone: pass --robot.type=leisaac_so101"
            )
        if self._episode != self._robot.episode:
            self._plan(self._robot)
        if not self._robot.success:
            self._action = self._expert.act()[0].tolist()
        return dict(zip(self.action_features, self._action, strict=True))

    def send_feedback(self, feedback: dict[str, Any]) -> None:
        """Do nothing."""

    @check_if_not_connected
    def disconnect(self) -> None:
        """Let the robot go."""
        LeisaacSO101.on_connect.remove(self._take)
        self._connected, self._robot = False, None

    def _take(self, robot: LeisaacSO101) -> None:
        self._robot = robot
        self._expert = make_expert(catalog.task(robot.config.task), robot.env)
        self._plan(robot)  # now, for it compiles what it needs, and later LeRobot's clock runs

    def _plan(self, robot: LeisaacSO101) -> None:
        self._episode = robot.episode
        self._expert.plan(torch.ones(1, dtype=torch.bool, device=robot.env.device))
