"""Play numbered episodes, as many at a time as there are environments, and tell how each went."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from isaaclab.utils.math import euler_xyz_from_quat, subtract_frame_transforms

from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation

from .episode import NOT_FINITE, RESET, SERVER, Episode
from .examples import ExampleRecorder


class Actor(Protocol):
    """What acts in the environments: a policy's chunk scheduler, or anything else of this form."""

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, 6) in the environment's units.

        Args:
            observation: What the environment returned. Its images are rendered when they are looked at, which is
                possible until this returns.
            begins: Which environments stand at the first observation of an episode. Shape is (N,), bool.
            episodes: Episode that each plays, negative for none. Shape is (N,), int64.
        """


@dataclass
class Timing:
    """Where the wall time of a rollout went.

    Attributes:
        policy_s: Time in the policy and the scheduling of its chunks, and in rendering what it looks at [s].
        simulation_s: Time in the environment's steps [s].
        env_steps: Control steps of all episodes together; those of idle environments do not count.
    """

    policy_s: float = 0.0
    simulation_s: float = 0.0
    env_steps: int = 0


class _Queue:
    """Hands out episodes in order; `IDLE` while it is closed, and when it is empty."""

    def __init__(self, episodes: Iterable[int]):
        self._episodes = iter(episodes)
        self._next = next(self._episodes, IDLE)
        self.open = True

    @property
    def left(self) -> bool:
        """Whether there are episodes left."""
        return self._next != IDLE

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if not (self.open and self.left):
            return IDLE
        number, self._next = self._next, next(self._episodes, IDLE)
        return number


def play_episodes(
    env: LeRobotEnv,
    actor: Actor,
    episodes: Iterable[int],
    seed: int,
    *,
    start_every: int | None = 1,
    timing: Timing | None = None,
    examples: ExampleRecorder | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Iterator[Episode]:
    """Play episodes and yield each as soon as it has ended.

    An environment goes on with the next episode in the same step in which its last one ends. Where it may not yet, or
    finds none left, it idles along, and the actor's action for it is ignored. An action that is not finite ends its
    episode as a failure, and so does a server that gives none; the arm holds still for that step.

    Args:
        env: The environment.
        actor: Who acts.
        episodes: Numbers of the episodes.
        seed: Seed of the run.
        start_every: Episodes begin only at multiples of this many steps, for an actor that had better be asked for many
            at once; None for one that cannot begin an episode alone: all begin together when all have ended.
        timing: Is added to.
        examples: Sees every step.
        on_step: Is called after every step, to show how far it is.
    """
    before = env.cfg.compute_final_obs, env.cfg.lazy_images
    # nobody looks at the last observation of an episode, and few at the images of each
    env.cfg.compute_final_obs, env.cfg.lazy_images = False, True
    try:
        yield from _play(env, actor, _Queue(episodes), seed, start_every, timing or Timing(), examples, on_step)
    finally:
        env.cfg.compute_final_obs, env.cfg.lazy_images = before


def _play(
    env: LeRobotEnv,
    actor: Actor,
    queue: _Queue,
    seed: int,
    start_every: int | None,
    timing: Timing,
    examples: ExampleRecorder | None,
    on_step: Callable[[], None],
) -> Iterator[Episode]:
    observation, info = env.reset(seed=seed, options={"queue": queue})
    playing = info["episode"]
    begins = torch.ones_like(playing, dtype=torch.bool)
    total_reward = torch.zeros(env.num_envs, dtype=torch.float64, device=env.device)
    numbers: list[int] = playing.tolist()
    initial_states = _initial_states(env, observation, list(range(env.num_envs)))
    told = _instructions(env, observation)
    active = sum(number != IDLE for number in numbers)
    for step in itertools.count(1):
        if not active and not queue.left:
            return
        lengths = env.episode_length_buf.clone()
        started = time.perf_counter()
        action = actor.act(observation, begins, playing)
        unanswered: frozenset[int] = getattr(actor, "unanswered", frozenset())
        idle = playing == IDLE
        failed = ~torch.isfinite(action).all(dim=-1) & ~idle
        action = torch.where((failed | idle).unsqueeze(-1), _state(observation), action)
        _synchronize(env.device)  # costs nothing: the step begins by reading whether the action is finite
        acted = time.perf_counter()

        queue.open = step % start_every == 0 if start_every else not active
        env.end_episodes(failed | idle if queue.open and queue.left else failed)
        if examples:
            examples.see(observation, action, lengths)
        observation, reward, terminated, truncated, info = env.step(action)
        total_reward += reward
        begins, playing = terminated | truncated, info["episode"]
        done: list[int] = begins.cpu().nonzero().flatten().tolist()  # waits for the step
        timing.policy_s += acted - started
        timing.simulation_s += time.perf_counter() - acted
        timing.env_steps += active
        on_step()
        if not done:
            continue

        failures = _failures(env, done, failed, unanswered)
        ended_lengths, rewards = (lengths[done] + 1).tolist(), total_reward[done].tolist()
        subtasks, mistakes = (
            {name: mask[done].tolist() for name, mask in info[group].items()} for group in ("subtasks", "mistakes")
        )
        ended = [
            (
                index,
                _episode(
                    numbers[index],
                    seed,
                    initial_states[index],
                    ended_lengths[row],
                    env.step_dt,
                    rewards[row],
                    failures[row],
                    {name: mask[row] for name, mask in subtasks.items()},
                    {name: mask[row] for name, mask in mistakes.items()},
                    told[index],
                ),
            )
            for row, index in enumerate(done)
            if numbers[index] != IDLE
        ]
        total_reward[done] = 0
        for index, number, state in zip(
            done, playing[done].tolist(), _initial_states(env, observation, done), strict=True
        ):
            numbers[index], initial_states[index] = number, state
        told = _instructions(env, observation)
        active = sum(number != IDLE for number in numbers)
        for index, episode in ended:
            if examples:
                examples.end(index, episode.episode, episode.success, episode.length)
            yield episode


def _episode(
    number: int,
    seed: int,
    initial_state: dict[str, Any],
    length: int,
    step_dt: float,
    total_reward: float,
    failure: str | None,
    subtasks: dict[str, bool],
    mistakes: dict[str, bool],
    instruction: str | None,
) -> Episode:
    return Episode(
        episode=number,
        seed=seed,
        initial_state=initial_state,
        success=failure is None,
        length=length,
        time_to_success=round(length * step_dt, 4) if failure is None else None,
        total_reward=round(total_reward, 4),
        failure=failure,
        subtasks=subtasks,
        mistakes=mistakes,
        instruction=instruction,
    )


def _instructions(env: LeRobotEnv, observation: Observation) -> Sequence[str | None]:
    """Return what each environment is told, where that is not the same in all episodes."""
    return [None] * env.num_envs if env.cfg.draw is None else cast(Sequence[str], observation["task"])


def _failures(env: LeRobotEnv, done: list[int], failed: torch.Tensor, unanswered: frozenset[int]) -> list[str | None]:
    """Return why each of the ended episodes ended; None for success."""
    terms = env.termination_manager.active_terms
    masks = torch.stack([failed, *(env.termination_manager.get_term(term) for term in terms)])[:, done].tolist()
    reasons: list[str | None] = []
    for row, index in enumerate(done):
        if index in unanswered:
            reasons.append(SERVER)
            continue
        met = [name for name, mask in zip((NOT_FINITE, *terms), masks, strict=True) if mask[row]]
        if met and met[0] != NOT_FINITE and "success" in met:
            reasons.append(None)
        else:  # a viewer's reset ends an episode with no termination met
            reasons.append(met[0] if met else RESET)
    return reasons


def _initial_states(env: LeRobotEnv, observation: Observation, envs: list[int]) -> list[dict[str, Any]]:
    """Return the initial states of episodes that just began; see `Episode`."""
    root = env.scene[env.robot.entities[0]].data.root_pose_w.torch[envs]
    joints = _state(observation)[envs].tolist()
    names = env.robot.channel_names
    states: list[dict[str, Any]] = [{"joints": dict(zip(names, _rounded(row), strict=True))} for row in joints]
    for name in env.cfg.spec().scene.objects:
        rigid_object = env.scene[name]
        pose = rigid_object.data.root_pose_w.torch[envs]
        position, orientation = subtract_frame_transforms(root[:, :3], root[:, 3:], pose[:, :3], pose[:, 3:])
        yaw = euler_xyz_from_quat(orientation)[2].rad2deg().tolist()
        for state, place, angle in zip(states, position.tolist(), yaw, strict=True):
            state[name] = {"position": _rounded(place), "yaw": round((angle + 180) % 360 - 180, 4)}
    return states


def _state(observation: Observation) -> torch.Tensor:
    return cast(torch.Tensor, observation["observation.state"])


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 5) + 0.0 for value in values]  # + 0.0 makes -0.0 a plain zero


def _synchronize(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
