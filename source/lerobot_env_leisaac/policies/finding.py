"""What an audit finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something that does not fit, or may not.

    Attributes:
        level: ``error``: the policy cannot act here; ``warning``: it can, and may be the worse for it.
        check: What was looked at: ``code``, ``weights``, ``chunk``, ``joints``, ``inputs``, ``cameras``, ``images``,
            ``units``, ``task``, ``data`` or ``rate``.
        verdict: What was found, what was expected, and what to do, in one line.
    """

    level: Literal["error", "warning"]
    check: str
    verdict: str
