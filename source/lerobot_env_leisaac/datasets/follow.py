"""Does the simulated arm follow what another arm recorded? `leisaac replay` of a dataset that is not its own.

Nothing says where the objects stood, so that success means nothing here; how well the joints track does.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gymnasium as gym
import numpy as np
import torch
from tqdm import tqdm

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs import scene_state
from lerobot_env_leisaac.envs.endless import end_neither_on_success_nor_in_time
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.evaluation.video import VideoFile
from lerobot_env_leisaac.options import SimulationOptions, taken
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.tasks.common.observations import joints_of

from .columns import executed_column
from .open import joint_columns, open_dataset, require_fps
from .options import ReplayOptions
from .preflight import joint_names
from .replay import episode_trajectory, to_degrees

_MOST_ENVS = 16


@dataclass(frozen=True)
class Tracking:
    """How the simulated arm followed an episode.

    Attributes:
        episode: Its index in the dataset.
        length: Its number of frames.
        mean_deg: Mean distance between the recorded state and the simulated one, by joint [deg]; of a base's velocities
            [m/s], [deg/s].
        largest_deg: Largest one, by joint [deg].
        clamped: How many targets lay beyond a joint limit.
    """

    episode: int
    length: int
    mean_deg: tuple[float, ...]
    largest_deg: tuple[float, ...]
    clamped: int


def follow(
    path: Path, options: ReplayOptions, episodes: Sequence[int] = (), video: Path | None = None
) -> list[Tracking]:
    """Put the arm where an episode begins, step the recorded actions, and compare the states.

    Args:
        path: Directory of the dataset.
        options: The dataset's unit convention and its names of joints, the task to follow in, where and with what to
            simulate; the task's defaults without it.
        episodes: Indices of the episodes; all if empty.
        video: File for a video of the first of them.

    Raises:
        FileNotFoundError: There is no dataset.
        ValueError: An episode or the dataset does not fit; the message says how.
    """
    dataset = open_dataset(path)
    robot, renames = catalog.lerobot_task(options.task).robot, joint_names(options)
    acted = executed_column(dataset.meta.features)
    columns = tuple(joint_columns(dataset, feature, robot, renames) for feature in (acted, "observation.state"))
    chosen = list(episodes) or list(range(dataset.num_episodes))
    trajectories = {index: episode_trajectory(dataset, index, acted, *columns) for index in chosen}
    num_envs = min(len(chosen), _MOST_ENVS)
    with quiet():
        env: LeRobotEnv = gym.make(
            catalog.lerobot_id(options.task),
            **taken(options, SimulationOptions),
            num_envs=num_envs,
            seed=0,
            units=options.units,
            cameras=options.cameras or None if video else (),
            image_size=(240, 320) if video else None,
            render_mode="rgb_array",
        ).unwrapped
    with contextlib.closing(env), tqdm(total=len(chosen), unit="episode") as progress:
        require_fps(dataset, round(1 / env.step_dt))
        end_neither_on_success_nor_in_time(env)
        results: list[Tracking] = []
        for batch in itertools.batched(chosen, num_envs):
            with contextlib.nullcontext() if video is None or results else VideoFile(video, dataset.fps) as film:
                results += _follow_batch(env, batch, [trajectories[index] for index in batch], film)
            progress.update(len(batch))
    return results


def _follow_batch(
    env: LeRobotEnv,
    batch: Sequence[int],
    trajectories: Sequence[tuple[torch.Tensor, torch.Tensor]],
    film: VideoFile | None,
) -> Iterator[Tracking]:
    """Follow one episode in each environment; the film shows the first."""
    count = len(batch)
    env.reset()
    actions, states = (
        torch.nn.utils.rnn.pad_sequence([each[kind] for each in trajectories], batch_first=True).to(env.device)
        for kind in (0, 1)
    )
    observation = _put_arms(env, states[:, 0])
    lengths = torch.tensor([len(actions) for actions, _ in trajectories], device=env.device)
    factors = to_degrees(env)
    total = torch.zeros(count, states.shape[-1], device=env.device)
    largest, clamped = torch.zeros_like(total), torch.zeros(count, dtype=torch.long, device=env.device)
    state = observation["observation.state"]
    action = state.clone()
    for step in range(int(lengths.max())):
        if film is not None and step < len(trajectories[0][0]):
            film.append(cast(np.ndarray, env.render()))
        playing = step < lengths
        distance = (state[:count] - states[:, step]).abs() * factors * playing.unsqueeze(-1)
        total += distance
        largest = torch.maximum(largest, distance)
        action[:count] = torch.where(playing.unsqueeze(-1), actions[:, step], action[:count])
        observation, _, _, _, info = env.step(action)
        state = observation["observation.state"]
        clamped += info["clamped"][:count] * playing
    for row, index in enumerate(batch):
        length = int(lengths[row])
        mean = (total[row] / length).tolist()
        yield Tracking(index, length, tuple(mean), tuple(largest[row].tolist()), int(clamped[row]))


def _put_arms(env: LeRobotEnv, states: torch.Tensor) -> Mapping[str, Any]:
    """Put the arms of the first environments into recorded states (n, C), at rest; return the observation."""
    joint_pos = env.unit_convention.to_radians(states)
    scenes = scene_state.read(env, range(len(states)))
    for entity, (_, joints) in zip(env.robot.entities, joints_of(env.robot, env.scene), strict=True):
        positions = joint_pos[:, env.robot.positions_of(entity)].tolist()
        for scene, row in zip(scenes, positions, strict=True):
            arm = scene["articulation"][entity]
            for joint, value in zip(joints, row, strict=True):
                arm["joint_position"][joint] = value
            arm["joint_velocity"] = [0.0] * len(arm["joint_velocity"])
    return scene_state.write(env, scenes)
