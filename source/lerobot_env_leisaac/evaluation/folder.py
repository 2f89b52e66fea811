"""What stands in the folder of an evaluation."""

import os
from collections.abc import Collection
from pathlib import Path

from lerobot_env_leisaac.json_files import read_json

EPISODES = "episodes.jsonl"
CONFIG = "config.json"
SUMMARY = "summary.json"
REPORT = "report.html"
EXAMPLES = "examples"
SWEEP = "sweep.json"


_OVERWRITTEN = (CONFIG, SUMMARY, REPORT, SWEEP, EXAMPLES)


def require_new(folder: Path, *, resume: bool = False) -> None:
    """Refuse a folder that holds what an evaluation would overwrite: episodes, a sweep, or somebody else's files.

    Args:
        folder: The folder.
        resume: The evaluation in it goes on, if there is one.

    Raises:
        FileExistsError: It does.
    """
    episodes = folder / EPISODES
    if not os.path.lexists(episodes):
        if found := [name for name in _OVERWRITTEN if os.path.lexists(folder / name)]:
            raise FileExistsError(f"{folder} holds {found[0]} of something else: name another folder")
    elif not resume and episodes.is_file() and b"\n" in episodes.read_bytes():  # a line without an end is none
        raise FileExistsError(f"{folder} holds an evaluation already: go on with it (--resume), or name another folder")


def require_new_sweep(folder: Path, runs: Collection[str], *, resume: bool = False) -> None:
    """Refuse a folder that holds what a sweep would overwrite.

    Args:
        folder: The folder.
        runs: Names of the sweep's runs.
        resume: The sweep in it goes on, perhaps with further runs, if there is one.

    Raises:
        FileExistsError: It does.
        ValueError: The sweep in it is damaged.
    """
    if os.path.lexists(folder / SWEEP):
        if not resume:
            raise FileExistsError(f"{folder} holds a sweep already: go on with it (--resume), or name another folder")
        before = read_json(folder / SWEEP).get("runs", ())
        if lost := [str(run["name"]) for run in before if run["name"] not in runs]:
            raise FileExistsError(f"{folder} holds a sweep with {', '.join(lost)}, too: name another folder")
    elif found := [name for name in (EPISODES, CONFIG, SUMMARY, REPORT) if os.path.lexists(folder / name)]:
        raise FileExistsError(f"{folder} holds {found[0]} of something else: name another folder")
