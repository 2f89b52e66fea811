"""The cleanup-trash task on real physics: a base that drives as LeRobot means it, and the task's rule."""

import math

import pytest
import torch
from lerobot.robots.lekiwi import LeKiwi, LeKiwiConfig

from lerobot_env_leisaac.tasks.cleanup_trash.spec import SPEC


@pytest.fixture
def report(played) -> dict:
    return played(SPEC)


@pytest.fixture
def real_velocities(report) -> torch.Tensor:
    """What LeRobot's LeKiwi makes of the commands [m/s], [m/s], [deg/s]."""
    real = LeKiwi(LeKiwiConfig(port="/dev/null"))
    wheels = [real._body_to_wheel_raw(*command) for command in report["drives"]["commands"]]
    velocities = [list(real._wheel_raw_to_body(*each.values()).values()) for each in wheels]
    return torch.tensor(velocities, dtype=torch.float32)


def test_the_base_reaches_and_reads_the_velocities_that_lerobots_would(report, real_velocities):
    apart = (torch.tensor(report["drives"]["velocity"]) - real_velocities).abs()
    assert (apart < torch.tensor([0.002, 0.002, 0.2])).all(), report["drives"]["velocity"]


def test_velocities_are_those_of_its_own_axes_ahead_to_the_left_and_counter_clockwise(report, real_velocities):
    turned, moved = torch.tensor(report["drives"]["turned"]), torch.tensor(report["drives"]["moved"])
    assert (turned > math.radians(43)).all()
    ahead = torch.stack([turned.cos(), turned.sin()], dim=1)
    left = torch.stack([-turned.sin(), turned.cos()], dim=1)
    torch.testing.assert_close(moved[0, :2], 0.1 * ahead[0], atol=0.002, rtol=0)
    torch.testing.assert_close(moved[1, :2], 0.1 * left[1], atol=0.002, rtol=0)
    torch.testing.assert_close(moved[:, 2], real_velocities[:, 2].deg2rad(), atol=0.01, rtol=0)
    # it goes round on a circle, ahead and to the right of where it looks
    way, chord = math.hypot(0.05, 0.05), moved[2, :2].norm().item()
    assert chord == pytest.approx(way * math.sin(math.pi / 8) / (math.pi / 8), abs=0.002)


def test_what_is_too_fast_for_the_wheels_is_counted(report):
    assert report["drives"]["clamped"] == [0, 0, 0, 3]


def test_an_episode_begins_with_the_base_at_rest_where_it_was(report):
    assert report["drives"]["anew"] == [[[0.0] * 3] * 4] * 2


def test_it_is_done_when_the_tissue_rests_in_the_bin_for_a_fifth_of_a_second(report):
    rests, beside, above, hangs = report["rule"]["done"]
    assert 5 <= rests < 12 and hangs == 5, "six steps are 0.2 s"
    assert beside == above == -1


def test_height_is_that_above_the_bins_underside_and_below_its_rim(report):
    state = report["rule"]["after_five"]
    assert max(state["speed"]) < 0.02, "it is where it is that counts, not its speed"
    assert state["subtasks"]["tissue005_in_bin"] == [True, False, False, True]
    assert not any(state["subtasks"]["tissue005_picked"])
