"""Treatment x response: four runs with the same draws, and what they sum to."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.errors import CurbsimError
from sim.experiments.roles import ARMS
from sim.scenario import Scenario, from_tree
from tests.worlds import chain, event, ranged

CURB = event("embargo", role="treatment", until="2019-10-01")
SAVE = event("thrift", role="response", saving="40 %", below="30 days", date="2019-06-01")
WAITING = event(
    "demand", role="response", date=None, after={"event": "curb"}, factor=0.5, select={"material": "chip"}
)
QUAKE = event(
    "outage",
    role="background",
    date="2019-02-01",
    duration={"low": "5 days", "high": "40 days"},
    select={"facility": "line"},
)


def scenario(**events: object) -> Scenario:
    return from_tree(chain(refiner=False, events=dict(events)))


def table(made: Scenario, **options: object) -> dict[str, float]:
    frame = sim.roles(made, replications=3, jobs=1, **options)
    assert set(frame["who"]) == {"line/chip"}
    return dict(zip(frame["arm"], frame["lost_days_gross"], strict=True))


def test_the_four_arms_are_runs_of_the_events_that_they_name() -> None:
    rows = table(scenario(curb=CURB, save=SAVE, quake=QUAKE))
    alone = {
        name: sim.run(scenario(quake=QUAKE, **events), replications=3, jobs=1)
        for name, events in (
            ("curb alone", {"curb": CURB}),
            ("responses alone", {"save": SAVE}),
            ("both", {"curb": CURB, "save": SAVE}),
        )
    }
    for name, result in alone.items():
        lost = result.values("process", "lost_days_gross")[:, result.labels.processes.index("line/chip")]
        assert rows[name] == pytest.approx(lost.mean(), rel=1e-12)
    assert rows["curb alone"] > rows["both"] > 0.0
    assert rows["neither"] == 0.0
    expected = rows["both"] - rows["curb alone"] - rows["responses alone"]
    assert rows["interaction"] == pytest.approx(expected, rel=1e-12)


def test_a_response_that_waits_for_the_curb_does_nothing_without_it() -> None:
    rows = table(scenario(curb=CURB, waiting=WAITING))
    assert rows["responses alone"] == 0.0
    assert rows["both"] != rows["curb alone"]


def test_intervals_hold_the_mean_and_arms_come_in_order() -> None:
    frame = sim.roles(scenario(curb=CURB, quake=QUAKE), replications=4, jobs=1, measure="lost_days")
    assert list(frame["arm"]) == [*ARMS, "interaction"]
    assert (frame["low"] <= frame["lost_days"]).all()
    assert np.isfinite(frame["monte_carlo_error"]).all()


def test_an_unknown_measure_is_named() -> None:
    with pytest.raises(CurbsimError, match="unknown measure 'lost'"):
        sim.roles(scenario(curb=CURB), measure="lost")


def test_loss_by_date_of_relief_is_a_sweep_over_a_round() -> None:
    """The example of the format's reference: paired, and no later date costs less."""
    relief = {"to": "restored", "per_round": 1, "source": "estimate"}
    talks = {
        "kind": "talks",
        "date": "2019-07-04",
        "source": "estimate",
        "rounds": {"relief": {"date": "2019-09-01"}},
    }
    lifted = event("licence", date=None, after={"event": "talks", "outcome": "relief"}, regime="bulk")
    made = scenario(curb=event("embargo"), talks={**talks, "outcomes": {"relief": relief}}, lifted=lifted)
    dates = ["2019-08-01", "2019-09-01", "2019-10-01", "2019-11-01"]
    swept = [made.with_({"events.talks.rounds.relief.date": one}) for one in dates]
    by_date = sim.compare(*swept, replications=2, jobs=1).table("lost_days")
    line = by_date[by_date["who"] == "line/chip"]["difference"].tolist()
    assert line == sorted(line)
    assert line[-1] - line[-2] == pytest.approx(31.0, abs=1.0)  # a month more costs a month


def test_what_talks_and_travel_are_told_may_be_uncertain() -> None:
    """Hazards, chances and quarantine are values like any other."""
    relief = {"to": "restored", "hazard": "1/year", "per_round": 0.3, "source": "estimate"}
    talks = {"kind": "talks", "date": "2019-07-04", "source": "estimate", "outcomes": {"relief": relief}}
    talks |= {"rounds": {"a": {"date": "2019-09-01"}}}
    travel = {
        "kind": "travel",
        "date": "2019-03-01",
        "between": ["JP", "KR"],
        "quarantine": "14 days",
        "source": "estimate",
    }
    lifted = event("licence", date=None, after={"event": "talks", "outcome": "relief"}, regime="bulk")
    fire = event("outage", duration="5 days", service_from="JP", select={"facility": "line"})
    made = scenario(curb=event("embargo"), talks=talks, lifted=lifted, travel=travel, fire=fire).with_(
        {
            "uncertain.events.talks.outcomes.relief.hazard": ranged("0.1/year", "9/year"),
            "uncertain.events.talks.outcomes.relief.per_round": ranged(0.1, 0.9),
            "uncertain.events.travel.quarantine": ranged("0 days", "30 days"),
        }
    )
    result = sim.run(made, replications=8, jobs=1)
    assert len(set(result.values("process", "lost_days_gross")[:, 0])) > 4
