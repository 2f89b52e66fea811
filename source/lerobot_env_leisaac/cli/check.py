"""``leisaac check``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.options import Units, words
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import require_writable

from .options import Dataset, Json, Switch, dataset_folder, print_json

_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}


def check(
    dataset: Dataset,
    units: Annotated[Units, words("as meta/leisaac.json declares")] = None,
    checkpoint: Annotated[
        str | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: no comparison)")
    ] = None,
    html: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no report)")] = None,
    repair_stats: Switch = False,
    as_json: Json = False,
) -> int:
    """Check a LeRobot dataset before a policy is trained on it. Exit status 1 if there is an error.

    Args:
        checkpoint: Checkpoint whose normaliser the dataset's statistics are compared with.
        html: Write a report with plots to this file.
        repair_stats: First write the statistics of the rows into meta/stats.json, in any LeRobot dataset. Those of
            images are of all pixels in a dataset of leisaac record; elsewhere LeRobot's, put together from the
            episodes'.
    """
    folder = dataset_folder(dataset)
    Keywords(units=units, checkpoint=checkpoint).checked()
    if html is not None:
        require_writable(html)
    if repair_stats:
        _repair_statistics(folder)
    from lerobot_env_leisaac.datasets.check import check_dataset
    from lerobot_env_leisaac.datasets.check_report import write_report

    result = check_dataset(folder, units, checkpoint)
    if html is not None:
        write_report(result, html)
    errors, warnings = result.count("error"), result.count("warning")
    if as_json:
        findings = [dataclasses.asdict(finding) for finding in result.findings]
        print_json({"dataset": str(dataset), "errors": errors, "warnings": warnings, "findings": findings})
        return int(errors > 0)
    from rich.console import Console  # not for the help, nor for JSON
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in result.findings:
        table.add_row(
            Text(finding.level, _STYLES[finding.level]),
            Text(printable(finding.check)),
            Text(printable(finding.verdict)),
        )
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 500  # a verdict a line, for grep
    console.print(table)
    counts = ", ".join(
        f"{count} {what}{'s' * (count != 1)}" for count, what in ((errors, "error"), (warnings, "warning"))
    )
    console.print(Text(printable(f"\n{counts} in {dataset}" + (f"; report {html}" if html else ""))))
    return int(errors > 0)


def _repair_statistics(folder: Path) -> None:
    from lerobot_env_leisaac.datasets.open import open_dataset, require_version_3
    from lerobot_env_leisaac.datasets.row_statistics import repair, set_damaged_aside

    require_version_3(folder)
    aside = set_damaged_aside(folder)
    open_dataset(folder)  # whole
    changed = ", ".join(repair(folder)) or "none, all were right"
    damaged = f"; the damaged file is now {aside}" if aside else ""
    print(printable(f"statistics rewritten: {changed}{damaged}"), file=sys.stderr)
