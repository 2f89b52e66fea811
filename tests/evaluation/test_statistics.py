import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lerobot_env_leisaac.evaluation.statistics import mcnemar_p_value, paired_difference, wilson_interval

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998)
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_interval_is_the_published_one(successes, trials, interval):
    assert wilson_interval(successes, trials) == pytest.approx(interval, abs=5e-5)


def test_the_interval_of_a_paired_difference_is_the_published_one():
    # Newcombe, "Improved confidence intervals ... based on paired data", Statistics in Medicine 17 (1998), method 10
    difference, interval = paired_difference(both=36, only_first=2, only_second=12, neither=0)
    assert difference == pytest.approx(0.2)
    assert interval == pytest.approx((0.0569, 0.3404), abs=5e-5)


@given(both=COUNTS, only_first=COUNTS, only_second=COUNTS, neither=COUNTS)
def test_the_interval_surrounds_the_difference_and_turns_with_the_order(both, only_first, only_second, neither):
    trials = both + only_first + only_second + neither
    if not trials:
        return
    difference, (low, high) = paired_difference(both, only_first, only_second, neither)
    assert difference == pytest.approx((only_second - only_first) / trials)
    assert -1 - 1e-9 <= low <= difference <= high <= 1 + 1e-9 and low < high
    turned, (turned_low, turned_high) = paired_difference(both, only_second, only_first, neither)
    assert (turned, turned_low, turned_high) == pytest.approx((-difference, -high, -low))


@pytest.mark.parametrize(("only_first", "only_second"), [(1, 9), (9, 1), (0, 6), (4, 4), (0, 0)])
def test_mcnemars_test_is_twice_the_binomial_tail(only_first, only_second):
    discordant, smaller = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(discordant, k) for k in range(smaller + 1)) / 2**discordant
    assert mcnemar_p_value(only_first, only_second) == pytest.approx(min(1.0, 2 * tail))
