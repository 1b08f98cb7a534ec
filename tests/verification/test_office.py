"""The licence office: queues of files against queueing theory, through the office itself."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
import pytest
import simpy

from sim.engine.events import licence_office, licences
from sim.engine.licence_terms import Desk, Holder
from sim.engine.simulation import Licence, Simulation
from sim.engine.state import State
from sim.randomness import key, uniform
from sim.types import Floats
from tests.runs import Prepared, prepare, z_score
from tests.worlds import Tree, event, one_plant

REPLICATIONS = 30
CURB = {"curb": event("licence", 0, {"from": "JP"}, regime="individual")}
Times = Iterator[float]


def office_world(review: object, country: Tree, events: Tree | None = None, **regime: object) -> Prepared:
    """Return a chain whose exports come before the office of JP."""
    terms = {"individual": {"review": review} | regime}
    return prepared(json.dumps(one_plant(events=events or {}, regimes=terms) | {"offices": {"JP": country}}))


@functools.cache
def prepared(text: str) -> Prepared:
    """Compile a tree once for all replications."""
    return prepare(json.loads(text))


class Harness:
    """One office of one replication, without the day step: files come when the test says."""

    def __init__(self, world: Prepared, replication: int = 0) -> None:
        state = State(world.network, 0)
        self.simulation = Simulation(world.document, world.network, state, 0, replication, 10**6)
        self.holder: Holder = licences.make_holder(self.simulation, 0)
        self.random = np.random.default_rng([2019, 7, 4, replication])
        self.env = self.simulation.env
        self.office = licence_office.office_of(self.simulation, 0)

    @property
    def files(self) -> list[Licence]:
        return self.simulation.licences

    def file(self) -> None:
        """File one lot, as the exporter of a link does."""
        licences.file_lot(self.simulation, self.holder, 1.0)

    def poisson(self, rate: float, end: float = math.inf) -> Times:
        """Yield the times of a Poisson stream."""
        time = 0.0
        while True:
            time += self.random.exponential(1.0 / rate)
            if time >= end:
                return
            yield time

    def stream(self, times: Times, stop: Callable[[], bool] = lambda: False) -> None:
        """File at each of these times until `stop`."""

        def arrivals() -> Generator[simpy.Event, Any, None]:
            for time in times:
                yield self.simulation.until(time)
                if stop():
                    return
                self.file()

        self.env.process(arrivals())

    def open_files(self) -> int:
        """Count the files that are not decided."""
        return sum(1 for f in self.files if math.isnan(f.decided))


# M/M/c --------------------------------------------------------------------------------------------

RATE, MEAN, DAYS = 1.8, 10.0, 250.0
WAITS = {19: 7.4977934309486995, 20: 2.7538450240805883, 22: 0.6951952538324878, 24: 0.2125608493057541}
WAITS |= {25: 0.11874801313490078}
P_WAIT = {19: 0.7497793430948706, 20: 0.5507690048161176, 22: 0.2780781015329952, 25: 0.08312360919443054}


def stationary(load: float, servers: int, u: float) -> int:
    """Return the quantile of the number in a stationary M/M/c system."""
    term, weights = 1.0, [1.0]
    for n in range(1, 3_000):
        term *= load / min(n, servers)
        weights.append(term)
    return int(np.searchsorted(np.cumsum(weights) / sum(weights), u, side="right"))


def mmc(examiners: int, replication: int) -> Floats:
    """Return the queue days of all files of 250 days of a stationary office."""
    mean = {"mean": f"{MEAN} days"}
    here = Harness(office_world(mean, {"examiners": examiners}), replication)
    # Reviews are exponential: what is left of one that is under way is as long as a fresh one.
    before = stationary(RATE * MEAN, examiners, here.random.random())
    for _ in range(before):
        here.file()
    here.stream(here.poisson(RATE, DAYS))
    here.env.run()
    return np.array([f.queue_days for f in here.files[before:]])


@pytest.fixture(scope="module")
def queues() -> dict[int, list[Floats]]:
    """Run offices of 19 to 25 examiners with the same files."""
    return {c: [mmc(c, r) for r in range(REPLICATIONS)] for c in WAITS}


@pytest.mark.parametrize("examiners", sorted(WAITS))
def test_examiners__files_wait_for_examiners_as_long_as_erlang_says(
    queues: dict[int, list[Floats]], examiners: int
) -> None:
    """1.8 files a day, 10 days each. Over a fixed span of a stationary office E sum(W - W_q) = 0."""
    found = queues[examiners]
    assert abs(z_score([(q - WAITS[examiners]).sum() for q in found], 0.0)) < 3.0
    if examiners in P_WAIT:
        assert abs(z_score([((q > 1e-9) - P_WAIT[examiners]).sum() for q in found], 0.0)) < 3.0


def test_more_examiners__a_quarter_more_examiners_cut_the_queue_by_96_per_cent(
    queues: dict[int, list[Floats]],
) -> None:
    """From 20 to 25 examiners W_q falls to 0.04312 of itself, time in the office by 20.66 %."""
    ratio = 0.04312080458287465
    assert abs(z_score([(b.sum() - ratio * a.sum()) for a, b in zip(queues[20], queues[25])], 0.0)) < 3.0
    kept = 1.0 - 0.20661196729067576
    gaps = [((b + MEAN) - kept * (a + MEAN)).sum() for a, b in zip(queues[20], queues[25])]
    assert abs(z_score(gaps, 0.0)) < 3.0


def test_more_examiners_never_lengthen_any_wait() -> None:
    """Pathwise: the same files at the same times, each with its own review, first come, first served."""
    for replication in range(5):
        decided = []
        for examiners in (17, 19, 20, 25, 40):
            law = {"mean": "10 days", "cv": 1.5, "law": "lognormal"}
            here = Harness(office_world(law, {"examiners": examiners}), replication)
            here.stream(here.poisson(RATE, 300.0))
            here.env.run()
            decided.append([(f.queue_days, f.decided, f.review_days) for f in here.files])
        for fewer, more in zip(decided, decided[1:]):
            assert len(fewer) == len(more) > 400
            for (q1, d1, r1), (q2, d2, r2) in zip(fewer, more):
                assert r1 == r2
                assert q2 <= q1 + 1e-9
                assert d2 <= d1 + 1e-9


# fluid overload -----------------------------------------------------------------------------------

GRAIN = 20  # files per unit of the fluid


@pytest.mark.parametrize(
    ("examiners", "backlog", "drain", "delay"), [(4, 60.0, 60.0, 30.0), (5, 30.0, 20.0, 12.0)]
)
def test_overload__builds_and_drains_its_backlog(
    examiners: int, backlog: float, drain: float, delay: float
) -> None:
    """3 units a day for 60 days, then 1; 4 examiners do 2 units a day, 5 do 2.5 (20 files a unit)."""
    here = Harness(office_world(f"{2.0 / GRAIN!r} days", {"examiners": examiners}))
    busy = [k / (3.0 * GRAIN) for k in range(180 * GRAIN)]
    calm = [60.0 + k / GRAIN for k in range(70 * GRAIN)]
    here.stream(iter(busy + calm))
    desk = here.office.stages[0].desk
    assert desk is not None
    step = (examiners + 1) / GRAIN
    here.env.run(until=60.0 - 1e-6)
    assert len(desk.queue) / GRAIN == pytest.approx(backlog, abs=step)
    here.env.run(until=60.0 + drain - 2.0 * step)
    assert desk.queue
    here.env.run(until=60.0 + drain + 2.0 * step)
    assert not desk.queue
    assert max(f.queue_days for f in here.files) == pytest.approx(delay, abs=step)


# M/G/1 --------------------------------------------------------------------------------------------

LAWS: dict[str, tuple[object, float]] = {
    "D": ("10 days", 20.0),
    "E2": ({"mean": "10 days", "cv": 1.0 / math.sqrt(2.0)}, 30.0),
    "M": ({"mean": "10 days"}, 40.0),
    "lognormal": ({"mean": "10 days", "cv": 1.5, "law": "lognormal"}, 65.0),
}


@pytest.mark.parametrize("law", sorted(LAWS))
def test_one_examiner__any_law_of_review(law: str) -> None:
    """Pollaczek-Khinchine: 0.08 files a day, 10 days each; over whole busy cycles E sum(W - W_q) = 0."""
    review, wait = LAWS[law]
    gaps = []
    for replication in range(REPLICATIONS):
        here = Harness(office_world(review, {"examiners": 1}), replication)
        desk = here.office.stages[0].desk
        assert desk is not None
        cycles = [0]

        def over(desk: Desk = desk, cycles: list[int] = cycles) -> bool:
            cycles[0] += desk.count == 0
            return cycles[0] > 120

        here.stream(here.poisson(0.08), over)
        here.env.run()
        gaps.append(sum(f.queue_days - wait for f in here.files))
    assert abs(z_score(gaps, 0.0)) < 3.0


# three stages, returned files ---------------------------------------------------------------------

STAGES = {"intake": (1, 2, 1.0), "technical": (2, 8, 0.15), "sign_off": (3, 1, 1.25)}
OPEN = {"intake": 1.3333333333333333, "technical": 9.330099552928809, "sign_off": 4.0}


def jackson(replication: int, days: float = 250.0) -> float:
    """Return the mean number of open files over a span that begins in the product form of the three queues."""
    stages = {
        name: {"order": order, "examiners": c, "time": {"mean": f"{1.0 / mu!r} days"}}
        for name, (order, c, mu) in STAGES.items()
    }
    country = {"stages": stages, "returns": {"probability": 0.2}}
    here = Harness(office_world("1 day", country), replication)
    for first, (_, c, mu) in enumerate(STAGES.values()):
        for number in range(stationary(1.0 / mu, c, here.random.random())):
            begun = Licence(0, 0.0, 1.0, number=1_000_000 * (first + 1) + number)
            here.files.append(begun)
            here.env.process(finish(here, begun, first))
    here.stream(here.poisson(0.8, days))
    here.env.run(until=days)
    return sum((days if math.isnan(f.decided) else f.decided) - f.filed for f in here.files) / days


def finish(here: Harness, file: Licence, first: int) -> Generator[simpy.Event, Any, None]:
    """Take a file that is under way at the start through the rest of the office."""
    yield from licence_office.review(here.simulation, here.holder, file, first)
    file.decided = here.env.now


def test_three_stages__returned_files_pass_all_stages_again() -> None:
    """0.8 files a day, 20 % returned: 14.663 open files; by Little 18.329 days each (Jackson 1957)."""
    found = [jackson(replication) for replication in range(3 * REPLICATIONS)]
    assert sum(OPEN.values()) == pytest.approx(14.663432886262143, rel=1e-12)
    assert abs(z_score(found, 14.663432886262143)) < 3.0
    assert 14.663432886262143 / 0.8 == pytest.approx(18.32929110782768, rel=1e-12)


# no room to wait ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [{"mean": "4 days"}, "4 days", {"mean": "4 days", "cv": 1.5, "law": "lognormal"}]
)
def test_no_waiting_room__slots_without_a_waiting_room_turn_files_away(law: object) -> None:
    """Erlang B: five slots, load 4: 0.199067 are lost, whatever the law of the visit."""
    blocking, gaps = 0.19906687402799378, []
    for replication in range(REPLICATIONS):
        here = Harness(office_world(law, {"examiners": 5, "room": 0, "give_up": 1.0}), replication)
        here.stream(here.poisson(1.0, 640.0))
        here.env.run()
        counted = [f for f in here.files if f.filed > 80.0]  # twenty visits after the empty start
        gaps.append(sum(f.denials - blocking for f in counted))
    assert abs(z_score(gaps, 0.0)) < 3.0


# open files and denials ------------------------------------------------------------------------------------------


def test_open_files__are_filings_a_day_times_days_of_review() -> None:
    """Little: 0.5 files a day x 90 days = 45, exactly for regular files and on average for Poisson ones.

    The gap max(0, R - n) that goes with it is tested with the day step in test_licences.
    """
    here = Harness(office_world("90 days", {}))
    here.stream(iter(np.arange(0.0, 400.0, 2.0)))
    for day in (91.0, 150.5, 399.0):
        here.env.run(until=day)
        assert here.open_files() == 45
    counts = []
    for replication in range(60):
        here = Harness(office_world("90 days", {}), replication)
        here.stream(here.poisson(0.5))
        here.env.run(until=100.0)
        counts.append(here.open_files())
    assert abs(z_score(counts, 45.0)) < 3.0


def test_denials__files_are_denied_and_filed_again_until_they_are_granted() -> None:
    """Denial 0.3, review 30 days: mean 42.857, standard deviation 23.474, 97.3 % within three reviews."""
    mean, deviation = 42.857142857142854, 23.47382389307855
    means, squares, within = [], [], []
    for replication in range(REPLICATIONS):
        here = Harness(office_world("30 days", {}, denial=0.3), replication)
        for _ in range(200):
            here.file()
        here.env.run()
        waits = np.array([f.decided for f in here.files])
        means.append(waits.mean())
        squares.append(((waits - mean) ** 2).mean())
        within.append((waits < 91.0).mean())
    assert abs(z_score(means, mean)) < 3.0
    assert abs(z_score(squares, deviation**2)) < 3.0
    assert abs(z_score(within, 0.973)) < 3.0


# what the office does ------------------------------------------------------------------------------


def test_days_to_a_grant_are_filing_queue_stops_and_review() -> None:
    """Every part is recorded, and they add up, with every feature of the office at once."""
    country = {
        "stages": {
            "intake": {"order": 1, "time": {"low": "1 day", "high": "3 days"}, "examiners": 2},
            "technical": {"order": 2, "returns": {"probability": 0.2, "time": {"mean": "12 days"}}},
        },
        "examiners": 12,
        "slow_walk": 1.3,
        "returns": {"probability": 0.1, "time": "5 days"},
        "limit": "40 days",
        "expedite": 0.2,
        "partial": {"probability": 0.3, "share": 0.5},
        "destinations": {"b": {"countries": "KR", "review": {"mean": "9 days"}, "slow_walk": 1.1}},
    }
    here = Harness(office_world("1 day", country, denial=0.2, resubmit="11 days", filing="2.5 days"))
    here.stream(here.poisson(0.9, 900.0))
    here.env.run()
    for f in here.files:
        assert f.filing_days == 2.5
        assert f.decided - f.filed == pytest.approx(f.queue_days + f.stop_days + f.review_days, abs=1e-6)
        assert f.granted == f.part * f.amount
        assert f.queue_days + f.review_days <= 40.0 * (f.denials + 1) + 1e-9
    assert {f.part for f in here.files} == {0.5, 1.0}
    for name in ("queue_days", "stop_days", "review_days", "denials", "returns", "expedited"):
        assert any(getattr(f, name) for f in here.files), name


def test_the_clock_of_the_statute_stops_for_documents() -> None:
    """A review of 100 days under a limit of 90 ends on day 90; documents that take 20 days make it 110."""
    intake = {"order": 1, "time": "0 days", "returns": {"probability": 0.5, "time": "20 days"}}
    country = {"limit": "90 days", "stages": {"intake": intake, "technical": {"order": 2}}}
    stream = key(0, "returns/intake/m/source-plant")
    for replication in range(40):
        here = Harness(office_world("100 days", country), replication)
        here.file()
        here.env.run()
        times = next(n for n in range(99) if uniform(stream, replication, n) >= 0.5)
        assert here.files[0].returns == times
        assert here.files[0].stop_days == 20.0 * times
        assert here.files[0].decided == 90.0 + 20.0 * times


def test_a_file_whose_limit_passes_in_the_queue_is_granted_and_leaves_it() -> None:
    here = Harness(office_world("60 days", {"examiners": 1, "limit": "90 days"}))
    for _ in range(3):
        here.file()
    here.env.run()
    assert [f.decided for f in here.files] == [60.0, 90.0, 90.0]
    assert [f.queue_days for f in here.files] == [0.0, 60.0, 90.0]


def test_expedited_files_go_before_all_that_wait() -> None:
    here = Harness(office_world("10 days", {"examiners": 1, "expedite": 0.3}))
    for _ in range(40):
        here.file()
    here.env.run()
    waiting = here.files[1:]  # the first is taken up at once
    fast = [f.decided for f in waiting if f.expedited]
    slow = [f.decided for f in waiting if not f.expedited]
    assert fast and slow and max(fast) < min(slow)
    assert fast == sorted(fast) and slow == sorted(slow)


def test_examiners_come_at_once_and_leave_after_their_review() -> None:
    """Event office: a second examiner from day 15 until day 35; reviews of 10 days, a file a day."""
    events = CURB | {
        "staff": event("office", 15, {"from": "JP"}, staff=2.0, until="2019-02-05"),
    }
    files = office_world("10 days", {"examiners": 1}, events, lot="order").run(70).run.licences
    assert [f.decided for f in files[:8]] == [10.0, 20.0, 25.0, 30.0, 35.0, 40.0, 50.0, 60.0]


def test_an_event_changes_the_pace_the_returns_and_the_limit_of_an_office() -> None:
    for change, decided in (
        ({"slow_walk": 1.5}, 45.0),
        ({"examiners": 0, "limit": "50 days"}, 50.0),
        ({"limit": "20 days"}, 20.0),
        ({"returns": 0.999}, math.nan),
    ):
        events = CURB | {"change": event("office", 0, {"from": "JP"}, **change)}
        (first, *_) = office_world("30 days", {}, events).run(70).run.licences
        assert first.decided == pytest.approx(decided, nan_ok=True)


def test_korean_staff_leaves_every_wait_for_japanese_licences_unchanged() -> None:
    """Korea's staff +25 % acts on the office of KR: the records of Japan's exports stay as they are, to the bit."""
    extra = {"staff": event("office", 10, {"from": "KR"}, staff=1.25)}
    terms = {"review": {"mean": "9 days"}, "lot": "order", "denial": 0.1}
    paths = []
    for events in (CURB, CURB | extra):
        document = one_plant(events=events, regimes={"individual": terms})
        document["offices"] = {"JP": {"examiners": 10}, "KR": {"examiners": 8}}
        document["links"]["y/plant-abroad"] = {"from": "plant", "to": "abroad", "material": "x", "share": 1.0}
        document["facilities"]["abroad"] = {
            "firm": "firm_JP",
            "country": "JP",
            "makes": {"y": {"headroom": 0.0, "inputs": {"x": {"per_unit": "1 u"}}}},
            "stocks": {"x": {"cover": "5 days"}},
        }
        document["materials"]["y"] = {"unit": "u"}
        document["demand"]["y"] = {"at": "abroad", "material": "y", "rate": "1 u/day"}
        paths.append(prepare(document).run(300))
    without, with_ = paths
    assert with_.run.log[-1][1] == "staff"
    assert len(without.run.licences) > 250
    assert without.run.licences == with_.run.licences
    assert np.array_equal(without.run.records.output, with_.run.records.output)


# regimes that lead to the office, or around it -----------------------------------------------------


def curbed(events: Tree, **sections: Any) -> Prepared:
    """Return a chain of a listed material whose licences take 20 days each."""
    terms = {"review": "20 days", "lot": "10 days"} | sections.pop("terms", {})
    offices = sections.pop("offices", {})
    sections = {"link_fields": {"regime": "bulk"}} | sections
    return prepare(one_plant(events=events, regimes={"individual": terms}, **sections) | {"offices": offices})


def test_a_contract_is_one_lot_of_half_a_year() -> None:
    first = curbed(CURB, terms={"lot": "contract", "reorder": "1 day"}).run(30).run.licences
    assert [f.amount for f in first] == pytest.approx([180.0])
    short = curbed(CURB, terms={"lot": "contract", "contract": "90 days", "reorder": "1 day"})
    assert [f.amount for f in short.run(30).run.licences] == pytest.approx([90.0])


@pytest.mark.parametrize(("record", "free_from"), [("given", 10), ("needed", 20)])
def test_a_pair_without_a_record_stays_individual_until_its_first_grant(record: str, free_from: int) -> None:
    events = CURB | {
        "eased": event("licence", 10, {"from": "JP"}, regime="special_bulk", record=record),
    }
    path = curbed(events).run(60)
    shipped = path.shipped("m/source-plant")
    assert np.flatnonzero(shipped > 0.0)[0] == free_from
    assert path.run.simulation is not None
    assert path.run.simulation.regimes[0].name == "special_bulk"


def test_the_end_of_special_bulk_takes_late_joiners_back_too() -> None:
    events = CURB | {
        "eased": event(
            "licence", 10, {"from": "JP"}, regime="special_bulk", record="needed", until="2019-02-10"
        ),
    }
    path = curbed(events).run(60)
    assert path.run.simulation is not None
    assert path.run.simulation.regimes[0].name == "individual"


@pytest.mark.parametrize(("programme", "listed"), [(True, False), (False, True), (False, False)])
def test_catch_all_screens_unlisted_goods_of_exporters_without_a_programme(
    programme: bool, listed: bool
) -> None:
    events = {"b": event("catch_all", 10, {"from": "JP"}, screening=1.0)}
    tree = one_plant(events=events, regimes={"individual": {"review": "20 days"}})
    if listed:
        tree["links"]["m/source-plant"]["regime"] = "bulk"
    tree["firms"]["firm_JP"]["compliance_programme"] = programme
    shipped = prepare(tree).run(60).shipped("m/source-plant")
    caught = not programme and not listed
    assert bool((shipped[10:30] == 0.0).all()) == caught
    assert shipped[31:].sum() > 0.0


def test_catch_all_that_finds_nothing_changes_nothing_and_half_of_it_holds_some_lots() -> None:
    def world(screening: float) -> Prepared:
        events = {"b": event("catch_all", 10, {"from": "JP"}, screening=screening, lot="order")}
        terms = {"review": "20 days", "validity": "3000 days"}
        return prepare(one_plant(events=events, regimes={"individual": terms}))

    free = prepare(one_plant()).run(120)
    assert np.array_equal(world(0.0).run(120).shipped("m/source-plant"), free.shipped("m/source-plant"))
    half = world(0.5).run(120)
    held = [f for f in half.run.licences if f.required]
    assert 35 <= len(held) <= 75
    assert all(f.review_days == 20.0 for f in held if f.decided == f.decided)
    assert {f.review_days for f in half.run.licences if not f.required} == {0.0}


def test_a_partial_grant_is_credited_in_part_and_a_lot_given_up_never() -> None:
    terms = {"lot": "100 days", "reorder": "1 day"}
    part = {"JP": {"partial": {"probability": 1.0, "share": 0.25}}}
    path = curbed(CURB, terms=terms, offices=part).run(30)
    assert path.credit("m/source-plant")[20] + path.shipped("m/source-plant")[20] == pytest.approx(25.0)
    gone = curbed(CURB, terms=terms | {"denial": 1.0}, offices={"JP": {"give_up": 1.0}}).run(200)
    assert path.run.licences[0].part == 0.25
    assert [f.denials for f in gone.run.licences] == [1]
    assert gone.shipped("m/source-plant").sum() == 0.0
