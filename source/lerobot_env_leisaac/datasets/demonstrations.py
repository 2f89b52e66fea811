"""Play demonstrations, with all that a dataset keeps of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.envs import scene_state
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.experts.lift_cube import LiftCubeExpert
from lerobot_env_leisaac.experts.noise import ActionNoise

from .shards import Demonstration

IMAGES = "observation.images."


def play(
    env: LeRobotEnv, expert: LiftCubeExpert, noise: ActionNoise | None, episodes: Iterable[int]
) -> Iterator[Demonstration]:
    """Let a demonstrator play episodes, and give each as it ends, whether it succeeded or not.

    Its frames are there until the next demonstration is asked for.

    Args:
        env: The environment; its images are uint8 (N, H, W, 3).
        expert: The demonstrator.
        noise: Noise on the actions that are executed; those that are recorded have none.
        episodes: Numbers of the episodes.
    """
    observation, info = env.reset(options={"queue": episodes})
    playing = info["episode"].tolist()
    low, high = (torch.tensor(bound, device=env.device) for bound in (env.action_space.low, env.action_space.high))
    history = _History(env.num_envs)
    initial_states = scene_state.read(env, range(env.num_envs))
    while any(episode >= 0 for episode in playing):
        action = expert.act().clamp(low, high)
        history.append(observation, action)
        task = observation["task"][0]
        observation, _, terminated, truncated, info = env.step(noise.add(action) if noise else action)
        done = terminated | truncated
        if not done.any():
            continue
        ended = done.nonzero().flatten().tolist()
        for index, next_state in zip(ended, scene_state.read(env, ended), strict=True):
            rows = history.take(index)
            if playing[index] >= 0:
                success = bool(info["is_success"][index])
                yield Demonstration(playing[index], success, task, *rows, initial_states[index])
            playing[index] = int(info["episode"][index])
            initial_states[index] = next_state


class _History:
    """What every environment saw and did since its episode began, in the host's memory.

    The memory of a step that no episode needs any more is used for a new one: fresh memory costs more than the copy.
    """

    def __init__(self, num_envs: int):
        self._steps: deque[dict[str, torch.Tensor]] = deque()
        self._unused: list[dict[str, torch.Tensor]] = []
        self._first = 0
        self._began = [0] * num_envs

    def append(self, observation: Observation, action: torch.Tensor) -> None:
        """Keep one step of all environments; frames that were taken before may go."""
        while self._steps and self._first < min(self._began):
            self._unused.append(self._steps.popleft())
            self._first += 1
        seen = {key: value for key, value in observation.items() if isinstance(value, torch.Tensor)}
        seen[ACTION] = action
        if self._unused:
            step = self._unused.pop()
        else:
            step = {key: torch.empty(value.shape, dtype=value.dtype) for key, value in seen.items()}
        for key, value in seen.items():
            step[key].copy_(value)
        self._steps.append(step)

    def take(self, index: int) -> tuple[np.ndarray, np.ndarray, dict[str, list[np.ndarray]]]:
        """Return states (T, 6), actions (T, 6) and frames T x (H, W, 3) of an episode that ended, and let go of it."""
        steps = list(self._steps)[self._began[index] - self._first :]
        state, action = (torch.stack([step[key][index] for step in steps]).numpy() for key in (OBS_STATE, ACTION))
        cameras = [key for key in steps[0] if key.startswith(IMAGES)]
        images = {key.removeprefix(IMAGES): [step[key][index].numpy() for step in steps] for key in cameras}
        self._began[index] = self._first + len(self._steps)
        return state, action, images
