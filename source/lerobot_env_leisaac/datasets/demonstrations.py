"""Play demonstrations, with all that a dataset keeps of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import torch
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.envs import scene_state
from lerobot_env_leisaac.envs.lerobot_env import IMAGES, LeRobotEnv
from lerobot_env_leisaac.experts.base import CorrectingExpert, Expert
from lerobot_env_leisaac.experts.noise import ActionNoise

from .columns import EXECUTED_ACTION
from .corrections import Mixture
from .history import History
from .shards import Demonstration
from .subtask_index import SUBTASK_INDEX, subtask_index


def play(
    env: LeRobotEnv,
    expert: Expert,
    noise: ActionNoise | None,
    episodes: Iterable[int],
    mixture: Mixture | None = None,
) -> Iterator[Demonstration]:
    """Let a demonstrator play episodes, and give each as it ends, whether it succeeded or not.

    Its frames are there until the next demonstration is asked for.

    Args:
        env: The environment; its images are uint8 (N, H, W, 3).
        expert: The demonstrator.
        noise: Noise on the actions that are executed; those that are recorded have none.
        episodes: Numbers of the episodes.
        mixture: Who acts, where that is not the demonstrator alone; it must be one that corrects.
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
        if mixture is not None:
            cast(CorrectingExpert, expert).go_on(mixture.learner_acted & (env.episode_length_buf > 0))
        action = expert.act().clamp(low, high)
        executed = action if mixture is None else mixture.act(observation, action)
        executed = noise.add(executed) if noise else executed
        seen = {key: value for key, value in observation.items() if isinstance(value, torch.Tensor)}
        if held := env.obs_buf.get("subtasks"):
            seen[SUBTASK_INDEX] = torch.stack(list(held.values()), dim=-1).bool()
        if mixture is not None:
            seen[EXECUTED_ACTION] = executed.clamp(low, high)
        history.append({**seen, ACTION: action})
        tasks = observation["task"]
        observation, _, terminated, truncated, info = env.step(executed)
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
                    task=tasks[index],
                    state=rows[OBS_STATE].copy(),
                    action=rows[ACTION].copy(),
                    executed_action=rows[EXECUTED_ACTION].copy() if EXECUTED_ACTION in rows else None,
                    subtask_index=subtask_index(rows[SUBTASK_INDEX]) if SUBTASK_INDEX in rows else None,
                    images={key.removeprefix(IMAGES): list(rows[key]) for key in rows if key.startswith(IMAGES)},
                    initial_state=initial_states[index],
                )
            playing[index] = int(info["episode"][index])
            initial_states[index] = next_state
            if playing[index] >= 0:
                history.begin(index)
