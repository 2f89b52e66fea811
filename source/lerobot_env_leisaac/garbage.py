"""Python's garbage collector in a process of one command: it does not look through what the command imports."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_YOUNG = 100_000
"""How many objects are made before it looks again; Python's 700 are for programs that make fewer."""

_spares = False


def spare_imports() -> None:
    """Let what is imported inside :func:`importing` be left alone from now on: this process is a command's own.

    It lives until the end. Looking for garbage in it takes two seconds otherwise, one of them at the end, when Isaac
    Lab collects what a closed scene leaves.
    """
    global _spares
    _spares = True
    gc.set_threshold(_YOUNG)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import inside what lives until the end of a command; in other processes this does nothing."""
    if not _spares:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
