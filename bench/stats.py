# SPDX-License-Identifier: GPL-2.0
"""The statistics of the comparison, without any of its names: medians, spreads, paired ratios."""

import random
import statistics

# Below this many pairs an interval would say more than the data knows.
PAIRS_MIN = 5
RESAMPLES = 10_000
# Virtual time repeats to about this much when nothing differs but where things lie in memory.
EXACTNESS = 0.001


def spread(values):
    """(smallest, median, largest)."""
    return min(values), statistics.median(values), max(values)


def paired_ratios(first, second):
    """second / first for each round that both have. `first` and `second` map a round to its value.

    A round that only one side has is an error: a comparison that silently drops runs shows what its author likes.
    """
    if first.keys() != second.keys():
        raise ValueError(f"rounds without a partner: {sorted(first.keys() ^ second.keys())}")
    if any(value <= 0 for value in (*first.values(), *second.values())):
        raise ValueError("a ratio needs values above zero")
    return [second[key] / first[key] for key in sorted(first)]


def bootstrap_interval(values, confidence=0.95, seed=1):
    """(low, high): percentile bootstrap of the median, or None for fewer than PAIRS_MIN values.

    The median because wall-clock runs in an emulator have outliers; of few values its interval is nearly their whole range,
    which errs on the side of "no difference seen". The seed is fixed, so the same data gives the same table.
    """
    if len(values) < PAIRS_MIN:
        return None
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - confidence) / 2
    return medians[int(tail * RESAMPLES)], medians[int((1 - tail) * RESAMPLES) - 1]


def range_interval(first, second):
    """(low, high) of second / first for values that all but repeat themselves: from the extremes of both, widened by EXACTNESS.

    It leaves out 1 only when the ranges do not meet.
    """
    return min(second) / max(first) * (1 - EXACTNESS), max(second) / min(first) * (1 + EXACTNESS)


def verdict(interval, better):
    """Which side the interval of second / first speaks for: "first", "second" or None when it holds 1.

    `better` is "higher" or "lower".
    """
    low, high = interval
    if low <= 1 <= high:
        return None
    return "second" if (low > 1) == (better == "higher") else "first"
