"""Scales and proper scores against exact answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.experiments.scoring.ensemble import Ensemble, fair_crps, fair_energy
from sim.experiments.scoring.scales import add_error, on_scale
from sim.experiments.scoring.scorecard import skill, skill_interval


def equal(number: int) -> np.ndarray:
    return np.full(number, 1.0 / number)


def normal_crps(mean: float, sd: float, observed: float) -> float:
    """The closed form of Gneiting et al. (2005)."""
    z = (observed - mean) / sd
    return sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))


def test_scales_are_those_of_the_page() -> None:
    assert on_scale("flow", 300.0, normal=600.0) == pytest.approx(math.log(0.55))
    assert on_scale("flow", 0.0, normal=600.0) == pytest.approx(math.log(0.05))
    assert on_scale("count", 7.0) == pytest.approx(math.log(8.0))
    assert on_scale("date", 45.0) == on_scale("days lost", 15.0) == on_scale("share", 0.5) == 0.5


def test_a_date_that_never_comes_is_the_horizon_and_has_no_error_of_observation() -> None:
    days = on_scale("date", np.array([10.0, 300.0, np.nan]), last=180.0)
    assert days.tolist() == [10.0 / 90.0, 2.0, 2.0]
    seen = add_error("date", days, 0.1, 3, "grant", last=2.0)
    assert seen[0] != days[0]
    assert seen[1:].tolist() == [2.0, 2.0]


def test_errors_of_observation_are_fixed_by_seed_and_name_and_go_on_with_more_draws() -> None:
    few, many = (add_error("share", np.zeros(n), 0.3, 5, "a") for n in (10, 4000))
    assert few.tolist() == many[:10].tolist()
    assert few.tolist() == add_error("share", np.zeros(10), 0.3, 5, "a").tolist()
    assert set(few) & set(add_error("share", np.zeros(10), 0.3, 6, "a")) == set()
    assert set(few) & set(add_error("share", np.zeros(10), 0.3, 5, "b")) == set()
    assert many.std() == pytest.approx(0.3, rel=0.05)
    assert add_error("share", np.ones(3), 0.0, 5, "a").tolist() == [1.0, 1.0, 1.0]


def test_a_flow_of_nothing_is_seen_as_nothing_and_one_of_much_with_its_error() -> None:
    z = on_scale("flow", np.repeat([0.0, 1e4], 4000), normal=1.0)
    seen = add_error("flow", z, 0.05, 3, "a")
    assert (seen[:4000] == z[0]).all()
    assert seen[4000:].std() == pytest.approx(0.05, rel=0.05)


def test_short_stops_may_go_unreported() -> None:
    """One day in 20 exp(1/9), a month never, and no stop is no stop."""
    lost = on_scale("days lost", np.repeat([0.0, 1.0, 30.0], 20_000))
    seen = add_error("days lost", lost, 0.0, 3, "stop").reshape(3, -1)
    chance = 0.05 * math.exp(-1.0 / 9.0)
    assert (seen[0] == 0.0).all()
    assert (seen[2] == 1.0).all()
    assert (seen[1] == 0.0).mean() == pytest.approx(chance, abs=3 * math.sqrt(chance / 20_000))


@pytest.mark.parametrize("observed", [-1.3, 0.2, 2.5])
def test_crps_of_normal_draws_is_the_closed_form(observed: float) -> None:
    draws = 0.5 + 1.5 * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert fair_crps(draws, observed, equal(20_000)) == pytest.approx(
        normal_crps(0.5, 1.5, observed), abs=5e-4
    )


def test_crps_of_two_points_is_counted_by_hand() -> None:
    """0 with 1/4 and 1 with 3/4, seen 0: 3/4 - 2 (3/16) 1 / (2 (1 - 10/16)) = 3/4 - 1/2."""
    w = np.array([0.25, 0.75])
    assert fair_crps(np.array([0.0, 1.0]), 0.0, w) == pytest.approx(0.25)
    assert fair_crps(np.array([1.0, 0.0]), 0.0, w[::-1]) == pytest.approx(0.25)
    assert fair_crps(np.array([2.0]), 5.0, np.ones(1)) == 3.0


def test_the_fair_score_does_not_depend_on_the_number_of_draws() -> None:
    """Its mean over ensembles of 3 draws is that of the law itself; without (1 - sum w^2) it is 0.19 more."""
    draws = np.random.default_rng(1).normal(size=(20_000, 3))
    scores = np.array([fair_crps(x, 0.4, equal(3)) for x in draws])
    error = scores.std() / math.sqrt(len(scores))
    assert abs(scores.mean() - normal_crps(0.0, 1.0, 0.4)) < 3.0 * error


def test_weights_are_repeats_of_one_ancestor() -> None:
    rng = np.random.default_rng(2)
    draws, times = rng.normal(size=(6, 2)), np.array([1, 3, 2, 1, 4, 1])
    repeated = Ensemble.of(np.zeros(2), np.repeat(draws, times, 0), ancestors=np.repeat(np.arange(6), times))
    weighted = Ensemble.of(np.zeros(2), draws, times.astype(float))
    assert repeated.crps() == pytest.approx(weighted.crps())
    assert repeated.energy() == pytest.approx(weighted.energy())
    assert repeated.bands() == pytest.approx(weighted.bands())
    assert repeated.effective == pytest.approx(12**2 / (times**2).sum())
    w = weighted.weights
    pairs = sum(w[i] * w[j] * abs(draws[i, 0] - draws[j, 0]) for i in range(6) for j in range(6) if i != j)
    by_hand = (w * np.abs(draws[:, 0])).sum() - pairs / (2 * (1 - (w**2).sum()))
    assert weighted.crps()[0] == pytest.approx(by_hand)


def test_unweighted_draws_are_worth_their_number() -> None:
    assert Ensemble.of(np.zeros(1), np.zeros((50, 1))).effective == pytest.approx(50.0)


def test_the_energy_score_of_one_figure_is_its_crps() -> None:
    rng = np.random.default_rng(3)
    draws, weights = rng.normal(size=1500), rng.random(1500)
    weights /= weights.sum()
    one = fair_energy(draws[:, None], np.array([0.3]), weights)
    assert one == pytest.approx(fair_crps(draws, 0.3, weights))


def test_the_energy_score_prefers_the_right_correlation() -> None:
    """Same margins, observations that move together: the CRPS cannot tell, the energy score can."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=(400, 2))
    together = np.column_stack([z[:, 0], 0.99 * z[:, 0] + 0.14 * z[:, 1]])
    truths = np.column_stack([x := rng.normal(size=200), x])
    right, wrong = (
        np.mean([fair_energy(d, y, equal(400)) for y in truths]) for d in (together, together * [1, -1])
    )
    assert right < 0.9 * wrong


def test_skill_is_a_ratio_of_sums_with_a_paired_interval() -> None:
    own, other = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 4.0, 6.0, 8.0])
    assert skill(own, other) == 0.5
    assert skill_interval(own, other, "a") == (0.5, 0.5)  # every figure has the same ratio: no width
    assert skill(np.array([0.0, 10.0]), np.array([1e-9, 20.0])) == pytest.approx(0.5)  # no mean of ratios
    low, high = skill_interval(np.array([1.0, 3.0, 1.0, 9.0]), other, "a")
    assert low < skill(np.array([1.0, 3.0, 1.0, 9.0]), other) < high
    assert math.isnan(skill(own, np.zeros(4)))
