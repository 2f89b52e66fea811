"""The report of an evaluation, for people: one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lerobot_env_leisaac.html_report import COLORS, HtmlReport, panels, subplots

from .episode import Episode
from .examples import Example
from .folder import EXAMPLES, REPORT
from .summary import summary_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GREEN, _RED = COLORS[2], COLORS[4]
_MAX_LISTED = 50
"""Failed episodes that the report lists; ``episodes.jsonl`` has them all."""

_MAX_FRAMES = 8

_REACH, _MARGIN = 0.4, 0.05
"""How far the plot of the objects goes at least, and how far beyond the outermost of them [m]."""

_MAX_PANELS_A_ROW = 3

_FEW = 100
"""Up to how many episodes each is a dot that is easily seen."""


def write_report(folder: Path, summary: dict[str, Any], episodes: Sequence[Episode]) -> None:
    """Write ``report.html`` into the folder of an evaluation, with the examples that are in it.

    Args:
        folder: The folder.
        summary: What ``summary.json`` says.
        episodes: All episodes of the evaluation.
    """
    low, high = summary["success_rate_interval"]
    report = HtmlReport(
        f"{summary['success_rate']:.1%} success on {summary['env_id']}",
        f"{summary['checkpoint']}: {summary['successes']} of {summary['episodes']} episodes of seed {summary['seed']}, "
        f"95 % interval {low:.1%} to {high:.1%}",
    )
    versions = ", ".join(f"{name} {version}" for name, version in summary["versions"].items())
    report.table(("measure", "value"), [*summary_rows(summary), ("versions", versions)])
    if len(summary["subtasks"]) > 1:
        report.heading("How far it gets")
        report.figure(
            _subtasks(summary["subtasks"]), "Share of the episodes that reached each sub-task, with its 95 % interval."
        )
    objects = [name for name in episodes[0].initial_state if name != "joints"]
    if objects:
        report.heading("Where it succeeds")
        report.figure(
            _start_positions(episodes, objects),
            "Where each object stood at the start of each episode, as seen from the robot, the square at (0, 0).",
        )
    if summary["successes"]:
        report.heading("How long it takes")
        report.figure(_times_to_success(episodes), "Simulated time until the task was done.")
    for name in ("success", "failure"):
        path = folder / EXAMPLES / f"{name}.npz"
        if path.is_file():
            _add_example(report, Example.read(path), summary)
            page = path.with_suffix(".html")
            if page.is_file():
                report.link("Play, turn and zoom it", str(page.relative_to(folder)))
    failed = [episode for episode in episodes if not episode.success]
    if failed:
        report.heading("Failures")
        report.table(
            ("episode", "failure", "steps", "reached", "initial state"),
            [(e.episode, e.failure, e.length, _reached(e), _describe(e.initial_state)) for e in failed[:_MAX_LISTED]],
            f"The first {_MAX_LISTED} of {len(failed)}; episodes.jsonl has them all."
            if len(failed) > _MAX_LISTED
            else "",
        )
    report.write(folder / REPORT)


def _subtasks(subtasks: dict[str, dict[str, Any]]) -> Figure:
    """Plot the rate of each sub-task as a bar, the first on top."""
    figure, axes = subplots(size=(8, 0.9 + 0.4 * len(subtasks)))
    rates = [100 * figures["rate"] for figures in subtasks.values()]
    ends = [[100 * abs(end - figures["rate"]) for end in figures["interval"]] for figures in subtasks.values()]
    axes.barh(list(subtasks), rates, xerr=np.transpose(ends), height=0.6, color=_GREEN, ecolor="#374151", capsize=3)
    axes.set(xlabel="episodes [%]", xlim=(0, 100))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    return figure


def _reached(episode: Episode) -> str:
    return ", ".join(name for name, reached in episode.subtasks.items() if reached) or "-"


def _start_positions(episodes: Sequence[Episode], objects: Sequence[str]) -> Figure:
    """Plot where each object stood, by how the episode went, on one scale that shows how far that is for the robot."""
    columns = min(len(objects), _MAX_PANELS_A_ROW)
    width, height = (6.5, 5.0) if columns == 1 else (11, 3.8)
    figure, grid = panels(len(objects), width=width, height=height, columns=columns)
    right, ahead = [0.0], [0.0]
    dot = 24 if len(episodes) > _FEW else 60
    for name, axes in zip(objects, grid.flat, strict=False):
        axes.scatter(0, 0, c="#374151", marker="s", s=60, label="robot")
        for label, color, marker, succeeded in (("success", _GREEN, "o", True), ("failure", _RED, "X", False)):
            places = np.array([e.initial_state[name]["position"] for e in episodes if e.success is succeeded])
            if len(places):
                # to the left of the robot is to the left of the picture
                axes.scatter(
                    *(-places[:, 1], places[:, 0]),
                    c=color,
                    marker=marker,
                    s=dot if succeeded else 48,
                    alpha=0.6 if succeeded else 0.9,
                    linewidths=0,
                    label=f"{label} ({len(places)})",
                    zorder=2 if succeeded else 3,
                )
                right.extend(-places[:, 1])
                ahead.extend(places[:, 0])
        axes.set(xlabel="to the right [m]", ylabel="ahead [m]", title=f"{name} at the start", aspect="equal")
    side = max(abs(value) for value in right) + _MARGIN
    side = max(side, _REACH / 2)
    for axes in grid.flat:
        axes.set(xlim=(-side, side), ylim=(min(ahead) - _MARGIN, max(max(ahead) + _MARGIN, _REACH)))
    grid[0, columns - 1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _times_to_success(episodes: Sequence[Episode]) -> Figure:
    times = [episode.time_to_success for episode in episodes if episode.time_to_success is not None]
    figure, axes = subplots(size=(8, 2.8))
    axes.hist(times, bins=min(40, max(5, len(times) // 5)), color=_GREEN, zorder=2)
    axes.axvline(
        float(np.median(times)), color="#374151", linewidth=1, zorder=3, label=f"median {np.median(times):.2f} s"
    )
    axes.set(xlabel="time to success [s]", ylabel="episodes", xlim=(0, None))
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return figure


def _add_example(report: HtmlReport, example: Example, summary: dict[str, Any]) -> None:
    """Add frames and joint traces of an episode."""
    kind, fps = "success" if example.success else "failure", summary["fps"]
    report.heading(f"A {kind}: episode {example.episode}")
    if example.frames:
        report.figure(_frames(example, fps), f"What the {_enumerated(list(example.frames))} saw over time.")
    report.figure(
        _traces(example, summary),
        f"What the joints did and what the policy asked for; it predicts anew every {summary['n_action_steps']} steps.",
    )


def _frames(example: Example, fps: int) -> Figure:
    """Show the cameras in rows, moments in columns."""
    kept = np.unique(np.linspace(0, len(example.frame_steps) - 1, _MAX_FRAMES).round().astype(int))
    height, width = next(iter(example.frames.values())).shape[1:3]
    column = 11 / _MAX_FRAMES  # as wide in every example
    size = (column * len(kept), column * height / width * len(example.frames) + 0.3)
    figure, grid = subplots(len(example.frames), len(kept), size=size, squeeze=False)
    for row, (camera, images) in zip(grid, example.frames.items(), strict=True):
        for axes, index in zip(row, kept, strict=True):
            axes.imshow(images[index])
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(camera)
    for axes, index in zip(grid[0], kept, strict=True):
        axes.set_title(f"{example.frame_steps[index] / fps:.1f} s", fontweight="normal", fontsize=9)
    return figure


def _traces(example: Example, summary: dict[str, Any]) -> Figure:
    """Plot state and action of each joint over time."""
    time = np.arange(len(example.states)) / summary["fps"]
    joints = summary["units"]["joints"]
    figure, grid = panels(len(joints), width=11, height=2.3, sharex=True)
    for joint, (name, axes) in enumerate(zip(joints, grid.flat, strict=False)):
        axes.plot(time, example.actions[:, joint], color=COLORS[1], label="action")
        axes.plot(time, example.states[:, joint], color=COLORS[0], label="state")
        axes.set(title=name, ylabel=joints[name]["unit"])
    for axes in grid[-1]:
        axes.set_xlabel("time [s]")
    grid[0, 0].legend()
    return figure


def _describe(initial_state: dict[str, Any]) -> str:
    places = ((name, state) for name, state in initial_state.items() if name != "joints")
    return "; ".join(
        f"{name} at {', '.join(f'{value:.3f}' for value in state['position'])} m, yaw {state['yaw']:.0f} deg"
        for name, state in places
    )


def _enumerated(cameras: Sequence[str]) -> str:
    """Return names as words: front camera; front and top cameras; front, top and wrist cameras."""
    if len(cameras) == 1:
        return f"{cameras[0]} camera"
    return f"{', '.join(cameras[:-1])} and {cameras[-1]} cameras"
