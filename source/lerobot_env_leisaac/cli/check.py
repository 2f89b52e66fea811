"""``leisaac check``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .options import Json, print_json

_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}


def check(
    dataset: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATASET")],
    units: Annotated[
        str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: as meta/leisaac.json declares)")
    ] = None,
    checkpoint: Annotated[
        str | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: no comparison)")
    ] = None,
    html: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no report)")] = None,
    as_json: Json = False,
) -> int:
    """Check a LeRobot dataset before a policy is trained on it. Exit status 1 if there is an error.

    Args:
        dataset: Directory of the dataset.
        units: Unit convention of its states and actions, by name or YAML file.
        checkpoint: Checkpoint whose normaliser the dataset's statistics are compared with.
        html: Write a report with plots to this file.
        as_json: Print JSON.
    """
    from lerobot_env_leisaac.datasets.check import check_dataset
    from lerobot_env_leisaac.datasets.check_report import write_report
    from lerobot_env_leisaac.html_report import require_writable

    if html is not None:
        require_writable(html)
    result = check_dataset(dataset, units, checkpoint)
    if html is not None:
        write_report(result, html)
    errors, warnings = result.count("error"), result.count("warning")
    if as_json:
        findings = [dataclasses.asdict(finding) for finding in result.findings]
        print_json({"dataset": str(dataset), "errors": errors, "warnings": warnings, "findings": findings})
        return int(errors > 0)
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in result.findings:
        table.add_row(Text(finding.level, _STYLES[finding.level]), finding.check, Text(finding.verdict))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 500  # a verdict a line, for grep
    console.print(table)
    counts = ", ".join(
        f"{count} {what}{'s' * (count != 1)}" for count, what in ((errors, "error"), (warnings, "warning"))
    )
    console.print(f"\n{counts} in {dataset}" + (f"; report {html}" if html else ""))
    return int(errors > 0)
