"""Keep the simulator's chatter off the terminal."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator

VERBOSE = "LEISAAC_VERBOSE"
"""Environment variable that lets the simulator talk, if it is set to anything but 0."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the simulator prints and logs while it builds off the terminal; an exception still passes."""
    if is_verbose():
        yield
        return
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            start_warp()
            yield
    finally:
        logging.disable(level)


@functools.cache  # once a process
def start_warp() -> None:
    """Start Warp before Isaac Lab's import does, and say nothing of it.

    Without an NVIDIA driver it complains on the process's stderr, past all that Python redirects.
    """
    if is_verbose() or _has_driver():
        return
    import warp

    # what is on stdout is of a command, and may be JSON
    with without_stderr(), contextlib.redirect_stdout(io.StringIO()):
        warp.init()


@contextlib.contextmanager
def without_stderr() -> Iterator[None]:
    """Keep what libraries write to the process's stderr, past Python's, off the terminal; an exception still passes."""
    if is_verbose():
        yield
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


@functools.cache  # once a process
def announce_compilation(announce: Callable[[], None]) -> None:
    """Call a function before the first kernel is compiled, if one is: most are in Warp's cache.

    Warp itself says so only afterwards, a module at a time, each of which can take half a minute.
    """
    from warp._src import build  # not public: Isaac Lab pins the version

    once = functools.cache(announce)
    for name in ("build_cpu", "build_cuda"):
        setattr(build, name, _after(once, getattr(build, name)))


def _after(first: Callable[[], None], then: Callable[..., None]) -> Callable[..., None]:
    """Return a function that is called after another one."""

    @functools.wraps(then)
    def both(*args: object, **kwargs: object) -> None:
        first()
        then(*args, **kwargs)

    return both


def is_verbose() -> bool:
    """Return whether the simulator, and what else there is, may talk."""
    return os.environ.get(VERBOSE, "0") not in ("", "0")


def _has_driver() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True
