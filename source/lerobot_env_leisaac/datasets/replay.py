"""Play a dataset's actions again: what `leisaac replay` does."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gymnasium as gym
import numpy as np
import torch
from lerobot.datasets import LeRobotDataset
from tqdm import tqdm

from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.envs import scene_state
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.evaluation.video import VideoFile
from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.quiet import quiet

from .columns import executed_column
from .manifest import Manifest, RecordedEpisode
from .open import episode_rows, joint_columns, open_dataset, require_fps
from .options import ReplayOptions
from .preflight import require_replayable

TOLERANCE_DEG = 0.1
"""Largest state error of an episode that went the same way again [deg]."""

_MOST_ENVS = 16
"""Episodes that are replayed side by side. More are not exact: of 50 on a CPU, environments from the 30th on differed
from themselves alone in the last bits, which a contact made 0.15 deg once."""


@dataclass(frozen=True)
class EpisodeReplay:
    """How an episode went the second time.

    Attributes:
        episode: Its index in the dataset.
        length: Its number of frames.
        error_deg: Largest distance between the recorded state and the one reached, by joint [deg]; of a base's
            velocities [m/s], [deg/s].
        success: Whether the task was done in the last frame again.
        recorded_success: Whether it was when it was recorded.
    """

    episode: int
    length: int
    error_deg: tuple[float, ...]
    success: bool
    recorded_success: bool

    @property
    def same(self) -> bool:
        """Whether it went the same way: every joint within tolerance, the same outcome."""
        within = all(error < TOLERANCE_DEG for error in self.error_deg)  # what is not a number is not
        return within and self.success == self.recorded_success


def replay(
    path: Path, options: ReplayOptions, episodes: Sequence[int] = (), video: Path | None = None
) -> list[EpisodeReplay]:
    """Reset to the recorded states, step the recorded actions, and compare.

    Args:
        path: Directory of the dataset.
        options: Where and with what to simulate, where and with what it was recorded by default; cameras of the video.
        episodes: Indices of the episodes; all if empty.
        video: File for a video of the first of them, the cameras side by side; the recorded ones by default.

    Raises:
        FileNotFoundError: There is no dataset, or it was not written by ``leisaac record``.
        ValueError: An episode or the dataset does not fit; the message says how.
        Stopped: Ctrl-C or SIGTERM came; what was filmed by then is in the video.
    """
    dataset = open_dataset(path)
    manifest = require_replayable(path, episodes)
    chosen = list(episodes) or [episode.episode_index for episode in manifest.episodes]
    recorded = [_recording(dataset, manifest, index) for index in chosen]
    robot = catalog.robot_of(manifest.task)
    acted = executed_column(dataset.meta.features)
    columns = joint_columns(dataset, acted, robot), joint_columns(dataset, "observation.state", robot)
    num_envs = min(len(chosen), _MOST_ENVS)
    stages.begin(stages.BUILDING)
    with quiet():
        env = gym.make(
            manifest.env_id,
            num_envs=num_envs,
            seed=manifest.seed or 0,
            device=options.device or manifest.device,
            physics=options.physics or manifest.physics,
            servo=options.servo or manifest.servo,
            look=options.look or manifest.look,
            units=manifest.units,  # whatever its name stands for now
            cameras=tuple(options.cameras or manifest.cameras) if video else (),
            image_size=next(iter(manifest.cameras.values())) if video else None,
            variation=manifest.world,
            render_mode="rgb_array",
        )
    stages.end()
    results: list[EpisodeReplay] = []
    with sigterm_interrupts(), contextlib.closing(env), tqdm(total=len(chosen), unit="episode") as progress:
        require_fps(dataset, round(1 / env.step_dt))
        try:
            for batch in _batches(recorded, num_envs):
                trajectories = [episode_trajectory(dataset, each.episode_index, acted, *columns) for each in batch]
                with contextlib.nullcontext() if video is None or results else VideoFile(video, dataset.fps) as film:
                    results += _replay_batch(env, manifest, batch, trajectories, film)
                progress.update(len(batch))
        except KeyboardInterrupt as interrupt:
            raise Stopped(
                f"stopped by {cause(interrupt)}: {len(results)} of {len(chosen)} episodes were replayed",
                exit_status(interrupt),
            ) from interrupt
    return results


def _batches(recorded: Sequence[RecordedEpisode], most: int) -> Iterator[tuple[RecordedEpisode, ...]]:
    """Yield episodes that are replayed side by side: those of one seed, as many as there are environments."""
    for _, of_seed in itertools.groupby(recorded, key=lambda episode: episode.seed):
        yield from itertools.batched(of_seed, most)


def _recording(dataset: LeRobotDataset, manifest: Manifest, index: int) -> RecordedEpisode:
    """Return what the manifest says of an episode."""
    rows = episode_rows(dataset, index)  # refuses an index that the dataset does not have
    for episode in manifest.episodes:
        if episode.episode_index == index and episode.length == len(rows):
            if not episode.initial_state:  # of HDF5 without it
                raise ValueError(
                    f"from which state episode {index} of dataset {dataset.root} started is not on record: say --units"
                    " to see how the simulated arm follows it"
                )
            return episode
    raise ValueError(
        f"{OF_DATASET} of dataset {dataset.root} does not describe episode {index} of {len(rows)} frames:"
        " it is of another dataset, copy the one that was recorded with this"
    )


def episode_trajectory(
    dataset: LeRobotDataset, index: int, acted: str, action_columns: list[int], state_columns: list[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return actions and states of an episode, (T, C) each, in the order of the environment's joints.

    Args:
        dataset: The dataset.
        index: Index of the episode.
        acted: The column of actions.
        action_columns: Where the robot's channels stand in it.
        state_columns: Where they stand in the state.
    """
    rows = dataset.hf_dataset.select_columns([acted, "observation.state"])[list(episode_rows(dataset, index))]
    action, state = torch.stack(list(rows[acted])), torch.stack(list(rows["observation.state"]))
    return action[:, action_columns], state[:, state_columns]


def to_degrees(env: LeRobotEnv) -> torch.Tensor:
    """Return what makes degrees of a difference in units, by channel; metres a second of linear velocities. (C,)."""
    scale = torch.tensor(env.unit_convention.scale, device=env.device).abs()
    is_linear = [channel.quantity == "linear_velocity" for channel in env.robot.channels]
    return torch.where(torch.tensor(is_linear, device=env.device), 1.0, 180 / math.pi) / scale


def _replay_batch(
    env: LeRobotEnv,
    manifest: Manifest,
    batch: Sequence[RecordedEpisode],
    trajectories: Sequence[tuple[torch.Tensor, torch.Tensor]],
    film: VideoFile | None,
) -> Iterator[EpisodeReplay]:
    """Replay one episode in each environment, and film the first."""
    # what was executed beside a policy is on record with the noise
    noise = ActionNoise(env, manifest.noise_deg) if manifest.noise_deg and manifest.policy is None else None
    env.reset(seed=manifest.seed_of(batch[0]) or 0, options={"queue": [episode.episode for episode in batch]})
    observation: Mapping[str, Any] = scene_state.write(env, [episode.initial_state for episode in batch])
    lengths = torch.tensor([episode.length for episode in batch], device=env.device)
    actions, states = (
        torch.nn.utils.rnn.pad_sequence([each[kind] for each in trajectories], batch_first=True).to(env.device)
        for kind in (0, 1)
    )
    error = torch.zeros(len(batch), states.shape[-1], device=env.device)
    success = torch.zeros(len(batch), dtype=torch.bool, device=env.device)
    playing = torch.ones_like(success)
    action = observation["observation.state"].clone()
    factors = to_degrees(env)
    for step in range(int(lengths.max())):
        if film is not None and playing[0]:
            film.append(cast(np.ndarray, env.render()))
        distance = (observation["observation.state"][: len(batch)] - states[:, step]).abs() * factors
        error = torch.where(playing[:, None], torch.maximum(error, distance), error)
        action[: len(batch)] = actions[:, step]
        observation, _, terminated, truncated, info = env.step(noise.add(action) if noise else action)
        last = step == lengths - 1
        success |= playing & last & info["is_success"][: len(batch)]
        playing &= ~(last | (terminated | truncated)[: len(batch)])
    for index, episode in enumerate(batch):
        yield EpisodeReplay(
            episode.episode_index,
            episode.length,
            tuple(error[index].tolist()),
            bool(success[index]),
            episode.success,
        )
