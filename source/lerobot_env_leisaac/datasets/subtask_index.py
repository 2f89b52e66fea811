"""Which sub-task each frame of a demonstration works on: what policies with a plan are trained on."""

from __future__ import annotations

from typing import Any

import numpy as np

SUBTASK_INDEX = "subtask_index"
"""The column's name; what its numbers stand for is in the manifest."""

FEATURE: dict[str, Any] = {"dtype": "int64", "shape": (1,), "names": None}
"""The column in LeRobot's form."""


def subtask_index(held: np.ndarray) -> np.ndarray:
    """Return the sub-task that each frame of an episode works on: of those not done yet the one that is done next.

    A sub-task is done from the frame on since which it has held to the end. One that passes, as a grasp does, is done
    when it first holds, and one that never does at the end, since an episode that succeeds has them all. Of those done
    at once the first counts. When all are done it is still the last one.

    Args:
        held: Which sub-tasks hold in each frame. Shape is (T, K), bool.

    Returns:
        Indices of sub-tasks, int64. Shape is (T,).
    """
    frames = len(held)
    broken = np.where(held, -1, np.arange(frames)[:, None]).max(axis=0)  # (K,): last frame without it, -1 if none
    passed = np.where(held.any(axis=0), held.argmax(axis=0), frames)
    done = np.where(held[-1], broken + 1, passed)
    ahead = done[None, :] > np.arange(frames)[:, None]
    waiting = np.where(ahead, done[None, :], frames + 1)
    last = len(done) - 1 - int(done[::-1].argmax())
    return np.where(ahead.any(axis=1), waiting.argmin(axis=1), last).astype(np.int64)
