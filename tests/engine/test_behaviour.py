"""Behaviour: stocks that fade, inflated orders, full stores, faster freight, diverted sales, bought in need."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.scenario.schema.document import Document, Facility
from tests.engine.audit import Auditor
from tests.runs import prepare, run
from tests.worlds import Tree, date, event, facility, final, link, one_plant, stock, tree

LINK = "m/source-plant"


def cover_of(document: Tree, days: int) -> list[float]:
    covers: list[float] = []
    audit = Auditor()

    def watch(simulation: Any, day: int) -> None:
        audit(simulation, day)
        covers.append(float(simulation.state.cover[0]))

    prepare(document).run(days, audit=watch)
    return covers


@pytest.mark.parametrize(("target", "first"), [("+35 days", 35.0), ("-12 days", -12.0), ("90 days", 60.0)])
def test_a_change_of_cover_fades_with_its_half_life(target: str, first: float) -> None:
    """E35: the change is halved every 20 days, counted from the day of the event."""
    events = {"hoard": event("stock_target", 5, {"material": "m"}, target=target, half_life="20 days")}
    covers = cover_of(one_plant(cover=30.0, events=events, supplier_headroom=5.0), 120)
    expected = [30.0 if t < 5 else 30.0 + first * 0.5 ** ((t - 5) / 20) for t in range(120)]
    assert covers == pytest.approx(expected, rel=1e-12)


def test_a_fading_target_ends_with_its_event_and_lies_over_others() -> None:
    events = {
        "first": event("stock_target", 2, {"material": "m"}, target="40 days", until=date(30)),
        "hoard": event(
            "stock_target", 5, {"material": "m"}, target="+8 days", half_life="4 days", until=date(13)
        ),
    }
    covers = cover_of(one_plant(cover=30.0, events=events, supplier_headroom=5.0), 40)
    expected = (
        [30.0] * 2 + [40.0] * 3 + [40.0 + 8.0 * 0.5 ** (k / 4) for k in range(8)] + [40.0] * 17 + [30.0] * 10
    )
    assert covers == pytest.approx(expected, rel=1e-12)


def test_a_fading_target_is_gone_in_the_end() -> None:
    events = {"hoard": event("stock_target", 0, {"material": "m"}, target="+8 days", half_life="1 day")}
    assert cover_of(one_plant(cover=30.0, events=events, supplier_headroom=5.0), 30)[-1] == 30.0


def rationed(rule: str, gamma: float, most: float = 2.0) -> Document:
    """Return one supplier of 100 a day cut to 60, three buyers of 50, 30 and 20 with fixed orders."""
    needs = {"a": 50.0, "b": 30.0, "c": 20.0}
    made = {"headroom": 0.0, "inputs": {"m": {"per_unit": "1 u"}}}
    held = {n: stock(30.0) for n in needs}
    held["a"]["order_inflation"] = gamma
    document = Document.model_validate(_rationed(rule, most, needs, made, held))
    return document.model_copy(
        update={"facilities": {key: _never_adjusting(entry) for key, entry in document.facilities.items()}}
    )


def _never_adjusting(entry: Facility) -> Facility:
    """Let stocks order what they need and no more: files give no time of more than a century."""
    stocks = {key: held.model_copy(update={"adjustment": 1e9}) for key, held in entry.stocks.items()}
    return entry.model_copy(update={"stocks": stocks})


def _rationed(rule: str, most: float, needs: dict[str, float], made: Tree, held: Tree) -> Tree:
    return tree(
        {"source": facility({"m": {"headroom": 0.0, "rationing": rule}})}
        | {n: facility({f"x{n}": made}, {"m": held[n]}) for n in needs},
        {f"m/source-{n}": link("source", n, "m") for n in needs},
        {f"x{n}": final(n, f"x{n}", need) for n, need in needs.items()},
        model={"inflation_max": most, "availability_memory": "5 days", "switching": 0.0},
        events={"cut": event("outage", 0, {"facility": "source"}, remaining=0.6, until=date(300))},
    )


@pytest.mark.parametrize(
    ("rule", "gamma", "shipped"),
    [
        ("proportional", 0.0, (30.0, 18.0, 12.0)),
        ("proportional", 1.0, (40.0, 12.0, 8.0)),
        ("uniform", 0.0, (20.0, 20.0, 20.0)),
        ("uniform", 1.0, (20.0, 20.0, 20.0)),
    ],
)
def test_rationing__a_buyer_who_doubles_his_order(
    rule: str, gamma: float, shipped: tuple[float, ...]
) -> None:
    """Gaming: 100/30/20 share 60 as 40/12/8 in proportion; the uniform rule cannot be gamed."""
    path = run(rationed(rule, gamma), 120, audit=Auditor())
    last = [path.shipped(f"m/source-{n}")[-1] for n in "abc"]
    assert last == pytest.approx(shipped, rel=1e-6)


def test_the_end_of_a_purchase_creates_no_reserve() -> None:
    """Of two purchases on one link, 5 and 50 days, little has come when the first ends: 5 days are its own."""
    buy = {"supplier": "source", "until": date(30)}
    more = {"supplier": "source", "until": date(60)}
    events = {
        "first": event("emergency_purchase", 5, {"material": "m"}, amount="5 days", **buy),
        "second": event("emergency_purchase", 10, {"material": "m"}, amount="50 days", **more),
    }
    reserve: list[float] = []
    document = one_plant(cover=10.0, supplier_headroom=0.1, events=events)
    prepare(document).run(80, audit=lambda simulation, _: reserve.append(float(simulation.state.reserve[0])))
    assert 5.0 < reserve[29] < 50.0
    assert reserve[30] == pytest.approx(reserve[29] - 5.0)
    assert reserve[59] == reserve[30]
    assert reserve[60] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("until", "kept"), [(None, 62.0), (19, 8.0)])
def test_what_expires_of_a_purchase_is_not_bought_again(until: int | None, kept: float) -> None:
    """90 days arrive with the order of day 18 and keep 63: 8 of the stock and 55 of the 91 are used, 36 expire."""
    buy: Tree = {"amount": "90 days", "supplier": "source", "until": until and date(until)}
    document = one_plant(
        cover=8.0,
        supplier_headroom=99.0,
        events={"buy": event("emergency_purchase", 18, {"material": "m"}, **buy)},
    )
    document["materials"]["m"]["shelf_life"] = "63 days"
    path = run(document, 300, audit=Auditor())
    assert path.stock("plant/m")[23] == pytest.approx(98.0)
    assert path.expired("plant/m")[-1] == pytest.approx(36.0)
    assert path.stock("plant/m")[-1] == pytest.approx(kept)


def test_order_inflation_follows_belief() -> None:
    """E36: the order is min(3, 1 / A)^gamma times 50, A the average of what was filled."""
    path = run(rationed("proportional", 0.5, most=3.0), 60, audit=Auditor())
    belief = 1.0
    for day in range(60):
        order = 50.0 * min(3.0, 1.0 / belief) ** 0.5
        shipped = 60.0 * order / (order + 50.0)
        assert path.shipped("m/source-a")[day] == pytest.approx(shipped, rel=1e-8)
        belief += (shipped / order - belief) / 5.0


def test_without_inflation_its_limit_is_of_no_account() -> None:
    document = rationed("proportional", 0.0)
    other = rationed("proportional", 0.0, most=9.0)
    for a, b in zip(run(document, 60).run.records, run(other, 60).run.records, strict=True):
        assert np.array_equal(a, b, equal_nan=True)


def stored(storage: str | None, steady: float, cycle: int = 0) -> Tree:
    document = one_plant(cover=10.0, rate=2.0, supplier_headroom=0.5)
    made = document["facilities"]["source"]["makes"]["m"]
    made |= {"finished_cover": "3 days", "cycle_time": f"{cycle} days", "steady": steady}
    if storage:
        made["storage"] = storage
    document["events"] = {"ban": event("embargo", 5, {"material": "m"})}
    return document


def test_a_steady_plant_runs_until_its_store_is_full() -> None:
    """Storage 9 days, target 3, at 2 a day: from day 5 on it makes 2 a day for 6 days, then nothing."""
    path = run(stored("9 days", 1.0), 40, audit=Auditor())
    finished = path.finished("source/m")
    expected = [6.0] * 5 + [8.0, 10.0, 12.0, 14.0, 16.0, 18.0] + [18.0] * 29
    assert finished == pytest.approx(expected, rel=1e-12)
    assert path.starts("source/m")[11:] == pytest.approx(np.zeros(29))


def test_a_plant_that_is_half_steady_fills_its_store_at_half_the_rate() -> None:
    finished = run(stored("9 days", 0.5), 40, audit=Auditor()).finished("source/m")
    assert finished[5:18] == pytest.approx([min(18.0, 7.0 + k) for k in range(13)], rel=1e-12)


def test_work_in_process_may_come_on_top() -> None:
    """With a cycle of 4 days the store and what is normally in process are the limit: 18 + 8."""
    finished = run(stored("9 days", 1.0, cycle=4), 40, audit=Auditor()).finished("source/m")
    assert finished.max() == pytest.approx(26.0, rel=1e-12)


def test_a_large_store_of_a_plant_that_is_not_steady_changes_nothing() -> None:
    for a, b in zip(
        run(stored(None, 0.0), 60).run.records, run(stored("9000 days", 0.0), 60).run.records, strict=True
    ):
        assert np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize(
    ("fields", "lead"), [({"factor": "40 %"}, 4), ({"saves": "6.4 days"}, 4), ({"saves": "30 days"}, 0)]
)
@pytest.mark.parametrize("random", [False, True])
def test_expedited_goods_arrive_sooner(fields: Tree, lead: int, random: bool) -> None:
    """Lead 10: what is shipped from day 20 to 29 arrives after `lead` days, the rest after 10."""
    document = one_plant(cover=30.0, supplier_headroom=3.0)
    law: Any = {"values": ["10 days", "10 days"], "weights": [1, 1]} if random else "10 days"
    document["links"][LINK]["lead_time"] = law
    document["events"] = {"fly": event("expedite", 20, {"material": "m"}, until=date(30), **fields)}
    path = run(document, 60, audit=Auditor())
    shipped, stock_ = path.shipped(LINK), path.stock("plant/m")
    starts, arrived = path.starts("plant/x"), np.zeros(80)
    arrived[:10] = 1.0
    for day in range(60):
        fast = 20 <= day < 30
        arrived[day + (lead if fast else 10)] += shipped[day]
    assert stock_ == pytest.approx(30.0 + np.cumsum(arrived[:60] - starts), abs=1e-9)


def exporting(**fields: Any) -> Tree:
    """Return a supplier of 10 a day to a plant and 4 a day to the world, with room for 4 more."""
    document = one_plant(
        rate=10.0, cover=20.0, events={"ban": event("embargo", 10, {"material": "m"}, until=date(100))}
    )
    document["demand"]["m/world"] = final("source", "m", 4.0)
    document["events"]["sell"] = event("diversion", 10, {"demand": "m/world"}, **fields)
    return document


def test_unsold_goods_go_to_third_countries_with_a_lag() -> None:
    """E37: half of 10 a day, moved in 20 days; every unit sold was made (the audit), and it ends with the ban."""
    path = run(exporting(share="50 %", lag="20 days"), 200, audit=Auditor())
    extra, expected = 0.0, []
    for day in range(200):
        if day > 10:
            extra += (0.5 * (10.0 if 11 <= day < 100 else 0.0) - extra) / 20.0
        expected.append(4.0 + extra)
    assert path.served("m/world")[:100] == pytest.approx(expected[:100], rel=1e-9)
    assert path.output("source/m")[11:100] == pytest.approx(expected[11:100], rel=1e-9)
    asked = path.served("m/world") + path.unmet("m/world")
    assert asked == pytest.approx(expected, rel=1e-9)


def test_diversion_ends_with_its_event_and_without_a_curb_there_is_none() -> None:
    path = run(exporting(share=1.0, lag="1 day", until=date(40)), 60, audit=Auditor())
    assert path.served("m/world") == pytest.approx([4.0] * 11 + [14.0] * 29 + [4.0] * 20, rel=1e-9)
    document = exporting(share=1.0)
    del document["events"]["ban"]
    assert run(document, 60).served("m/world") == pytest.approx([4.0] * 60)


def test_an_emergency_purchase_waits_until_the_cover_is_low() -> None:
    """The cover falls a day a day from 20 under an embargo: below 12.5 on the evening that leaves 12, bought next day."""
    document = one_plant(cover=20.0, lead=0.0, events={"ban": event("embargo", 0, {"link": LINK})})
    document["events"]["buy"] = event("emergency_purchase", 0, {"material": "m"}, amount="6 days") | {
        "when": {"cover_below": "12.5 days", "select": {"material": "m"}},
        "outside": {"capacity": "2 u/day", "lead_time": "3 days"},
    }
    del document["events"]["buy"]["date"]
    path = run(document, 40, audit=Auditor())
    link_ = "m/outside_buy-plant"
    low = int(np.flatnonzero(path.stock("plant/m") < 12.5)[0])
    assert path.shipped(link_)[: low + 1].sum() == 0.0
    assert path.shipped(link_)[low + 1 : low + 4] == pytest.approx([2.0, 2.0, 2.0])
    assert path.shipped(link_).sum() == pytest.approx(6.0)


def test_blocks_of_days_give_the_same_as_days() -> None:
    document = exporting(share=0.7, lag="5 days")
    document["facilities"]["source"]["makes"]["m"] |= {"storage": "4 days", "steady": 0.5}
    document["model"] = {"order_inflation": 0.8}
    document["events"] |= {
        "hoard": event("stock_target", 7, {"material": "m"}, target="+9 days", half_life="6 days"),
        "fly": event("expedite", 20, {"material": "m"}, factor=0.5, until=date(30)),
    }
    prepared = prepare(document)
    a, b = (prepared.run(150, daily=daily).run.records for daily in (False, True))
    assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("outage", [30, 200, 400])
def test_a_supplier_is_asked_again_however_long_it_was_out(outage: int) -> None:
    """From the day it ships again, belief closes a fourteenth of its gap each day, and orders follow."""
    made = {"headroom": "900 %"}
    document = tree(
        {
            "east": facility({"m": made}, country="JP"),
            "west": facility({"m": made}, country="TW"),
            "plant": facility({"x": {"inputs": {"m": {"per_unit": "1 u"}}}}, {"m": stock(30.0)}),
        },
        {
            "m/east-plant": link("east", "plant", "m", share=0.5),
            "m/west-plant": link("west", "plant", "m", share=0.5),
        },
        {"x": final("plant", "x", 10.0)},
        events={"fire": event("outage", 50, {"facility": "east"}, until=date(50 + outage))},
    )
    path = run(document, 50 + outage + 120)
    shipped = path.shipped("m/east-plant")
    assert (shipped[50 : 50 + outage] == 0.0).all()
    belief = (1.0 - 1.0 / 14.0) ** outage
    for day in range(50 + outage, 50 + outage + 120):
        trust = max(0.01, belief)
        first, left, room = 0.5 * trust, 0.5 * (1.0 - trust), 1.0 - 0.5 * trust  # shares of the order
        asked = first + left * room * trust / (room * trust + 0.5)
        both = shipped[day] + path.shipped("m/west-plant")[day]
        assert shipped[day] == pytest.approx(asked * both, rel=1e-9)
        belief += (1.0 - belief) / 14.0
    assert shipped[-1] == pytest.approx(5.0, rel=1e-2)
