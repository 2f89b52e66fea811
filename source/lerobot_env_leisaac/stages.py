"""What a command is doing while nothing moves on the terminal: a line on stderr as each stage of its start begins.

Seconds count from the start of the process: importing a simulator is part of the wait.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

LOADING = "loading the simulator"
CHECKPOINT = "reading the checkpoint"
COMPILING = "compiling kernels, which takes a minute or two and is done once"
BUILDING = "building the scene"
POLICY = "loading the policy"

_shown = False


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show the stages that begin inside: a command wants it, a function that is called from Python does not."""
    global _shown
    _shown = True
    try:
        yield
    finally:
        _shown = False


def begin(stage: str, *, to_a_terminal_alone: bool = False) -> None:
    """Say that a stage begins.

    Args:
        stage: What begins.
        to_a_terminal_alone: For one that may end in an error, which stands alone where no one watches.
    """
    if _shown and not (to_a_terminal_alone and not sys.stderr.isatty()):
        print(f"{_seconds_since_start():6.1f} s  {stage}", file=sys.stderr, flush=True)


def start_time() -> float:
    """Return when the wait began, on the clock of `time.perf_counter`: with the process for a command, else now."""
    return time.perf_counter() - (_seconds_since_start() if _shown else 0.0)


def _seconds_since_start() -> float:
    import psutil  # a tenth of a second, which a command that only prints does not wait for

    return time.time() - psutil.Process().create_time()
