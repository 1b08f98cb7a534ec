"""Several comparisons at once: coverage of joint intervals, Holm, the best of several."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments.comparison import best, holm, together
from sim.results.estimates import interval
from tests.worlds import uncertain_chain


def rows(differences: np.ndarray) -> pd.DataFrame:
    """Return the frame of paired differences [replication, row]."""
    intervals = [interval(column) for column in differences.T]
    return pd.DataFrame(
        {
            "first": 0.0,
            "second": [mean for mean, _, _, _ in intervals],
            "difference": [mean for mean, _, _, _ in intervals],
            "monte_carlo_error": [error for _, _, _, error in intervals],
        }
    )


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_joint_intervals_hold_all_rows_at_once(shared: float) -> None:
    """20 rows with mean 0, independent or alike: single intervals fail somewhere far too often, joint ones not."""
    rng = np.random.default_rng(1)
    one, all_, holms, tries = 0, 0, 0, 200
    for _ in range(tries):
        common, own = rng.standard_normal((30, 1)), rng.standard_normal((30, 20))
        frame = rows(np.sqrt(shared) * common + np.sqrt(1.0 - shared) * own)
        bounds = together(frame, 30)
        one += (bounds["p_value"] < 0.05).any()
        all_ += ((bounds["low_all"] > 0.0) | (bounds["high_all"] < 0.0)).any()
        holms += (bounds["p_all"] < 0.05).any()
    assert all_ <= 18  # 5 % of 200, and two and a half standard errors
    assert holms == all_  # the first step of Holm is Bonferroni
    assert one > (100 if shared == 0.0 else 40)


def test_rows_without_chance_are_not_counted() -> None:
    rng = np.random.default_rng(2)
    two = rng.standard_normal((10, 2))
    with_constants = np.column_stack([two, np.zeros(10), np.full(10, 3.0)])
    bounds, alone = together(rows(with_constants), 10), together(rows(two), 10)
    assert bounds.head(2).equals(alone)
    assert bounds["p_all"].tolist()[2:] == [1.0, 0.0]
    assert bounds["low_all"].tolist()[2:] == bounds["high_all"].tolist()[2:] == [0.0, 3.0]


def test_holm_is_never_below_the_p_value_and_keeps_their_order() -> None:
    p = np.random.default_rng(3).random(50) ** 3
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0.0).all()
    assert adjusted.min() == pytest.approx(min(1.0, 50 * p.min()))


def test_the_best_of_several_is_rarely_left_out() -> None:
    rng = np.random.default_rng(4)
    held = alone = 0
    for _ in range(200):
        common = rng.standard_normal(40)
        losses = [common + mean + 0.5 * rng.standard_normal(40) for mean in (1.0, 1.1, 3.0)]
        ranking = best(("a", "b", "c"), losses)
        held += bool(ranking["may_be_best"][0])
        alone += ranking["may_be_best"].tolist() == [True, False, False]
        assert not ranking["may_be_best"][2]
    assert held >= 190
    assert alone < 100  # a tenth apart cannot be told often


def test_scenarios_without_a_price_are_compared_in_days() -> None:
    one = uncertain_chain()
    other = one.with_({"materials.chip.price": None})
    ranking = sim.compare(one, other, replications=3, jobs=1).best()
    assert ranking["unit"].unique().tolist() == ["days"]
    assert ranking["excess"].tolist() == pytest.approx([0.0, 0.0])


def test_compare_tells_several_scenarios_apart() -> None:
    scenarios = [
        uncertain_chain().with_({"events.cut.until": date})
        for date in ("2019-11-01", "2019-11-02", "2019-08-01")
    ]
    comparison = sim.compare(*scenarios, replications=12, jobs=1)
    table = comparison.table()
    assert (table["low_all"] <= table["low"]).all()
    assert (table["high_all"] >= table["high"]).all()
    assert (table["p_all"] >= table["p_value"]).all()
    assert (table["variance_ratio"].dropna() < 1.0).all()
    ranking = comparison.best()
    assert ranking["may_be_best"].tolist() == [False, False, True]
    assert ranking["unit"].unique().tolist() == ["USD"]
    text = comparison.words()
    assert f"all {len(table)} at once" in text
    assert "loses least (95 %, multiple comparisons with the best)" in text
