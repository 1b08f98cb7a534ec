"""Inventory: base stock, shelf life and order rules against exact answers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runs import Path, Prepared, prepare, run, z_score
from tests.worlds import Tree, add_supplier, event, facility, final, one_plant, tree

RATE, LEAD, LEVEL = 20.0, 5, 145.0
ON_HAND, BACKLOG, NO_STOCKOUT, FILL = (
    25.053646723035627,
    0.05364672303561317,
    0.988294263606078,
    0.9973190950441391,
)


def base_stock_world() -> Prepared:
    """Make to stock under Poisson demand.

    Theory orders at the end of day t what is available at the start of day t + L + 1: here a start of day t
    (which knows the demand of t) completes on day t + cycle, so the cycle is L + 1 = 6 days. The level
    S = 145 is finished target plus baseline work in process, 25 + 6 x 20, so the finished cover is 1.25 days.
    """
    line = {
        "headroom": "900 %",
        "cycle_time": f"{LEAD + 1} days",
        "finished_cover": "1.25 days",
        "finished_adjustment": "1 day",
    }
    noisy = {"unmet": "backlog", "noise": {"law": "poisson"}}
    return prepare(tree({"plant": facility({"x": line})}, {}, {"x": final("plant", "x", RATE, **noisy)}))


def test_base_stock__net_stock_is_the_level_less_demand_over_the_lead_time_and_a_day_on_every_path() -> None:
    """I(t) = S - D(t-L..t), exactly, once the orders of the run itself have come in."""
    path = base_stock_world().run(300)
    waiting = path.unmet("x")
    asked = path.served("x") + waiting - np.concatenate(([0.0], waiting[:-1]))
    net = path.finished("plant/x") - waiting
    assert waiting.max() > 0.0
    for day in range(LEAD, 300):
        assert net[day] == pytest.approx(LEVEL - asked[day - LEAD : day + 1].sum(), abs=1e-9)


def test_base_stock__holds_waits_and_fills_as_the_poisson_sums_say() -> None:
    """Stock on hand, probability of no stockout and fill rate over 40 replications, |z| < 3."""
    world = base_stock_world()
    held, waited, ready = [], [], []
    for replication in range(40):
        path = world.run(1_010, replication=replication)
        held.append(path.finished("plant/x")[10:].mean())
        waited.append(path.unmet("x")[10:].mean())
        ready.append((path.unmet("x")[10:] < 1e-6).mean())
    assert abs(z_score(held, ON_HAND)) < 3.0
    assert abs(z_score(waited, BACKLOG)) < 3.0
    assert abs(z_score(ready, NO_STOCKOUT)) < 3.0
    assert abs(z_score(1.0 - np.array(waited) / RATE, FILL)) < 3.0
    assert np.mean(held) == pytest.approx(ON_HAND, rel=0.02)


def single_vintage(cover: int, life: int) -> Path:
    """Run one day on opening stock, then on one vintage that a depot sends to arrive on day 1."""
    select = {"material": "m", "to": {"facility": "plant"}}
    document = one_plant(
        rate=10.0,
        cover=1.0,
        lead=0.0,
        materials={"m": {"shelf_life": f"{life} days"}},
        events={
            "buy": event("emergency_purchase", 0, select, amount=f"{cover} days", supplier="depot"),
            "closed": event("embargo", 0, {"link": "m/source-plant"}),
        },
    )
    add_supplier(document, "depot", country="JP", lead=1)
    return run(document, cover + 20)


@pytest.mark.parametrize(
    ("cover", "life", "usable", "scrapped"),
    [
        (90, 180, 90, 0.0),
        (180, 180, 180, 0.0),
        (250, 180, 180, 700.0),
        (365, 180, 180, 1850.0),
        (250, 90, 90, 1600.0),
    ],
)
def test_one_vintage__is_usable_for_its_shelf_life_and_the_rest_is_scrapped(
    cover: int, life: int, usable: int, scrapped: float
) -> None:
    """Goods of age 0 to m - 1 are used, goods of age m expire."""
    path = single_vintage(cover, life)
    output = path.output("plant/x")
    assert output[: 1 + usable] == pytest.approx(np.full(1 + usable, 10.0), rel=1e-9)
    assert output[1 + usable :].max() == 0.0
    assert path.expired("plant/m")[-1] == pytest.approx(scrapped, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("lead", [0, 4])
def test_panic_purchase__behind_a_steady_stock_lives_90_days_not_150(lead: int) -> None:
    """30 days of cover of ages 0 to 29 and 120 fresh days, shelf life 90: 60 days are scrapped.

    The purchase is ordered a day before the cut and arrives on the day of the cut. With a lead time the
    pipeline of the link brings 4 more days of goods, each fresh on arrival; they displace the purchase.
    """
    cut = 10
    source = {"capacity": "100000 u/day", "lead_time": "1 day"}
    select = {"material": "m", "to": {"facility": "plant"}}
    events = {
        "buy": event("emergency_purchase", cut - 1, select, amount="120 days", outside=source),
        "cut": event("embargo", cut, {"material": "m"}),
    }
    path = run(
        one_plant(
            rate=10.0,
            cover=30.0,
            lead=lead,
            adjustment=7.0,
            materials={"m": {"shelf_life": "90 days"}},
            events=events,
        ),
        300,
    )
    last = cut + 90 + max(0, lead - 1)  # goods in transit arrive on days cut to cut + lead - 1
    scrapped = 10.0 * (30 + 120 + lead - (last - cut))
    assert np.flatnonzero(path.output("plant/x") < 10.0 - 1e-9)[0] == last
    assert path.expired("plant/m")[-1] == pytest.approx(scrapped, rel=1e-9)
    if lead == 0:
        assert (last - cut, scrapped) == (90, 600.0)


def order_world(tau: float, lead: int, *, literature: bool, cv: float = 0.0) -> Tree:
    """Return a plant whose use is its demand of the day, with ample stock and capacity.

    The default is `forecast: fixed`; `literature` (replace use, close the gap to a level) is
    `forecast: yesterday` with `order_up_to`: then n_s is the use of the day and T_s the level.
    """
    fields: Tree = {"forecast": "yesterday", "order_up_to": f"{1000.0 * (40 + lead)} u"} if literature else {}
    noise = {"noise": {"law": "normal", "cv": cv}} if cv else {}
    return one_plant(
        rate=1000.0,
        cover=40.0,
        lead=lead,
        adjustment=tau,
        headroom=9.0,
        supplier_headroom=99.0,
        stock_fields=fields,
        demand_fields=noise,
    )


def response(tau: float, lead: int, *, literature: bool) -> np.ndarray:
    """Return what one more unit of demand on day 5 does to the orders of all days (measured with 500)."""
    document = order_world(tau, lead, literature=literature)
    day = {"until": "2019-01-07", "factor": 1.5}
    document["events"] = {"more": event("demand", 5, {"demand": "x"}, **day)}
    return np.asarray(run(document, 800).order("plant/m") - 1000.0) / 500.0


@pytest.mark.parametrize("lead", [0, 3])
@pytest.mark.parametrize("tau", [1, 2, 5, 10, 20])
def test_fixed_forecast__smooths_orders_by_one_over_two_tau_less_one(tau: int, lead: int) -> None:
    """The variance ratio is the sum of squares of the response to one unit of demand."""
    answer = response(tau, lead, literature=False)
    assert (answer**2).sum() == pytest.approx(1.0 / (2.0 * tau - 1.0), rel=1e-9)
    assert answer.sum() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("lead", [0, 3])
@pytest.mark.parametrize("tau", [1, 2, 6, 10, 30])
def test_replaced_use__replacing_use_and_closing_the_gap_amplifies_even_without_lead_time(
    tau: int, lead: int
) -> None:
    """The variance ratio is (2 tau + 3) / (2 tau - 1), whatever the lead time."""
    answer = response(tau, lead, literature=True)
    assert (answer**2).sum() == pytest.approx((2.0 * tau + 3.0) / (2.0 * tau - 1.0), rel=1e-9)


@pytest.mark.parametrize(
    ("literature", "ratio"),
    [(False, 1.0 / 19.0), (True, 1.210526315789474)],
    ids=["fixed forecast", "replaced use"],
)
def test_fixed_forecast__and_replaced_use_hold_under_random_demand(literature: bool, ratio: float) -> None:
    """tau = 10, normal demand with a tenth of variation, 40 replications, |z| < 3.

    The variance of orders is taken about its known mean, so that the estimate has no bias.
    """
    world = prepare(order_world(10, 2, literature=literature, cv=0.1))
    ratios = []
    for replication in range(40):
        path = world.run(1_500, replication=replication)
        ratios.append(((path.order("plant/m")[200:] - 1000.0) ** 2).mean() / 100.0**2)
    assert abs(z_score(ratios, ratio)) < 3.0
    assert np.mean(ratios) == pytest.approx(ratio, rel=0.02)


def test_fixed_forecast__one_day_of_adjustment_orders_exactly_yesterdays_use() -> None:
    """tau = 1 is a base stock."""
    path = prepare(order_world(1, 2, literature=False, cv=0.1)).run(200)
    assert path.order("plant/m") == pytest.approx(path.starts("plant/x"), rel=1e-9)


@pytest.mark.parametrize("days", [1, 4, 14])
def test_an_average_forecast_moves_one_part_in_its_days_towards_the_use_of_the_day(days: int) -> None:
    """E9, E10 by hand: n += (use - n) / d, then n + (n (cover + lead) - position) / tau."""
    document = order_world(5, 2, literature=False, cv=0.2)
    document["facilities"]["plant"]["stocks"]["m"]["forecast"] = {"average": f"{days} days"}
    path = run(document, 200)
    use, shipped = path.starts("plant/x"), path.shipped("m/source-plant")
    need, position = 1000.0, 42_000.0
    for day in range(200):
        need += (use[day] - need) / days
        position += shipped[day] - use[day]
        expected = max(0.0, need + (need * 42.0 - position) / 5.0)
        assert path.order("plant/m")[day] == pytest.approx(expected, rel=1e-9)
