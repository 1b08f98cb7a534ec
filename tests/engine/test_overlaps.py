"""Curbs in force on one link hold together, and a relief lifts what it names: answers by hand.

The plant uses 1 a day, holds 12 days and has 5 under way. A stop from day c on is felt from day c + 17 on; what
ships on day o arrives on day o + 5. So a link that is closed from c to o costs o - c - 12 days of output.
Licences are decided after 33 days, and then cover 90 days.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sim.errors import CurbsimError
from tests.engine.audit import Auditor
from tests.runs import Path, run
from tests.worlds import Tree, date, event, facility, final, link, one_plant, stock

LINK = "m/source-plant"
TERMS: Tree = {"review": "33 days", "lot": "30 days"}
DAYS = 250


def play(events: Tree, *, days: int = DAYS, **terms: object) -> Path:
    tree = one_plant(cover=12.0, supplier_headroom=9.0, events=events, regimes={"individual": TERMS | terms})
    return run(tree, days, audit=Auditor())


def curb(kind: str, first: int, last: int | None = None, **fields: object) -> Tree:
    until = None if last is None else date(last)
    return event(kind, first, {"material": "m"}, until=until, **fields)


def stop(first: int, last: int | None = None, **fields: object) -> Tree:
    return curb("embargo", first, last, **fields)


def duty(first: int, last: int | None = None, **fields: object) -> Tree:
    return curb("licence", first, last, **({"regime": "individual"} | fields))


def half(first: int, last: int | None = None, **fields: object) -> Tree:
    terms = {"allow": "50 % of baseline", "period": "day", "pool": "per_link"}
    return curb("quota", first, last, **(terms | fields))


def relief(first: int, last: int | None = None, **fields: object) -> Tree:
    return curb("licence", first, last, **({"regime": "bulk"} | fields))


def lost(path: Path) -> float:
    return float((1.0 - path.starts("plant/x")).sum())


CASES: dict[str, tuple[Tree, float]] = {
    # one at a time
    "licences alone open on day 51": ({"a": duty(18)}, 21.0),
    "an embargo alone opens on its last day": ({"a": stop(18, 90)}, 60.0),
    # an embargo and licences
    "licences are decided beneath an embargo": ({"a": stop(18, 90), "b": duty(18)}, 60.0),
    "licences that begin inside an embargo do not lift it": ({"a": stop(18, 90), "b": duty(40)}, 60.0),
    "licences outlast an embargo": ({"a": stop(18, 60), "b": duty(50)}, 83.0 - 18.0 - 12.0),
    "an embargo inside licences": ({"a": duty(18), "b": stop(60, 100)}, 21.0 + 28.0),
    "licences end beneath an embargo": ({"a": stop(18, 90), "b": duty(18, 60)}, 60.0),
    # embargoes
    "two embargoes overlap": ({"a": stop(18, 60), "b": stop(40, 90)}, 60.0),
    "an embargo inside another": ({"a": stop(18, 90), "b": stop(40, 60)}, 60.0),
    "an embargo by licence": ({"a": stop(18, 90), "b": duty(40, 60) | {"regime": "embargo"}}, 60.0),
    # quotas
    "a quota beneath an embargo binds from its end on": (
        {"a": stop(18, 90), "b": half(30)},
        60.0 + 0.5 * (DAYS - 95),
    ),
    "a shared quota beneath an embargo": (
        {"a": stop(18, 90), "b": half(30, pool="shared")},
        60.0 + 0.5 * (DAYS - 95),
    ),
    "an allowance of none is no curb": ({"a": stop(18, 90), "b": half(30, allow="none")}, 60.0),
    "the smaller of two quotas": (  # 12 days of stock stand half of the goods for 24 days after the transit
        {"a": half(18), "b": half(18, allow="80 % of baseline")},
        0.5 * (DAYS - 23 - 24),
    ),
    "the smaller of two quotas, the larger one later": (
        {"a": half(18), "b": half(100, allow="80 % of baseline", pool="shared")},
        0.5 * (DAYS - 23 - 24),
    ),
    # licences for one good are one duty
    "two licence duties go on with the same files": ({"a": duty(18, 60), "b": duty(40)}, 21.0),
    # reliefs
    "a relief of one of two embargoes": (
        {"a": stop(18), "b": stop(30, 90), "c": relief(60, lifts="a")},
        60.0,
    ),
    "a relief of the other": ({"a": stop(18, 80), "b": stop(30), "c": relief(60, lifts="b")}, 50.0),
    "a relief of both": ({"a": stop(18), "b": stop(30), "c": relief(60, lifts=["a", "b"])}, 30.0),
    "a relief of licences leaves an embargo": ({"a": stop(18, 90), "b": duty(18), "c": relief(40)}, 60.0),
    "a relief that finds an embargo only lifts it": ({"a": stop(18), "c": relief(60)}, 30.0),
    "an exemption from an embargo of the same day says so": (
        {"a": stop(18), "c": relief(18, lifts="a")},
        0.0,
    ),
    "a relief that names nothing leaves an embargo of its day": (
        {"a": stop(18, 90), "c": relief(18)},
        60.0,
    ),
    "whatever the two are called": ({"c": stop(18, 90), "a": relief(18)}, 60.0),
    "a relief that lifts nothing": ({"a": stop(18, 90), "c": relief(60, lifts=[])}, 60.0),
    "an embargo by licence is no duty": (
        {"a": duty(18, 90, regime="embargo"), "c": relief(18)},
        60.0,
    ),
    "a quota that begins with a relief stays": (
        {"a": stop(18), "c": relief(90), "d": half(90)},
        60.0 + 0.5 * (DAYS - 95),
    ),
    "a relief that finds a quota only lifts it": ({"a": half(18), "c": relief(46)}, 2.0),
    "a relief lifts no curb that begins later": (
        {"a": stop(18, 60), "c": relief(40, lifts=["a", "b"]), "b": stop(70, 100)},
        10.0 + 18.0,
    ),
    "an embargo that becomes licences": ({"a": stop(18), "b": duty(50, lifts="a")}, 53.0),
    "an embargo that becomes a quota": ({"a": stop(18), "b": half(90, lifts="a")}, 60.0 + 0.5 * (DAYS - 95)),
    "a larger quota that takes the place of a smaller": (
        {"a": half(18), "b": half(18, allow="none", lifts="a")},
        0.0,
    ),
    "a relief for a time": ({"a": stop(18, 120), "c": relief(60, 80, lifts="a")}, 30.0 + 28.0),
    "what was lifted stays lifted when licences are lifted, too": (
        {"a": stop(18), "b": duty(50, lifts="a"), "c": relief(60)},
        30.0,
    ),
    # steps to a relief end the curb of their own event, and no other
    "licences that end in a step leave an embargo": (
        {"a": stop(18, 90), "b": duty(18, steps={date(60): "bulk"})},
        60.0,
    ),
    "and a quota": (  # nothing from 18 to 40, half to 90, and then all that is missing at once
        {"a": half(18, 90), "b": duty(18, steps={date(40): "special_bulk"})},
        10.0 + 0.5 * 50.0,
    ),
    "and the licences of others": ({"a": duty(18), "b": duty(18, steps={date(40): "bulk"})}, 21.0),
    "a step of a licence that lifts by name": (
        {"a": stop(18), "b": duty(18, lifts="a", steps={date(40): "bulk"})},
        10.0,
    ),
    "steps from licences to an embargo to bulk leave an embargo that began between": (
        {"a": stop(40, 90), "b": duty(0, steps={date(20): "embargo", date(60): "bulk"})},
        90.0 - 12.0,
    ),
    "a step from one relief to another leaves what has begun between": (
        {"a": stop(18), "c": relief(30, steps={date(60): "special_bulk"}), "e": stop(50, 90)},
        28.0,
    ),
    "a relief that becomes a duty gives back what it lifted": (  # open from 30 to 40 only
        {"a": stop(18, 120), "c": relief(30, steps={date(40): "individual", date(50): "bulk"})},
        80.0 - 12.0,
    ),
    "an event that begins after its step to a relief lifts nothing": (
        {
            "a": stop(18, 90),
            "b": relief(18, steps={date(20): "bulk"}, regime="individual")
            | {"date": None, "after": {"event": "a", "lag": "10 days"}},
        },
        60.0,
    ),
    "a relief of the day of a step to licences lifts them": (
        {
            "a": duty(18, regime="embargo", steps={date(60): "individual"}),
            "b": stop(30, 90),
            "c": relief(60),
        },
        60.0,
    ),
    "a step of an event that was lifted stays lifted": (
        {"a": duty(18, steps={date(70): "embargo"}), "c": relief(30, lifts="a")},
        0.0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_curbs_hold_together(case: str) -> None:
    events, days = CASES[case]
    assert lost(play(events)) == pytest.approx(days, abs=1e-9)


SAME_DAY: tuple[tuple[Tree, ...], ...] = (
    (stop(18, 90), duty(18), half(18)),
    (stop(18, 90), half(18), half(18, pool="shared", allow="40 % of baseline")),
    (duty(18), relief(18), half(18)),
)


@pytest.mark.parametrize("curbs", SAME_DAY)
def test_names_of_curbs_of_one_day_do_not_matter(curbs: tuple[Tree, ...]) -> None:
    """A relief of the day lifts its licences, whatever the two are called; the quota stays."""
    answers = {
        tuple(play(dict(zip(names, curbs, strict=True))).shipped(LINK))
        for names in itertools.permutations("abc")
    }
    assert len(answers) == 1


def test_licences_are_filed_and_decided_beneath_an_embargo_and_lapse_there() -> None:
    """Filed on day 18, decided on day 51, valid for 20 days: nothing is left on day 90; filed again on 72."""
    path = play({"a": stop(18, 90), "b": duty(18)}, validity="20 days")
    first, *_, last = path.run.licences[:4]
    assert (first.filed, first.decided, first.usable) == (18.0, 51.0, 51.0)
    assert first.lapsed == pytest.approx(30.0)
    assert last.filed == 72.0
    assert path.credit(LINK)[18:90].tolist() == [0.0] * 72
    assert np.flatnonzero(path.shipped(LINK)[18:])[0] + 18 == 105  # 72 + 33


def test_a_quota_does_not_grow_beneath_an_embargo_unless_it_is_carried_over() -> None:
    """Half a day for each of the 60 days from 30 to 90."""
    first = {}
    for carried in (False, True):
        path = play({"a": stop(18, 90), "b": half(30, carry_over=carried)})
        first[carried] = path.shipped(LINK)[90:94].sum()
    assert first[False] == pytest.approx(4 * 0.5)
    assert first[True] == pytest.approx(12.0 + 5.0 + 1.0)  # stock, transit and a day of use


def test_a_quota_over_licences_leaves_their_files_and_credit() -> None:
    """Individual from day 18 with credit from day 51; a quota of half from 60 to 80; then as before."""
    path = play({"a": duty(18), "b": half(60, 80)})
    assert path.shipped(LINK)[60:80] == pytest.approx(0.5)
    assert path.shipped(LINK)[80] > 1.0
    assert [file.filed for file in path.run.licences[:3]] == [18.0] * 3
    assert all(np.isfinite(file.decided) for file in path.run.licences[:3])


def test_licences_after_a_relief_for_a_time_begin_afresh() -> None:
    path = play({"a": duty(18), "c": relief(60, 80)})
    assert path.run.licences[3].filed >= 80.0
    assert path.shipped(LINK)[80:113].sum() == 0.0
    assert path.shipped(LINK)[113] > 0.0


def two_buyers(events: Tree) -> Path:
    """Return a run in which one source ships 1 a day to each of two plants."""
    tree = one_plant(cover=12.0, supplier_headroom=9.0, events=events)
    made = {"inputs": {"m": {"per_unit": "1 u"}}}
    tree["materials"]["y"] = tree["materials"]["x"]
    tree["facilities"]["other"] = facility({"y": made}, {"m": stock(12.0, adjustment="1 days")})
    tree["links"]["m/source-other"] = link("source", "other", "m", lead=5.0)
    tree["demand"]["y"] = final("other", "y", 1.0)
    return run(tree, 100, audit=Auditor())


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_link_in_two_shared_quotas_ships_the_least_of_what_both_allow(names: tuple[str, str]) -> None:
    """1.2 a day for both links, 0.6 for each, and 0.4 for one of them."""
    outer = half(0, pool="shared", allow="60 % of baseline")
    inner = half(0, pool="shared", allow="0.4 u/day") | {"select": {"link": "m/source-plant"}}
    path = two_buyers(dict(zip(names, (outer, inner), strict=True)))
    assert path.shipped("m/source-plant")[0] == pytest.approx(0.4)
    assert path.shipped("m/source-other")[0] == pytest.approx(0.6)
    assert (path.shipped("m/source-plant") + path.shipped("m/source-other")).max() <= 1.2 + 1e-12
    assert path.shipped("m/source-plant").max() <= 0.4 + 1e-12


def test_an_embargo_leaves_a_shared_quota_to_the_other_links() -> None:
    events = {
        "cap": half(0, pool="shared"),
        "stop": event("embargo", 10, {"link": "m/source-plant"}, until=date(20)),
    }
    path = two_buyers(events)
    assert path.shipped("m/source-other")[10:20] == pytest.approx(1.0)
    assert path.shipped("m/source-plant")[10:20].sum() == 0.0


@pytest.mark.parametrize("begins", [10, 30])
def test_screening_waits_while_a_licence_duty_holds(begins: int) -> None:
    """What is on a list is not screened; a screening that finds nothing lets goods pass at once, afresh."""
    screen = curb("catch_all", begins, screening=0.0, lot="5 days")
    path = play({"a": screen, "b": duty(20, 60)})
    assert path.shipped(LINK)[10:20] == pytest.approx(1.0)
    assert path.shipped(LINK)[20:53].sum() == 0.0
    assert path.shipped(LINK)[53] > 0.0
    assert path.run.simulation is not None and path.run.simulation.regimes[0].name == "catch_all"


def test_more_shared_quotas_than_there_are_bits_are_told() -> None:
    events = {f"q{number}": half(0, pool="shared") for number in range(63)}
    with pytest.raises(CurbsimError, match="write pool: per_link"):
        play(events, days=1)
