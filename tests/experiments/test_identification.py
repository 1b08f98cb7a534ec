"""Identification and the threshold of a stop: exact thresholds, sets of draws, what a figure teaches."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

from sim.errors import CurbsimError
from sim.experiments.identification import _correlation, identify
from sim.experiments.sweep import threshold
from sim.runner.replications import run
from sim.scenario import Scenario, from_tree, load
from tests.experiments.test_calibration import GRANT, SHIPPED, STOP, write_case
from tests.worlds import add_supplier, date, event, one_plant

COVER = "facilities.plant.stocks.m.cover"


def cut(until: int, *, alternative: float | None = None) -> Scenario:
    """Return the chain under an embargo from day 50; an alternative supplier covers a share of the need."""
    tree = one_plant(
        cover=10,
        lead=5,
        supplier_headroom=9.0,
        events={
            "cut": event("embargo", 50, {"material": "m", "from": "JP"}, until=date(until), role="treatment")
        },
    )
    if alternative is not None:
        add_supplier(tree, "spare", capacity=5.0, country="TW", max_share=alternative)
    return from_tree(tree)


def test_a_stop_begins_where_the_cut_outlasts_stock_and_pipeline() -> None:
    """Stock of n days and a lead of 5: a cut of d days stops the plant on max(0, d - n) days."""
    stocks, delays = [10, 20, 30], [5, 10, 11, 20, 21, 40]
    chances = threshold(
        cut(60),
        stock={COVER: [f"{n} days" for n in stocks]},
        delay={"events.cut.until": [date(50 + d) for d in delays]},
        replications=1,
        jobs=1,
    )
    assert chances["delay"].tolist() == 3 * [float(d) for d in delays]
    expected = [max(0.0, float(d - n)) for n in stocks for d in delays]
    assert chances["stopped_days"].tolist() == pytest.approx(expected)
    assert chances["estimate"].tolist() == [float(x > 0.0) for x in expected]
    assert set(chances["process"]) == {"plant/x"}


def test_alternatives_put_the_stop_off() -> None:
    """With a share a of the need from elsewhere, stock drains at 1 - a: the plant is short from n / (1 - a) on."""
    scenario = cut(400, alternative=0.5)
    chances = threshold(
        scenario,
        stock={COVER: ["10 days"]},
        delay={"events.cut.until": [date(400)]},
        share={"links.m/spare-plant.max_share": [0.0, 0.5]},
        replications=1,
        jobs=1,
    )
    assert chances["share"].tolist() == [0.0, 0.5]
    assert chances["stopped_days"].tolist() == pytest.approx(
        [300.0, 0.0]
    )  # half a supply slows, but is no stop
    result = run(scenario, replications=1, jobs=1)
    first = result.values("process", "first_short_day")[0, result.labels.processes.index("plant/x")]
    # Pipeline and alternative bring 1.5 a day for 5 days: 12.5 are held on day 55 and last 25 days at 0.5,
    # the last of them half short, as what is sent today arrives in the evening.
    assert first == 79.0


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    figures = {"grant": GRANT | {"observed": 40, "observation_sd": 4}, "stop": STOP | {"observed": 0}}
    figures["shipped"] = SHIPPED | {"observed": 100, "ledger": "out of sample"}
    return write_case(tmp_path_factory.mktemp("case"), figures)


def test_a_case_seen_tells_draws_of_another_apart(case: pathlib.Path) -> None:
    """The counterfactual is the case with denials: what it loses hangs on the same stock and review."""
    factual = load(case)
    other = factual.with_({"regimes.individual.lot": "10 days"})
    identification = identify(other, factual, replications=128, jobs=1)
    table = identification.table().set_index("draws")
    assert table.loc["all draws", "number"] == 128
    for words in ("no stop", "not ruled out by fitted figures", "both"):
        inside, outside = table.loc[f"{words}: inside"], table.loc[f"{words}: outside"]
        assert inside["number"] + outside["number"] == 128
        assert min(inside["number"], outside["number"]) > 5
    assert table.loc["no stop: inside", "mean"] < table.loc["no stop: outside", "mean"]
    assert table.loc["no stop: inside", "p_value"] < 1e-6
    moments = identification.moments().set_index("id")
    assert moments.loc["stop", "correlation"] > 0.5
    review = identification.compiled.draws[
        :, [f.name for f in identification.compiled.factors].index("regimes.individual.review.m")
    ]
    assert np.abs(review[identification.not_ruled_out] - 40.0).max() < 5 * 4.0
    assert identification.table().equals(identify(other, factual, replications=128, jobs=2).table())


def test_the_same_case_is_its_own_counterfactual(case: pathlib.Path) -> None:
    """Draws pair: the loss of the case is what a plain run of it gives."""
    factual = load(case)
    identification = identify(factual, factual, replications=8, jobs=1)
    result = run(factual, replications=8, jobs=1)
    exposed = [result.labels.processes.index(name) for name in result.labels.exposed]
    assert identification.unit == "days"  # the chain has no prices
    np.testing.assert_array_equal(
        identification.loss, result.values("process", "lost_days_gross")[:, exposed].sum(axis=1)
    )


@pytest.mark.parametrize(
    ("figure", "expected"), [([1, 2, 3, 4, 5, 6], 1.0), ([6, 5, 4, 3, 2, 1], -1.0), ([1] * 6, 0.0)]
)
def test_rank_correlation_of_a_figure(figure: list[float], expected: float) -> None:
    row = _correlation(np.array(figure, dtype=float), np.arange(6.0))
    assert row["correlation"] == pytest.approx(expected)


def test_mistakes_say_what_to_write(case: pathlib.Path) -> None:
    with pytest.raises(CurbsimError, match="write one path with its values"):
        threshold(cut(60), stock={}, delay={"events.cut.until": [date(60)]}, replications=1)
    options: Any = {"stock": {COVER: ["1 day"]}, "delay": {"events.cut.until": [date(60)]}, "replications": 1}
    with pytest.raises(CurbsimError, match="unknown process 'mill/y'; write one of"):
        threshold(cut(60), process="mill/y", jobs=1, **options)
    quiet = from_tree(one_plant(events={}) | {"links": cut(60).tree["links"]})
    with pytest.raises(CurbsimError, match="no treatment acts on what anybody uses"):
        identify(quiet, load(case), replications=2)
