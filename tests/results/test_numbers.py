"""Words: known ranges in, digits, words and intervals out; never more digits than the range supports."""

from __future__ import annotations

import datetime
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results import numbers as text_of
from sim.results.estimates import summarise

NAN = math.nan


@pytest.mark.parametrize(
    ("mean", "low", "high", "error", "told"),
    [
        (12.3, 2.2, 39.8, 1.1, "12 days (2 to 40)"),
        (269.4, 112.0, 403.0, 22.0, "270 days (110 to 400)"),
        (118.4, 91.3, 138.2, 3.1, "118 days (91 to 138)"),
        (0.04, 0.0, 0.39, 0.04, "0.04 days (0 to 0.39)"),
        (2.7, 0.0, 20.7, 1.4, "3 days (0 to 21)"),
        (-24.2, -102.4, 18.6, 7.6, "-20 days (-100 to 20)"),
        (1.0, 0.0, 3.2, 0.2, "1 day (0 to 3.2)"),
        (0.0009, 0.0, 0.0094, 0.0009, "0 days (0 to 0.01)"),  # a hundredth of a day is as fine as it gets
        (
            0.08,
            0.0,
            0.0,
            0.08,
            "0.08 days (0 to 0)",
        ),  # one replication in hundreds loses: the error alone supports
        (1234.0, 200.0, 5100.0, 90.0, "1,200 days (200 to 5,100)"),
        (12.345, 12.345, 12.345, 0.0, "12.3 days (12.3 to 12.3)"),  # nothing varies
        (0.0, 0.0, 0.0, 0.0, "nothing"),
        (12.345, NAN, NAN, NAN, "12.3 days"),  # one replication: no range, no more than three digits
        (NAN, NAN, NAN, NAN, "-"),
    ],
)
def test_amounts_have_the_digits_that_the_range_and_the_error_support(
    mean: float, low: float, high: float, error: float, told: str
) -> None:
    assert text_of.amount(mean, low, high, error, "days") == told


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((1.23e9, 0.1e9, 9.04e9, 2.2e8), "about 1.2 billion USD (0.1 to 9)"),
        ((4.1e8, 0.0, 2.1e9, 1.5e8), "about 400 million USD (0 to 2,100)"),
        ((8.912e9, 7.01e9, 10.52e9, 2e8), "about 8.9 billion USD (7 to 10.5)"),
        ((0.0, 0.0, 0.0, 0.0), "nothing"),
        ((-2.04e6, -5e6, 1e6, 1e5), "about -2 million USD (-5 to 1)"),
        ((NAN, NAN, NAN, NAN), "-"),
    ],
)
def test_money_has_the_scale_of_its_mean(numbers: tuple[float, float, float, float], told: str) -> None:
    assert text_of.money(*numbers, "USD") == told


@pytest.mark.parametrize(
    ("hits", "replications", "told"),
    [
        (37, 200, "in 37 of 200 replications (13 to 25 %)"),  # Clopper and Pearson: 13.4 to 24.6
        (0, 200, "never in 200 replications (under 2 %)"),  # 1 - 0.025 ** (1 / 200) = 1.8 %
        (200, 200, "in all 200 replications (over 98 %)"),
        (0, 10, "never in 10 replications (under 31 %)"),  # 30.8 %
        (10, 10, "in all 10 replications (over 69 %)"),
        (0, 5000, "never in 5,000 replications (under 0.08 %)"),
        (1, 1, "in the only replication"),
        (0, 1, "not in the only replication"),
        (0, 0, "-"),
    ],
)
def test_chances_carry_their_exact_interval(hits: int, replications: int, told: str) -> None:
    assert text_of.chance(hits, replications) == told


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_of_chances_still_bound_after_rounding(drawn: tuple[int, int]) -> None:
    hits, replications = drawn
    bound = re.search(r"(under|over) ([\d.]+) %", text_of.chance(hits, replications))
    if bound and replications > 1:
        tail = 1.0 - 0.025 ** (1.0 / replications)
        exact = 100.0 * (tail if bound[1] == "under" else 1.0 - tail)
        assert float(bound[2]) >= exact - 1e-9 if bound[1] == "under" else float(bound[2]) <= exact + 1e-9


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(1e-3, 1e5), st.floats(0.0, 1.0))
def test_a_number_never_has_more_digits_than_a_tenth_of_its_range(
    low: float, width: float, error: float, place: float
) -> None:
    high, mean = low + width, low + place * width
    unit = text_of.support(low, high, error)
    assert unit >= max(width, error) / 100.0 * (1 - 1e-6)  # a power of ten from a tenth down to a hundredth
    assert unit <= max(width / 10.0, error / 10.0, max(abs(low), abs(high)) * 1e-5, 0.01) * (1 + 1e-6)
    text = text_of.number(mean, unit).replace(",", "")
    assert abs(float(text) - mean) <= unit / 2 * (1 + 1e-6)
    decimals = len(text.partition(".")[2])
    assert 10.0**-decimals >= unit * (1 - 1e-9) or decimals == 0
    assert not text.endswith(".0")


def test_zeros_behind_the_point_are_not_written() -> None:
    """The tables of run said 22.0 where those of compare said 22.3: one rule now."""
    assert text_of.number(22.0) == "22"
    assert text_of.error(22.0) == "22"
    assert text_of.number(-0.04, 0.1) == "0"


def test_heavy_tails_are_said() -> None:
    days = np.zeros(200)
    days[:5] = [400.0, 300.0, 90.0, 40.0, 10.0]
    assert text_of.tilted(summarise(days))
    assert text_of.tilt(summarise(days), "days") == (
        "The median is 0 days: most replications lose little, a few lose much."
    )
    even = summarise(np.linspace(90.0, 110.0, 200))
    assert not text_of.tilted(even)
    assert text_of.tilt(even, "days") == ""
    assert text_of.tilt(summarise(-days), "days") == (
        "The median is 0 days: a few replications lose far less, or gain."
    )


def test_spreads_of_few_replications_have_no_range() -> None:
    one, none = summarise(np.array([3.0])), summarise(np.array([NAN]))
    assert (one.mean, one.replications) == (3.0, 1)
    assert math.isnan(one.low)
    assert text_of.between(one.low, one.high, one.unit) == "-"
    assert math.isnan(none.mean)
    assert text_of.number(none.mean, none.unit) == "-"
    assert not text_of.tilted(one)


def test_dates_are_given_by_month_where_they_lie_far_apart() -> None:
    start = datetime.date(2019, 1, 1)
    assert text_of.dates(np.array([NAN, NAN]), start) == "never"
    assert text_of.dates(np.array([31.0]), start) == "2019-02-01"
    assert text_of.dates(np.linspace(31.0, 61.0, 31), start) == "2019-02-16 (2019-02-02 to 2019-03-02)"
    assert text_of.dates(np.linspace(31.0, 331.0, 31), start) == "2019-07 (2019-02 to 2019-11)"


def test_the_headline_holds_over_structure_where_it_was_varied() -> None:
    from sim.runner.replications import run
    from sim.scenario import from_tree
    from tests.worlds import chain, event

    cut = event(
        "embargo", role="treatment", until="2019-11-01", select={"material": "acid", "from": "JP", "to": "KR"}
    )
    scenario = from_tree(chain(alternative=True, events={"cut": cut}))
    wide = run(scenario, replications=8, jobs=1, structure={"model.production": ["ario", "leontief"]})
    head = wide.words().splitlines()[1]
    assert (
        "over parameters, chance and model structure together; with the structure as written, about" in head
    )
    lost = wide.lost_by_users(structure=True)
    assert len(set(lost.round(3))) == 2  # one loss for each structure
    low, high = (f"{x / 1e6:.1f}" for x in (lost.min(), lost.max()))
    assert f"({low} to {high}) over parameters" in head
    assert "model structure" not in run(scenario, replications=8, jobs=1).words()
