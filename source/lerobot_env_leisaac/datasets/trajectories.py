"""The numbers of a dataset, without its images."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.datasets.columns import executed_column
from lerobot_env_leisaac.datasets.open import episode_rows, joint_columns, robot_of
from lerobot_env_leisaac.robots.spec import RobotSpec


@dataclass(frozen=True)
class Trajectories:
    """All rows of a dataset; joints are in the order of the robot's channels.

    Attributes:
        robot: The robot.
        fps: Frame rate [Hz].
        state: Joint positions in the dataset's units. Shape is (F, C).
        action: Joint targets in the dataset's units. Shape is (F, C).
        executed: What was carried out, in the dataset's units: the actions, but of corrections. Shape is (F, C).
        timestamp: Time since the first frame of the episode [s]. Shape is (F,).
        frame_index: Number of the frame in its episode. Shape is (F,).
        episode_index: Episode that the row says it belongs to. Shape is (F,).
        index: Number of the frame in the dataset. Shape is (F,).
        task_index: Number of the task text. Shape is (F,).
        episodes: Rows of each episode, as the metadata have them, as far as there are rows.
    """

    robot: RobotSpec
    fps: int
    state: np.ndarray
    action: np.ndarray
    executed: np.ndarray
    timestamp: np.ndarray
    frame_index: np.ndarray
    episode_index: np.ndarray
    index: np.ndarray
    task_index: np.ndarray
    episodes: tuple[slice, ...]

    def place(self, row: int | np.integer) -> str:
        """Return where a row stands, for messages."""
        return f"episode {self.episode_index[row]} frame {self.frame_index[row]}"

    def filled(self) -> Trajectories:
        """Return a copy whose states and actions are finite: what is not takes the value before it."""
        return replace(self, state=_filled(self.state), action=_filled(self.action), executed=_filled(self.executed))


def read_trajectories(dataset: LeRobotDataset) -> Trajectories:
    """Read states, actions and indices of all rows.

    Raises:
        ValueError: The dataset's joints are not those of the SO-101, or no episode has two frames.
    """
    robot = robot_of(dataset)
    executed = executed_column(dataset.meta.features)
    columns = {feature: joint_columns(dataset, feature, robot) for feature in (OBS_STATE, ACTION, executed)}
    indices = ("timestamp", "frame_index", "episode_index", "index", "task_index")
    rows = dataset.hf_dataset.select_columns([*columns, *indices]).with_format("numpy")[:]
    count = len(rows["index"])
    ranges = [episode_rows(dataset, episode) for episode in range(dataset.meta.total_episodes)]
    if max(len(rows) for rows in ranges) < 2 or count < 2:
        raise ValueError(f"no episode of dataset {dataset.root} has two frames: there is no motion to check or replay")
    return Trajectories(
        robot,
        dataset.fps,
        rows[OBS_STATE][:, columns[OBS_STATE]].astype(np.float64),
        rows[ACTION][:, columns[ACTION]].astype(np.float64),
        rows[executed][:, columns[executed]].astype(np.float64),
        **{name: rows[name] for name in indices},
        episodes=tuple(slice(min(rows.start, count), min(rows.stop, count)) for rows in ranges),
    )


def _filled(values: np.ndarray) -> np.ndarray:
    return pd.DataFrame(np.where(np.isfinite(values), values, np.nan)).ffill().bfill().fillna(0).to_numpy()
