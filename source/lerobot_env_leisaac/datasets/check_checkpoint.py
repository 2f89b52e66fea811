"""Check of a dataset against the statistics that a checkpoint normalises with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.datasets.camera_frames import cameras, declared_size
from lerobot_env_leisaac.datasets.check_units import widest_limits
from lerobot_env_leisaac.datasets.findings import Finding, listing
from lerobot_env_leisaac.datasets.trajectories import Trajectories
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.features import PolicyFeatures, features_of
from lerobot_env_leisaac.policies.statistics import read_statistics
from lerobot_env_leisaac.policies.training_data import TrainingData, declared_units, find_training_data
from lerobot_env_leisaac.unit_equality import difference
from lerobot_env_leisaac.units import UnitConvention

_OTHER_UNIT = 10
"""Spreads that differ by this factor are of different units: between radians and degrees it is 57, of demonstrations
of one task, by two people, 2 at most."""

_FAR = 3
"""A mean as many standard deviations off, or a spread as many times as wide, is another distribution."""


def check_checkpoint(
    dataset: LeRobotDataset, data: Trajectories, convention: UnitConvention | None, checkpoint: str | Path
) -> Iterator[Finding]:
    """The dataset looks like the one that the checkpoint was trained on: units, cameras, rate, instruction, numbers.

    Args:
        dataset: The dataset.
        data: Its numbers.
        convention: The units that it declares; None where it declares none.
        checkpoint: Directory or Hub id of the checkpoint.

    Raises:
        FileNotFoundError: There is no such checkpoint, or a file of it is missing.
        ValueError: It is not one of LeRobot, or it does not normalise.
    """
    opened = open_checkpoint(checkpoint)
    opened.require_files(weights=False)
    trained_on = find_training_data(opened.folder)
    declaration = declared_units(opened.folder, trained_on)
    yield from _check_features(dataset, features_of(opened), trained_on)
    if declaration is None or convention is None:
        whose = "the checkpoint" if declaration is None else "the dataset"
        verdict = f"cannot tell: nothing declares the units of {whose} (leisaac declare DIR --units NAME)"
        yield Finding("warning", "units of checkpoint", verdict)
    elif (
        differs := difference(convention, declaration.convention.of(data.robot), widest_limits(data.robot))
    ) is not None:
        verdict = f"the dataset is in {convention.name}, the checkpoint in {declaration.convention.name}: {differs}"
        yield Finding("error", "units of checkpoint", verdict)
        return
    else:
        yield Finding("ok", "units of checkpoint", f"{declaration.convention.name}, those of the dataset")
    names = data.robot.channel_names
    is_known = declaration is not None and convention is not None
    statistics = read_statistics(opened.folder)
    for what, feature, values in (("state", OBS_STATE, data.state), ("action", ACTION, data.action)):
        check = f"{what} of checkpoint"
        if not {"mean", "std"} <= statistics.get(feature, {}).keys():  # a policy may see images alone
            yield Finding("ok", check, f"the checkpoint keeps no mean and spread of {feature}")
            continue
        mean, std = (statistics[feature][name].double().numpy() for name in ("mean", "std"))
        if mean.shape != (len(names),):
            yield Finding("error", check, f"it has {mean.size} values, the dataset {len(names)}")
            continue
        std = np.maximum(std, 1e-8)  # as LeRobot's normaliser does
        shift = (np.mean(values, axis=0) - mean) / std
        ratio = np.std(values, axis=0) / std
        figures = {
            "shift_sigma": dict(zip(names, shift.tolist(), strict=True)),
            "spread_ratio": dict(zip(names, ratio.tolist(), strict=True)),
        }
        by_joint = ", ".join(
            f"{joint} {sigmas:+.1f} sigma x{times:.2g}"
            for joint, sigmas, times in zip(names, shift, ratio, strict=True)
        )
        scale = np.median(ratio)
        far = (np.abs(shift) > _FAR) | (ratio > _FAR) | (ratio < 1 / _FAR)
        if not 1 / _OTHER_UNIT < scale < _OTHER_UNIT:
            verdict = f"spreads {scale:.3g} times as far as in the checkpoint's training: another unit ({by_joint})"
            yield Finding("error", check, verdict, figures)
        elif far.any():
            joints = ", ".join(names[number] for number in np.flatnonzero(far))
            yield Finding("warning", check, f"{joints} unlike its training: shift and spread {by_joint}", figures)
        elif is_known:
            yield Finding("ok", check, f"as in its training: shift and spread {by_joint}", figures)


def _check_features(
    dataset: LeRobotDataset, features: PolicyFeatures, trained_on: TrainingData | None
) -> Iterator[Finding]:
    """Say whether the dataset shows what the policy looks at, at its rate and with its words."""
    shown = {camera.removeprefix("observation.images."): declared_size(dataset, camera) for camera in cameras(dataset)}
    wrong = [
        f"{name} is {_size(shown.get(name))}, expected {_size(size)}"
        for name, size in features.image_sizes.items()
        if name not in shown or (size is not None and shown[name] != size)
    ]
    if wrong:
        yield Finding("warning", "cameras of checkpoint", listing(wrong))
    else:
        yield Finding("ok", "cameras of checkpoint", ", ".join(features.image_sizes) or "none")
    fps = None if trained_on is None else trained_on.info.get("fps")
    if fps is not None and fps != dataset.fps:
        yield Finding(
            "warning", "rate of checkpoint", f"trained at {fps} frames a second, the dataset has {dataset.fps}"
        )
    tasks = [str(task) for task in dataset.meta.tasks.index]
    if features.instruction is not None and features.instruction not in tasks:
        verdict = f"trained on {features.instruction!r}, the dataset says {listing(map(repr, tasks))}"
        yield Finding("warning", "instruction of checkpoint", verdict)


def _size(size: tuple[int, int] | None) -> str:
    return "not there" if size is None else f"{size[0]}x{size[1]}"
