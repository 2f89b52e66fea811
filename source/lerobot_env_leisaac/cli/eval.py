"""``leisaac eval``."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.folder import require_new, require_new_sweep
from lerobot_env_leisaac.evaluation.options import EvaluationOptions, SweepOptions, require_server_alone
from lerobot_env_leisaac.evaluation.replay_page import require_replay_path
from lerobot_env_leisaac.evaluation.runs import runs_of
from lerobot_env_leisaac.evaluation.team import require_playable_by, team_of
from lerobot_env_leisaac.keywords import checked_for
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import require_writable_folder

from .options import (
    Cpus,
    Episodes,
    Gpus,
    Json,
    RayCluster,
    Replay,
    Resume,
    Switch,
    loading,
    print_json,
    require_playable_policy,
)

_WIDE = 400
"""More characters than any table has in a line."""


def eval_(
    episodes: Episodes = 100,
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: outputs/eval/<date and time>)")
    ] = None,
    resume: Resume = False,
    report: Switch = True,
    replay: Replay = None,
    gpus: Gpus = None,
    cpus: Cpus = None,
    ray: RayCluster = None,
    compare: Annotated[tuple[Path, Path] | None, tyro.conf.arg(metavar="DIR DIR", help_behavior_hint="")] = None,
    as_json: Json = False,
    *,
    options: Annotated[SweepOptions, tyro.conf.arg(name="environment and policy")],
) -> int:
    """Measure how often a LeRobot policy succeeds, or several of them, or compare two such measurements.

    Episode i of a seed starts from the same state whatever the number of environments. Each finished episode is a line
    of DIR/episodes.jsonl at once; DIR/summary.json and DIR/report.html follow at the end. Ctrl-C loses none: go on with
    --resume. Several checkpoints, variations, tasks or numbers of actions are evaluated one after another, every
    combination into a folder of its own, and compared episode by episode.

    Args:
        out: Folder of the results.
        report: Leave out report.html.
        compare: Compare the results in two folders, episode by episode; plays nothing.
    """
    if compare is not None:
        from lerobot_env_leisaac.evaluation.compare import compare_folders, comparison_rows, warnings

        comparison = compare_folders(*compare)
        for warning in warnings(comparison):
            print(printable(f"warning: {warning}"), file=sys.stderr)
        _show(comparison, comparison_rows(comparison), as_json)
        return 0
    if not options.has_policy:
        raise ValueError("pass --checkpoint, or --compare with two folders of results")
    require_server_alone(options)
    if out is None and resume:
        raise ValueError("pass --out, the folder of the evaluation to go on with")
    out = out or Path("outputs/eval", time.strftime("%Y-%m-%d_%H-%M-%S"))
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    team = team_of(gpus, cpus, ray, options.device)
    if team is not None:
        require_playable_by(team, options, replay)
    runs = [replace(run, options=_checked(run.options)) for run in runs_of(options)]
    require_writable_folder(out)
    if replay is not None:
        if len(runs) > 1:
            raise ValueError(
                "--replay is of one evaluation: give one checkpoint, variation, task and number of actions"
            )
        require_replay_path(replay)
    if len(runs) > 1:
        require_new_sweep(out, [run.name for run in runs], resume=resume)
    for run in runs:
        require_new(out / run.name, resume=resume)
        require_playable_policy(catalog.lerobot_task(run.options.task), run.options)
    if len(runs) > 1:
        with loading():
            from lerobot_env_leisaac.evaluation.sweep import sweep

        result = sweep(runs, episodes, out, resume=resume, report=report, team=team)
        _show_sweep(result, out, as_json)
        return 0
    with loading():
        from lerobot_env_leisaac.evaluation.evaluate import evaluate
        from lerobot_env_leisaac.evaluation.summary import summary_rows

    summary = evaluate(runs[0].options, episodes, out, resume=resume, report=report, replay=replay, team=team)
    _show(summary, [*summary_rows(summary), ("results", str(out))], as_json)
    return 0


def _checked(options: EvaluationOptions) -> EvaluationOptions:
    spec = catalog.lerobot_task(options.task)
    return checked_for(options, spec)


def _show_sweep(result: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    from lerobot_env_leisaac.evaluation.sweep import comparison_table, run_table, shared_rows

    # as wide as the names need, whatever the terminal has: a name that is cut tells nothing apart
    console = Console(highlight=False, soft_wrap=True, width=_WIDE)
    for columns, rows in (((), shared_rows(result)), run_table(result), comparison_table(result)):
        table = Table(*(columns or ("", "")), box=None, pad_edge=False, show_header=bool(columns))
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        if rows:
            console.print(table, "")
    console.print(f"results  {printable(str(out))}")


def _show(data: dict[str, Any], rows: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False).print(table)
