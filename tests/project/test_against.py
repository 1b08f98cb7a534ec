"""The interval of `make bench AGAINST=REV` by exact answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.benchmarks import intervals
from tests.benchmarks.against import row
from tests.benchmarks.intervals import Ratio, ratio_of_medians


def test_a_version_that_takes_the_same_part_in_every_round_has_an_interval_without_width() -> None:
    """What slows both versions of a round cancels, however much rounds differ."""
    before = [1.0, 8.0, 2.0, 4.0, 64.0, 16.0, 32.0]
    assert ratio_of_medians(before, [0.75 * t for t in before]) == Ratio(0.75, 0.75, 0.75)


def test_the_interval_is_that_of_all_resamples_where_they_can_be_counted() -> None:
    """Four rounds have 256 resamples; 2.5 % of them are 6.4, so the ends are the 7th from below and above."""
    before, after = [1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 4.0, 8.0]
    medians = sorted(float(np.median(chosen)) for chosen in itertools.product(after, repeat=4))
    expected = Ratio(3.0, medians[6], medians[-7])
    assert expected == Ratio(3.0, 1.0, 8.0)
    assert ratio_of_medians(before, after) == expected


def test_the_interval_covers_the_true_ratio_about_as_often_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """200 comparisons of two versions that take the same time, 15 rounds each, times that vary by 5 %."""
    monkeypatch.setattr(intervals, "RESAMPLES", 500)
    rng = np.random.default_rng(3)
    times = rng.lognormal(0.0, 0.05, (200, 2, 15))
    ratios = [ratio_of_medians(before, after) for before, after in times]
    assert 0.90 <= np.mean([ratio.low <= 1.0 <= ratio.high for ratio in ratios]) <= 0.995


def test_a_bound_holds_when_the_lower_end_is_within_it() -> None:
    assert Ratio(1.05, 1.03, 1.09).within(1.03)
    assert not Ratio(1.05, 1.031, 1.09).within(1.03)


def test_a_row_says_medians_ratio_interval_and_whether_the_bound_holds() -> None:
    line = row("check", 0.5, 0.55, Ratio(1.1, 1.04, 1.2))
    assert line.split() == ["check", "0.5000", "0.5500", "1.100", "1.040", "to", "1.200", "no"]


def test_rounds_need_both_times() -> None:
    with pytest.raises(ValueError, match="both times"):
        ratio_of_medians([1.0, 2.0], [1.0])
