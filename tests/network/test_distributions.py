"""Distributions: quantiles invert distribution functions, means are means, tables are whole days."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.network.distributions import mean, quantile, quantiles, whole_days
from sim.scenario.schema.field_types import Distribution, distribution

U = (np.arange(4000) + 0.5) / 4000

CASES = [
    (distribution({"low": "1 days", "high": "5 days"}), stats.uniform(1, 4)),
    (distribution({"low": "1 days", "mode": "2 days", "high": "5 days"}), stats.triang(0.25, 1, 4)),
    (distribution({"mean": "4 days", "cv": 0.5}), stats.gamma(4, scale=1)),
    (distribution({"mean": "4 days"}), stats.expon(scale=4)),
    (
        distribution({"median": "10 days", "p90": "30 days"}),
        stats.lognorm(np.log(3) / stats.norm.ppf(0.9), scale=10),
    ),
    (
        distribution({"mean": "4 days", "cv": 0.5, "law": "lognormal"}),
        stats.lognorm(np.sqrt(np.log(1.25)), scale=4 / np.sqrt(1.25)),
    ),
]


@pytest.mark.parametrize(("law", "known"), CASES)
def test_quantiles_are_those_of_scipy(law: Distribution, known: stats.rv_continuous) -> None:
    np.testing.assert_allclose(quantiles(law, U), known.ppf(U), rtol=1e-9)
    assert mean(law) == pytest.approx(known.mean(), rel=1e-9)


def test_discrete_and_fixed_laws() -> None:
    law = distribution({"values": ["1 days", "9 days"], "weights": [3, 1]})
    assert [quantile(law, u) for u in (0.0, 0.74, 0.76)] == [1.0, 1.0, 9.0]
    assert mean(law) == 3.0
    assert quantile(distribution("7 days"), 0.3) == 7.0


def test_poisson_draws_have_their_distribution() -> None:
    law = Distribution("poisson", (3.0,))
    drawn = quantiles(law, U)
    for k in range(8):
        assert (drawn <= k).mean() == pytest.approx(stats.poisson(3).cdf(k), abs=1e-3)


def test_a_maximum_cuts_draws() -> None:
    assert quantiles(distribution({"mean": "4 days", "max": "6 days"}), U).max() == 6.0


def test_lead_times_are_whole_days_and_scale() -> None:
    law = distribution({"low": "3 days", "high": "6 days"})
    table = whole_days(law)
    np.testing.assert_allclose(np.diff(table, prepend=0.0), [0, 0, 0, 1 / 6, 1 / 3, 1 / 3, 1 / 6], atol=1e-3)
    assert len(whole_days(law, 2.0)) == 13
