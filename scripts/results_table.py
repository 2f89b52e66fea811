"""Print the results of several evaluations as a Markdown table.

python scripts/results_table.py outputs/lift_cube/eval/*
"""

from __future__ import annotations

from pathlib import Path

import tyro

from lerobot_env_leisaac.evaluation.folder import SUMMARY
from lerobot_env_leisaac.evaluation.summary import variation_in_words
from lerobot_env_leisaac.json_files import read_json


def row(folder: Path) -> str:
    """Return the line of one folder of `leisaac eval`."""
    summary = read_json(folder / SUMMARY)
    low, high = summary["success_rate_interval"]
    time = summary["time_to_success"]
    return (
        f"| {summary['policy_type']} | {variation_in_words(summary['variation'])} | {summary['successes']} of "
        f"{summary['episodes']} | {summary['success_rate']:.1%} | {low:.1%} to {high:.1%} | "
        f"{f'{time["median"]:.1f} s' if time else '-'} |"
    )


def main(folders: tuple[Path, ...], /) -> None:
    """Print a line for each folder.

    Args:
        folders: What `leisaac eval` wrote.
    """
    print("| policy | variation | successes | rate | 95 % interval | median time |\n|---|---|---|---|---|---|")
    for folder in folders:
        print(row(folder))


if __name__ == "__main__":
    tyro.cli(main)
