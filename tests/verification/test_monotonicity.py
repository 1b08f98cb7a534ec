"""A stricter curb never gives a buyer more, in the class in which that holds, and where it fails.

The class: one source, orders by the clipped position rule, a supplier that is not short, beliefs off, a credit
path that is lower day by day, an office that serves in order. Cumulative receipts and production are monotone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

import sim
from sim.scenario import Scenario
from tests.runs import Path, run
from tests.worlds import Tree, add_supplier, date, event, facility, final, link, one_plant, stock, tree

LINK = "m/source-plant"
DAYS = 365


def within(events: Tree, *, supplier_headroom: float = 20.0, **terms: object) -> Path:
    """Run the chain of the class."""
    regime = {"review": "30 days", "lot": "order", "validity": "3000 days"} | terms
    document = one_plant(
        cover=30.0,
        lead=5,
        adjustment=10.0,
        supplier_headroom=supplier_headroom,
        model={"availability_exponent": 0.0},
        events=events,
        regimes={"individual": regime},
    )
    return run(document, DAYS)


def cut(kind: str = "embargo", day: int = 10, **fields: object) -> Tree:
    return {"curb": event(kind, day, {"material": "m"}, **fields)}


def individual(**terms: object) -> Path:
    return within(cut("licence", regime="individual"), **terms)


def relief_on(day: int) -> Path:
    """Talks ease the embargo at a round of that day."""
    talks = {
        "kind": "talks",
        "date": date(0),
        "rounds": {"a": {"date": date(day)}},
        "outcomes": {"relief": {"to": "restored", "per_round": 1.0, "source": "estimate"}},
        "source": "estimate",
    }
    lifted = event("licence", 0, {"material": "m"}, regime="bulk")
    lifted = {k: v for k, v in lifted.items() if k != "date"} | {
        "after": {"event": "talks", "outcome": "relief"}
    }
    return within(cut() | {"talks": talks, "lifted": lifted})


STRICTER: dict[str, Callable[[], list[Path]]] = {
    "a longer review": lambda: [individual(review=f"{days} days") for days in (0, 10, 30, 31, 60, 90, 200)],
    "a later filing": lambda: [individual(filing=f"{days} days") for days in (0, 1, 20, 90)],
    "a later dispatch": lambda: [individual(dispatch=f"{days} days") for days in (0, 1, 20, 90)],
    "fewer examiners": lambda: [individual(examiners=number) for number in (90, 40, 31, 30, 28, 20, 5)],
    "a smaller quota": lambda: [
        within(cut("quota", allow=f"{share} % of baseline", period="day"))
        for share in (150, 100, 99, 60, 30, 1, 0)
    ],
    "a later round": lambda: [relief_on(day) for day in (20, 40, 41, 90, 150, 300)],
    "a longer cut": lambda: [within(cut(until=date(10 + days))) for days in (1, 20, 30, 60, 120)],
}


@pytest.mark.parametrize("what", sorted(STRICTER))
def test_cumulative_receipts_and_production_never_rise_with_the_curb(what: str) -> None:
    paths = STRICTER[what]()
    for milder, stricter in itertools.pairwise(paths):
        for read in (lambda p: p.shipped(LINK), lambda p: p.output("plant/x")):
            assert (np.cumsum(read(milder)) - np.cumsum(read(stricter))).min() >= -1e-9
    assert paths[0].output("plant/x").sum() > paths[-1].output("plant/x").sum() + 1.0


def test_more_examiners_never_lengthen_the_wait_of_any_file() -> None:
    """First come first served with times keyed to the file (Kiefer and Wolfowitz), pathwise."""
    waits = []
    for number in (5, 20, 28, 31, 90):
        files = individual(examiners=number, review={"mean": "30 days", "cv": 0.5}).run.licences
        waits.append([np.inf if np.isnan(f.decided) else f.decided - f.filed for f in files])
    for fewer, more in itertools.pairwise(waits):
        assert len(fewer) == len(more)
        assert all(a >= b - 1e-9 for a, b in zip(fewer, more, strict=True))


def cut_for(days: int) -> Path:
    """Cut the only link on day 10 for some days; the supplier has half of its capacity to spare."""
    return within(cut(until=date(10 + days)), supplier_headroom=0.5)


def receipts(path: Path) -> np.ndarray:
    """Return what arrives on each day: shipments of five days before."""
    shipped = path.shipped(LINK)
    return np.concatenate((np.ones(5), shipped[:-5]))


def test_monotonicity__a_cut_of_90_days_loses_twice_what_a_cut_of_60_days_loses() -> None:
    """Lost production 30 and 60 days, exactly."""
    for days, lost in ((60, 30.0), (90, 60.0)):
        assert (1.0 - cut_for(days).output("plant/x")).sum() == pytest.approx(lost, rel=1e-9)


def test_monotonicity__cumulative_receipts_never_rise_with_a_longer_cut_but_daily_receipts_do() -> None:
    """on day 155 the buyer cut for 90 days receives 1.5, the one cut for 60 days 1.0212."""
    short, long = receipts(cut_for(60)), receipts(cut_for(90))
    assert long[155] == pytest.approx(1.5, rel=1e-9)
    assert short[155] == pytest.approx(1.0211955791376077, rel=1e-9)
    assert (np.cumsum(short) - np.cumsum(long)).min() >= -1e-9


def test_monotonicity__cumulative_receipts_fall_with_every_longer_cut() -> None:
    """Pathwise, for cuts of 0 to 120 days."""
    paths = [np.cumsum(receipts(cut_for(days))) for days in (1, 10, 30, 45, 60, 90, 120)]
    for milder, stricter in itertools.pairwise(paths):
        assert (milder - stricter).min() >= -1e-9


# where it fails ---------------------------------------------------------------------------------


def test_daily_receipts_rise_after_a_longer_cut() -> None:
    """The more depleted buyer receives more after the reopening."""
    short, long = (within(cut(until=date(10 + days))) for days in (30, 60))
    assert (long.shipped(LINK) - short.shipped(LINK)).max() > 0.5


def two_cuts(first: int) -> Path:
    """Cut for some days, and again from day 150 to 260; low cover starts a qualification of 60 days."""
    events = {
        "first": event("embargo", 10, {"link": LINK}, until=date(10 + first)),
        "second": event("embargo", 150, {"link": LINK}, until=date(260)),
        "search": {
            "kind": "qualification",
            "when": {"cover_below": "5 days", "select": {"facility": "plant"}},
            "select": {"link": "m/spare-plant"},
            "source": "estimate",
        },
    }
    document = one_plant(lead=1, adjustment=5.0, supplier_headroom=5.0, events=events)
    stages = {"all": {"after": "60 days", "max_share": 1.0}}
    add_supplier(document, "spare", capacity=3.0, lead=1, stages=stages)
    return run(document, DAYS)


def test_a_harsher_curb_that_starts_a_qualification_can_cost_less() -> None:
    """With a first cut of 20 days nobody looks for another supplier, with one of 28 days somebody does."""
    mild, harsh = (DAYS - two_cuts(days).output("plant/x").sum() for days in (20, 28))
    assert mild > 50.0
    assert harsh < 1.0


def test_a_curb_on_one_input_lowers_receipts_of_another() -> None:
    made = {"x": {"headroom": 0.0, "inputs": {"m": {"per_unit": "1 u"}, "n": {"per_unit": "1 u"}}}}
    paths = []
    for events in ({}, cut()):
        document = tree(
            {
                "source": facility({"m": {"headroom": 1.0}, "n": {"headroom": 1.0}}, country="JP"),
                "plant": facility(made, {"m": stock(10.0), "n": stock(10.0)}),
            },
            {name: link("source", "plant", name[0], lead=2) for name in ("m/a", "n/a")},
            {"x": final("plant", "x", 1.0)},
            events=events,
        )
        paths.append(run(document, 120))
    assert paths[1].shipped("n/a").sum() < paths[0].shipped("n/a").sum() - 50.0


def test_whole_lots_let_a_shorter_validity_bring_goods_earlier() -> None:
    """What lapses is filed for at once: the licence position is lower, and the next lot comes earlier."""
    long, short = (
        individual(lot="200 days", reorder="0.5 days", review="20 days", validity=f"{days} days")
        for days in (3000, 40)
    )
    assert (np.cumsum(short.shipped(LINK)) - np.cumsum(long.shipped(LINK))).max() > 1.0


def competitors(events: Tree) -> Path:
    """Run buyers A and B of 50 each of a supplier that can make 60; B also needs `z`."""
    made = {"m": {"per_unit": "1 u"}}
    document = tree(
        {
            "source": facility({"m": {"headroom": 0.0}}, country="JP"),
            "other": facility({"z": {"headroom": 0.0}}, country="JP"),
            "a": facility({"x_a": {"headroom": 0.0, "inputs": made}}, {"m": stock(3.0)}),
            "b": facility(
                {"x_b": {"headroom": 0.0, "inputs": made | {"z": {"per_unit": "1 u"}}}},
                {"m": stock(3.0, adjustment="5 days"), "z": stock(1.0)},
            ),
        },
        {
            "m/source-a": link("source", "a", "m", lead=1),
            "m/source-b": link("source", "b", "m", lead=1),
            "z/other-b": link("other", "b", "z", lead=1),
        },
        {"x_a": final("a", "x_a", 50.0), "x_b": final("b", "x_b", 50.0)},
        events={"short": event("outage", 0, {"facility": "source"}, remaining=0.6, duration="90 days")}
        | events,
    )
    return run(document, 60)


def test_monotonicity__a_curb_on_a_rival_gives_a_buyer_more() -> None:
    """60 for orders of 50 and 50 is 30 each; once B may order 20 only, A gets 60 x 50 / 70."""
    assert competitors({}).shipped("m/source-a")[0] == pytest.approx(30.0, rel=1e-9)
    curb = event("quota", 0, {"link": "m/source-b"}, allow="20 u/day", period="day")
    curbed = competitors({"curb": curb})
    assert curbed.shipped("m/source-a")[0] == pytest.approx(42.857142857142854, rel=1e-9)
    assert curbed.shipped("m/source-b")[0] == pytest.approx(60.0 * 20.0 / 70.0, rel=1e-9)


def test_monotonicity__a_curb_on_the_other_input_of_a_rival_gives_a_buyer_more() -> None:
    """Monotonicity fails for third parties."""
    curb = event("embargo", 0, {"material": "z"})
    free, curbed = competitors({}), competitors({"curb": curb})
    assert curbed.shipped("m/source-a").sum() > free.shipped("m/source-a").sum() + 1.0
    assert (curbed.output("a/x_a").cumsum() - free.output("a/x_a").cumsum()).min() >= -1e-9


def test_monotonicity__hoarding_raises_receipts_before_the_date_with_its_severity() -> None:
    """Announced on day 0, effective on day 4: a stricter one brings more goods before the date."""
    early = []
    for target in ("30 days", "60 days", "90 days"):
        events = {
            "hoard": event("stock_target", 0, {"material": "m"}, target=target),
            "cut": event("embargo", 4, {"material": "m"}),
        }
        path = run(one_plant(supplier_headroom=9.0, adjustment=7.0, events=events), 30)
        early.append(float(path.shipped(LINK)[:4].sum()))
    assert early[0] < early[1] < early[2]


# the placebo ------------------------------------------------------------------------------------


def with_placebo(world: Scenario, curbed: bool) -> Scenario:
    """Add a material with a maker in Japan and a user in Korea whose product nobody wants."""
    firm = next(iter(world.document.firms))
    source = next(iter(world.document.meta.sources))
    changes: Tree = {
        "materials.placebo": {"unit": "t"},
        "materials.unwanted": {"unit": "t"},
        "facilities.placebo_maker": {
            "firm": firm,
            "country": "JP",
            "makes": {"placebo": {"capacity": "5 t/day"}},
        },
        "facilities.placebo_user": {
            "firm": firm,
            "country": "KR",
            "makes": {"unwanted": {"capacity": "1 t/day", "inputs": {"placebo": {"per_unit": "1 t"}}}},
            "stocks": {"placebo": {"cover": "10 days"}},
        },
        "links.placebo/maker-user": {
            "from": "placebo_maker",
            "to": "placebo_user",
            "material": "placebo",
            "share": 1.0,
            "lead_time": "7 days",
            "regime": "bulk",
            "source": source,
        },
        "demand.unwanted": {"at": "placebo_user", "material": "unwanted", "rate": "0 t/day"},
    }
    if curbed:
        select = {"material": "placebo", "from": "JP", "to": "KR"}
        changes["events.placebo"] = {
            "kind": "embargo",
            "date": "2019-07-04",
            "select": select,
            "source": source,
        }
    return world.with_(changes)


def test_a_curb_on_what_nobody_needs_changes_nothing() -> None:
    """The placebo on the world of 2019 with its licences and responses: not a bit of any measure."""
    results = [
        sim.run(with_placebo(sim.load("curbs_2019"), curbed), replications=2, jobs=1)
        for curbed in (False, True)
    ]
    for name, values in results[0].arrays.items():
        if name != "event":  # the placebo itself is one more
            assert np.array_equal(values, results[1].arrays[name], equal_nan=True), name
    for happened in results[0].labels.events:
        days = [result.values("event", "event_day", happened) for result in results]
        assert np.array_equal(*days, equal_nan=True), happened
    world = sim.load("korea_2019")
    alone, joined = (sim.run(one, replications=2, jobs=1) for one in (world, with_placebo(world, True)))
    for name in alone.labels.processes:
        one, two = (
            r.values("process", "lost_days")[:, r.labels.processes.index(name)] for r in (alone, joined)
        )
        assert np.array_equal(one, two)
        assert not two.any()
