"""How an episode went."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

NOT_FINITE = "policy_not_finite"
"""Failure of an episode in which the policy returned a value that is not finite."""


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
        failure: Why it ended without success: a termination of the task, such as ``time_out`` or ``diverged``, or
            `NOT_FINITE`; None on success.
    """

    episode: int
    seed: int
    initial_state: dict[str, Any]
    success: bool
    length: int
    time_to_success: float | None
    total_reward: float
    failure: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the episode as plain data, the sum of rewards under the key ``return``."""
        data = dataclasses.asdict(self)
        return {"return" if key == "total_reward" else key: value for key, value in data.items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Episode:
        """Build an episode from what `to_json` returned."""
        return cls(**{"total_reward" if key == "return" else key: value for key, value in data.items()})
