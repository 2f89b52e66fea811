"""What stands in the folder of an evaluation."""

from pathlib import Path

EPISODES = "episodes.jsonl"
CONFIG = "config.json"
SUMMARY = "summary.json"
REPORT = "report.html"
EXAMPLES = "examples"
SWEEP = "sweep.json"


def require_new(folder: Path) -> None:
    """Refuse a folder that holds episodes of an evaluation.

    Raises:
        FileExistsError: It does.
    """
    episodes = folder / EPISODES
    if episodes.is_file() and b"\n" in episodes.read_bytes():  # a line without an end is none
        raise FileExistsError(f"{folder} holds an evaluation already: go on with it (--resume), or name another folder")
