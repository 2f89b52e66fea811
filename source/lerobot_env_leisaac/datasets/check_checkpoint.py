"""Check of a dataset against the statistics that a checkpoint normalises with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.datasets.findings import Finding
from lerobot_env_leisaac.datasets.trajectories import Trajectories
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.statistics import read_statistics
from lerobot_env_leisaac.units import JOINT_NAMES

_OTHER_UNIT = 10
"""Spreads that differ by this factor are of different units: between radians and degrees it is 57, of demonstrations
of one task, by two people, 2 at most."""

_FAR = 3
"""A mean as many standard deviations off, or a spread as many times as wide, is another distribution."""


def check_checkpoint(data: Trajectories, checkpoint: str | Path) -> Iterator[Finding]:
    """The dataset looks like the one that the checkpoint was trained on.

    Raises:
        FileNotFoundError: There is no such checkpoint, or a file of it is missing.
        ValueError: It is not one of LeRobot, or it does not normalise.
    """
    opened = open_checkpoint(checkpoint)
    opened.require_files(weights=False)
    statistics = read_statistics(opened.folder)
    for what, feature, values in (("state", OBS_STATE, data.state), ("action", ACTION, data.action)):
        check = f"{what} of checkpoint"
        if not {"mean", "std"} <= statistics.get(feature, {}).keys():  # a policy may see images alone
            yield Finding("ok", check, f"the checkpoint keeps no mean and spread of {feature}")
            continue
        mean, std = (statistics[feature][name].double().numpy() for name in ("mean", "std"))
        if mean.shape != (len(JOINT_NAMES),):
            yield Finding("error", check, f"it has {mean.size} values, the dataset {len(JOINT_NAMES)}")
            continue
        std = np.maximum(std, 1e-8)  # as LeRobot's normaliser does
        shift = (np.mean(values, axis=0) - mean) / std
        ratio = np.std(values, axis=0) / std
        figures = {
            "shift_sigma": dict(zip(JOINT_NAMES, shift.tolist(), strict=True)),
            "spread_ratio": dict(zip(JOINT_NAMES, ratio.tolist(), strict=True)),
        }
        by_joint = ", ".join(
            f"{joint} {sigmas:+.1f} sigma x{times:.2g}"
            for joint, sigmas, times in zip(JOINT_NAMES, shift, ratio, strict=True)
        )
        scale = np.median(ratio)
        far = (np.abs(shift) > _FAR) | (ratio > _FAR) | (ratio < 1 / _FAR)
        if not 1 / _OTHER_UNIT < scale < _OTHER_UNIT:
            verdict = f"spreads {scale:.3g} times as far as in the checkpoint's training: another unit ({by_joint})"
            yield Finding("error", check, verdict, figures)
        elif far.any():
            joints = ", ".join(JOINT_NAMES[number] for number in np.flatnonzero(far))
            yield Finding("warning", check, f"{joints} unlike its training: shift and spread {by_joint}", figures)
        else:
            yield Finding("ok", check, f"as in its training: shift and spread {by_joint}", figures)
