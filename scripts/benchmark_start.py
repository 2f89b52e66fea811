"""Measure where the start of a command goes: processor time and wall time at each stage, in seconds.

    python scripts/benchmark_start.py play --device cpu

Arguments are those of `leisaac`. Processor time is that of all threads; unlike wall time it hardly depends on what else
runs. The last line is written when the command is done, before the process ends.
"""

import resource
import sys
import time
from typing import Any

_STARTED = time.perf_counter()


def note(stage: str) -> None:
    """Print what has been used up to now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter() - _STARTED
    print(f"{used.ru_utime + used.ru_stime:7.2f} s processor {wall:7.2f} s wall  {stage}", file=sys.stderr)


def main() -> None:
    """Run the command."""
    from lerobot_env_leisaac import cli, stages

    note("the package is imported")
    begin, run = stages.begin, cli.main

    def noted(stage: str, **options: Any) -> None:
        note(f"-> {stage}")
        begin(stage, **options)

    def noted_run() -> int:
        status = run()
        note("done")
        return status

    stages.begin, cli.main = noted, noted_run  # type: ignore[assignment]
    cli.script()


if __name__ == "__main__":
    main()
