"""Which units HDF5 files are in, which neither their numbers nor the simulator's targets contradict."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from lerobot_env_leisaac import units
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention

from .hdf5 import (
    RecordedFile,
    RecordedNumbers,
    episode_of,
    joint_targets,
    opened,
)
from .layout import Layout
from .options import Options
from .selection import Episode, EpisodeNote, unusable
from .source_units import require_plausible, rescaled, source_convention

_SAME_TARGET = 0.01
"""Distance below which an action is the joint target that the simulator made of it [rad]."""

_LATEST = 5
"""Rows by which a simulated bus delays an action at most [rows]."""

_RADIANS = "radians"


def source_units(
    files: Sequence[RecordedFile], episodes: Sequence[Episode], robot: RobotSpec, options: Options
) -> UnitConvention:
    """Return the unit convention of the files, which nothing in them contradicts."""
    declared = {recorded.path: _declared_units(recorded) for recorded in files}
    conventions = {
        path: source_convention(
            str(path), robot, recorded, options.source_units or (None if recorded else units.load(_RADIANS))
        )
        for path, recorded in declared.items()
    }
    source = conventions[files[0].path]
    for path, convention in conventions.items():
        if convention != source:
            raise ValueError(f"{files[0].path} is in {source.name}, {path} in {convention.name}: convert them apart")
    name = str(files[0].path) if len(files) == 1 else f"{files[0].path} and {len(files) - 1} more"
    state = np.concatenate([state_in(source, robot, each.numbers) for each in episodes])
    action = np.concatenate([each.numbers.action for each in episodes])
    require_plausible(name, robot, source, state, action, overruled=options.overrule_units)
    return source


def _declared_units(recorded: RecordedFile) -> UnitConvention | None:
    """Return the units that an environment of this package noted."""
    table = recorded.env_args.get("leisaac_units")
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ValueError(f"{recorded.path}: leisaac_units is {table!s:.40}, expected a table")
    return units.from_table(table, where=f"{recorded.path}: leisaac_units")


def state_in(source: UnitConvention, robot: RobotSpec, numbers: RecordedNumbers) -> np.ndarray:
    """Return the state of an episode in the units of its actions. Shape is (T, C)."""
    if not numbers.state_in_radians:
        return numbers.state
    return rescaled(numbers.state, robot, units.load(_RADIANS), source)


def with_their_targets(
    episodes: Sequence[Episode], layout: Layout, source: UnitConvention, left_out: list[EpisodeNote]
) -> list[Episode]:
    """Return the episodes but for those whose actions the simulator made other joint targets of than units say."""
    kept: list[Episode] = []
    for recorded, of_file in itertools.groupby(episodes, key=lambda each: each.file):
        with opened(recorded.path) as file:
            for each in of_file:
                try:
                    with episode_of(recorded.path, each.numbers.name):
                        targets = joint_targets(file, recorded.path, each.numbers.name, layout)
                        _require_targets(each, targets, layout.robot, source)
                    kept.append(each)
                except ValueError as error:
                    left_out.append(unusable(each, error))
    return kept


def _require_targets(each: Episode, targets: np.ndarray | None, robot: RobotSpec, source: UnitConvention) -> None:
    if targets is None or len(targets) != len(each.numbers.action):
        return
    action = rescaled(each.numbers.action, robot, source, units.load(_RADIANS))
    apart = _distance(action[:, robot.positions], targets[:, robot.positions])
    if apart.max() > _SAME_TARGET:
        joint = robot.channel_names[robot.positions[int(apart.argmax())]]
        raise ValueError(
            f"{each.file.path}: the actions of {each.numbers.name} are no joint targets in {source.name}: {joint} was"
            f" sent elsewhere (processed_actions), by {np.degrees(apart.max()):.3g} degrees; name the right"
            " --source-units"
        )


def _distance(actions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the usual distance of actions from joint targets [rad]: some are clamped at a limit, or come late.

    Shape is (6,).
    """
    lags = range(min(_LATEST, len(actions) - 1) + 1)
    apart = [np.median(abs(actions[: len(actions) - lag] - targets[lag:]), axis=0) for lag in lags]
    return min(apart, key=np.max)
