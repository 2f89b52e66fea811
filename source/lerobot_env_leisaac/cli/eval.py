"""``leisaac eval``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.folder import require_new
from lerobot_env_leisaac.evaluation.options import EvaluationOptions
from lerobot_env_leisaac.keywords import checked
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import require_writable_folder

from .options import Episodes, Json, Resume, Switch, begin_to_load, print_json


def eval_(
    episodes: Episodes = 100,
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: outputs/eval/<date and time>)")
    ] = None,
    resume: Resume = False,
    report: Switch = True,
    compare: Annotated[tuple[Path, Path] | None, tyro.conf.arg(metavar="DIR DIR", help_behavior_hint="")] = None,
    as_json: Json = False,
    *,
    options: Annotated[EvaluationOptions, tyro.conf.arg(name="environment and policy")],
) -> int:
    """Measure how often a LeRobot policy succeeds, or compare two such measurements.

    Episode i of a seed starts from the same state whatever the number of environments. Each finished episode is a line
    of DIR/episodes.jsonl at once; DIR/summary.json and DIR/report.html follow at the end. Ctrl-C loses none: go on with
    --resume.

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
    if options.checkpoint is None:
        raise ValueError("pass --checkpoint, or --compare with two folders of results")
    if out is None and resume:
        raise ValueError("pass --out, the folder of the evaluation to go on with")
    out = out or Path("outputs/eval", time.strftime("%Y-%m-%d_%H-%M-%S"))
    spec = catalog.lerobot_task(options.task)
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    options = checked(options, spec.every_camera, spec.scene.objects)
    require_writable_folder(out)
    if not resume:
        require_new(out)
    from lerobot_env_leisaac.policies.fit import require_playable

    require_playable(spec, options, options.vlm_path, options.n_action_steps)
    begin_to_load()
    from lerobot_env_leisaac.evaluation.evaluate import evaluate
    from lerobot_env_leisaac.evaluation.summary import summary_rows

    summary = evaluate(options, episodes, out, resume=resume, report=report)
    _show(summary, [*summary_rows(summary), ("results", str(out))], as_json)
    return 0


def _show(data: dict[str, Any], rows: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False).print(table)
