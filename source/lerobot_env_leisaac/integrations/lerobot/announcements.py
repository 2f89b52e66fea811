"""How the simulated robot learns that LeRobot begins to record an episode: LeRobot only logs it."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)

_BEGIN = "Recording episode"
"""Begin of what `lerobot-record` and `lerobot-rollout --strategy.type=episodic` log before each episode."""


class Announcements(logging.Handler):
    """Hears what LeRobot logs at level INFO, also where less than that is shown.

    Attributes:
        pending: Whether an episode was announced that has not begun.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pending = False
        self._levels_before: list[tuple[logging.Logger | logging.Handler, int]] = []
        self._warned = False

    def emit(self, record: logging.LogRecord) -> None:
        """Note the announcement of an episode."""
        self.pending = self.pending or record.getMessage().startswith(_BEGIN)

    def listen(self) -> None:
        """See to it that announcements are heard, whatever has become of the root logger; cheap if they are.

        A root logger that drops them lets them pass from now on, and its other handlers drop them in its place: what is
        shown stays as it was.
        """
        root = logging.getLogger()
        if self not in root.handlers:
            root.addHandler(self)
        if root.isEnabledFor(logging.INFO):
            return
        if root.level > logging.INFO:
            others = [handler for handler in root.handlers if handler is not self]
            self._levels_before += [(root, root.level), *((handler, handler.level) for handler in others)]
            for handler in others:
                handler.setLevel(max(handler.level, root.level))
            root.setLevel(logging.INFO)
        if not root.isEnabledFor(logging.INFO) and not self._warned:
            self._warned = True
            logger.log(
                max(logging.WARNING, root.manager.disable + 1),
                "logging.disable() hides from the simulated robot when LeRobot begins an episode: all of them go on in "
                "one world; call logging.disable(logging.NOTSET), or robot.reset() before each episode",
            )

    def stop(self) -> None:
        """Hear no more, and leave the root logger as it was."""
        root = logging.getLogger()
        root.removeHandler(self)
        while self._levels_before:
            changed, level = self._levels_before.pop()
            changed.setLevel(level)
