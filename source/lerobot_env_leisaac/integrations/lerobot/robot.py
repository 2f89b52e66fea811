"""The simulated robots behind LeRobot's robot interface."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from lerobot.configs import parser
from lerobot.robots import Robot
from lerobot.robots.utils import ensure_safe_goal_position
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE
from lerobot.utils.decorators import check_if_already_connected, check_if_not_connected
from lerobot.utils.errors import DeviceNotConnectedError

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.endless import end_neither_on_success_nor_in_time
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

from .announcements import Announcements
from .clock import ControlClock
from .config_robot import LeisaacBiSO101Config, LeisaacLeKiwiConfig, LeisaacSO101Config
from .end_effector import EndEffectorSteps
from .options import image_shapes, make_env

logger = logging.getLogger(__name__)


class LeisaacSO101(Robot):
    """A simulated SO-101 follower: joint positions and images out, joint position targets in.

    One call of :meth:`send_action` is one control step, and so is a call of :meth:`get_observation` that
    follows another one, in which the arm holds its target. Steps never come faster than real time; where the caller or
    the simulation cannot keep up, simulated time runs slower and the step counts as late. So a dataset that is recorded
    on a slow machine still has one frame a control step.

    An episode does not end by itself, as it would not with a real arm: it begins anew by :meth:`reset`, when LeRobot
    announces a recording, or, with ``auto_reset``, after success and at the end of the task's time.

    Attributes:
        success: Whether the task was done in this episode.
        outcomes: Success of each episode that is over, since it connected last.
        clock: Counts control steps and late ones, since then.
    """

    config_class = LeisaacSO101Config
    name = "leisaac_so101"
    connected: ClassVar[LeisaacSO101 | None] = None
    """The robot of this process; there is one at most, since one environment lives in a process."""
    on_connect: ClassVar[list[Callable[[LeisaacSO101], None]]] = []
    """Who is called with the robot when it connects."""

    def __init__(self, config: LeisaacSO101Config):
        super().__init__(config)
        self.config = config
        self.cameras = image_shapes(config.resolve())
        self._keys = tuple(channel.lerobot_key for channel in config.spec.channels)
        self._standing = {self._keys[column]: 0.0 for column in config.spec.columns("base")}
        self.success = False
        self.outcomes: list[bool] = []
        self._rate = catalog.lerobot_task(config.task).control_hz
        self.clock = ControlClock(1 / self._rate)
        self._env: LeRobotEnv | None = None
        self._end_effector: EndEffectorSteps | None = None
        self._announcements = Announcements()
        self._observation: Mapping[str, Any] = {}
        self._target: np.ndarray = np.zeros(len(self._keys))
        self._moved = False
        self._steps = self._steps_since_success = 0

    @property
    def env(self) -> LeRobotEnv:
        """The environment.

        Raises:
            DeviceNotConnectedError: The robot is not connected.
        """
        if self._env is None:
            raise DeviceNotConnectedError(f"{self.name} is not connected: call connect() first")
        return self._env

    @property
    def episode(self) -> int:
        """Number of the episode."""
        return self.config.first_episode + len(self.outcomes)

    @cached_property
    def observation_features(self) -> dict[str, type | tuple[int, int, int]]:
        """Type of each joint position and velocity, shape (H, W, 3) of each camera's image."""
        return {**dict.fromkeys(self._keys, float), **self.cameras}

    @cached_property
    def action_features(self) -> dict[str, type]:
        """Type of each joint position target and velocity."""
        return dict.fromkeys(self._keys, float)

    @property
    def is_connected(self) -> bool:
        """Whether the environment is there."""
        return self._env is not None

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
        """Build the environment and start the first episode.

        Args:
            calibrate: Without effect.

        Raises:
            DeviceAlreadyConnectedError: It is connected.
            RuntimeError: An environment already lives in this process.
        """
        config = self.config
        env = make_env(config.task, config.resolve(), num_envs=1, seed=config.seed, variation=config.variation)
        self._succeeds = end_neither_on_success_nor_in_time(env)
        joints = config.spec.positions
        self._low, self._high = env.single_action_space.low[joints], env.single_action_space.high[joints]
        env.reset()
        env.step(np.zeros((1, len(self._keys))))  # compiles what a step needs, so that the first one is not late
        self._env = env
        self.outcomes, self.clock = [], ControlClock(1 / self._rate)
        self._begin()
        self._announcements.listen()
        LeisaacSO101.connected = self
        for tell in LeisaacSO101.on_connect:
            tell(self)
        logger.info(
            f"{self.name} connected: task {config.task}, units {env.unit_convention.name}, seed {env.cfg.seed}."
        )
        if parser.parse_arg("dataset.repo_id") is not None:  # LeRobot's datasets have no place for it
            name = config.units or env.unit_convention.name
            logger.warning(
                f"the dataset will not say that its joint values are in {name}: tell it to those who read it, as "
                f"--units {name} (leisaac), --env.units={name} (lerobot-train, lerobot-eval)"
            )

    @check_if_not_connected
    def get_observation(self) -> dict[str, Any]:
        """Return joint positions in units and images uint8 (H, W, 3), by the names in ``observation_features``."""
        self._announcements.listen()
        if self._announcements.pending:
            self.reset()
        elif not self._moved:
            self._advance()
        self._moved = False
        state = self._observation[OBS_STATE][0].tolist()
        images = {camera: self._observation[f"{OBS_IMAGES}.{camera}"][0].cpu().numpy() for camera in self.cameras}
        return {**dict(zip(self._keys, state, strict=True)), **images}

    @check_if_not_connected
    def send_action(self, action: dict[str, Any]) -> dict[str, float]:
        """Advance by one control step towards joint position targets.

        Args:
            action: Targets in units by ``<joint>.pos``; a joint that is left out keeps its target. Velocities of a base
                that drives by ``<direction>.vel``; one that is left out is zero. Or a step of the gripper, as LeRobot's
                gamepad and ``keyboard_ee`` give it; see :class:`EndEffectorSteps`.

        Returns:
            The targets as they were sent: no farther away than ``max_relative_target``, within the joint limits; of
            velocities, which the wheels may fall short of, what was asked for.

        Raises:
            ValueError: A name is unknown, or a target is not finite, or a step is not said of which arm; nothing was
                stepped.
        """
        if "delta_x" in action:
            if len(self.config.spec.entities) > 1 or self._standing:
                raise ValueError(
                    "a step of the gripper is for one arm that stands on a table: use --robot.type=leisaac_so101"
                )
            action = self._step_end_effector(action)
        goal = dict(zip(self._keys, self._target.tolist(), strict=True)) | self._standing
        for name, value in action.items():
            if name not in goal:
                raise ValueError(f"action has {name}, expected some of {', '.join(goal)}")
            if not math.isfinite(value):
                raise ValueError(f"action has {name} {float(value)}, expected a finite value")
            goal[name] = float(value)
        if self.config.max_relative_target is not None:
            state = self._observation[OBS_STATE][0].tolist()
            names, joints = self.config.spec.channel_names, self.config.spec.positions
            pairs = {names[joint]: (goal[self._keys[joint]], state[joint]) for joint in joints}
            safe = ensure_safe_goal_position(pairs, self.config.max_relative_target)
            goal |= {self._keys[joint]: safe[names[joint]] for joint in joints}
        self._target = np.array([goal[name] for name in self._keys])
        self._target[self.config.spec.positions] = self._target[self.config.spec.positions].clip(self._low, self._high)
        self._advance()
        return dict(zip(self._keys, self._target.tolist(), strict=True))

    @check_if_not_connected
    def reset(self) -> None:
        """Start the next episode."""
        if self._steps:
            outcome = "success" if self.success else "no success"
            logger.info(f"{self.name}: {outcome} in episode {self.episode}, {self._steps} steps.")
            self.outcomes.append(self.success)
        self._begin()

    @check_if_not_connected
    def disconnect(self) -> None:
        """Close the environment and say how it went."""
        if self._steps:
            self.outcomes.append(self.success)
        self._announcements.stop()
        LeisaacSO101.connected = None
        self.env.close()
        self._env = self._end_effector = None
        logger.info(
            f"{self.name} disconnected: success in {sum(self.outcomes)} of {len(self.outcomes)} episodes,"
            f" {self.clock.late_steps} of {self.clock.steps} steps late."
        )

    def _step_end_effector(self, action: dict[str, Any]) -> dict[str, float]:
        """Return the targets in units of a step of the gripper."""
        if self._end_effector is None:
            self._end_effector = EndEffectorSteps(self.env)
        convention = self.env.unit_convention
        target = convention.to_radians(torch.as_tensor(self._target, dtype=torch.float32, device=self.env.device))
        moved = convention.from_radians(self._end_effector.move(action, target))
        return dict(zip(self._keys, moved.tolist(), strict=True))

    def _begin(self) -> None:
        self._observation, _ = self.env.reset(options={"episodes": [self.episode]})
        self._target = self._observation[OBS_STATE][0].cpu().numpy()
        if self._end_effector is not None:
            self._end_effector.begin()
        self._announcements.pending = False
        self._steps, self._steps_since_success, self.success, self._moved = 0, 0, False, True
        self.clock.pause()

    def _advance(self) -> None:
        """Step once towards the target when the step is due."""
        self.clock.wait()
        self._observation, _, terminated, _, _ = self.env.step(self._target[None])
        self._moved = True
        self._steps += 1
        if not self.success and self._succeeds.func(self.env, **self._succeeds.params).item():
            self.success = True
            logger.info(f"{self.name}: success after {self._steps / self._rate:.1f} s.")
        self._steps_since_success += self.success
        over = self._steps_since_success > self._rate or self._steps >= self.env.max_episode_length
        if terminated or (self.config.auto_reset and over):
            self.reset()


class LeisaacBiSO101(LeisaacSO101):
    """Two simulated SO-101 followers, as LeRobot's ``bi_so_follower``."""

    config_class = LeisaacBiSO101Config
    name = "leisaac_bi_so101"


class LeisaacLeKiwi(LeisaacSO101):
    """A simulated LeKiwi: its arm's joints and its base's velocities, by the names of LeRobot's ``lekiwi``."""

    config_class = LeisaacLeKiwiConfig
    name = "leisaac_lekiwi"
