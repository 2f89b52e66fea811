"""Control steps in real time."""

from __future__ import annotations

import time

from lerobot.utils.robot_utils import precise_sleep


class ControlClock:
    """Lets control steps begin one period apart, and counts those that real time did not wait for.

    A step that begins a whole period late or more is not made up for: the simulated world then runs slower than the
    real one, and what is recorded still has one frame a step.

    Attributes:
        steps: How many steps have begun.
        late_steps: How many of them began late.
    """

    def __init__(self, period_s: float):
        """Set up the clock.

        Args:
            period_s: Duration of a control step [s].
        """
        self._period = period_s
        self._next: float | None = None
        self.steps = self.late_steps = 0

    def wait(self) -> None:
        """Return when the next step is due."""
        now = time.perf_counter()
        if self._next is None:
            self._next = now
        if now < self._next:
            precise_sleep(self._next - now)
        elif now >= self._next + self._period:
            self.late_steps += 1
            self._next = now
        self.steps += 1
        self._next += self._period

    def pause(self) -> None:
        """Do not count the time until the next step."""
        self._next = None
