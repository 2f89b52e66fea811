"""Evaluate several policies, worlds or ways to play in one call, and compare them episode by episode."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.html_report import COLORS, HtmlReport, subplots
from lerobot_env_leisaac.json_files import write_json

from .compare import compare_folders
from .evaluate import evaluate
from .folder import REPORT, SWEEP
from .options import SWEPT
from .runs import Run
from .summary import setting_rows
from .team import Team
from .world import World


def sweep(
    runs: Sequence[Run],
    episodes: int,
    out: Path,
    *,
    resume: bool = False,
    report: bool = True,
    team: Team | None = None,
) -> dict[str, Any]:
    """Evaluate the runs of a sweep, each into a folder of its own, and compare them.

    The environment is built anew only where the next run is in another world.

    Args:
        runs: The evaluations.
        episodes: How many episodes each.
        out: Folder for their folders.
        resume: Go on with what is in that folder.
        report: Write ``report.html``, too, of each and of all.
        team: Processes that play; this one alone without it.

    Returns:
        What ``sweep.json`` says: the summary of each run, and the comparison of every two that differ in one option.

    Raises:
        ValueError: As of :func:`evaluate`.
        Stopped: Ctrl-C or SIGTERM came; ``resume`` goes on.
    """
    summaries = {}
    with World() as world:
        for number, run in enumerate(runs, start=1):
            stages.announce(f"run {number} of {len(runs)}, {run.name}")
            summaries[run.name] = evaluate(
                run.options, episodes, out / run.name, resume=resume, report=report, world=world, team=team
            )
    pairs = [
        (first, second)
        for first, second in itertools.combinations(runs, 2)
        if sum(first.values[name] != second.values[name] for name in first.values) == 1
        and summaries[first.name]["env_id"] == summaries[second.name]["env_id"]
    ]
    result = {
        "runs": [{"name": run.name, **run.values, "summary": summaries[run.name]} for run in runs],
        "comparisons": [
            {**compare_folders(out / first.name, out / second.name), "first": first.name, "second": second.name}
            for first, second in pairs
        ],
    }
    write_json(result, out / SWEEP, indent=2)
    if report:
        _write_report(out, result)
    return result


def shared_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what all runs of a sweep have alike as lines of name and value for people."""
    first, *others = (setting_rows(run["summary"]) for run in result["runs"])
    return [row for row in first if all(row in rows for rows in others)]


def run_table(result: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the runs of a sweep as a table for people: its columns and its rows."""
    swept = [name for name in SWEPT if name in result["runs"][0]]
    with_objects = any(run["summary"]["objects"] for run in result["runs"])
    rows = []
    for run in result["runs"]:
        summary = run["summary"]
        low, high = summary["success_rate_interval"]
        objects = [f"{figures['mean']:.2f} of {figures['of']}" for figures in summary["objects"].values()]
        rows.append(
            (
                *(run[name] for name in swept),
                f"{summary['successes']} of {summary['episodes']}",
                f"{summary['success_rate']:.1%}",
                f"{low:.1%} to {high:.1%}",
                *((", ".join(objects) or "-",) if with_objects else ()),
                ", ".join(f"{count} {reason}" for reason, count in summary["failures"].items()) or "none",
            )
        )
    names = [name.replace("_", " ") for name in swept]
    return (*names, "successes", "rate", "95 % interval", *(("objects",) if with_objects else ()), "failures"), rows


def comparison_table(result: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the comparisons of a sweep as a table for people: its columns and its rows."""
    rows: list[tuple[str, ...]] = []
    for each in result["comparisons"]:
        low, high = each["difference_interval"]
        rows.append(
            (
                each["first"],
                each["second"],
                f"{100 * each['difference']:+.1f} points",
                f"{100 * low:+.1f} to {100 * high:+.1f}",
                f"{each['only_first']} and {each['only_second']}",
                f"{each['mcnemar_p_value']:.3g}",
            )
        )
    return ("first", "second", "difference", "95 % interval", "only one succeeds", "p (McNemar)"), rows


def _write_report(out: Path, result: dict[str, Any]) -> None:
    """Write ``report.html`` of all runs."""
    summary = result["runs"][0]["summary"]
    tasks = ", ".join(dict.fromkeys(run["summary"]["env_id"] for run in result["runs"]))
    report = HtmlReport(
        f"{len(result['runs'])} evaluations on {tasks}",
        f"{summary['episodes']} episodes of seed {summary['seed']} each; every run has a folder of its own",
    )
    report.table(("setting of all", "value"), shared_rows(result))
    report.table(*run_table(result))
    report.figure(_rates(result["runs"]), "Share of the episodes that succeed, with its 95 % interval (Wilson).")
    for run in result["runs"]:
        report.link(f"Report of {run['name']}", f"{run['name']}/{REPORT}")
    if result["comparisons"]:
        report.heading("On the same episodes")
        report.table(
            *comparison_table(result),
            "Second minus first, of every two that differ in one option, on the episodes that both have played, with "
            "Newcombe's paired interval. Each p-value is for its pair alone: of twenty pairs without a difference one "
            "is below 0.05.",
        )
    report.write(out / REPORT)


def _rates(runs: Sequence[dict[str, Any]]) -> Figure:
    """Plot the rate of each run as a bar, the first on top."""
    figure, axes = subplots(size=(8, 0.9 + 0.4 * len(runs)))
    rates = np.array([run["summary"]["success_rate"] for run in runs])
    ends = np.array([run["summary"]["success_rate_interval"] for run in runs])
    margins = 100 * np.abs(ends.T - rates)
    axes.barh([run["name"] for run in runs], 100 * rates, xerr=margins, height=0.6, color=COLORS[2], capsize=3)
    axes.set(xlabel="episodes [%]", xlim=(0, 100))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    return figure
