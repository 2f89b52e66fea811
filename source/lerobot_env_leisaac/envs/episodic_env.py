"""Isaac Lab's manager-based environment, with episodes that are numbered and repeatable."""

from __future__ import annotations

import functools
import gc
import itertools
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import torch
from isaaclab.envs import ManagerBasedRLEnv, ManagerBasedRLEnvCfg
from isaaclab.envs.common import VecEnvStepReturn
from isaaclab.scene import InteractiveScene
from isaaclab.sim import SimulationContext

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_EPISODE, legal_seed, short, whole_number, whole_numbers
from lerobot_env_leisaac.robots.spec import RobotSpec

from .actions import checked_action
from .cpu_graph import record_steps
from .effort_limits import clip_at_actuators
from .solver_order import order_sums
from .solver_room import SolverRoom
from .spaces import action_bounds, batched_box

IDLE = -1
"""Number of the episode of a sub-environment that has none left to play; it moves along, and nobody looks."""

_OPTIONS = ("episodes", "queue")


class EpisodicEnv(ManagerBasedRLEnv):
    """Manager-based environment in which episode i of seed s starts from the same state, whoever plays it.

    Each sub-environment plays one numbered episode at a time. After ``reset(seed=s)`` sub-environment k plays episode
    k; whenever one ends, the sub-environment goes on with the lowest number not yet played. Reset terms draw from
    ``cfg.seed`` and ``episodes`` alone (see :mod:`lerobot_env_leisaac.episodes.draws`), so an episode's start
    depends neither on how many sub-environments run, nor on when the others end, nor on the device.

    Attributes:
        episodes: Number of the episode that each sub-environment plays, or ``IDLE``. Shape is (N,), int64.
    """

    metadata: ClassVar[dict[str, Any]] = {**ManagerBasedRLEnv.metadata, "render_modes": [None]}

    def __init__(self, cfg: ManagerBasedRLEnvCfg, render_mode: str | None = None):
        """Build the environment.

        Args:
            cfg: Resolved configuration. Without a seed it gets a random one, so that reports can name it.
            render_mode: One of ``metadata["render_modes"]``.

        Raises:
            ValueError: The seed or the render mode is not legal.
            RuntimeError: An environment already lives in this process.
        """
        if render_mode not in self.metadata["render_modes"]:
            raise ValueError(
                f"render_mode is {short(render_mode)}, expected one of {self.metadata['render_modes']}: "
                f"ids such as {catalog.lerobot_id(catalog.DEFAULT)} have cameras, others have nothing to render"
            )
        if SimulationContext.instance() is not None:
            gc.collect()  # one that nobody holds any more closes itself
        if SimulationContext.instance() is not None:
            raise RuntimeError(
                "an environment already lives in this process, and the simulator holds one at a time:"
                " call its close() first, or make the second one in another process"
            )
        cfg.seed = secrets.randbits(31) if cfg.seed is None or cfg.seed == -1 else legal_seed(cfg.seed)
        # before the parent's constructor: its managers probe the reset terms
        self.episodes = torch.arange(cfg.scene.num_envs, device=cfg.sim.device)
        self._queue: Iterator[int] = itertools.count()
        self._drawn: list[int] | None = None
        self._has_been_reset = False
        order_sums(cfg.sim.device)
        record_steps(cfg.sim.device)
        try:
            super().__init__(cfg, render_mode)
        except BaseException:  # whatever stopped it, the next environment needs the simulator
            self._is_closed = True
            SimulationContext.clear_instance()
            raise
        self.cfg.models = _models(self.cfg.spec().robot, self.scene)
        clip_at_actuators(self.scene, cfg.sim.physics)
        self._solver_room = SolverRoom(cfg.sim.physics, self.num_envs)

    def reset(
        self,
        env_ids: Collection[int] | slice | None = slice(None),
        *,
        seed: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in the chosen sub-environments.

        Args:
            env_ids: Sub-environments to reset, all by default, and all the first time; with none of them nothing
                changes.
            seed: Seed of the run, for all sub-environments at once; numbering starts again at episode 0.
            options: ``{"episodes": [...]}`` names the episode that each of ``env_ids`` plays; numbering goes on after
                the highest of them. ``{"queue": [...]}`` names all episodes to play, in order, from this reset on;
                sub-environments that find it empty are ``IDLE``. An iterator is asked whenever one is due, and may
                answer ``IDLE``.

        Returns:
            Observations and info.

        Raises:
            ClosedEnvironmentError: :meth:`close` has been called.
            ValueError: An argument is not legal; nothing was reset.
        """
        self._require_open()
        env_ids, count = self._legal_env_ids(env_ids)
        if seed is not None:
            seed = legal_seed(seed)
            if count < self.num_envs:
                raise ValueError(
                    f"reset of {count} of {self.num_envs} sub-environments with a seed: a seed is that of all of them, "
                    "leave out env_ids or seed"
                )
        if count < self.num_envs and not self._has_been_reset:
            raise ValueError(
                f"reset of {count} of {self.num_envs} sub-environments before the first reset of all: leave out env_ids"
            )
        queue = self._queue if seed is None else itertools.count()
        drawn, queue = _legal_options(options, count, queue)
        if seed is not None:
            self.cfg.seed = seed
            self._np_random, self._np_random_seed = gym.utils.seeding.np_random(seed)
        self._queue, self._drawn = queue, drawn
        self._has_been_reset = True
        return super().reset(env_ids, seed=seed, options=options)

    def limit_episodes(self, steps: int) -> None:
        """Let episodes time out after so many control steps."""
        self.cfg.episode_length_s = steps * self.step_dt

    def end_episodes(self, envs: torch.Tensor) -> None:
        """Let the episodes of the sub-environments that the mask (N,) names time out in the next step."""
        self.episode_length_buf.masked_fill_(envs, self.max_episode_length)

    def step(self, action: torch.Tensor | np.ndarray | list) -> VecEnvStepReturn:
        """Advance by one control step; see Isaac Lab's ``ManagerBasedRLEnv.step``.

        Args:
            action: What the action terms take, a tensor, an array or nested lists. Shape is (N, A).

        Raises:
            ClosedEnvironmentError: :meth:`close` has been called.
            ResetNeeded: :meth:`reset` has never been called, or the queue of episodes broke.
            ValueError: The action has the wrong shape or a value that is not finite, and nothing was stepped; or the
                queue of episodes gave no legal number.
        """
        return self._advance(self._checked(action))

    def _checked(self, action: torch.Tensor | np.ndarray | list) -> torch.Tensor:
        """Return the action as a float32 tensor on the device, or raise what `step` does."""
        self._require_open()
        if not self._has_been_reset:
            raise gym.error.ResetNeeded("step() before reset(): call reset() once after gym.make()")
        return checked_action(action, self.action_space.shape, self.device, self._action_names)

    @functools.cached_property
    def _action_names(self) -> list[str]:
        """What each number of an action drives, for messages."""
        terms = [self.action_manager.get_term(name) for name in self.action_manager.active_terms]
        several = len({term.cfg.asset_name for term in terms}) > 1
        return [
            f"{term.cfg.asset_name} {name}" if several else str(name)
            for term in terms
            for name in getattr(term, "_joint_names", range(term.action_dim))
        ]

    def _advance(self, action: torch.Tensor) -> VecEnvStepReturn:
        """Advance by one control step, by an action that has been checked."""
        result = super().step(action)
        self._solver_room.note()
        return result

    def close(self) -> None:
        """Close the environment; a second time nothing happens."""
        if not self._is_closed:
            self._solver_room.warn()
        super().close()

    def _reset_idx(self, env_ids: torch.Tensor | slice) -> None:
        if self._has_been_reset and self.common_step_counter:
            self._solver_room.warn()  # the host waits at the end of episodes anyway
        self.episodes[env_ids] = self._draw_episodes(len(self.episodes[env_ids]))
        super()._reset_idx(env_ids)

    def _draw_episodes(self, count: int) -> torch.Tensor:
        drawn, self._drawn = self._drawn, None
        if drawn is None:
            try:
                drawn = _draw(self._queue, count)
            except BaseException:  # an iterator's own, too: what has ended has no episode to go on with
                self._has_been_reset = False
                raise
        return torch.tensor(drawn, dtype=torch.int64, device=self.device)

    def _require_open(self) -> None:
        if self._is_closed:
            raise gym.error.ClosedEnvironmentError("the environment is closed: make another one with gym.make()")

    def _legal_env_ids(self, env_ids: Any) -> tuple[torch.Tensor | slice, int]:
        """Return sub-environments as Isaac Lab takes them, and how many they are."""
        if env_ids is None:
            env_ids = slice(None)
        if isinstance(env_ids, slice):
            try:
                chosen = range(self.num_envs)[env_ids]
            except (TypeError, ValueError):
                chosen = None
            if chosen is None or chosen.step < 0:  # Isaac Lab takes none backwards
                raise ValueError(f"env_ids is {short(env_ids)}, expected a slice of whole numbers with a positive step")
            return env_ids, len(chosen)
        ids = whole_numbers("env_ids", env_ids, 0, self.num_envs - 1)
        if len(set(ids)) < len(ids):
            raise ValueError(f"env_ids is {short(env_ids)}, expected different numbers")
        return torch.tensor(ids, dtype=torch.int64, device=self.device), len(ids)

    def _configure_gym_env_spaces(self) -> None:
        super()._configure_gym_env_spaces()
        low, high = action_bounds(self.action_manager)
        self.single_action_space = gym.spaces.Box(low, high, dtype=np.float32)
        self.action_space = batched_box(self.single_action_space, self.num_envs)


def _models(robot: RobotSpec, scene: InteractiveScene) -> dict[str, Any]:
    """Return the joints of each of a robot's models in the simulator's order, and its way ahead [rad]."""
    models = {entity: scene[entity] for entity in robot.entities}
    return {
        entity: {"joints": list(model.joint_names), "reach_yaw": robot.model(model.cfg).reach_yaw}
        for entity, model in models.items()
    }


def _legal_options(options: Any, count: int, queue: Iterator[int]) -> tuple[list[int], Iterator[int]]:
    """Return the episodes that `count` sub-environments play, and the queue of those to come.

    Args:
        options: As :meth:`EpisodicEnv.reset` takes them.
        count: How many sub-environments start an episode.
        queue: The queue where the options name none.

    Raises:
        ValueError: The options are not legal, or the queue gives no legal number.
    """
    options = {} if options is None else options
    if not isinstance(options, Mapping) or not set(options) <= set(_OPTIONS):
        raise ValueError(f"options is {short(options)}, expected a dict with one of {', '.join(_OPTIONS)}")
    if set(options) == set(_OPTIONS):
        raise ValueError(f"options has {' and '.join(_OPTIONS)}, expected one of them: either names what is played")
    if "episodes" in options:
        episodes = whole_numbers("options['episodes']", options["episodes"], 0, HIGHEST_EPISODE)
        if len(episodes) != count:
            raise ValueError(f"options['episodes'] names {len(episodes)} episodes for {count} environments")
        return episodes, itertools.count(max(episodes) + 1) if episodes else queue
    if "queue" in options:
        numbers: Iterable[int] = options["queue"]
        if not isinstance(numbers, Iterator):
            numbers = whole_numbers("options['queue']", numbers, 0, HIGHEST_EPISODE)
        queue = itertools.chain(numbers, itertools.repeat(IDLE))
    return _draw(queue, count), queue


def _draw(queue: Iterator[int], count: int) -> list[int]:
    """Return the next numbers of a queue; raises ValueError where one is neither an episode's nor ``IDLE``."""
    drawn = itertools.islice(queue, count)
    return [whole_number("the next episode of the queue", number, IDLE, HIGHEST_EPISODE) for number in drawn]
