"""What a command is doing while nothing moves on the terminal: a line on stderr as each stage of its start begins.

Seconds count from the start of the process: importing a simulator is part of the wait. On a terminal a stage that takes
long has a spinner below its line.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .printable import printable

if TYPE_CHECKING:
    from rich.live import Live

LOADING = "loading the simulator"
CHECKPOINT = "reading the checkpoint"
COMPILING = "compiling kernels, which takes a minute or two and is done once"
BUILDING = "building the scene"
PROCESSES = "starting processes, each of which loads the simulator and builds the scene"
POLICY = "loading the policy"

_PATIENCE = 3.0
"""After how long a stage has a spinner [s]."""

_START_TIME = 19
"""Which number of `/proc/self/stat` behind the process's name is its start, in ticks since the boot (proc(5))."""

_shown = False
_spinner: _Spinner | None = None


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show the stages that begin inside: a command wants it, a function that is called from Python does not."""
    global _shown
    _shown = True
    try:
        yield
    finally:
        end()
        _shown = False


def begin(stage: str, *, to_a_terminal_alone: bool = False) -> None:
    """Say that a stage begins.

    Args:
        stage: What begins.
        to_a_terminal_alone: For one that may end in an error, which stands alone where no one watches.
    """
    global _spinner
    end()
    terminal = sys.stderr.isatty()
    if _shown and (terminal or not to_a_terminal_alone):
        print(f"{_seconds_since_start():6.1f} s  {stage}", file=sys.stderr, flush=True)
        if terminal:
            _spinner = _Spinner()


def announce(what: str) -> None:
    """Say which of several that are done one after another comes next."""
    end()
    if _shown:
        print(printable(f"{_seconds_since_start():6.1f} s  {what}"), file=sys.stderr, flush=True)


def end() -> None:
    """Say that the last stage is over, and the terminal free for a progress bar or a result."""
    global _spinner
    if _spinner is not None:
        _spinner.stop()
        _spinner = None


def start_time() -> float:
    """Return when the wait began, on the clock of `time.perf_counter`: with the process for a command, else now."""
    return time.perf_counter() - (_seconds_since_start() if _shown else 0.0)


def _seconds_since_start() -> float:
    # to a hundredth of a second; what psutil says is up to a second off, for it counts from a boot in whole seconds
    after_the_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started = int(after_the_name[_START_TIME]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


class _Spinner:
    """Turns in the last line of a terminal once a stage takes long, and leaves no trace."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._timer = threading.Timer(_PATIENCE, self._start)
        self._timer.daemon = True
        self._timer.start()

    def _start(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        # the streams of the process stay as they are: what builds the scene redirects them, too
        console = Console(stderr=True)
        self._live = Live(
            Spinner("dots"), console=console, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def stop(self) -> None:
        """Take it away, or let it never come."""
        self._timer.cancel()
        self._timer.join()
        if self._live is not None:
            self._live.stop()
