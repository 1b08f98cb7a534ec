"""Qualification in full: stages, retries, candidates in parallel, urgency, steps, ramps, yield, what stays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.randomness import key, uniform
from tests.engine.audit import Auditor
from tests.runs import Path, lost_output, prepare, run, z_score
from tests.worlds import Tree, date, embargoed, event

SPARE, OLD = "m/spare-plant", "m/source-plant"


def told(path: Path, what: str) -> list[float]:
    return [time for time, _, kind, _ in path.run.log if kind == what]


@pytest.mark.parametrize(
    ("d", "q", "lead", "outage"),
    [(30, 60, 10, 40), (90, 60, 10, 0), (45, 180, 0, 135), (100, 90, 10, 0), (20, 90, 0, 70)],
)
def test_embargo__costs_the_time_of_qualification_less_the_cover(
    d: int, q: int, lead: int, outage: int
) -> None:
    """max(0, q + L - d), with the work in stages that add up to q."""
    work = {"search": {"time": "10 days"}, "sample": {"time": "5 days"}, "trial": {"time": f"{q - 35} days"}}
    path = run(
        embargoed(float(d), lead=lead, process=work | {"reliability": {"time": "20 days"}}),
        300,
        audit=Auditor(),
    )
    assert lost_output(path) == pytest.approx(outage, abs=1e-9)
    assert told(path, "qualified") == [q]


@pytest.mark.parametrize(("d", "loss"), [(30, 60), (60, 30), (80, 10), (90, 0), (100, 0)])
def test_embargo__the_ramp_loses_half_its_length(d: int, loss: float) -> None:
    """Ramp of 60 days after 60: 60, 30, 10, 0, 0 days, to rounding: day j carries (j - 1/2) / R."""
    work = {"trial": {"time": "60 days"}, "ramp": "60 days"}
    path = run(embargoed(float(d), process=work), 300, audit=Auditor())
    assert lost_output(path) == pytest.approx(loss, abs=1e-9)
    if d == 30:
        ramp = path.shipped(SPARE)[60:121]
        assert ramp == pytest.approx([*((np.arange(60) + 0.5) / 60), 1.0], abs=1e-12)


def test_embargo__retries_cost_one_attempt_each() -> None:
    """Attempts of 60 days that succeed with 0.7, cover 90: P 0.3, E 16.7143, qualified after 85.71."""
    prepared = prepare(embargoed(90.0, process={"trial": {"time": "60 days", "success": 0.7}}))
    paths = [prepared.run(900, seed=5, replication=r) for r in range(300)]
    outage = np.array([lost_output(path) for path in paths])
    assert set(np.round(outage, 9)) <= {0.0, 30.0, 90.0, 150.0, 210.0, 270.0, 330.0, 390.0}
    assert abs(z_score(outage, 16.714285714285722)) < 3.0
    assert abs(z_score(outage > 0.0, 0.3)) < 3.0
    assert abs(z_score([told(path, "qualified")[0] for path in paths], 85.71428571428572)) < 3.0
    assert prepared.run(900, seed=5, replication=4, audit=Auditor()).run.log == paths[4].run.log


def test_a_candidate_is_given_up_after_so_many_attempts() -> None:
    """With p = 0.4 and 2 attempts P(given up) = 0.36; the failures are those of the keyed draws."""
    prepared = prepare(embargoed(5.0, process={"trial": {"time": "9 days", "success": 0.4}, "attempts": 2}))
    stream = key(0, f"success/qualify/trial/{SPARE}")
    for r in range(40):
        path = prepared.run(30, replication=r)
        fails = [uniform(stream, r, c) >= 0.4 for c in range(2)]
        assert told(path, "given up") == ([18.0] if all(fails) else [])
        assert told(path, "qualified") == ([] if all(fails) else [18.0 if fails[0] else 9.0])
        assert (path.shipped(SPARE).sum() == 0.0) == all(fails)


def test_durations_are_drawn_from_their_law() -> None:
    prepared = prepare(embargoed(5.0, process={"trial": {"time": {"mean": "20 days", "cv": 0.5}}}))
    times = [told(prepared.run(120, seed=2, replication=r), "qualified")[0] for r in range(100)]
    assert abs(z_score(times, 20.0)) < 3.0


@pytest.mark.parametrize(("parallel", "times"), [(1, [20, 40, 60]), (2, [20, 20, 40]), (None, [20, 20, 20])])
def test_a_buyer_works_on_so_many_candidates_at_once(parallel: int | None, times: list[float]) -> None:
    work: Tree = {"trial": {"time": "20 days"}} | ({"parallel": parallel} if parallel else {})
    path = run(embargoed(5.0, spares=3, process=work), 70, audit=Auditor())
    assert told(path, "qualified") == times


@pytest.mark.parametrize(
    ("urgency", "time"),
    [
        ({"cover_below": "10.5 days"}, 21 + 39 / 4),  # evening of day 20: 10 days are left
        ({"cover_below": "90 days"}, 1 + 59 / 4),
        ({"cover_below": "90 days", "fill_below": 0.1}, 1 + 59 / 4),
        ({"fill_below": 0.1}, 60),  # nothing can be ordered, so nothing is learnt
    ],
)
def test_urgency_speeds_the_stages(urgency: Tree, time: float) -> None:
    work = {"trial": {"time": "60 days"}, "urgency": urgency | {"factor": 4}}
    path = run(embargoed(30.0, process=work), 100, audit=Auditor())
    assert told(path, "qualified") == [time]


def test_a_low_fill_speeds_the_stages() -> None:
    """Belief after n days without any goods is (1 - 1/14)^n: below one half from the evening of the tenth."""
    document = embargoed(30.0, ban=False, process={"trial": {"time": "60 days"}})
    document["events"]["qualify"]["process"]["urgency"] = {"fill_below": "50 %", "factor": 2}
    document["events"]["fire"] = event("outage", 0, {"facility": "source"}, until=date(200))
    assert told(run(document, 100), "qualified") == [10 + 50 / 2]


def test_sensitive_steps_come_last() -> None:
    """Search once, then trial and risk production for each step: 30 % from day 15, 80 % from day 25."""
    work = {
        "search": {"time": "5 days"},
        "trial": {"time": "6 days"},
        "risk_production": {"time": "4 days", "share": "10 %"},
        "steps": {"hard": "80 %", "easy": "30 %"},
    }
    path = run(embargoed(1.0, process=work), 40, audit=Auditor())
    shipped = path.shipped(SPARE)
    expected = [0.0] * 11 + [0.03] * 4 + [0.3] * 6 + [0.35] * 4 + [0.8] * 15
    assert shipped == pytest.approx(expected, abs=1e-12)


def test_failed_risk_production_takes_the_material_out_again() -> None:
    work = {"risk_production": {"time": "5 days", "success": 1e-9}, "attempts": 2}
    path = run(embargoed(1.0, process=work), 20, audit=Auditor())
    assert path.shipped(SPARE) == pytest.approx([0.1] * 10 + [0.0] * 10, abs=1e-12)
    assert told(path, "given up") == [10.0]


def test_nothing_is_begun_after_the_end_and_what_is_reached_stays() -> None:
    work = {"trial": {"time": "5 days"}, "ramp": "10 days"}
    path = run(embargoed(1.0, process=work, until=date(8)), 20, audit=Auditor())
    assert path.shipped(SPARE)[4:10] == pytest.approx([0.0, 0.05, 0.15, 0.25, 0.25, 0.25], abs=1e-12)


def test_visits_are_asked_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def slow(self: Any, origin: str, destination: str, days: float) -> float:
        asked.append((origin, destination, days))
        return days + 14.0

    monkeypatch.setattr("sim.engine.simulation.Simulation.visit_time", slow)
    work = {"search": {"time": "5 days"}, "trial": {"time": "6 days", "visits": True}}
    path = run(embargoed(1.0, process=work), 40)
    assert asked == [("DE", "KR", 6.0), ("DE", "KR", 0.0)]
    assert told(path, "qualified") == [25.0]


def test_yield_falls_with_the_new_material_and_recovers_with_experience() -> None:
    """E32, E33 against the recursion in plain Python."""
    document = embargoed(10.0, process={}, yield_loss="3 %", experience="60 days")
    document["facilities"]["plant"]["makes"]["x"]["headroom"] = 1.0
    document["facilities"]["plant"]["makes"]["x"]["yield"] = 0.8
    path = run(document, 200, audit=Auditor())
    shipped, share, used = path.shipped(SPARE) * 0.8, 0.0, 0.0  # need is 1 / 0.8 a day
    for day in range(1, 200):
        share += (shipped[day - 1] / max(1.0, shipped[day - 1]) - share) / 28.0
        used += shipped[day - 1]
        good = 0.8 * (1.0 - 0.03 * share * math.exp(-used / 60.0))
        assert path.output("plant/x")[day] == pytest.approx(path.starts("plant/x")[day] * good, rel=1e-12)
    assert 0.78 < path.output("plant/x")[30] / path.starts("plant/x")[30] < 0.795
    assert path.output("plant/x")[199] / path.starts("plant/x")[199] > 0.7985


def test_a_plant_with_room_starts_more_where_its_yield_falls() -> None:
    """E3: the place of work in process is that of the baseline, in good units; inputs do not bind here."""
    document = embargoed(10.0, process={}, yield_loss="20 %", experience="36500 days")
    made = document["facilities"]["plant"]["makes"]["x"]
    made |= {"headroom": 1.0, "cycle_time": "10 days"}
    made["inputs"]["m"]["criticality"] = 0.0
    path = run(document, 300, audit=Auditor())
    assert path.output("plant/x")[-1] / path.starts("plant/x")[-1] < 0.81
    assert path.output("plant/x")[-1] == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("keeps", [0.0, 0.5, 1.0])
def test_a_new_supplier_keeps_part_of_what_it_had_reached(keeps: float) -> None:
    """E34: reached 1 - (27/28)^100 of the need in 100 days alone; the old supplier has the rest afterwards."""
    document = embargoed(30.0, lifted=100, process={}, keeps=keeps)
    path = run(document, 300, audit=Auditor())
    reached = 1.0 - (27.0 / 28.0) ** 100
    assert path.shipped(SPARE)[50] == pytest.approx(1.0, abs=1e-9)
    assert path.shipped(SPARE)[-1] == pytest.approx(keeps * reached, abs=1e-3)
    assert path.shipped(OLD)[-1] == pytest.approx(1.0 - keeps * reached, abs=1e-3)


def test_blocks_of_days_give_the_same_as_days() -> None:
    work = {
        "trial": {"time": {"low": "3 days", "high": "30 days"}, "success": 0.5},
        "ramp": "12 days",
        "urgency": {"factor": 3, "cover_below": "6 days"},
    }
    prepared = prepare(embargoed(20.0, spares=2, process=work, keeps=0.4, yield_loss=0.1))
    for r in range(5):
        a, b = (prepared.run(150, replication=r, daily=daily).run.records for daily in (False, True))
        assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))
