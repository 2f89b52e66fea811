"""How robot and scene look; what is touched is the same."""

from typing import Literal

LookName = Literal["plain", "real"]
"""What a look may be called."""

DEFAULT_LOOK: LookName = "plain"
"""The look of results, datasets and checkpoints that do not name one."""
