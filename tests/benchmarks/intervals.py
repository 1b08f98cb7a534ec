"""The ratio of two medians with a 95 % interval, from rounds in which both were measured.

The interval is a percentile bootstrap over whole rounds. Rounds are resampled whole because what slows a
machine for some seconds slows both versions of a round, and that must cancel; a rank-based interval
(Hodges and Lehmann, order statistics) is one for the median of ratios, which is another number than the
ratio of medians. Medians rather than means, because a busy machine makes long tails on one side only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES, SEED = 10_000, 1
OUTSIDE = 2.5  # per cent on each side


@dataclass(frozen=True)
class Ratio:
    """A ratio after / before with the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float

    def within(self, bound: float) -> bool:
        """Tell whether a bound such as 1.03 holds: the lower end of the interval does not pass it."""
        return self.low <= bound


def ratio_of_medians(before: Sequence[float], after: Sequence[float]) -> Ratio:
    """Return median(after) / median(before) with its interval; `before[i]` and `after[i]` are of one round.

    Examples
    --------
    >>> ratio_of_medians([2.0, 4.0, 3.0], [1.0, 2.0, 1.5])
    Ratio(estimate=0.5, low=0.5, high=0.5)
    """
    if len(before) != len(after) or len(before) == 0:
        raise ValueError("every round must have both times")
    rounds = np.array([before, after])
    chosen = np.random.default_rng(SEED).integers(0, len(before), (RESAMPLES, len(before)))
    medians = np.median(rounds[:, chosen], axis=2)
    low, high = np.percentile(medians[1] / medians[0], [OUTSIDE, 100 - OUTSIDE])
    estimate = np.median(rounds[1]) / np.median(rounds[0])
    return Ratio(float(estimate), float(low), float(high))
