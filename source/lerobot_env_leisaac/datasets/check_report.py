"""The HTML report of a dataset check."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lerobot_env_leisaac.datasets.check import DatasetCheck
from lerobot_env_leisaac.datasets.check_units import joint_limits
from lerobot_env_leisaac.html_report import COLORS, HtmlReport, panels, subplots

_STATE, _ACTION, _LIMIT = COLORS[0], COLORS[1], COLORS[4]


def write_report(check: DatasetCheck, path: str | Path) -> None:
    """Write a report: verdicts, first frames, states and actions over time, and their distribution.

    Raises:
        OSError: It cannot be written there.
    """
    episodes, frames = len(check.data.episodes), len(check.data.index)
    report = HtmlReport(
        f"Dataset {check.root.name}",
        f"{check.root}: {episodes} episodes, {frames} frames at {check.data.fps} a second, "
        f"{check.units.name if check.units else 'units unknown'}; "
        f"{check.count('error')} errors, {check.count('warning')} warnings",
    )
    report.heading("Verdicts")
    worst_first = sorted(check.findings, key=lambda finding: ("error", "warning", "ok").index(finding.level))
    report.table(("level", "check", "verdict"), [(found.level, found.check, found.verdict) for found in worst_first])
    if check.pictures:
        report.heading("First frames")
        report.figure(_first_frames(check), "The frames that episodes begin with, as LeRobot decodes them.")
    report.heading("States and actions over time")
    for episode in _shown(check):
        report.figure(_trajectory(check, episode), f"Episode {episode}.")
    report.heading("Distribution of states and actions")
    limits = "Joint limits are dashed." if check.units else "Joint limits are unknown without a declared unit."
    report.figure(_histograms(check), f"All {frames} frames. {limits}")
    report.heading("Episode lengths")
    report.figure(_lengths(check))
    report.write(path)


def _shown(check: DatasetCheck) -> list[int]:
    """Return the episodes to show: those with pictures, else the first."""
    return sorted(check.pictures) or [0]


def _labels(check: DatasetCheck) -> list[str]:
    """Return the joints with their units."""
    if check.units is None:
        return list(check.data.robot.channel_names)
    return [f"{joint} [{unit}]" for joint, unit in zip(check.units.joints, check.units.units, strict=True)]


def _first_frames(check: DatasetCheck) -> Figure:
    """Draw a row of images for each episode, a column for each camera."""
    names = list(next(iter(check.pictures.values())))
    height, width, _ = check.pictures[min(check.pictures)][names[0]].shape
    rows, columns = len(names), len(check.pictures)
    cell = 10.5 / max(columns, 3)
    figure, axes = subplots(rows, columns, size=(cell * columns, cell * rows * height / width + 0.3), squeeze=False)
    for column, (episode, images) in enumerate(sorted(check.pictures.items())):
        for row, name in enumerate(names):
            panel = axes[row, column]
            panel.imshow(images[name])
            panel.set(xticks=[], yticks=[])
            panel.grid(False)
            panel.spines[:].set_visible(False)
            if row == 0:
                panel.set_title(f"episode {episode}", loc="center")
            if column == 0:
                panel.set_ylabel(name)
    return figure


def _trajectory(check: DatasetCheck, episode: int) -> Figure:
    """Draw state and action of an episode over time, a panel a joint."""
    rows = check.data.episodes[episode]
    time = check.data.timestamp[rows]
    labels = _labels(check)
    figure, axes = panels(len(labels), width=10.5, height=2.1, sharex=True)
    for number, (panel, label) in enumerate(zip(axes.flat, labels, strict=False)):
        panel.plot(time, check.data.state[rows, number], color=_STATE, label="state")
        panel.plot(time, check.data.action[rows, number], color=_ACTION, label="action", linewidth=1)
        panel.set_title(label)
    for panel in axes[-1]:
        panel.set_xlabel("time [s]")
    _legend(figure, axes[0, 0])
    return figure


def _legend(figure: Figure, panel: Axes) -> None:
    """Put the legend of all panels above them."""
    figure.legend(*panel.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)


def _histograms(check: DatasetCheck) -> Figure:
    """Draw the distribution of states and actions, a panel a joint, with the joint limits."""
    limits = joint_limits(check.data.robot, check.units) if check.units else None
    labels = _labels(check)
    figure, axes = panels(len(labels), width=10.5, height=2.1)
    for number, (panel, label) in enumerate(zip(axes.flat, labels, strict=False)):
        values = [check.data.state[:, number], check.data.action[:, number]]
        seen = np.concatenate(values) if limits is None else np.concatenate([*values, limits[number]])
        bins = np.histogram_bin_edges(seen, 80)
        panel.hist(values[0], bins, histtype="stepfilled", color=_STATE, alpha=0.5, label="state")
        panel.hist(values[1], bins, histtype="step", color=_ACTION, label="action")
        if limits is not None:
            for limit in limits[number]:
                panel.axvline(limit, color=_LIMIT, linestyle="--", linewidth=1)
        panel.set_title(label)
        panel.set_yticks([])
    _legend(figure, axes[0, 0])
    return figure


def _lengths(check: DatasetCheck) -> Figure:
    """Draw how long the episodes are."""
    lengths = np.array([rows.stop - rows.start for rows in check.data.episodes]) / check.data.fps
    figure, panel = subplots(size=(10.5, 2.2))
    panel.hist(lengths, min(40, max(10, len(lengths) // 4)), color=_STATE)
    panel.set(xlabel="length [s]", ylabel="episodes")
    return figure
