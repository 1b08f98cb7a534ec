"""Exactness: the fixed point, and changes of a file that must not change the answer."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import numpy as np
import pytest

from sim.engine import Records
from sim.network import Network
from tests.runs import NAMES_OF, Path, prepare, run
from tests.verification.test_networks import F, sectors
from tests.worlds import Tree, date, event, facility, fifty_firms, final, link, stock, tree

DAYS = 400
LEAD = {"low": "1 day", "mode": "3 days", "high": "9 days"}


def lively() -> Tree:
    """Return two makers and an alternative, three plants, and every kind of event; flows are eighths."""
    raw = {"headroom": 0.25, "finished_cover": "2 days"}
    facilities: Tree = {
        "maker_1": facility({"m": raw, "z": raw | {"cycle_time": "4 days"}}, country="JP"),
        "maker_2": facility({"m": raw | {"rationing": "relative"}}, country="JP"),
        "spare": facility({"m": {"capacity": "16 u/day", "initial": "24 u"}}, country="BE"),
    }
    links: Tree = {}
    demand: Tree = {}
    for k, family in enumerate(("pbl", "ces", "ario")):
        plant = f"plant_{k}"
        inputs = {
            "m": {"per_unit": "0.5 u"},
            "z": {"per_unit": "0.25 u", "criticality": "important"},
        }
        made = {
            "headroom": 0.125,
            "cycle_time": f"{5 * k} days",
            "yield": 0.875,
            "finished_cover": "3 days",
            "production": family,
            "inputs": inputs,
            "overcapacity": {"law": "exponential", "max": 1.25, "time": "30 days"},
        }
        held = {
            "m": stock(12.0, adjustment="7 days", forecast={"average": "8 days"}),
            "z": stock(9.0, adjustment="4 days"),
        }
        facilities[plant] = facility({f"x{k}": made}, held)
        links[f"m/maker_1-{plant}"] = link("maker_1", plant, "m", lead=LEAD, share=0.5)
        links[f"m/maker_2-{plant}"] = link("maker_2", plant, "m", lead=2, share=0.5)
        links[f"m/spare-{plant}"] = link("spare", plant, "m", lead=5, share=0.0, max_share=0.0)
        links[f"z/maker_1-{plant}"] = link("maker_1", plant, "z", lead=0)
        demand[f"x{k}"] = final(
            plant, f"x{k}", 4.0 + k, unmet=("lost", "backlog")[k % 2], noise={"law": "gamma", "cv": 0.25}
        )
    events = {
        "curb": event("licence", 40, {"link": "m/maker_1-*"}, regime="individual", until=date(220)),
        "cap": event(
            "quota", 60, {"link": "m/maker_2-*"}, allow="60 % of baseline", period="week", until=date(260)
        ),
        "each": event(
            "quota",
            90,
            {"material": "z"},
            allow="80 % of baseline",
            period="day",
            pool="per_link",
            until=date(160),
        ),
        "fire": event(
            "outage",
            120,
            {"facility": "maker_2"},
            remaining=0.25,
            recovery="8 days",
            duration={"low": "10 days", "high": "40 days"},
            probability=0.75,
        ),
        "boom": event("demand", 150, {"demand": "x0"}, factor=1.25, until=date(200)),
        "more": event("stock_target", 35, {"material": "m"}, target="+8 days"),
        "save": {
            "kind": "thrift",
            "when": {"cover_below": "6 days", "select": {"facility": "plant_1", "material": "m"}},
            "select": {"facility": "plant_1"},
            "saving": 0.125,
            "below": "5 days",
            "source": "estimate",
        },
        "spare": event(
            "qualification",
            50,
            {"link": "m/spare-*"},
            stages={
                "a": {"after": "30 days", "max_share": 0.25},
                "b": {"after": "90 days", "max_share": 1.0},
            },
        ),
        "buy": event(
            "emergency_purchase",
            70,
            {"material": "m", "to": {"facility": "plant_2"}},
            amount="8 days",
            supplier="maker_1",
        ),
    }
    terms = {
        "review": {"mean": "20 days", "cv": 0.5},
        "denial": 0.25,
        "resubmit": "5 days",
        "lot": "16 days",
        "dispatch": "3 days",
        "validity": "30 days",
        "examiners": 3,
    }
    return tree(
        facilities,
        links,
        demand,
        events=events,
        regimes={"individual": terms},
        materials={"m": {"shelf_life": "18 days"}},
    )


def differing(one: Records, two: Records) -> list[str]:
    """Return the names of records that are not the same to the last bit."""
    return [
        n for n in Records._fields if not np.array_equal(getattr(one, n), getattr(two, n), equal_nan=True)
    ]


# the fixed point --------------------------------------------------------------------------------


def quiet(document: Tree) -> Tree:
    """Take everything out that moves a world off its baseline."""
    document["events"] = {}
    for entry in document["demand"].values():
        entry.pop("noise", None)
    for entry in document["links"].values():
        entry["lead_time"] = entry["lead_time"] if isinstance(entry["lead_time"], str) else "3 days"
    return document


STILL = {
    "a cycle of sectors": lambda: sectors(F),
    "fifty firms with two suppliers each": fifty_firms,
    "three families with yield, cycles and shelf life": lively,
}


@pytest.mark.parametrize("world", sorted(STILL))
def test_i7_without_shocks_a_world_stays_on_its_baseline_for_two_years(world: str) -> None:
    """I7: starts, orders, shipments, stocks and sales stay at the Leontief solution to 1e-9."""
    path = run(quiet(STILL[world]()), 730)
    records, network = path.run.records, path.network
    arrays = network.arrays
    for values, baseline in (
        (records.starts, arrays.base_starts),
        (records.output, arrays.base_starts * arrays.yield_),
        (records.order, arrays.need),
        (records.shipped, arrays.base_flow),
        (records.stock, network.initial_stock),
        (records.served, arrays.demand_rate),
        (records.finished, network.initial_finished),
    ):
        assert np.abs(values - baseline).max() <= 1e-9 * max(1.0, float(baseline.max()))
    assert records.unmet.max() <= 1e-9
    assert records.expired.max() == 0.0


@pytest.mark.parametrize("family", ["pbl", "leontief", "ces", "linear", "ario"])
def test_i7_the_baseline_holds_under_every_production_family(family: str) -> None:
    """I7 with one switch for all processes."""
    document = quiet(lively())
    document["model"] = {"production": family}
    path = run(document, 730)
    base = path.network.arrays.base_starts
    assert np.abs(path.run.records.starts - base).max() <= 1e-9 * float(base.max())


# what must not matter ---------------------------------------------------------------------------


def test_blocks_of_days_equal_single_days_to_the_last_bit() -> None:
    """Licences, quotas, outages, thresholds, noise and random lead times on."""
    world = prepare(lively())
    for replication in range(4):
        blocks = world.run(DAYS, replication=replication)
        single = world.run(DAYS, replication=replication, daily=True)
        assert differing(blocks.run.records, single.run.records) == []
        assert len(blocks.run.licences) == len(single.run.licences) > 10


def test_the_lively_world_is_lively() -> None:
    """The world of these tests loses output, ships from the spare maker and lets goods expire."""
    path = prepare(lively()).run(DAYS)
    assert path.run.records.unmet.sum() > 10.0
    assert path.shipped("m/spare-plant_0").sum() > 1.0
    assert path.run.records.expired.sum() > 0.0
    assert {"save", "fire", "curb"} <= {
        name for r in range(4) for _, name, _, _ in prepare(lively()).run(DAYS, replication=r).run.log
    }


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not() -> None:
    one, two = (prepare(lively()).run(DAYS, seed=5).run.records for _ in range(2))
    assert differing(one, two) == []
    assert "served" in differing(one, prepare(lively()).run(DAYS, seed=6).run.records)


def turned(value: Any) -> Any:
    """Reverse the order of every map."""
    return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


def test_the_order_of_rows_changes_no_bit() -> None:
    one, two = run(lively(), DAYS), run(turned(lively()), DAYS)
    assert one.network.links == two.network.links
    assert differing(one.run.records, two.run.records) == []


def scaled(document: Tree, factor: float) -> Tree:
    """Multiply every absolute flow and amount."""
    for entry in document["demand"].values():
        entry["rate"] = f"{float(entry['rate'].split()[0]) * factor!r} u/day"
    spare = document["facilities"]["spare"]["makes"]["m"]
    spare["capacity"], spare["initial"] = f"{16.0 * factor!r} u/day", f"{24.0 * factor!r} u"
    return document


def flows(records: Records) -> dict[str, np.ndarray]:
    """Return the records that are amounts."""
    return {name: getattr(records, name) for name in Records._fields if name != "limiting"}


@pytest.mark.parametrize("factor", [8.0, 0.5, 2.0**20])
def test_scaling_by_a_power_of_two_scales_every_bit(factor: float) -> None:
    """I8: all flows and amounts times a power of two."""
    one, two = run(lively(), DAYS), run(scaled(lively(), factor), DAYS)
    for name, values in flows(one.run.records).items():
        assert np.array_equal(values * factor, getattr(two.run.records, name), equal_nan=True), name
    assert np.array_equal(one.run.records.limiting, two.run.records.limiting)


def test_scaling_by_ten_scales_everything_to_1e_12() -> None:
    """I8: relative to the largest number of each record."""
    one, two = run(lively(), DAYS), run(scaled(lively(), 10.0), DAYS)
    for name, values in flows(one.run.records).items():
        error = np.nanmax(np.abs(values * 10.0 - getattr(two.run.records, name)))
        assert error <= 1e-12 * np.nanmax(np.abs(values)) * 10.0, name


def split_world(*, split: bool) -> Tree:
    """Return two buyers of a maker with an outage and a rival; one link is whole or in two halves."""
    made = {"headroom": 0.25, "inputs": {"m": {"per_unit": "1 u"}}}
    cap = {"max_share": 0.75}
    links: Tree = {
        "m/rival-a": link("rival", "a", "m", lead=4, share=0.25),
        "m/maker-b": link("maker", "b", "m", lead=2),
    }
    if split:
        for half in ("x", "y"):
            links[f"m/maker-a-{half}"] = link("maker", "a", "m", lead=3, share=0.375, max_share=0.375)
    else:
        links["m/maker-a"] = link("maker", "a", "m", lead=3, share=0.75, **cap)
    return tree(
        {
            "maker": facility({"m": {"headroom": 0.1}}, country="JP"),
            "rival": facility({"m": {"headroom": 0.3}}, country="BE"),
            "a": facility({"xa": made}, {"m": stock(11.0, adjustment="6 days")}),
            "b": facility({"xb": made}, {"m": stock(7.0, adjustment="3 days")}),
        },
        links,
        {"xa": final("a", "xa", 7.3, noise={"law": "gamma", "cv": 0.3}), "xb": final("b", "xb", 4.1)},
        events={
            "fire": event(
                "outage", 30, {"facility": "maker"}, remaining=0.3, duration="40 days", recovery="9 days"
            )
        },
    )


def test_a_link_in_two_halves_changes_no_bit() -> None:
    """Deterministic bulk links, proportional rationing, halved caps."""
    whole, halves = run(split_world(split=False), DAYS), run(split_world(split=True), DAYS)
    assert whole.run.records.unmet.sum() > 1.0
    together = halves.shipped("m/maker-a-x") + halves.shipped("m/maker-a-y")
    assert np.array_equal(whole.shipped("m/maker-a"), together)
    for name in ("starts", "output", "finished", "stock", "order", "served", "unmet"):
        assert np.array_equal(getattr(whole.run.records, name), getattr(halves.run.records, name)), name


def later(value: Any, days: int) -> Any:
    """Move every date of a tree."""
    if isinstance(value, dict):
        return {later(key, days): later(entry, days) for key, entry in value.items()}
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return (datetime.date.fromisoformat(value) + datetime.timedelta(days=days)).isoformat()
    return value


def test_a_shift_of_all_dates_changes_no_bit_without_calendars() -> None:
    """I10: every event moves with the start; the quota is per day, so that no week or month matters."""
    document = lively()
    document["events"]["cap"]["period"] = "day"
    moved = later(copy.deepcopy(document), 1_003)
    assert moved["run"]["start"] != document["run"]["start"]
    assert differing(run(document, DAYS).run.records, run(moved, DAYS).run.records) == []


def with_island(document: Tree) -> Tree:
    """Add a maker and a plant that trade only with each other, before and after all others by name."""
    made = {"a0": {"headroom": 0.5, "inputs": {"m": {"per_unit": "1 u"}}}}
    document["facilities"]["aa_isle"] = facility(made, {"m": stock(5.0)})
    document["facilities"]["zz_isle"] = facility({"m": {"headroom": 0.5}}, country="US")
    document["links"]["m/zz_isle-aa_isle"] = link("zz_isle", "aa_isle", "m", lead=LEAD)
    document["materials"]["a0"] = {"unit": "u"}
    document["demand"]["a0"] = final("aa_isle", "a0", 2.5, noise={"law": "gamma", "cv": 0.5})
    return document


def columns(path: Path, other: Network) -> Records:
    """Return the records of the rows that another network has too, `limiting` as it is."""
    network, records = path.network, path.run.records
    renamed = records._replace(
        **{
            record: getattr(records, record)[
                :, [getattr(network, kind).index(n) for n in getattr(other, kind)]
            ]
            for record, kind in NAMES_OF.items()
        }
    )
    place = {network.stocks.index(n): index for index, n in enumerate(other.stocks)}
    limiting = np.array([[place.get(int(v), int(v)) for v in row] for row in renamed.limiting])
    return renamed._replace(limiting=limiting)


def test_an_isolated_facility_changes_no_bit_of_the_others() -> None:
    """Keyed draws, with every kind of event."""
    alone, joined = run(lively(), DAYS), run(with_island(lively()), DAYS)
    assert len(joined.network.links) == len(alone.network.links) + 1
    assert differing(alone.run.records, columns(joined, alone.network)) == []
