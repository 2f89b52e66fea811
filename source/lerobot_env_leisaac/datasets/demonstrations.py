"""Play demonstrations, with all that a dataset keeps of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.envs import scene_state
from lerobot_env_leisaac.envs.lerobot_env import IMAGES, LeRobotEnv
from lerobot_env_leisaac.experts.base import Expert
from lerobot_env_leisaac.experts.noise import ActionNoise

from .history import History
from .shards import Demonstration
from .subtask_index import SUBTASK_INDEX, subtask_index


def play(
    env: LeRobotEnv, expert: Expert, noise: ActionNoise | None, episodes: Iterable[int]
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
    history = History()
    for index, episode in enumerate(playing):
        if episode >= 0:
            history.begin(index)
    initial_states = scene_state.read(env, range(env.num_envs))
    while any(episode >= 0 for episode in playing):
        action = expert.act().clamp(low, high)
        seen = {key: value for key, value in observation.items() if isinstance(value, torch.Tensor)}
        if held := env.obs_buf.get("subtasks"):
            seen[SUBTASK_INDEX] = torch.stack(list(held.values()), dim=-1).bool()
        history.append({**seen, ACTION: action})
        task = observation["task"][0]
        observation, _, terminated, truncated, info = env.step(noise.add(action) if noise else action)
        done = terminated | truncated
        if not done.any():
            continue
        ended = done.nonzero().flatten().tolist()
        for index, next_state in zip(ended, scene_state.read(env, ended), strict=True):
            if playing[index] >= 0:
                rows = {key: values.numpy() for key, values in history.take(index).items()}
                yield Demonstration(
                    episode=playing[index],
                    success=bool(info["is_success"][index]),
                    task=task,
                    state=rows[OBS_STATE].copy(),
                    action=rows[ACTION].copy(),
                    subtask_index=subtask_index(rows[SUBTASK_INDEX]) if SUBTASK_INDEX in rows else None,
                    images={key.removeprefix(IMAGES): list(rows[key]) for key in rows if key.startswith(IMAGES)},
                    initial_state=initial_states[index],
                )
            playing[index] = int(info["episode"][index])
            initial_states[index] = next_state
            if playing[index] >= 0:
                history.begin(index)
