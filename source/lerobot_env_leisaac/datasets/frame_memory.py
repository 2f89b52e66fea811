"""How many environments there is memory for: each holds the frames of its episode until the episode ends."""

from __future__ import annotations

import sys

DEFAULT_NUM_ENVS = 16
"""How many environments play side by side where there is memory for them."""


def num_envs_that_fit(asked: int | None, episodes: int, each: int, free: int) -> int:
    """Return how many environments to make: never more than there are episodes, and what is asked for or a refusal.

    Where nothing is asked for, frames may fill half of what is free, since the simulator and encoders want some too; a
    line on stderr says so if that makes it fewer than the default.

    Args:
        asked: Number that the user wants; None for the default.
        episodes: Number of episodes to play.
        each: Most that the frames of one environment take [B].
        free: Memory that is free [B].

    Raises:
        ValueError: There is not enough memory.
    """
    if each > free:
        raise ValueError(
            f"one environment holds up to {each / 2**30:.1f} GiB of frames and {free / 2**30:.1f} are free: set"
            " --image-size smaller, or name fewer --cameras"
        )
    fit = max(free // (2 * each), 1)
    if asked is None:
        wanted = min(DEFAULT_NUM_ENVS, episodes)
        if fit < wanted:
            print(
                f"{fit} environment{'s' * (fit > 1)} side by side, not {wanted}: each holds up to {each / 2**30:.1f}"
                f" GiB of frames and {free / 2**30:.1f} are free (set --num-envs to choose)",
                file=sys.stderr,
            )
        return min(fit, wanted)
    num_envs = min(asked, episodes)
    if num_envs * each > free:
        raise ValueError(
            f"{num_envs} environments hold up to {num_envs * each / 2**30:.1f} GiB of frames and {free / 2**30:.1f} are"
            f" free: set --num-envs to {fit} or less, or leave it out, or set --image-size smaller"
        )
    return num_envs
