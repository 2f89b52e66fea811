"""The sub-task that each frame of a demonstration works on."""

import numpy as np
import pytest

from lerobot_env_leisaac.datasets.subtask_index import subtask_index


def held(**spans: list[tuple[int, int]]) -> np.ndarray:
    """Which of some sub-tasks hold in each of eight frames, from the frames in which each begins to and ends to."""
    return np.array([[any(a <= t < b for a, b in of_one) for of_one in spans.values()] for t in range(8)])


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ({"first": [(2, 8)], "second": [(5, 8)]}, [0, 0, 1, 1, 1, 1, 1, 1]),
        ({"first": [(5, 8)], "second": [(2, 8)]}, [1, 1, 0, 0, 0, 0, 0, 0]),  # in another order than the names
        ({"object": [(4, 8)], "rest": [(0, 2), (6, 8)]}, [0, 0, 0, 0, 1, 1, 1, 1]),  # the arm began at rest
        ({"left": [(3, 8)], "right": [(3, 8)]}, [0, 0, 0, 1, 1, 1, 1, 1]),  # both at once
        ({"object": [(3, 8)], "rest": []}, [0, 0, 0, 1, 1, 1, 1, 1]),  # done by the last action
        ({"picked": [(2, 5)], "in_bin": [(6, 8)]}, [0, 0, 1, 1, 1, 1, 1, 1]),  # a grasp passes
        ({"only": [(0, 8)]}, [0] * 8),
    ],
)
def test_it_is_the_one_that_is_done_next(spans, expected):
    index = subtask_index(held(**spans))
    assert index.dtype == np.int64
    # of two that are done in one frame both are worked on until then, and the last one stays
    assert index.tolist() == expected
