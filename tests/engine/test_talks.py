"""Talks, travel rules and responses in kind, against exact answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sim
from sim.engine.simulation import Simulation
from sim.randomness import key, uniform
from sim.scenario import from_tree
from tests.runs import prepare, run
from tests.worlds import Tree, chain, date, event, facility, final, link, one_plant, stock

LINK = "m/source-plant"
YEAR = 365.0


def world_event(kind: str, day: int | None, **fields: object) -> Tree:
    made = {"kind": kind, "source": "estimate"} | fields
    return made if day is None else made | {"date": date(day)}


def outcome(to: str = "restored", **fields: object) -> Tree:
    return {"to": to, "source": "estimate"} | fields


def talks(outcomes: Tree, day: int = 0, **fields: object) -> Tree:
    return world_event("talks", day, outcomes=outcomes, **fields)


def log(events: Tree, days: int = 360, replication: int = 0, **options: Any) -> dict[str, list[float]]:
    """Run a chain with events; return the moments of everything that the log names."""
    path = run(one_plant(events=events, **options), days, replication=replication)
    logged: dict[str, list[float]] = {}
    for time, name, what, _ in path.run.log:
        logged.setdefault(what.removeprefix("talks: ") if name == "talks" else name, []).append(time)
    return logged


def threshold(name: str, replication: int = 0, count: int = 0) -> float:
    return -math.log1p(-uniform(key(0, f"talks/talks/{name}"), replication, count))


# hazards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("replication", range(5))
def test_an_outcome_comes_when_the_integrated_hazard_reaches_its_keyed_threshold(replication: int) -> None:
    logged = log({"talks": talks({"relief": outcome(hazard="0.02/day")}, 10)}, 3000, replication)
    assert logged["relief"][0] == pytest.approx(10.0 + threshold("relief", replication) / 0.02, rel=1e-12)


def test_the_time_of_an_outcome_is_exponential() -> None:
    """Mean 1/hazard, within 3 standard errors of 200 replications."""
    world = prepare(one_plant(events={"talks": talks({"relief": outcome(hazard="0.05/day")})}))
    times = [world.run(400, replication=r).run.log[1][0] for r in range(200)]
    assert abs(np.mean(times) - 20.0) < 3.0 * 20.0 / math.sqrt(200)


def test_a_covariate_multiplies_the_hazard_while_its_event_holds() -> None:
    """Hazard 0.01, from day 20 to 40 times e: the threshold is met exactly there."""
    events = {
        "law": world_event("condition", 20, until=date(40)),
        "talks": talks({"relief": outcome(hazard="0.01/day", covariates={"law": 1.0})}),
    }
    seen = set()
    for replication in range(30):
        need = threshold("relief", replication) / 0.01
        within = 20.0 + (need - 20.0) / math.e
        after = need - 20.0 * (math.e - 1.0)
        due = need if need < 20 else within if within < 40 else after
        seen.add("before" if need < 20 else "within" if within < 40 else "after")
        assert log(events, 3000, replication)["relief"][0] == pytest.approx(due, rel=1e-12)
    assert seen == {"before", "within", "after"}


@pytest.mark.parametrize("replication", range(10))
def test_an_outcome_is_never_later_with_a_covariate_that_speeds_it(replication: int) -> None:
    """One keyed threshold per transition makes paired scenarios monotone in covariates."""
    times = []
    for beta in (-1.0, 0.0, 0.5, 2.0):
        events = {
            "law": world_event("condition", 15),
            "talks": talks({"relief": outcome(hazard="0.01/day", covariates={"law": beta})}),
        }
        times.append(log(events, 3000, replication)["relief"][0])
    assert times == sorted(times, reverse=True)


def test_a_gate_keeps_the_hazard_at_nothing_until_all_conditions_hold() -> None:
    """Japan's reasons as gates: dialogue, law and staff, and no complaint that is open."""
    events = {
        "dialogue": world_event("condition", 10),
        "law": world_event("condition", 90),
        "staff": world_event("condition", 130),
        "complaint": world_event("condition", 30, until=date(200)),
        "talks": talks(
            {
                "relief": outcome(
                    hazard="0.05/day", requires=["dialogue", "law", "staff"], unless=["complaint"]
                )
            }
        ),
    }
    expected = 200.0 + threshold("relief") / 0.05
    assert log(events, 2000)["relief"][0] == pytest.approx(expected, rel=1e-12)
    del events["staff"]["date"]
    events["staff"]["after"] = {"event": "dialogue", "lag": "5000 days"}
    assert "relief" not in log(events, 2000)


def test_losses_are_days_of_starts_lost_so_far() -> None:
    """Cut on day 10 with 20 days of cover: from day 35 on one day is lost a day; hazard 0.01 exp(0.1 z)."""
    events = {
        "cut": event("embargo", 10, {"material": "m"}),
        "talks": talks(
            {"relief": outcome(hazard="0.01/day", covariates={"importer": 0.1})},
            losses={"importer": {"facility": "plant"}},
        ),
    }
    path = run(one_plant(cover=20.0, lead=5.0, events=events), 400)
    lost = np.concatenate(([0.0], np.cumsum(1.0 - path.starts("plant/x"))))
    exposure = np.cumsum(0.01 * np.exp(0.1 * lost))
    day = int(np.searchsorted(exposure, threshold("relief")))
    before = exposure[day - 1] if day else 0.0
    expected = day + (threshold("relief") - before) / (0.01 * math.exp(0.1 * lost[day]))
    time = next(t for t, _, what, _ in path.run.log if what == "talks: relief")
    assert time == pytest.approx(expected, rel=1e-9)
    assert lost[day] > 1.0


# rounds -----------------------------------------------------------------------------------------


def test_a_certain_outcome_comes_at_the_first_round_after_its_gate_opens() -> None:
    events = {
        "law": world_event("condition", 50),
        "talks": talks(
            {"relief": outcome(per_round=1.0, requires="law")},
            rounds={"first": {"date": date(20)}, "second": {"date": date(50)}, "third": {"date": date(80)}},
        ),
    }
    logged = log(events)
    assert logged["round"] == [20.0, 50.0, 80.0]  # the condition of day 50 holds at the round of day 50
    assert logged["relief"] == [50.0]  # talks that are restored cannot be restored again


def test_the_chance_of_a_round_is_what_the_file_says() -> None:
    """0.3 at the first of two rounds, 0.51 at either; 3 standard errors of 400 replications."""
    rounds = {"a": {"date": date(2)}, "b": {"date": date(4)}}
    world = prepare(one_plant(events={"talks": talks({"relief": outcome(per_round=0.3)}, rounds=rounds)}))
    logs = [world.run(6, replication=r).run.log for r in range(400)]
    first = np.mean([any(t == 2.0 and w == "talks: relief" for t, _, w, _ in entries) for entries in logs])
    either = np.mean([any(w == "talks: relief" for _, _, w, _ in entries) for entries in logs])
    assert abs(first - 0.3) < 3 * math.sqrt(0.21 / 400)
    assert abs(either - 0.51) < 3 * math.sqrt(0.25 / 400)


def test_one_round_has_one_outcome_at_most() -> None:
    rounds = {"a": {"date": date(2)}}
    both = {"relief": outcome(per_round=1.0), "worse": outcome("embargo", per_round=0.9)}
    logged = log({"talks": talks(both, rounds=rounds)})
    assert logged["relief"] == [2.0]
    assert "worse" not in logged


def test_rounds_at_a_rate_come_at_keyed_exponential_gaps() -> None:
    logged = log({"talks": talks({"relief": outcome(hazard="0.0001/year")}, 5, round_rate="12/year")})
    gaps = [
        -math.log1p(-uniform(key(0, "round/talks"), 0, c)) * YEAR / 12.0 for c in range(len(logged["round"]))
    ]
    assert logged["round"] == pytest.approx(5.0 + np.cumsum(gaps), rel=1e-12)
    assert len(gaps) > 5


# states -----------------------------------------------------------------------------------------


def test_an_outcome_is_possible_only_in_the_states_it_leads_from() -> None:
    """Restoration waits for the easing; the start of another event brings the talks into its state."""
    events = {
        "removal": event("licence", 30, {"material": "m"}, regime="bulk"),
        "talks": talks(
            {
                "easing": outcome("partial", per_round=1.0, **{"from": "delisted"}),
                "relief": outcome("restored", per_round=1.0, **{"from": ["partial"]}),
            },
            follows={"removal": "delisted"},
            rounds={name: {"date": date(day)} for name, day in (("a", 10), ("b", 40), ("c", 60), ("d", 70))},
        ),
    }
    logged = log(events)
    assert logged["easing"] == [40.0]
    assert logged["relief"] == [60.0]


def test_talks_end_on_their_last_day_and_a_threshold_is_used_once() -> None:
    both = {
        "relief": outcome(hazard="0.1/day"),
        "worse": outcome("embargo", hazard="0.2/day", **{"from": "restored"}),
    }
    logged = log({"talks": talks(both, until=date(100))})
    gaps: list[float] = []
    for count in range(20):
        gaps += [threshold("relief", count=count) / 0.1, threshold("worse", count=count) / 0.2]
    times = np.cumsum(gaps)[np.cumsum(gaps) < 100.0]
    assert sorted(logged["relief"] + logged["worse"]) == pytest.approx(times, rel=1e-9)
    assert len(times) > 4


def test_blocks_of_days_equal_single_days() -> None:
    events = relief_after(talks({"relief": outcome(hazard="0.02/day")}))
    world = prepare(one_plant(supplier_headroom=0.5, events=events))
    for replication in range(3):
        one, two = (world.run(300, replication=replication, daily=daily) for daily in (False, True))
        assert np.array_equal(one.run.records.starts, two.run.records.starts)
        assert one.run.log == two.run.log


# outcomes act through ordinary events -----------------------------------------------------------


def relief_after(negotiation: Tree) -> Tree:
    return {
        "curb": event("embargo", 10, {"material": "m"}),
        "talks": negotiation,
        "lifted": event("licence", 0, {"material": "m"}, regime="bulk")
        | {"date": None, "after": {"event": "talks", "outcome": "relief", "lag": "7 days"}},
    }


def test_any_event_can_wait_for_an_outcome() -> None:
    """Certain relief on day 80, bulk licences on day 87: what was cut on day 10 ships again then."""
    events = relief_after(talks({"relief": outcome(per_round=1.0)}, rounds={"a": {"date": date(80)}}))
    path = run(one_plant(supplier_headroom=0.5, events=events), 200)
    shipped = path.shipped(LINK)
    assert shipped[10:87].sum() == 0.0
    assert shipped[87] > 0.0


def test_talks_without_their_outcome_change_nothing() -> None:
    """Talks that go nowhere leave every record as it is under the curb alone."""
    alone = {"curb": event("embargo", 10, {"material": "m"})}
    never = {"never": world_event("condition", 5000)}
    quiet = relief_after(talks({"relief": outcome(hazard="5/day", requires="never")})) | never
    one, two = (run(one_plant(events=events), 200) for events in (alone, quiet))
    assert np.array_equal(one.run.records.stock, two.run.records.stock)


def test_the_first_round_triggers_too() -> None:
    events = {
        "talks": talks({"relief": outcome(hazard="0.00001/day")}, rounds={"a": {"date": date(30)}}),
        "dialogue": world_event(
            "condition", None, after={"event": "talks", "outcome": "round", "lag": "2 days"}
        ),
    }
    assert log(events)["dialogue"] == [32.0]


# travel -----------------------------------------------------------------------------------------


def visits(rules: Tree, day: int) -> dict[str, float]:
    """Return how long a visit of 10 days takes that begins on a day."""
    visits: dict[str, float] = {}

    def look(simulation: Simulation, today: int) -> None:
        if today == day:
            pairs = (("JP", "KR"), ("KR", "JP"), ("JP", "US"), ("KR", "KR"))
            visits.update({f"{a}-{b}": simulation.visit_time(a, b, 10.0) for a, b in pairs})
            visits["delay"] = simulation.visit_time("JP", "KR", 0.0)

    clock = {"clock": world_event("condition", day)}  # SimPy's time stands at its latest event
    prepare(one_plant(events=rules | clock)).run(day + 1, audit=look)
    return visits


def test_quarantine_and_visas_slow_visits_both_ways_and_nobody_else() -> None:
    rules = {
        "freeze": world_event(
            "travel", 20, until=date(60), between=["JP", "KR"], quarantine="14 days", visas="suspended"
        ),
        "flights": world_event("travel", 30, between=["KR", "JP"], factor=1.5),
    }
    assert visits(rules, 19) == {"JP-KR": 10.0, "KR-JP": 10.0, "JP-US": 10.0, "KR-KR": 10.0, "delay": 0.0}
    assert visits(rules, 25)["JP-KR"] == visits(rules, 25)["KR-JP"] == 35.0 + 14.0 + 10.0
    assert visits(rules, 50)["JP-KR"] == 10.0 + 14.0 + 15.0
    assert visits(rules, 50)["delay"] == 24.0
    assert visits(rules, 50)["JP-US"] == visits(rules, 50)["KR-KR"] == 10.0
    assert visits(rules, 60)["KR-JP"] == 15.0


def test_suspended_visas_without_an_end_keep_everybody_away() -> None:
    rules = {"freeze": world_event("travel", 5, between=["JP", "KR"], visas="suspended")}
    assert visits(rules, 10)["JP-KR"] == math.inf


@pytest.mark.parametrize(("service", "end"), [(None, 70), ("JP", 84), ("US", 70), ("KR", 70)])
def test_an_outage_lasts_longer_when_those_who_repair_are_in_quarantine(
    service: str | None, end: int
) -> None:
    """An outage of 20 days from day 50 at the plant, repaired from abroad."""
    rules = {
        "virus": world_event("travel", 10, between=["JP", "KR"], quarantine="14 days"),
        "fire": event("outage", 50, {"facility": "plant"}, duration="20 days"),
    }
    if service:
        rules["fire"]["service_from"] = service
    starts = run(one_plant(events=rules), 120).starts("plant/x")
    assert starts[50:end].sum() == 0.0
    assert starts[end] > 0.0


# a response in kind -----------------------------------------------------------------------------


def two_ways(events: Tree) -> Tree:
    """The chain, and its product back to a maker of `y` in the country of the source."""
    document = one_plant(headroom=0.5, supplier_headroom=0.5, events=events)
    made = {"y": {"headroom": 0.0, "inputs": {"x": {"per_unit": "1 u"}}}}
    document["facilities"]["maker"] = facility(made, {"x": stock(10.0)}, country="JP")
    document["materials"]["y"] = {"unit": "u"}
    document["links"]["x/plant-maker"] = link("plant", "maker", "x", lead=3)
    document["demand"]["y"] = final("maker", "y", 0.5)
    return document


def answer(regime: str, **fields: object) -> Tree:
    return {
        "kind": "retaliation",
        "regime": regime,
        "after": {"event": "curb", "lag": {"low": "20 days", "high": "60 days"}},
        "select": {"material": "x", "from": "KR", "to": "JP"},
        "source": "estimate",
    } | fields


def test_an_answer_is_an_embargo_that_starts_a_drawn_lag_after_the_curb() -> None:
    """The same records as an embargo of that day on the links that run the other way."""
    curb = event("licence", 10, {"material": "m"}, regime="bulk")
    lag = 20.0 + 40.0 * uniform(key(0, "lag/mirror"), 0, 0)
    path = run(two_ways({"curb": curb, "mirror": answer("embargo", until=date(150))}), 250)
    day = int(10.0 + lag + 0.5)
    same = event("embargo", day, {"material": "x"}, until=date(150))
    other = run(two_ways({"curb": curb, "mirror": same}), 250)
    assert [time for time, name, _, _ in path.run.log if name == "mirror"] == [10.0 + lag]
    assert np.array_equal(path.run.records.stock, other.run.records.stock)
    assert path.shipped("x/plant-maker")[day:150].sum() == 0.0 < path.shipped("x/plant-maker")[150]


def test_an_answer_can_be_a_quota() -> None:
    curb = event("licence", 10, {"material": "m"}, regime="bulk")
    mirror = answer("quota", allow="40 % of baseline", period="day", after={"event": "curb"})
    path = run(two_ways({"curb": curb, "mirror": mirror}), 200)
    assert path.shipped("x/plant-maker")[20:] == pytest.approx(0.2, rel=1e-9)


def test_no_curb_no_answer() -> None:
    curb = event("licence", 10, {"material": "m"}, regime="bulk", probability=0.0)
    path = run(two_ways({"curb": curb, "mirror": answer("embargo")}), 100)
    assert path.run.log == []


def test_a_run_tells_how_often_and_when_talks_succeed() -> None:
    """A hazard of 2 a year for half a year: 1 - exp(-1) of replications, and never in the baseline's count."""
    talks = {
        "kind": "talks",
        "role": "treatment",
        "date": "2019-07-02",
        "outcomes": {"relief": {"to": "restored", "hazard": "2/year", "source": "estimate"}},
        "source": "estimate",
    }
    curb = event("licence", regime="individual", role="treatment", select={"material": "acid", "from": "JP"})
    result = sim.run(from_tree(chain(events={"curb": curb, "talks": talks})), replications=400, jobs=1)
    summary = result.summary().set_index(["metric", "scope"])
    chance = summary.loc[("event_probability", "talks: relief"), "estimate"]
    expected = 1.0 - np.exp(-2.0 * 183 / 365)
    assert chance == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 400))
    assert summary.loc[("event_probability", "curb"), "estimate"] == 1.0
    assert summary.loc[("event_day", "curb"), "estimate"] == 184.0
    days = result.values("event", "event_day", "talks: relief")
    assert np.nanmin(days) >= 182.0
    assert np.isnan(days).mean() == pytest.approx(1.0 - chance, abs=1e-3)
