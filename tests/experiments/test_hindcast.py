"""The hindcast: moments of one replication, scores with exact answers, and the ledger."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import CurbsimError
from sim.experiments import hindcast as module
from sim.experiments.hindcast import LEDGER, ORIGINS, Hindcast, crps, observed_figures
from sim.results.estimates import proportion
from sim.results.moments import Moment, TracePair, measure_moments
from sim.runner.compiled_scenario import CompiledScenario
from sim.scenario import from_tree
from tests.experiments.test_calibration import FOUR, GRANT, write_case
from tests.worlds import event, one_plant


@pytest.fixture(scope="module")
def replay() -> TracePair:
    """The chain of one unit a day; licences from day 10 on, the first one granted 30 days later."""
    tree: dict[str, Any] = one_plant(
        cover=15,
        events={"curb": event("licence", 10, {"material": "m"}, regime="individual")},
        regimes={
            "individual": {"review": "30 days", "lot": "20 days", "reorder": "1 day", "dispatch": "0 days"}
        },
    )
    tree["materials"] = {**tree["materials"], "m": {**tree["materials"]["m"], "price": "2000000 USD/u"}}
    scenario = from_tree(tree)
    compiled = CompiledScenario(
        scenario=scenario, baseline=scenario.baseline(), seed=1, uncertain=False, recorded=1
    )
    outcome = compiled.run(0)
    assert outcome.trace is not None and outcome.baseline_trace is not None
    return TracePair(compiled.document, compiled.network, outcome.trace, outcome.baseline_trace)


def moment(replay: TracePair, measure: str, first: int, last: int | None, **more: Any) -> float:
    start = replay.document.run.start
    place = {"materials": ("m",), **more}
    if "origin" not in place:
        facilities = replay.document.facilities
        place |= {"origin": facilities["source"].country, "destination": facilities["plant"].country}
    end = None if last is None else start + datetime.timedelta(days=last)
    one = Moment(measure, begin=start + datetime.timedelta(days=first), end=end, **place)
    return float(measure_moments((one,), replay)[0])


def test_moments_are_what_the_chain_did(replay: TracePair) -> None:
    """Ten days ship one unit each, then none until day 40; value at 2 million a unit."""
    daily = replay.network.arrays.base_flow[0]
    assert moment(replay, "quantity", 0, 9) == pytest.approx(10 * daily)
    assert moment(replay, "quantity", 10, 39) == 0.0
    assert moment(replay, "value", 0, 4) == pytest.approx(5 * daily * 2.0)
    assert moment(replay, "first grant", 10, None) == pytest.approx(30.0)
    assert (moment(replay, "licences", 0, 39), moment(replay, "licences", 0, 40)) == (0.0, 1.0)
    assert moment(replay, "quantity", 0, 9, factor=0.5) == pytest.approx(5 * daily)
    assert moment(replay, "quantity", 0, 9, origin="XX", destination="YY") == 0.0


def test_days_of_a_stop_are_days_without_starts(replay: TracePair) -> None:
    """Cover 15 and what is under way last some days beyond the curb; the plant stands until goods are back."""
    starts = replay.scenario.records.starts[:, replay.network.processes.index("plant/x")]
    stood = int((starts < 0.05 * starts[0]).sum())
    assert stood > 5
    assert moment(replay, "stop", 0, None, facility="plant") == stood


def test_crps_is_zero_for_a_sure_hit_and_the_error_for_a_sure_miss() -> None:
    assert crps(np.full(50, 3.0), 3.0) == 0.0
    assert crps(np.full(50, 3.0), 5.0) == pytest.approx(2.0)
    uniform = (np.arange(20_000) + 0.5) / 20_000
    assert crps(uniform, 0.5) == pytest.approx(1.0 / 12.0, abs=1e-6)  # E|X - 1/2| - E|X - X'|/2 = 1/4 - 1/6


def test_the_binomial_interval_is_that_of_clopper_and_pearson() -> None:
    assert proportion(0, 10) == (0.0, pytest.approx(0.3084971, abs=1e-7))
    assert proportion(10, 10) == (pytest.approx(0.6915029, abs=1e-7), 1.0)


@pytest.fixture(scope="module")
def simulated() -> Hindcast:
    return sim.hindcast(replications=12, jobs=1)


def test_the_case_of_2019_beside_the_facts(simulated: Hindcast) -> None:
    """What went in lies inside; what is out of sample is counted, with its misses."""
    table = simulated.table().set_index("id")
    assert set(table["ledger"]) == set(LEDGER)
    for name in ("hf_first_half", "hf_july", "hf_august", "use_samsung", "stop_samsung"):
        assert table.loc[name, "inside"], name
    assert table.loc[
        "count_liquid_november", "inside"
    ]  # by reviews, every supplier was granted licences by then
    score = simulated.score()
    once = simulated.rows.set_index("id")["same_as"] == ""
    assert score["figures"] == ((table["ledger"] == "out of sample") & once).sum()
    assert 0.0 <= score["low"] <= score["share"] <= score["high"] <= 1.0


def test_the_case_of_2019_is_scored_at_both_origins(simulated: Hindcast) -> None:
    scores = simulated.scores().set_index(["origin", "role", "set"])
    assert [str(said.origin) for said in simulated.forecasts] == list(ORIGINS)
    assert scores.loc[(ORIGINS[0], "forecast", "all"), "figures"] == 26
    assert scores.loc[(ORIGINS[1], "forecast", "all"), "figures"] == 17
    assert (scores["figures"] >= 4).all()
    assert scores["effective_size"].tolist() == pytest.approx([12.0] * len(scores))
    stops = scores.loc[(ORIGINS[1], "forecast", "stops")]
    assert np.isnan(stops["skill"])  # all naive forecasts say that nobody stops, which is so: nothing to win
    rows = simulated.by_figure()
    counted = rows[rows["role"] == "forecast"].groupby("origin")["crps"].mean()
    for origin, mean in counted.items():
        assert scores.loc[(origin, "forecast", "all"), "crps"] == pytest.approx(mean)
    assert rows["pit"].between(0.0, 1.0).all()


def test_scores_are_the_same_twice_and_the_reference_whatever_the_seed(simulated: Hindcast) -> None:
    assert simulated.scorer is not None
    said = simulated.forecasts[0]
    first = simulated.scorer.scores(said)
    again, other = (
        replace(simulated.scorer, seed=seed, drawn={}).scores(said) for seed in (simulated.scorer.seed, 99)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["pool_crps"].tolist() == other["pool_crps"].tolist()
    assert first["crps"].tolist() != other["crps"].tolist()


def test_a_flow_of_another_basket_is_set_beside_its_own_normal_month(simulated: Hindcast) -> None:
    """The world has more acid from China than the code of the figure: both are over their first half-year."""
    of = simulated.rows.set_index("id").loc["hf_cn_july"]
    assert (of["normal"], of["normal_simulated"]) == (3070.0, 4710.0)
    median = simulated.table().set_index("id").loc["hf_cn_july", "median"]
    assert median == pytest.approx(3070.0, rel=0.25)


def test_each_origin_may_be_its_own_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A case that takes in what was known: the run of an origin is not that of the table."""
    case = sim.load(write_case(tmp_path, FOUR))
    later = case.with_({"regimes.individual.review.m": "60 days"})
    monkeypatch.setattr(module, "known_until", lambda scenario, origin: later if origin.month == 3 else case)
    assert len(module.cases_of(case, ["2019-03-01", "2019-04-01"])) == 2
    found = sim.hindcast(case, origins=["2019-04-01", "2019-03-01"], replications=3, jobs=1)
    march, april = found.forecasts
    assert (march.origin.month, april.origin.month) == (3, 4)
    assert april.values.tolist() == found.values.tolist() != march.values.tolist()
    assert (march.values == 60.0).all()  # every review takes as long as the changed case says


@pytest.mark.parametrize(
    ("origins", "message"),
    [
        (["soon"], "origins: 'soon' is no date; write one such as 2019-09-30"),
        (["2019-01-02"], "2019-01-02 is not within the curbs; write a date from 2019-02-20 to 2019-10-31"),
        ("2019-03-01", r"origins is '2019-03-01'; write a list of dates"),
        ([3], "origins: 3 is no date"),
    ],
)
def test_an_origin_is_a_date_of_the_curbs(origins: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(CurbsimError, match=message):
        sim.hindcast(sim.load(write_case(tmp_path, FOUR)), origins=origins)


def test_a_scenario_without_curbs_is_set_beside_the_same_figures(simulated: Hindcast) -> None:
    calm = sim.load("no_curbs")
    assert module.curbs_start(calm, simulated.rows) == datetime.date(2019, 7, 4)
    assert module.scorer_of(calm, simulated.rows, 1).horizon == datetime.date(2020, 1, 31)
    scorer = module.scorer_of(calm.with_({"run.end": "2019-12-15"}), simulated.rows, 1)
    assert scorer.horizon == datetime.date(2019, 11, 30)
    assert {row for row in scorer.rows["id"] if "december" in row or "stop" in row} == set()


def test_a_table_without_groups_is_not_scored(tmp_path: Path) -> None:
    case = sim.load(write_case(tmp_path, {"a": GRANT | {"observed": 40}}))
    with pytest.raises(CurbsimError, match="no figure has a group"):
        sim.hindcast(case, origins=["2019-03-01"])
    found = sim.hindcast(case, replications=2, jobs=1)
    assert found.score()["figures"] == 0
    with pytest.raises(CurbsimError, match="no origin to score at; write group and known_on"):
        found.scores()


def test_a_world_without_observed_figures_says_so() -> None:
    with pytest.raises(CurbsimError, match=r"no hindcast.csv"):
        observed_figures(from_tree(sim.load("korea_2019").tree))
