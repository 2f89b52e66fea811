"""How sure one can be of a rate of success, and of the difference between two."""

from __future__ import annotations

import math


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate, without continuity correction."""
    from scipy.stats import binomtest  # a second to import

    interval = binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def paired_difference(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, tuple[float, float]]:
    """Return the difference of two rates on the same trials, second minus first, and its 95 % interval.

    The interval is method 10 of R. G. Newcombe, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", Statistics in Medicine 17 (1998): Wilson's intervals of the two rates, combined
    with the trials' correlation. It stays within [-1, 1] and has a width also where all trials agree.

    Args:
        both: Trials in which both succeeded.
        only_first: Trials in which the first alone succeeded.
        only_second: Trials in which the second alone succeeded.
        neither: Trials in which both failed.
    """
    trials = both + only_first + only_second + neither
    first, second = both + only_first, both + only_second
    low_first, high_first = wilson_interval(first, trials)
    low_second, high_second = wilson_interval(second, trials)
    below_first, above_first = first / trials - low_first, high_first - first / trials
    below_second, above_second = second / trials - low_second, high_second - second / trials

    covariance: float = both * neither - only_first * only_second
    if covariance > 0:
        covariance = max(covariance - trials / 2, 0)
    margins = first * (trials - first) * second * (trials - second)
    correlation = covariance / math.sqrt(margins) if margins else 0.0

    def combined(one: float, other: float) -> float:
        return math.sqrt(one**2 - 2 * correlation * one * other + other**2)

    difference = (only_second - only_first) / trials
    return difference, (
        difference - combined(below_second, above_first),
        difference + combined(above_second, below_first),
    )


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of the exact McNemar test, of how evenly the trials split in which one succeeded."""
    from scipy.stats import binomtest

    discordant = only_first + only_second
    return float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
