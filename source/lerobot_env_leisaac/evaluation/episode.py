"""How an episode went."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

NOT_FINITE = "policy_not_finite"
"""Failure of an episode in which the policy returned a value that is not finite."""

SERVER = "server"
"""Failure of an episode in which the policy's server gave no answer; ``--resume`` plays it again."""

RESET = "reset"
"""Failure of an episode that was reset by hand, in a viewer."""

_OF_CHOICES = ("mistakes", "instruction")
"""What only episodes have that choose among objects."""

_KEYS = {"total_reward": "return"}
"""Names in files of attributes that are called otherwise here."""


@dataclass(frozen=True)
class Episode:
    """How an episode went.

    Attributes:
        episode: Its number.
        seed: Seed of the run.
        initial_state: Joint positions in units, and by object its position [m] and yaw [deg] in the robot's frame.
        success: Whether the task was done.
        length: Number of control steps.
        time_to_success: Simulated time until the task was done [s]; None if it was not.
        total_reward: Sum of rewards.
        failure: Why it ended without success: a termination of the task, such as ``time_out`` or ``diverged``,
            `NOT_FINITE`, `SERVER` or `RESET`; None on success.
        subtasks: Whether it reached each sub-task of the task, by name; empty where an older version played it.
        mistakes: Whether something was done with an object that was not meant, by what it is called; empty where a
            variation lays none there.
        instruction: What the policy was told; None where all episodes of a run are told the same.
        run: Which run of the evaluation played it, from 0; one that was resumed has several.
    """

    episode: int
    seed: int
    initial_state: dict[str, Any]
    success: bool
    length: int
    time_to_success: float | None
    total_reward: float
    failure: str | None
    subtasks: dict[str, bool] = field(default_factory=dict)
    mistakes: dict[str, bool] = field(default_factory=dict)
    instruction: str | None = None
    run: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the episode as plain data, the sum of rewards under the key ``return``."""
        table = {_KEYS.get(key, key): value for key, value in dataclasses.asdict(self).items()}
        return {key: value for key, value in table.items() if value or key not in _OF_CHOICES}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Episode:
        """Build an episode from what `to_json` of this or another version returned: other keys do not matter.

        Raises:
            ValueError: A key is missing.
        """
        values = {}
        for attribute in dataclasses.fields(cls):
            key = _KEYS.get(attribute.name, attribute.name)
            if key in data:
                values[attribute.name] = data[key]
            elif attribute.default is attribute.default_factory is dataclasses.MISSING:
                raise ValueError(f"{key} is missing")
        return cls(**values)
