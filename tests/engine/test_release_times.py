"""Days to first grants: their law, and exact conditioning on grants that were reported."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.engine.release_facts import Law, LicencePair, Told, standing_days
from sim.engine.release_times import First, draw_block, first_grants, make_blocks
from sim.errors import CurbsimError
from sim.randomness import compiled_uniform, stream
from sim.scenario.schema.field_types import Distribution
from sim.types import Floats
from tests.runs import z_score

TAU, SIGMA, NUMBER = 90.0, 0.6, 1000
LOG = math.log(TAU)
PAIRS = [
    LicencePair(f"{material}/{exporter}-{buyer}", material, exporter, frozenset({buyer, firm}))
    for material, exporter, buyer, firm in (
        ("acid", "stella", "fab_1", "fab"),
        ("acid", "stella", "fab_2", "fab"),
        ("acid", "stella", "panel", "panel"),
        ("acid", "morita", "fab_1", "fab"),
        ("acid", "daikin", "panel", "panel"),
        ("gas", "showa", "fab_1", "fab"),
    )
]
PAPERS = Distribution("uniform", (7.0, 14.0))
ROUNDS = Distribution("discrete", (0.0, 1.0, 2.0, 0.5, 0.3, 0.2))
TIME = Distribution("uniform", (14.0, 45.0))
WIDE = Distribution("loguniform", (5.0, 120.0))


def law(office: float = 0.0, material: float = 0.0, *, stands: bool = False, **fields: Any) -> Law:
    """Return the law of both materials."""
    standing = standing_days(PAPERS, ROUNDS, TIME) if stands else np.ones(1)
    both = ("acid", "gas")
    given: dict[str, Any] = {"standard": dict.fromkeys(both, TAU), "spread": SIGMA, "at_once": 1.0 / 3.0}
    given |= {"standing": dict.fromkeys(both, standing), "gap": dict.fromkeys(both, WIDE)} | fields
    return Law(office=office, material=material, **given)


def keyed(replication: int, seed: int = 7) -> Callable[[str, int], float]:
    return lambda name, count: compiled_uniform(stream(seed, name), replication, count)


def draws(of: Law, *told: Told, number: int = NUMBER, seed: int = 7) -> list[dict[str, First]]:
    blocks, drawn = make_blocks(of, PAIRS, list(told)), []
    for replication in range(number):
        parts = [draw_block(of, block, keyed(replication, seed)) for block in blocks]
        drawn.append({link: first for part in parts for link, first in part.items()})
    return drawn


def files(drawn: list[dict[str, First]]) -> Floats:
    """Return T of stella, morita, daikin (acid) and showa (gas), [draw, file]."""
    firsts = ("acid/stella-fab_1", "acid/morita-fab_1", "acid/daikin-panel", "gas/showa-fab_1")
    return np.array([[one[link].standing + one[link].clock for link in firsts] for one in drawn])


def waits(drawn: list[dict[str, First]]) -> Floats:
    """Return T + G of all pairs, [draw, pair]."""
    return np.array([[one[pair.link].days for pair in PAIRS] for one in drawn])


def told(
    day: float, kind: str = "on", exporter: str | None = None, buyer: str | None = None, n: int = 1
) -> Told:
    return Told(day, "acid", exporter, buyer, kind, n)


def within(values: object, mean: float, errors: float = 3.5) -> None:
    assert abs(z_score(values, mean)) < errors


# the law --------------------------------------------------------------------------------------------


def test_mean_variance_and_correlations_of_log_days() -> None:
    logs = (np.log(files(draws(law(0.2, 0.3)))) - LOG) / SIGMA
    for column in logs.T:
        within(column, 0.0)
        within(column**2, 1.0)
    for i, j, expected in ((0, 1, 0.5), (1, 2, 0.5), (0, 3, 0.2)):
        within(logs[:, i] * logs[:, j], expected)


def test_without_what_is_common_days_are_the_quantiles_of_their_uniforms() -> None:
    drawn = first_grants(law(), PAIRS, [], keyed(3))
    u = keyed(3)("release/file/acid/stella", 0)
    assert drawn["acid/stella-panel"].clock == pytest.approx(TAU * math.exp(SIGMA * special.ndtri(u)))
    assert drawn["acid/stella-panel"].standing == 0.0


def test_chance_of_no_grant_before_a_day() -> None:
    """P(T > 133): papers and returns in whole days, then the clock."""
    standing, chance = standing_days(PAPERS, ROUNDS, TIME), 0.0
    for days, part in enumerate(standing):
        chance += part * stats.norm.sf((math.log(133.0 - days) - LOG) / SIGMA) if days < 133 else part
    assert standing.sum() == pytest.approx(1.0)
    assert standing @ np.arange(len(standing)) == pytest.approx(10.5 + 0.7 * 29.5, abs=0.05)
    within(files(draws(law(stands=True)))[:, 0] > 133.0, chance)


def test_gaps_are_none_with_their_chance_else_exponential_with_a_mean_of_the_material() -> None:
    gaps = np.array([one["gas/showa-fab_1"].gap for one in draws(law())])
    within(gaps == 0.0, 1.0 / 3.0)
    mean, _ = integrate.quad(lambda x: math.exp(x) / math.log(24.0), math.log(5.0), math.log(120.0))
    within(gaps, 2.0 / 3.0 * mean)
    assert mean == pytest.approx(115.0 / math.log(24.0))


# exact conditioning -----------------------------------------------------------------------------------


def gaussian(a: float, c: float, known: dict[int, float]) -> tuple[Floats, Floats]:
    """Return mean and covariance of (ln T - ln tau) / sigma of the four files given some of them."""
    cov = np.full((4, 4), a + c)
    cov[3, :], cov[:, 3] = a, a
    np.fill_diagonal(cov, 1.0)
    i = list(known)
    values = np.array([(math.log(known[k]) - LOG) / SIGMA for k in i])
    gain = cov[:, i] @ np.linalg.inv(cov[np.ix_(i, i)])
    return gain @ values, cov - gain @ cov[i, :]


@pytest.mark.parametrize(("a", "c"), [(0.3, 0.4), (0.0, 0.5), (0.6, 0.0)])
def test_dated_grants_condition_the_other_files_as_gaussians(a: float, c: float) -> None:
    days = files(draws(law(a, c), told(133.0, exporter="stella"), told(173.0, exporter="morita")))
    mean, cov = gaussian(a, c, {0: 133.0, 1: 173.0})
    logs = (np.log(days) - LOG) / SIGMA
    assert np.allclose(days[:, 0], 133.0) and np.allclose(days[:, 1], 173.0)
    for k in (2, 3):
        within(logs[:, k], mean[k])
        within((logs[:, k] - mean[k]) ** 2, cov[k, k])
    within((logs[:, 2] - mean[2]) * (logs[:, 3] - mean[3]), cov[2, 3])


def test_the_median_of_what_is_common_is_that_of_the_posterior() -> None:
    """With all uniforms at one half every step of the sampler is at the median of a Gaussian."""
    a, c = 0.3, 0.4
    drawn = first_grants(law(a, c), PAIRS, [told(133.0, exporter="stella")], lambda name, _: 0.5)
    x = (math.log(133.0) - LOG) / SIGMA
    z = math.sqrt(a) * x  # mean of Z given the file, whose variance is 1
    y = math.sqrt(a) * z + math.sqrt(c) * math.sqrt(c) * (x - math.sqrt(a) * z) / (1.0 - a)
    assert drawn["acid/daikin-panel"].clock == pytest.approx(TAU * math.exp(SIGMA * y), rel=1e-5)
    assert drawn["gas/showa-fab_1"].clock == pytest.approx(TAU * math.exp(SIGMA * math.sqrt(a) * z), rel=1e-5)


@pytest.mark.parametrize(("kind", "low", "high"), [("by", -np.inf, 88.0), ("none_before", 133.0, np.inf)])
def test_bounds_truncate_a_normal(kind: str, low: float, high: float) -> None:
    logs = (np.log(files(draws(law(), told(max(low, 0.0) or high, kind, "stella")))[:, 0]) - LOG) / SIGMA
    cut = [(math.log(x) - LOG) / SIGMA if 0.0 < x < np.inf else x for x in (low, high)]
    truncated = stats.truncnorm(*cut)
    within(logs, float(truncated.mean()))
    within((logs - truncated.mean()) ** 2, float(truncated.var()))
    u = keyed(5)("release/file/acid/stella", 0)
    assert logs[5] == pytest.approx(truncated.ppf(u))


CASES = {
    "interval and survival of files": (told(150.0, "by", "stella"), told(60.0, "none_before", "morita")),
    "bounds of pairs": (told(120.0, "by", "stella", "fab"), told(70.0, "none_before", "stella", "panel")),
    "some exporter by a day": (told(70.0, "by"),),
    "no exporter before a day": (told(75.0, "none_before"),),
    "a count": (told(100.0, "count_by", n=2),),
    "all together": (
        *(told(80.0, "by"), told(50.0, "none_before"), told(110.0, "count_by", n=3)),
        told(200.0, "by", "daikin"),
    ),
}


def agrees(days: Floats, pairs: Floats, row: Told) -> np.ndarray[Any, Any]:
    """Tell of each draw whether it agrees with a row, from the words of the specification."""
    acid = np.array([pair.material == "acid" for pair in PAIRS])
    if row.kind == "count_by":
        number = (pairs[:, acid] <= row.day).sum(axis=1)
        return (number >= 1) & (number <= row.most)
    if row.exporter is None:
        first = days[:, :3].min(axis=1)
    elif row.buyer is None:
        first = days[:, ("stella", "morita", "daikin").index(row.exporter)]
    else:
        chosen = [
            acid[i] and p.exporter == row.exporter and row.buyer in p.buyers for i, p in enumerate(PAIRS)
        ]
        first = pairs[:, chosen].min(axis=1)
    return first <= row.day if row.kind == "by" else first >= row.day


@pytest.fixture(scope="module")
def prior() -> tuple[Floats, Floats]:
    """Draw a large prior of its own: files and pairs, office and material in common."""
    rng, n, a, c = np.random.default_rng(20190704), 300_000, 0.2, 0.3
    y = math.sqrt(a) * rng.standard_normal((n, 1))
    ym = y + math.sqrt(c) * rng.standard_normal((n, 1))
    own = math.sqrt(1.0 - a - c) * rng.standard_normal((n, 4))
    logs = np.concatenate(
        [ym + own[:, :3], y + math.sqrt(c) * rng.standard_normal((n, 1)) + own[:, 3:]], axis=1
    )
    standing = standing_days(PAPERS, ROUNDS, TIME)
    days = TAU * np.exp(SIGMA * logs) + rng.choice(len(standing), (n, 4), p=standing / standing.sum())
    means = np.exp(rng.uniform(math.log(5.0), math.log(120.0), (n, 2)))
    file = [("stella", "morita", "daikin", "showa").index(pair.exporter) for pair in PAIRS]
    mean = means[:, [int(pair.material == "gas") for pair in PAIRS]]
    gaps = np.where(rng.random((n, len(PAIRS))) < 1.0 / 3.0, 0.0, rng.exponential(mean))
    return days, days[:, file] + gaps


@pytest.mark.parametrize("name", CASES)
def test_what_is_known_leaves_the_draws_that_rejection_would(name: str, prior: tuple[Floats, Floats]) -> None:
    rows, (days, pairs) = CASES[name], prior
    kept = np.logical_and.reduce([agrees(days, pairs, row) for row in rows])
    drawn = draws(law(0.2, 0.3, stands=True), *rows, number=400)
    found, found_pairs = files(drawn), waits(drawn)
    assert np.logical_and.reduce([agrees(found, found_pairs, row) for row in rows]).all()
    for got, expected in [*zip(found.T, days[kept].T), *zip(found_pairs.T, pairs[kept].T)]:
        x, y = np.log(got), np.log(expected)
        error = math.sqrt(x.var() / len(x) + y.var() / len(y))
        assert abs(x.mean() - y.mean()) < 4.0 * error
        assert stats.ks_2samp(got, expected[:20_000]).pvalue > 1e-4


def test_a_date_without_exporter_is_that_of_the_earliest_file(prior: tuple[Floats, Floats]) -> None:
    days, _ = prior
    kept = np.abs(days[:, :3].min(axis=1) - 60.0) < 0.5
    found = files(draws(law(0.2, 0.3, stands=True), told(60.0), number=400))
    assert np.allclose(found[:, :3].min(axis=1), 60.0)
    for k in range(3):
        first = np.abs(found[:, k] - 60.0) < 1e-9
        within(first, float((np.abs(days[kept, k] - 60.0) < 0.5).mean()), 4.0)
    for k in range(4):
        x, y = np.log(found[:, k]), np.log(days[kept, k])
        assert abs(x.mean() - y.mean()) < 4.0 * math.sqrt(x.var() / len(x) + y.var() / len(y))


def test_dates_of_several_buyers_are_gaps_and_tell_of_their_mean() -> None:
    """One of two plants of a firm was served at once, and the other buyer after 40 days."""
    rows = (told(133.0, exporter="stella", buyer="fab"), told(173.0, exporter="stella", buyer="panel"))
    drawn = draws(law(), *rows)
    pairs = waits(drawn)
    assert np.allclose(pairs[:, :2].min(axis=1), 133.0) and np.allclose(pairs[:, 2], 173.0)
    both = (1.0 / 9.0) / (1.0 - 4.0 / 9.0)
    within((np.abs(pairs[:, :2] - 133.0) < 1e-9).all(axis=1), both)

    def weight(x: float) -> float:
        return math.exp(-x - 40.0 / math.exp(x))

    whole, _ = integrate.quad(weight, math.log(5.0), math.log(120.0))
    mean, _ = integrate.quad(lambda x: math.exp(x) * weight(x) / whole, math.log(5.0), math.log(120.0))
    gaps = np.array([one["acid/morita-fab_1"].gap for one in drawn])
    within(gaps, 2.0 / 3.0 * mean)


def test_a_buyer_served_later_was_first_of_his_plants_by_equal_chance() -> None:
    rows = (told(100.0, exporter="stella", buyer="panel"), told(130.0, exporter="stella", buyer="fab"))
    pairs = waits(draws(law(), *rows))
    assert np.allclose(pairs[:, :2].min(axis=1), 130.0) and np.allclose(pairs[:, 2], 100.0)
    within(pairs[:, 0] < pairs[:, 1], 0.5)


def test_later_lots_of_a_pair_and_other_materials_tell_nothing() -> None:
    first = told(133.0, exporter="stella", buyer="panel")
    more = (told(150.0, exporter="stella", buyer="panel"), Told(9.0, "raw", "x", None, "on", 1))
    assert draws(law(), first, *more, number=5) == draws(law(), first, number=5)


def test_returns_share_a_date_with_the_clock_by_their_likelihood() -> None:
    """T = 133: the chance of each number of days without a clock, by Bayes."""
    standing = standing_days(PAPERS, ROUNDS, TIME)
    left = 133.0 - np.arange(len(standing))
    weights = standing * stats.lognorm(SIGMA, scale=TAU).pdf(left)
    drawn = draws(law(stands=True), told(133.0, exporter="stella"))
    found = np.array([one["acid/stella-panel"].standing for one in drawn])
    within(found, float(weights @ np.arange(len(standing)) / weights.sum()))
    assert np.allclose(files(drawn)[:, 0], 133.0)


# monotone, paired, impossible -------------------------------------------------------------------------


def test_a_longer_standard_brings_no_first_grant_earlier() -> None:
    usual = waits(draws(law(0.2, 0.3, stands=True), number=200))
    longer = waits(draws(law(0.2, 0.3, stands=True, standard={"acid": 120.0, "gas": 91.0}), number=200))
    assert (longer > usual).all()
    wider = waits(draws(law(at_once=0.2), number=200))
    assert (wider >= waits(draws(law(), number=200))).all()


def test_another_material_or_pair_moves_no_draw() -> None:
    few = [pair for pair in PAIRS if pair.link in ("acid/stella-panel", "gas/showa-fab_1")]
    alone, whole = (first_grants(law(0.2, 0.3), pairs, [], keyed(4)) for pairs in (few, PAIRS))
    assert all(alone[pair.link] == whole[pair.link] for pair in few)


@pytest.mark.parametrize(
    "rows",
    [
        (told(-5.0, exporter="stella"),),
        (told(60.0), told(50.0, exporter="stella")),
        (told(60.0, exporter="stella"), told(70.0, "none_before", "stella")),
        (told(60.0, "none_before"), told(40.0, "count_by", n=1)),
    ],
)
def test_what_cannot_have_come_about_is_told_in_words(rows: tuple[Told, ...], monkeypatch: Any) -> None:
    monkeypatch.setattr("sim.engine.release_times.ATTEMPTS", 20)
    with pytest.raises(CurbsimError, match="observed_licences of acid: .*; write an earlier run.known_until"):
        first_grants(law(), PAIRS, list(rows), keyed(0))
