"""Play numbered episodes, as many at a time as there are environments, and tell how each went."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from isaaclab.utils.math import euler_xyz_from_quat, subtract_frame_transforms

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.units import JOINT_NAMES

from .episode import NOT_FINITE, Episode
from .examples import ExampleRecorder


class Actor(Protocol):
    """What acts in the environments: a policy's chunk scheduler, or anything else of this form."""

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return actions (N, 6) in the environment's units.

        Args:
            observation: What the environment returned.
            begins: Which environments stand at the first observation of an episode. Shape is (N,), bool.
            episodes: Episode that each plays, negative for none. Shape is (N,), int64.
        """


@dataclass
class Timing:
    """Where the wall time of a rollout went.

    Attributes:
        policy_s: Time in the policy and the scheduling of its chunks [s].
        simulation_s: Time in the environment [s].
        env_steps: Control steps of all episodes together; those of idle environments do not count.
    """

    policy_s: float = 0.0
    simulation_s: float = 0.0
    env_steps: int = 0


def play_episodes(
    env: LeRobotEnv,
    actor: Actor,
    episodes: Sequence[int],
    seed: int,
    *,
    lock_step: bool = False,
    timing: Timing | None = None,
    examples: ExampleRecorder | None = None,
) -> Iterator[Episode]:
    """Play episodes and yield each as soon as it has ended.

    Every environment goes on with the next episode in the same step in which its last one ends. Towards the end, those
    that find none left idle along, and the actor's actions for them are ignored. An action that is not finite ends its
    episode as a failure; the arm holds still for that step.

    Args:
        env: The environment.
        actor: Who acts.
        episodes: Numbers of the episodes.
        seed: Seed of the run.
        lock_step: Begin episodes together, a batch at a time, for an actor that cannot begin one alone.
        timing: Is added to.
        examples: Sees every step.
    """
    env.cfg.compute_final_obs = False  # nobody looks at it, and it would render every camera once more
    batch_size = env.num_envs if lock_step else max(len(episodes), 1)
    for index, batch in enumerate(itertools.batched(episodes, batch_size)):
        # seeded once: what a policy draws from PyTorch's own generator shall differ from batch to batch
        yield from _play_batch(
            env, actor, batch, seed, timing or Timing(), examples, env_seed=seed if index == 0 else None
        )


def _play_batch(
    env: LeRobotEnv,
    actor: Actor,
    queue: Sequence[int],
    seed: int,
    timing: Timing,
    examples: ExampleRecorder | None,
    env_seed: int | None,
) -> Iterator[Episode]:
    observation, info = env.reset(seed=env_seed, options={"queue": queue})
    playing = info["episode"]
    begins = torch.ones_like(playing, dtype=torch.bool)
    total_reward = torch.zeros(env.num_envs, dtype=torch.float64, device=env.device)
    everyone = list(range(env.num_envs))
    numbers: list[int] = playing.tolist()
    initial_states = _initial_states(env, observation, everyone)
    active, left = sum(number >= 0 for number in numbers), len(queue)
    while left:
        lengths = env.episode_length_buf.clone()
        started = time.perf_counter()
        action = actor.act(observation, begins, playing)
        idle = playing < 0
        failed = ~torch.isfinite(action).all(dim=-1) & ~idle
        action = torch.where((failed | idle).unsqueeze(-1), observation["observation.state"], action)
        env.end_episodes(failed)
        _synchronize(env.device)  # costs nothing: the step begins by reading whether the action is finite
        acted = time.perf_counter()

        if examples:
            examples.see(observation, action, lengths)
        observation, reward, terminated, truncated, info = env.step(action)
        total_reward += reward
        begins, playing = terminated | truncated, info["episode"]
        done: list[int] = begins.cpu().nonzero().flatten().tolist()  # waits for the step
        timing.policy_s += acted - started
        timing.simulation_s += time.perf_counter() - acted
        timing.env_steps += active
        if not done:
            continue

        failure = _failures(env, done, failed)
        ended_lengths = (lengths[done] + 1).tolist()
        ended_rewards = total_reward[done].tolist()
        total_reward[done] = 0
        next_numbers: list[int] = playing[done].tolist()
        next_states = _initial_states(env, observation, done)
        for row, index in enumerate(done):
            number, initial_state = numbers[index], initial_states[index]
            numbers[index], initial_states[index] = next_numbers[row], next_states[row]
            if number < 0:
                continue
            left -= 1
            active -= next_numbers[row] < 0
            success = failure[row] is None
            if examples:
                examples.end(index, number, success, ended_lengths[row])
            yield Episode(
                episode=number,
                seed=seed,
                initial_state=initial_state,
                success=success,
                length=ended_lengths[row],
                time_to_success=round(ended_lengths[row] * env.step_dt, 4) if success else None,
                total_reward=round(ended_rewards[row], 4),
                failure=failure[row],
            )


def _failures(env: LeRobotEnv, done: list[int], failed: torch.Tensor) -> list[str | None]:
    """Return why each of the ended episodes ended; None for success."""
    terms = env.termination_manager.active_terms
    masks = torch.stack([failed, *(env.termination_manager.get_term(term) for term in terms)])[:, done].tolist()
    reasons: list[str | None] = []
    for row in range(len(done)):
        met = [name for name, mask in zip((NOT_FINITE, *terms), masks, strict=True) if mask[row]]
        reasons.append(met[0] if met[0] == NOT_FINITE or "success" not in met else None)
    return reasons


def _initial_states(env: LeRobotEnv, observation: Observation, envs: list[int]) -> list[dict[str, Any]]:
    """Return the initial states of episodes that just began; see `Episode`."""
    root = env.scene["robot"].data.root_pose_w.torch[envs]
    joints = observation["observation.state"][envs].tolist()
    states: list[dict[str, Any]] = [{"joints": dict(zip(JOINT_NAMES, _rounded(row), strict=True))} for row in joints]
    for name, rigid_object in env.scene.rigid_objects.items():
        pose = rigid_object.data.root_pose_w.torch[envs]
        position, orientation = subtract_frame_transforms(root[:, :3], root[:, 3:], pose[:, :3], pose[:, 3:])
        yaw = euler_xyz_from_quat(orientation)[2].rad2deg().tolist()
        for state, place, angle in zip(states, position.tolist(), yaw, strict=True):
            state[name] = {"position": _rounded(place), "yaw": round((angle + 180) % 360 - 180, 4)}
    return states


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 5) + 0.0 for value in values]  # + 0.0 makes -0.0 a plain zero


def _synchronize(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
