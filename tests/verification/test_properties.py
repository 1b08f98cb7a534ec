"""Properties: mass, monotonicity in its class and outside it, keyed draws."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from sim.randomness import compiled_uniform, key, uniform, uniforms
from tests.engine.audit import Auditor
from tests.runs import Path, prepare, run
from tests.worlds import Tree, event, facility, final, link, one_plant, stock, tree

# mass ---------------------------------------------------------------------------------------------


def fifty_firms() -> Tree:
    """Return five layers of ten firms, three inputs from two suppliers each, a shock to all raw makers."""
    facilities: Tree = {}
    links: Tree = {}
    demand: Tree = {}
    for layer, i in itertools.product(range(5), range(10)):
        name = f"f{layer}_{i}"
        needs = [] if layer == 0 else [(i + 3 * k + layer) % 10 for k in range(3)]
        inputs = {
            f"m{layer - 1}_{n}": {"per_unit": f"{0.2 + 0.1 * k} u", "criticality": (1.0, 0.5, 1.0)[k]}
            for k, n in enumerate(needs)
        }
        made: Tree = {f"m{layer}_{i}": {"headroom": 0.1, "finished_cover": "1 day", "inputs": inputs}}
        if layer < 4:  # everybody can also make the product of the next firm, as its second supplier
            made[f"alt{layer}_{i}"] = {"headroom": 0.1, "material": f"m{layer}_{(i + 1) % 10}"}
        facilities[name] = facility(made, {m: stock(2.0 + i % 3, adjustment="10 days") for m in inputs})
        for m in inputs:
            n = int(m.rpartition("_")[2])
            second = f"f{layer - 1}_{(n - 1) % 10}"
            lead = 1 + (7 * i + 3 * n + layer) % 20
            links[f"{m}/f{layer - 1}_{n}-{name}"] = link(f"f{layer - 1}_{n}", name, m, lead=lead, share=0.6)
            links[f"{m}/{second}-{name}"] = link(
                second, name, m, lead=21 - lead, share=0.4, process=f"alt{layer - 1}_{(n - 1) % 10}"
            )
        if layer == 4:
            demand[f"m4_{i}"] = final(name, f"m4_{i}", 10.0 + i)
    shock = event(
        "outage", 60, {"facility": [f"f0_{i}" for i in range(10)]}, remaining=0.05, duration="90 days"
    )
    return tree(facilities, links, demand, events={"shock": shock})


def test_mass__fifty_firms_keep_their_mass_for_a_year_under_a_shock() -> None:
    """Raw capacity at 5 % on days 60 to 149; every account closes to 1e-12 of throughput, every day."""
    auditor = Auditor(tolerance=1e-12)
    path = run(fifty_firms(), 365, audit=auditor)
    assert len({name.partition("/")[0] for name in path.network.processes}) == 50
    assert auditor.days == 365
    assert auditor.worst <= 1e-12
    assert path.run.records.unmet.sum() > 100.0  # the shock reaches final demand


# monotonicity -------------------------------------------------------------------------------------


def cut_for(days: int) -> Path:
    """Cut the only link on day 10 for some days: cover 30, lead time 5, orders over 10 days, headroom half.

    Beliefs are off, one of the conditions of the class in which cumulative receipts are monotone.
    """
    until = str(np.datetime64("2019-01-11") + days)
    document = one_plant(
        cover=30.0,
        lead=5,
        adjustment=10.0,
        supplier_headroom=0.5,
        model={"availability_exponent": 0.0},
        events={"cut": event("embargo", 10, {"material": "m"}, until=until)},
    )
    return run(document, 365)


def receipts(path: Path) -> np.ndarray:
    """Return what arrives on each day: shipments of five days before."""
    shipped = path.shipped("m/source-plant")
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
        early.append(float(path.shipped("m/source-plant")[:4].sum()))
    assert early[0] < early[1] < early[2]


# keyed draws --------------------------------------------------------------------------------------


def test_keyed_draws__draws_are_those_of_numpys_philox_under_the_named_key() -> None:
    """Word 4c of the stream with key (hash of seed and name, replication), python and compiled alike."""
    for name, replication in itertools.product(("review/a", "demand/x", "lead/m/a-b"), (0, 1, 77)):
        stream = key(20190704, name)
        generator = np.random.Philox(key=np.array([stream, replication], dtype=np.uint64))
        words = generator.random_raw(400)[::4]
        expected = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
        assert uniforms(stream, replication, 100).tolist() == expected.tolist()
        for count in (0, 1, 2, 50, 99):
            assert uniform(stream, replication, count) == expected[count]
            assert compiled_uniform(np.uint64(stream), replication, count) == expected[count]


def test_keyed_draws__names_seeds_replications_and_counts_give_different_draws() -> None:
    """no two things share a stream."""
    draws = {
        uniform(key(seed, name), replication, count)
        for seed, name, replication, count in itertools.product((0, 1), ("a", "b", "a/b"), (0, 1), (0, 1))
    }
    assert len(draws) == 24


def busy(extra: bool) -> Tree:
    """Return a world in which everything is drawn, with or without a facility that sorts first."""
    lead: Any = {"low": "2 days", "mode": "4 days", "high": "9 days"}
    events = {
        "curb": event("licence", 20, {"from": "JP"}, regime="individual"),
        "fire": event(
            "outage",
            40,
            {"country": "JP"},
            remaining=0.2,
            duration={"low": "5 days", "high": "30 days"},
            probability=0.6,
            draw="per_facility",
        ),
    }
    terms = {"review": {"mean": "20 days", "cv": 0.5}, "denial": 0.3, "lot": "15 days", "validity": "90 days"}
    document = one_plant(
        lead=lead,
        adjustment=7.0,
        headroom=0.2,
        supplier_headroom=0.2,
        events=events,
        regimes={"individual": terms},
        demand_fields={"noise": {"law": "gamma", "cv": 0.3}},
    )
    if extra:
        held = {"m": stock(10.0, adjustment="7 days")}
        made = {"aa": {"headroom": 0.2, "inputs": {"m": {"per_unit": "1 u"}}}}
        document["facilities"]["aaa"] = facility(made, held)
        document["facilities"]["aab"] = facility({"m": {"headroom": 0.2}}, country="JP")
        document["materials"]["aa"] = {"unit": "u"}
        document["links"]["m/aab-aaa"] = link("aab", "aaa", "m", lead=lead)
        document["demand"]["aa"] = final("aaa", "aa", 3.0, noise={"law": "gamma", "cv": 0.3})
    return document


@pytest.mark.parametrize("replication", range(5))
def test_keyed_draws__another_facility_changes_no_draw_and_no_number_of_the_others(replication: int) -> None:
    """Licences, outages, lead times and demand of the first world, to the last bit."""
    small = prepare(busy(extra=False)).run(300, seed=3, replication=replication)
    large = prepare(busy(extra=True)).run(300, seed=3, replication=replication)
    assert len(large.network.processes) == len(small.network.processes) + 2
    for read, names in (
        ("starts", small.network.processes),
        ("stock", small.network.stocks),
        ("order", small.network.stocks),
        ("shipped", small.network.links),
        ("served", small.network.demands),
        ("unmet", small.network.demands),
    ):
        for name in names:
            assert np.array_equal(getattr(small, read)(name), getattr(large, read)(name)), (read, name)
    ours = [(f.filed, f.decided, f.usable, f.lapsed, f.denials) for f in small.run.licences]
    index = large.network.links.index("m/source-plant")
    theirs = [
        (f.filed, f.decided, f.usable, f.lapsed, f.denials) for f in large.run.licences if f.link == index
    ]
    assert len(ours) > 5
    assert np.array_equal(ours, theirs, equal_nan=True)
