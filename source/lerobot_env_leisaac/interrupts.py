"""Ctrl-C and SIGTERM: what is running ends in order, keeps what it has, and says so."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Never

_heard = signal.SIGINT
"""What came last: an extension that is interrupted may raise a KeyboardInterrupt of its own."""


class Stopped(KeyboardInterrupt):
    """A signal asked the process to stop.

    Attributes:
        status: Exit status of a process that ends for it, as shells have it.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


def cause(interrupt: KeyboardInterrupt) -> str:
    """Return what asked the process to stop, for people."""
    return "SIGTERM" if exit_status(interrupt) == 128 + signal.SIGTERM else "Ctrl-C"


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a process that ends for an interrupt."""
    return interrupt.status if isinstance(interrupt, Stopped) else 128 + _heard


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM, with which a scheduler cancels a job, raise a KeyboardInterrupt as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():  # which alone may choose what signals do
        yield
        return
    global _heard
    _heard = signal.SIGINT
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until a step is done that must not stop halfway."""
    if threading.current_thread() is not threading.main_thread():  # which alone hears them
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    # handlers, not the thread's mask: whichever thread a signal reaches, its handler runs in this one
    previous = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def _stop(number: int, _: object) -> Never:
    global _heard
    _heard = signal.Signals(number)
    raise Stopped("", 128 + number)
