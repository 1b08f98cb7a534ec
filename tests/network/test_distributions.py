"""Distributions: quantiles invert distribution functions, means are means, tables are whole days."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from sim.errors import CurbsimError
from sim.network.distributions import cut_normal, mean, quantile, quantiles, whole_days
from sim.scenario.schema.field_types import Distribution, distribution
from tests.oracle.draws import mean as known_mean
from tests.oracle.draws import ratio

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


@pytest.mark.parametrize("cv", [0.05, 0.12, 0.2, 0.5, 0.8, 1.0, 1.5, 3.0])
def test_a_normal_law_cut_at_0_has_its_mean_and_its_variation(cv: float) -> None:
    """Against quadrature of the density above 0; at 0 stands what the cut collects."""
    centre, spread = cut_normal(cv)
    law, whole = stats.norm(centre, spread), {"epsabs": 1e-13, "limit": 300, "points": [max(centre, 0.0)]}
    first = integrate.quad(lambda x: x * law.pdf(x), 0.0, centre + 40.0 * spread, **whole)[0]
    second = integrate.quad(lambda x: x * x * law.pdf(x), 0.0, centre + 40.0 * spread, **whole)[0]
    assert first == pytest.approx(1.0, abs=1e-12)
    assert np.sqrt(second / first**2 - 1.0) == pytest.approx(cv, rel=1e-10)
    drawn = quantiles(Distribution("normal", (4.0, cv)), U)
    np.testing.assert_allclose(drawn, 4.0 * np.maximum(0.0, law.ppf(U)), rtol=1e-12)
    assert ratio("normal", cv, 0.9) == pytest.approx(
        quantile(Distribution("normal", (1.0, cv)), 0.9), rel=1e-12
    )


CUT = [
    ("uniform", (0.0, 10.0), 4.0, 3.2),  # 4 - 4^2 / 20
    ("exponential", (4.0,), 4.0, 4.0 * (1.0 - np.exp(-1.0))),
    ("triangular", (0.0, 1.0, 2.0), 1.0, 1.0 - 1.0 / 6.0),
    ("discrete", (1.0, 9.0, 3.0, 1.0), 5.0, 2.0),
    ("poisson", (1.0,), 1.0, 1.0 - np.exp(-1.0)),
    ("gamma", (4.0, 1.0), 4.0, 4.0 * (1.0 - np.exp(-1.0))),
    ("uniform", (5.0, 10.0), 4.0, 4.0),
    ("uniform", (5.0, 10.0), 40.0, 7.5),
]


@pytest.mark.parametrize(("law", "parameters", "top", "known"), CUT)
def test_the_mean_of_a_law_is_that_of_draws_cut_at_its_maximum(
    law: str, parameters: tuple[float, ...], top: float, known: float
) -> None:
    cut = Distribution(law, parameters, top)
    assert mean(cut) == pytest.approx(known, rel=1e-9)
    assert known_mean(cut) == pytest.approx(known, rel=2e-3 if law in ("poisson", "discrete") else 1e-7)


def test_lead_times_of_ages_are_refused_before_they_take_memory() -> None:
    with pytest.raises(CurbsimError, match="more than 100 years; write max"):
        whole_days(distribution({"median": "1 day", "p90": "10 years"}))


def test_a_maximum_cuts_draws() -> None:
    assert quantiles(distribution({"mean": "4 days", "max": "6 days"}), U).max() == 6.0


def test_lead_times_are_whole_days_and_scale() -> None:
    law = distribution({"low": "3 days", "high": "6 days"})
    table = whole_days(law)
    np.testing.assert_allclose(np.diff(table, prepend=0.0), [0, 0, 0, 1 / 6, 1 / 3, 1 / 3, 1 / 6], atol=1e-3)
    assert len(whole_days(law, 2.0)) == 13
