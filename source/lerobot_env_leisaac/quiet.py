"""Keep the simulator's chatter off the terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings

STARTING = "Starting the simulator; the first start compiles its kernels, which takes a minute or two."
"""What is said before the silence."""


@contextlib.contextmanager
def quiet():
    """Keep what the simulator prints and logs while it builds off the terminal; an exception still passes."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(level)
