"""The environment that a LeRobot policy sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import torch
from isaaclab.envs.common import VecEnvStepReturn

from lerobot_env_leisaac import units
from lerobot_env_leisaac.tasks.common.base import attainable
from lerobot_env_leisaac.tasks.common.observations import limits_in_units

from .episodic_env import EpisodicEnv
from .lazy_observation import LazyObservation, Value
from .spaces import batched_box

Observation = Mapping[str, Value]
_HELD = ("subtasks", "mistakes")
"""Groups of observations whose terms are masks; of an episode it counts whether one has ever held."""

IMAGES = "observation.images."
"""What the names of images begin with, before the camera's."""


class LeRobotEnv(EpisodicEnv):
    """Isaac Lab environment whose spaces are in LeRobot units.

    Observations are a flat dict of batched tensors on the environment's device: ``observation.state`` float32 (N, C)
    in units, ``observation.images.<camera>`` in the configured image format, and ``task``, a list of N strings.
    Actions are (N, C) in the same units. The conversion itself is in the configuration's observation and action terms;
    this class names, checks and bounds what passes through.

    Autoreset is Gymnasium's SAME_STEP: the observation of a step that ends an episode is the next episode's first;
    the last one of the old episode is in ``info["final_obs"]``.
    """

    metadata: ClassVar[dict[str, Any]] = {**EpisodicEnv.metadata, "render_modes": [None, "rgb_array"]}

    def load_managers(self) -> None:
        """Build the managers, and before them what their spaces and the hot path need."""
        self.robot = self.cfg.spec().robot
        self.unit_convention = units.load(self.cfg.units).of(self.robot)
        limits = limits_in_units(self.robot, self.scene, self.unit_convention)
        self._action_low, self._action_high = limits.unbind(-1)
        self._tasks = [self.cfg.instruction] * self.num_envs
        self._shown: LazyObservation | None = None
        self._is_stepping = self._has_ended = False
        self._final: Observation | None = None
        self._final_held: dict[str, dict[str, torch.Tensor]] = {}
        self._reached: dict[str, dict[str, torch.Tensor]] = {group: {} for group in _HELD}
        super().load_managers()

    def reset(
        self,
        env_ids: Collection[int] | slice | None = slice(None),
        *,
        seed: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes; see :meth:`EpisodicEnv.reset`. Returns an observation and an info dict."""
        observation, extras = super().reset(env_ids, seed=seed, options=options)
        extras.pop("log", None)
        self._expire_observation()
        return self.name_observation(observation), {"episode": self.episodes.clone()}

    def step(
        self, action: torch.Tensor | np.ndarray | list
    ) -> tuple[Observation, torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Advance by one control step.

        Args:
            action: Joint position targets, and velocities of a base that drives, in units: a tensor, an array or nested
                lists. Shape is (N, C). Values beyond the joint limits are clamped to them; where a wheel would be too
                fast, the base's velocities shrink together.

        Returns:
            Observation, reward (N,), terminated (N,), truncated (N,), and info with ``is_success`` (N,) bool,
            ``subtasks``, a mask (N,) bool for each sub-task of the task that has held at any step of the episode so
            far, or is part of its success, ``mistakes``, the same of what was done with an object that is not meant,
            where a variation has such objects, ``clamped`` (N,) int, the number of channels whose target was changed,
            ``episode`` (N,), the episode that the observation belongs to, and ``log``, Isaac Lab's figures of the
            episodes that ended. Success and sub-tasks are those of an episode that ends in this step, not of the next
            one. What holds at this moment alone is Isaac Lab's observation group ``subtasks``. On a step that
            ends an episode also ``final_info`` and, unless ``cfg.compute_final_obs`` is off, ``final_obs`` of the ended
            ones, with the masks ``_final_info`` and ``_final_obs`` (N,). An episode that somebody's viewer has reset
            ends as a failure.

        Raises:
            ClosedEnvironmentError: :meth:`close` has been called.
            ResetNeeded: :meth:`reset` has never been called, or the queue of episodes broke.
            ValueError: The action has the wrong shape or a value that is not finite, and nothing was stepped; or the
                queue of episodes gave no legal number.
        """
        action = self._checked(action)
        bounded = self._bounded(action)
        clamped = (bounded != action).sum(dim=-1)
        played = self.episodes.clone()
        self._expire_observation()
        self._is_stepping, self._has_ended, self._final = True, False, None
        try:
            observation, reward, terminated, truncated, extras = self._advance(bounded)
        finally:
            self._is_stepping = False
        is_success = self.termination_manager.get_term("success").clone()
        done = terminated | truncated
        subtasks = self._reach("subtasks", observation, done, is_success)
        mistakes = self._reach("mistakes", observation, done)
        ended = {"is_success": is_success, "subtasks": subtasks, "mistakes": mistakes, "clamped": clamped}
        info: dict[str, Any] = {**ended, "episode": self.episodes.clone()}
        if self._has_ended:
            info["final_info"] = {**ended, "episode": played}
            info["_final_info"] = done
            if self._final is not None:
                info["final_obs"], info["_final_obs"] = self._final, done
        info["log"] = extras.pop("log", {})  # popped: Isaac Lab leaves it in place until the next end of an episode
        return self.name_observation(observation), reward.clone(), terminated.clone(), truncated.clone(), info

    @property
    def instructions(self) -> tuple[str, ...]:
        """What the policy is told in each environment."""
        return tuple(self._tasks)

    def _bounded(self, action: torch.Tensor) -> torch.Tensor:
        """Return what the robot can do of an action (N, C) in units."""
        bounded = action.clamp(self._action_low, self._action_high)
        if self.robot.drive is None:
            return bounded
        arm = len(self.robot.positions)
        share = attainable(self.robot.drive, self.unit_convention.to_radians(action)[:, arm:])
        return torch.cat([bounded[:, :arm], share * action[:, arm:]], dim=1)

    def _advance(self, action: torch.Tensor) -> VecEnvStepReturn:
        if self.recorder_manager.active_terms:  # Isaac Lab's recorders of observations look for this group alone
            images = {name: self.scene[name].data.output["rgb"].torch[..., :3] for name in self.cfg.cameras()}
            self.obs_buf["policy"] = {"state": self.obs_buf["lerobot"]["state"], **images}
        return super()._advance(action)

    def _reach(
        self, group: str, observation: Mapping[str, Any], done: torch.Tensor, implied: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Return what of a group has held in each episode, and forget it of the episodes that end in this step.

        Args:
            group: Group of observations.
            observation: What Isaac Lab observes now.
            done: Which episodes end.
            implied: Where all of it counts as held; nowhere without.
        """
        held = _masks(observation.get(group, {}))
        if self._has_ended:
            held = {name: torch.where(done, self._final_held[group][name], mask) for name, mask in held.items()}
        before = self._reached[group]
        reached = {name: mask | before.get(name, mask) for name, mask in held.items()}
        if implied is not None:
            reached = {name: mask | implied for name, mask in reached.items()}
        self._reached[group] = {name: mask & ~done for name, mask in reached.items()}
        return reached

    def _reset_idx(self, env_ids: torch.Tensor | slice) -> None:
        if self._is_stepping:
            self._keep_final_observation()
        else:
            for masks in self._reached.values():
                for mask in masks.values():
                    mask[env_ids] = False
        super()._reset_idx(env_ids)
        if (draw := self.cfg.draw) is not None:
            tasks = list(self._tasks)  # a list of its own: what is kept of the ended episodes says what they were told
            rows = torch.arange(self.num_envs, device=self.device)[env_ids].tolist()
            for row, text in zip(rows, draw.told(self.cfg.seed, self.episodes[env_ids]), strict=True):
                tasks[row] = text
            self._tasks = tasks

    def _keep_final_observation(self) -> None:
        """Keep what the episodes that are about to end show last.

        Isaac Lab computes it too, but neither where a viewer resets the episode nor with images that are lazy.
        """
        computed = self.extras.pop("final_obs", None)
        if self._has_ended:
            return
        self._has_ended = True
        observed = self.observation_manager
        self._final_held = {
            group: _masks(observed.compute_group(group)) for group in _HELD if group in observed.active_terms
        }
        if not self.cfg.compute_final_obs:
            return
        if computed is None or self.cfg.lazy_images:
            computed = {"lerobot": self._compute_eagerly()}
        self._final = self._named(computed["lerobot"])

    def render(self, recompute: bool = False) -> np.ndarray | None:
        """Return the cameras of the first environment side by side, uint8 (H, W, 3), in mode ``rgb_array``.

        Raises:
            ClosedEnvironmentError: :meth:`close` has been called.
            ValueError: The environment has no cameras.
        """
        return self.frames()[0].cpu().numpy() if self.render_mode == "rgb_array" else None

    def frames(self) -> torch.Tensor:
        """Return the cameras of each environment side by side, uint8 (N, H, W, 3); errors as for :meth:`render`."""
        self._require_open()
        if not self.cfg.cameras():
            raise ValueError(
                "nothing to render: the environment was made without cameras, pass cameras=(...) to gym.make"
            )
        return torch.cat([self.scene[name].data.output["rgb"].torch[..., :3] for name in self.cfg.cameras()], dim=2)

    def close(self) -> None:
        """Leave the simulator to another environment."""
        self._expire_observation()
        super().close()

    def name_observation(self, observation: dict[str, dict[str, torch.Tensor]]) -> Observation:
        """Give the terms of the ``lerobot`` group LeRobot's names."""
        terms = observation["lerobot"]
        if not self.cfg.lazy_images:
            return self._named(terms)
        known: dict[str, Value] = {"observation.state": terms["state"], "task": self._tasks}
        self._shown = LazyObservation(known, tuple(IMAGES + name for name in self.cfg.cameras()), self._render_images)
        return self._shown

    def _named(self, terms: dict[str, torch.Tensor]) -> dict[str, Value]:
        named: dict[str, Value] = {"observation.state": terms["state"], "task": self._tasks}
        return named | {IMAGES + camera: terms[camera] for camera in self.cfg.cameras()}

    def _render_images(self) -> dict[str, Value]:
        """Return what the cameras see now."""
        terms = self._compute_eagerly()
        return {IMAGES + camera: terms[camera] for camera in self.cfg.cameras()}

    def _compute_eagerly(self) -> dict[str, torch.Tensor]:
        """Return the terms of the ``lerobot`` group as they are now, images included."""
        was_lazy, self.cfg.lazy_images = self.cfg.lazy_images, False
        try:
            return self.observation_manager.compute_group("lerobot")
        finally:
            self.cfg.lazy_images = was_lazy

    def _expire_observation(self) -> None:
        if self._shown is not None:
            self._shown.expire()
            self._shown = None

    def _configure_gym_env_spaces(self) -> None:
        low, high = (bound.cpu().numpy() for bound in (self._action_low, self._action_high))
        state = gym.spaces.Box(low, high, dtype=np.float32)
        single: dict[str, gym.Space] = {"observation.state": state}
        batched: dict[str, gym.Space] = {"observation.state": batched_box(state, self.num_envs)}
        for camera in self.cfg.cameras():
            height, width = self.scene[camera].image_shape
            image = (
                gym.spaces.Box(0.0, 1.0, (3, height, width), np.float32)
                if self.cfg.image_format == "float_chw"
                else gym.spaces.Box(0, 255, (height, width, 3), np.uint8)
            )
            single[IMAGES + camera] = image
            batched[IMAGES + camera] = batched_box(image, self.num_envs)
        told = (self.cfg.instruction,) if self.cfg.draw is None else self.cfg.draw.instructions
        text = gym.spaces.Text(max_length=max(map(len, told)) or 1, charset=set("".join(told)))
        single["task"] = text
        batched["task"] = gym.spaces.Tuple([text] * self.num_envs)
        action = gym.spaces.Box(low, high, dtype=np.float32)
        self.single_observation_space, self.observation_space = gym.spaces.Dict(single), gym.spaces.Dict(batched)
        self.single_action_space, self.action_space = action, batched_box(action, self.num_envs)


def _masks(terms: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a term's values as masks (N,), bool, of their own."""
    return {name: values.bool().clone() for name, values in terms.items()}
