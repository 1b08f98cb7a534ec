"""Coverage: a right forecast passes as often as it should, a wide one and a sharp wrong one do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.experiments.scoring.coverage import (
    Coverage,
    effective_figures,
    inside,
    judge,
    normal_scores,
    pass_chance,
    pits,
    shrunk_correlation,
    squared_distance,
)
from sim.experiments.scoring.ensemble import Ensemble
from sim.experiments.scoring.scales import add_error, on_scale
from sim.types import Floats

TRIALS, DRAWS, FIGURES = 400, 200, 8


def common(rng: np.random.Generator, number: int, share: float, sd: float = 1.0) -> Floats:
    """Figures that have part of their variance in common."""
    own, all_alike = rng.normal(size=(number, FIGURES)), rng.normal(size=(number, 1))
    return np.asarray(sd * (np.sqrt(share) * all_alike + np.sqrt(1.0 - share) * own))


def verdicts(share: float, sd: float = 1.0, shift: float = 0.0) -> list[Coverage]:
    """Judge forecasts of which the truths are draws, or draws of another law."""
    rng = np.random.default_rng(7)
    return [
        judge(Ensemble.of(common(rng, 1, share)[0], shift + common(rng, DRAWS, share, sd)), trial)
        for trial in range(TRIALS)
    ]


@pytest.fixture(scope="module", params=[0.0, 0.8])
def right(request: pytest.FixtureRequest) -> list[Coverage]:
    return verdicts(request.param)


def test_joint_p_is_uniform_when_the_truth_is_a_draw(right: list[Coverage]) -> None:
    assert stats.kstest([one.joint_p for one in right], "uniform").pvalue > 0.01


def test_a_right_forecast_passes_as_often_as_it_should(right: list[Coverage]) -> None:
    """The joint p lies in its range in 95 %, the count in at least 90 %: both in at least 85 % of trials."""
    joint = sum(0.025 <= one.joint_p <= 0.975 for one in right)
    count = sum(one.null_low <= one.inside <= one.null_high for one in right)
    assert stats.binomtest(joint, TRIALS, 0.95).pvalue > 0.001
    assert stats.binomtest(count, TRIALS, 0.90, alternative="less").pvalue > 0.001
    assert sum(one.accepted for one in right) >= stats.binom.ppf(0.001, TRIALS, 0.85)


def test_a_right_forecast_of_exact_zeros_passes_too() -> None:
    """Flows that are 0 in half of all cases, and are then seen as 0, with errors of observation elsewhere."""
    rng = np.random.default_rng(13)

    def seen(number: int, name: str) -> Floats:
        flows = rng.gamma(1.0, 1.0, (number, FIGURES)) * (rng.random((number, FIGURES)) < 0.5)
        columns = on_scale("flow", flows, normal=1.0).T
        return np.column_stack([add_error("flow", x, 0.1, 1, f"{name}/{i}") for i, x in enumerate(columns)])

    found = [judge(Ensemble.of(seen(1, f"t{i}")[0], seen(100, f"d{i}")), i) for i in range(200)]
    assert stats.kstest([one.joint_p for one in found], "uniform").pvalue > 0.01
    assert sum(one.accepted for one in found) >= stats.binom.ppf(0.001, 200, 0.85)


def test_a_common_shock_widens_the_range_of_the_count() -> None:
    alone, together = verdicts(0.0)[0], verdicts(0.8)[0]
    assert together.null_low < alone.null_low
    assert together.effective_figures < 2.0 < 6.0 < alone.effective_figures


@pytest.mark.parametrize(("sd", "shift"), [(4.0, 0.0), (0.25, 0.0), (0.5, 1.5)])
def test_a_wide_forecast_and_a_sharp_wrong_one_fail(sd: float, shift: float) -> None:
    """A band four times as wide holds everything: the joint p says so. Narrow or shifted ones miss."""
    assert np.mean([one.accepted for one in verdicts(0.0, sd, shift)]) < 0.10


def test_the_chance_that_a_rival_passes_is_that_of_truths_judged_one_by_one() -> None:
    rng = np.random.default_rng(8)
    truths, same, wide = common(rng, 300, 0.5), common(rng, 500, 0.5), common(rng, 500, 0.5, 4.0)
    weights = np.full(300, 1.0 / 300)
    chance = {
        name: pass_chance(Ensemble.of(truths[0], draws), truths, weights, 1)
        for name, draws in {"same": same, "wide": wide}.items()
    }
    assert chance["same"] > 0.85
    assert chance["wide"] < 0.15
    one_by_one = np.mean([judge(Ensemble.of(y, same), i).accepted for i, y in enumerate(truths[:100])])
    assert chance["same"] == pytest.approx(one_by_one, abs=0.08)


def test_effective_figures_of_independent_ones_are_their_number_and_of_copies_one() -> None:
    rng = np.random.default_rng(9)
    weights = np.full(2000, 1.0 / 2000)
    for draws, expected in (
        (rng.normal(size=(2000, FIGURES)), float(FIGURES)),
        (np.repeat(rng.normal(size=(2000, 1)), FIGURES, axis=1), 1.0),
    ):
        scores = normal_scores(draws, weights, 1, [str(i) for i in range(FIGURES)])
        assert effective_figures(shrunk_correlation(scores, weights)) == pytest.approx(expected, rel=0.02)


def test_the_correlation_is_shrunk_as_ledoit_and_wolf_have_it() -> None:
    """The share of the identity by the formula of their lemma 3.4, draw by draw."""
    rng = np.random.default_rng(10)
    z = common(rng, 40, 0.5)
    z /= np.sqrt((z**2).mean(axis=0))
    sample = z.T @ z / 40
    spread = np.mean([((np.outer(row, row) - sample) ** 2).sum() for row in z]) / 40
    share = spread / ((sample - np.eye(FIGURES)) ** 2).sum()
    expected = share * np.eye(FIGURES) + (1 - share) * sample
    assert 0.0 < share < 1.0
    assert shrunk_correlation(z, np.full(40, 1 / 40)) == pytest.approx(expected, abs=1e-6)


def test_the_distance_is_that_of_mahalanobis() -> None:
    matrix = np.array([[1.0, 0.6], [0.6, 1.0]])
    assert squared_distance(np.array([[1.0, 1.0], [1.0, -1.0]]), matrix) == pytest.approx([1.25, 5.0])


def test_pit_is_uniform_also_where_draws_are_alike() -> None:
    """Counts with many ties: a rank that counts ties half is not uniform, the randomised one is."""
    rng = np.random.default_rng(11)
    ranks = np.concatenate(
        [pits(Ensemble.of(rng.poisson(0.7, 5), rng.poisson(0.7, (60, 5))), trial) for trial in range(200)]
    )
    assert stats.kstest(ranks, "uniform").pvalue > 0.01


def test_ties_come_from_a_keyed_stream() -> None:
    tied = Ensemble.of(np.zeros(FIGURES), np.zeros((50, FIGURES)))
    first, again, other = (judge(tied, seed).joint_p for seed in (1, 1, 2))
    assert first == again != other
    assert inside(tied, tied.observed[None]).tolist() == [FIGURES]
    part = tied.part([3, 5])
    assert pits(part, 1).tolist() == pits(tied, 1)[[3, 5]].tolist()  # whatever other figures there are


def test_a_draw_of_weight_two_counts_as_two_in_the_joint_rank() -> None:
    """Weighted draws: the observation weighs as one of the effective number."""
    rng = np.random.default_rng(12)
    weights = rng.random(300)
    one = judge(Ensemble.of(np.full(4, 9.0), rng.normal(size=(300, 4)), weights), 1)
    assert one.joint_p == pytest.approx(
        1.0 / (Ensemble.of(np.zeros(4), np.zeros((300, 4)), weights).effective + 1)
    )
