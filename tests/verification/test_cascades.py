"""Cascades and policy: time to survive, serial chains, qualification, rationing, recovery."""

from __future__ import annotations

import json
import math
import pathlib

import numpy as np
import pytest

from tests.runs import Prepared, lost_days, lost_output, prepare, run, time_to_survive, z_score
from tests.worlds import Tree, add_supplier, event, facility, final, link, one_plant, stock, tree

TARGETS = pathlib.Path(__file__).parent / "targets"
CUT = {"cut": event("embargo", 0, {"link": "m/source-plant"})}


# time to survive ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "pipeline", "survives"), [(30, 0, 30.0), (30, 7, 37.0), (14, 21, 35.0), (60, 10, 70.0)]
)
def test_time_to_survive__stock_and_pipeline_without_gaps_survive_their_sum(
    held: int, pipeline: int, survives: float
) -> None:
    """Stock days plus days of goods in transit."""
    path = run(one_plant(rate=10.0, cover=held, lead=pipeline, events=CUT), 120)
    assert time_to_survive(path.starts("plant/x"), 10.0) == pytest.approx(survives, rel=1e-9)


def test_time_to_survive__the_last_day_counts_by_the_part_of_it_that_is_met() -> None:
    """30.25 days of stock and 7 in transit survive 37.25 days."""
    path = run(one_plant(rate=10.0, cover=30.25, lead=7, events=CUT), 120)
    assert time_to_survive(path.starts("plant/x"), 10.0) == pytest.approx(37.25, rel=1e-9)


def test_time_to_survive__a_lumpy_pipeline_survives_2_days_where_the_formula_says_12() -> None:
    """20 at hand, 10 a day, 100 arriving on day 5: (20 + 100) / 10 is only an upper bound."""
    document = one_plant(rate=10.0, cover=2.0, lead=0, events=dict(CUT))
    add_supplier(document, "depot", lead=5)
    select = {"material": "m", "to": {"facility": "plant"}}
    document["events"]["buy"] = event("emergency_purchase", 0, select, amount="100 u", supplier="depot")
    starts = run(document, 60).starts("plant/x")
    assert time_to_survive(starts, 10.0) == pytest.approx(2.0, rel=1e-9)
    assert starts.sum() / 10.0 == pytest.approx(12.0, rel=1e-9)
    assert lost_days(starts, 10.0)[:4] == [2, 3, 4, 15]


def test_time_to_survive__thrift_stretches_the_stock_from_the_morning_it_is_below_the_threshold() -> None:
    """With 20 % saved below 10 days: 30 to 10 in 20 days, one more whole day, then 9 at 0.8 a day."""
    save = event("thrift", 0, {"material": "m"}, saving=0.2, below="10 days")
    path = run(one_plant(rate=10.0, cover=30.0, lead=0, events={**CUT, "save": save}), 120)
    assert time_to_survive(path.starts("plant/x"), 10.0) == pytest.approx(20 + 1 + 9 / 0.8, rel=1e-9)


# serial cascades ----------------------------------------------------------------------------------

COVER, LAG, CYCLE = (30, 20, 10), (5, 10, 3), (0, 60, 12)


def cascade(until: int | None = None) -> Tree:
    """Return source and three tiers in a row, without capacity to catch up; the source is cut from day 0."""
    facilities: Tree = {"t0": facility({"m0": {"headroom": 1.0}}, country="JP")}
    links: Tree = {}
    for k, (cover, lag, cycle) in enumerate(zip(COVER, LAG, CYCLE, strict=True), start=1):
        made = {"headroom": 0.0, "cycle_time": f"{cycle} days", "inputs": {f"m{k - 1}": {"per_unit": "1 u"}}}
        facilities[f"t{k}"] = facility({f"m{k}": made}, {f"m{k - 1}": stock(cover)})
        links[f"m{k - 1}/t{k - 1}-t{k}"] = link(f"t{k - 1}", f"t{k}", f"m{k - 1}", lead=lag)
    cut = event("embargo", 0, {"from": "JP"})
    if until is not None:
        cut["until"] = (np.datetime64(cut["date"]) + until).astype(str)
    return tree(facilities, links, {"m3": final("t3", "m3", 1.0)}, events={"cut": cut})


@pytest.mark.parametrize(("tier", "starts_stop", "output_stops"), [(1, 35, 35), (2, 65, 125), (3, 138, 150)])
def test_serial_chain__a_cut_at_the_source_stops_each_tier_after_covers_lags_and_cycles(
    tier: int, starts_stop: int, output_stops: int
) -> None:
    """The source ships nothing from day 0."""
    path, name = run(cascade(), 200), f"t{tier}/m{tier}"
    assert lost_days(path.starts(name), 1.0) == list(range(starts_stop, 200))
    assert lost_days(path.output(name), 1.0) == list(range(output_stops, 200))
    assert path.output(name)[output_stops:].max() < 1e-9


@pytest.mark.parametrize(
    ("tier", "first", "last", "lost"), [(1, 35, 94, 60), (2, 125, 164, 40), (3, 150, 179, 30)]
)
def test_cut_of_90_days__loses_90_less_the_covers_on_the_way(
    tier: int, first: int, last: int, lost: int
) -> None:
    """60, 40 and 30 days of output, exactly."""
    output = run(cascade(until=90), 400).output(f"t{tier}/m{tier}")
    assert lost_days(output, 1.0) == list(range(first, last + 1))
    assert (1.0 - output).sum() == pytest.approx(lost, rel=1e-9)


# embargo and qualification ------------------------------------------------------------------------


def requalified(cover: int, lead: int, stages: Tree, *, start: int = 1) -> Tree:
    """Return an incumbent closed for good on day 1 and an alternative that qualifies from day `start` on."""
    closed = event("embargo", 1, {"link": "m/source-plant"})
    begun = event("qualification", start, {"link": "m/other-plant"}, stages=stages)
    document = one_plant(cover=cover, lead=0, events={"closed": closed, "begun": begun})
    add_supplier(document, "other", lead=lead)
    return document


def step(after: int) -> Tree:
    """Return one stage that opens the whole link."""
    return {"all": {"after": f"{after} days", "max_share": 1.0}}


STEPS = [(30, 60, 10, 40), (90, 60, 10, 0), (45, 180, 0, 135), (100, 90, 10, 0), (20, 90, 0, 70)]


@pytest.mark.parametrize(("cover", "qualify", "lead", "lost"), STEPS)
def test_embargo__costs_qualification_and_lead_time_less_the_cover(
    cover: int, qualify: int, lead: int, lost: int
) -> None:
    """Outage max(0, q + L - d).

    L counts from the morning of day q in that answer. Here goods with L >= 1 shipped on day q are used on day
    q + L, as in the answer; goods with L = 0 are delivered in the evening and used on q + 1. So the daily
    answer is max(0, q + max(L, 1) - d), and the rows with L = 0 are those of a link that
    qualifies on the evening of day q - 1.
    """
    path = run(requalified(cover, lead, step(qualify)), 300)
    assert lost_output(path) == pytest.approx(max(0, qualify + max(lead, 1) - cover), abs=1e-9)
    early = requalified(cover, lead, step(qualify), start=1 if lead else 0)
    assert lost_output(run(early, 300)) == pytest.approx(lost, abs=1e-9)


RAMPS = [(30, 0, 30.0), (30, 60, 60.0), (60, 60, 30.0), (80, 60, 10.0), (90, 60, 0.0), (100, 60, 0.0)]


@pytest.mark.parametrize(("cover", "ramp", "lost"), RAMPS)
def test_embargo__a_ramp_costs_half_its_length_more(cover: int, ramp: int, lost: float) -> None:
    """q = 60, L = 0, the share grows from 0 at q to 1 at q + R: continuous loss max(0, q + R/2 - d).

    Per day the alternative delivers the average share of the day, (j - 1/2) / R on day q + j - 1 for j = 1 to
    R: then the sum over the ramp is R/2 and the daily loss equals the continuous one. With whole steps
    instead, j / R on day q + j and nothing on day q, it delivers (R - 1)/2 until q + R, and the daily loss is
    max(0, q + (R + 1)/2 - d), half a day more. Both are exact. The limit of R towards 0 is R = 0.
    """
    middle = {
        f"{j:02d}": {"after": f"{59 + j} days", "max_share": (j - 0.5) / ramp} for j in range(1, ramp + 1)
    }
    middle["full"] = {"after": f"{60 + ramp} days", "max_share": 1.0}
    assert lost_output(run(requalified(cover, 0, middle, start=0), 300)) == pytest.approx(lost, abs=1e-9)
    if ramp:
        steps = {f"{j:02d}": {"after": f"{60 + j} days", "max_share": j / ramp} for j in range(1, ramp + 1)}
        daily = max(0.0, 60 + (ramp + 1) / 2 - cover)
        assert lost_output(run(requalified(cover, 0, steps, start=0), 300)) == pytest.approx(daily, abs=1e-9)


def attempts() -> Prepared:
    """Return attempts to qualify of 60 days each, in a row, each with probability 0.7; cover 90 days."""
    document = requalified(90, 0, step(60), start=0)
    del document["events"]["begun"]
    for k in range(10):
        document["events"][f"try_{k}"] = event(
            "qualification", 60 * k, {"link": "m/other-plant"}, stages=step(60), probability=0.7
        )
    return prepare(document)


def test_embargo__failed_attempts_are_repeated_until_one_succeeds() -> None:
    """P(outage) = 0.3 and E = 16.7143 days; attempts after the first success change nothing.

    Ten attempts leave 0.3^10 of the tail, less than 0.004 of a day.
    """
    world = attempts()
    lost = np.array([lost_output(world.run(700, replication=r)) for r in range(600)])
    assert set(np.unique(np.round(lost, 9) % 60.0)) <= {0.0, 30.0}
    assert abs(z_score(lost > 0.5, 0.3)) < 3.0
    assert abs(z_score(lost, 16.714285714285722)) < 3.0
    assert abs(z_score((lost + 90.0)[lost > 0.5], 120.0 + 60.0 * 0.3 / 0.7)) < 3.0


# rationing ----------------------------------------------------------------------------------------


def rationed(rule: str, *, inflated: bool = False) -> list[float]:
    """Return what three buyers with needs 50, 30 and 20 get of 60 on day 1."""
    buyers = (("a", 50.0), ("b", 30.0), ("c", 20.0))
    facilities: Tree = {"source": facility({"m": {"headroom": 0.0, "rationing": rule}}, country="JP")}
    for name, _ in buyers:
        made = {f"x_{name}": {"headroom": 0.0, "inputs": {"m": {"per_unit": "1 u"}}}}
        facilities[name] = facility(made, {"m": stock(3.0)})
    events = {"short": event("outage", 1, {"facility": "source"}, remaining=0.6, duration="30 days")}
    if inflated:  # cover + 1 day, seen on the evening of day 0, doubles the order of buyer a
        events["more"] = event("stock_target", 0, {"facility": "a"}, target="+1 day")
    document = tree(
        facilities,
        {f"m/source-{n}": link("source", n, "m", lead=2, priority=k) for k, (n, _) in enumerate(buyers)},
        {f"x_{name}": final(name, f"x_{name}", need) for name, need in buyers},
        events=events,
    )
    path = run(document, 2)
    assert path.order("a/m")[0] == pytest.approx(100.0 if inflated else 50.0, rel=1e-9)
    return [float(path.shipped(f"m/source-{name}")[1]) for name, _ in buyers]


@pytest.mark.parametrize(
    ("rule", "truthful", "gamed"),
    [
        ("proportional", (30, 18, 12), (40, 12, 8)),
        ("uniform", (20, 20, 20), (20, 20, 20)),
        ("priority", (50, 10, 0), (60, 0, 0)),
        ("relative", (30, 18, 12), (30, 18, 12)),
    ],
)
def test_rationing__sixty_are_rationed_among_orders_of_50_30_and_20(
    rule: str, truthful: tuple[int, ...], gamed: tuple[int, ...]
) -> None:
    """Doubling an order pays under the proportional rule and does not under uniform or relative."""
    assert rationed(rule) == pytest.approx(truthful, rel=1e-9, abs=1e-9)
    assert rationed(rule, inflated=True) == pytest.approx(gamed, rel=1e-9, abs=1e-9)


def test_rationing__half_of_a_sixty_percent_supplier_leaves_seventy_percent_of_output() -> None:
    """Two suppliers 60/40, the first at half capacity: receipts 30 + 40, then output 70."""
    outage = event("outage", 0, {"facility": "first"}, remaining=0.5, duration="300 days")
    document = tree(
        {
            "first": facility({"m": {"headroom": 0.0}}),
            "second": facility({"m": {"headroom": 0.0}}),
            "plant": facility(
                {"x": {"headroom": 0.0, "inputs": {"m": {"per_unit": "1 u"}}}},
                {"m": stock(3.0, switching=0.0)},
            ),
        },
        {
            "m/first-plant": link("first", "plant", "m", lead=1, share=0.6),
            "m/second-plant": link("second", "plant", "m", lead=1, share=0.4),
        },
        {"x": final("plant", "x", 100.0)},
        events={"outage": outage},
    )
    path = run(document, 60)
    assert path.shipped("m/first-plant") == pytest.approx(np.full(60, 30.0), rel=1e-9)
    assert path.shipped("m/second-plant") == pytest.approx(np.full(60, 40.0), rel=1e-9)
    assert path.output("plant/x")[:11] == pytest.approx(np.full(11, 100.0), rel=1e-9)  # 300 + 100 - 30 t > 0
    assert path.output("plant/x")[12:] == pytest.approx(np.full(48, 70.0), rel=1e-9)


# ARIO ---------------------------------------------------------------------------------------------

ARIO = json.loads((TARGETS / "two_ario_sectors.json").read_text())


def ario() -> Tree:
    """Return two sectors: stock of 30 days, orders over 10, overcapacity 1.25 over 60."""
    over = {"law": "scarcity", "max": 1.25, "time": "60 days"}
    facilities: Tree = {}
    links: Tree = {}
    for j in range(2):
        inputs = {f"s{i}": {"per_unit": f"{ARIO['A'][i][j]!r} u"} for i in range(2)}
        made = {"production": "ario", "psi": 0.8, "headroom": 0.0, "overcapacity": over, "inputs": inputs}
        facilities[f"f{j}"] = facility(
            {f"s{j}": made}, {name: stock(30.0, adjustment="10 days") for name in inputs}
        )
        links |= {f"s{i}/f{i}-f{j}": link(f"f{i}", f"f{j}", f"s{i}") for i in range(2)}
    shock = event("outage", 0, {"facility": "f0"}, remaining=0.5, duration="60 days")
    demand = {f"s{j}": final(f"f{j}", f"s{j}", ARIO["y"][j]) for j in range(2)}
    return tree(facilities, links, demand, events={"shock": shock})


def test_two_ario_sectors__follow_boario_day_by_day() -> None:
    """Output on all stated days, losses, unmet final demand and overcapacity, to 1e-9.

    Orders count the deliveries of the day (lead time 0), and scarcity compares today's orders with
    yesterday's output, as BoARIO updates them: its update at the end of day 59 is ours before the starts of
    day 60.
    """
    alpha = {}
    path = run(ario(), 365, audit=lambda world, day: alpha.setdefault(day, world.state.alpha.copy()))
    output = np.column_stack([path.output(f"f{j}/s{j}") for j in range(2)])
    for row in ARIO["x_day"]:
        assert output[row["t"]] == pytest.approx(row["x"], rel=1e-9)
    assert (np.array(ARIO["x0"]) - output).sum(axis=0) == pytest.approx(ARIO["cum_output_loss"], rel=1e-9)
    unmet = [path.unmet(f"s{j}").sum() for j in range(2)]
    assert unmet == pytest.approx(ARIO["cum_unmet_final"], rel=1e-9)
    assert output.min(axis=0) == pytest.approx(ARIO["min_x"], rel=1e-9)
    assert list(output.argmin(axis=0)) == ARIO["argmin"]
    assert alpha[60] == pytest.approx(ARIO["alpha_day59"], rel=1e-9)


# recovery -----------------------------------------------------------------------------------------

RECOVERY = json.loads((TARGETS / "recovery.json").read_text())


def stopped(days: int, made: Tree) -> Tree:
    """Return a plant that stands still for some days while its demand waits."""
    outage = event("outage", 0, {"facility": "plant"}, remaining=0.0, duration=f"{days} days")
    return tree(
        {"plant": facility({"x": made})},
        {},
        {"x": final("plant", "x", 1.0, unmet="backlog")},
        events={"stop": outage},
    )


@pytest.mark.parametrize("row", RECOVERY["constant_alpha"], ids=lambda r: f"{r['outage_days']}d-{r['alpha']}")
def test_recovery__spare_capacity_works_a_backlog_off_in_outage_over_headroom_days(
    row: dict[str, float],
) -> None:
    """D / (alpha - 1) days, whole in every row, so that daily and continuous answers agree."""
    days, alpha = int(row["outage_days"]), row["alpha"]
    catch_up = round(row["catchup_days"])
    path = run(stopped(days, {"headroom": alpha - 1.0}), days + catch_up + 20)
    waiting = path.unmet("x")
    assert waiting[days - 1] == pytest.approx(row["backlog_days"], rel=1e-9)
    assert np.flatnonzero(waiting > 1e-9)[-1] + 2 == days + catch_up == round(row["full_recovery_day"])
    assert path.output("plant/x").sum() == pytest.approx(days + catch_up + 20, rel=1e-9)


def daily_gain(days: float, top: float, time: float) -> float:
    """Return what `days` days of growing overcapacity add: (max-1) sum of 1 - e^(-j/time), j = 0, 1, ..."""
    return (top - 1.0) * (days - math.expm1(-days / time) / math.expm1(-1.0 / time))


@pytest.mark.parametrize("row", RECOVERY["exponential_alpha"], ids=lambda r: f"{r['D']}d")
def test_recovery__growing_overcapacity_works_a_backlog_off_on_its_daily_closed_form(
    row: dict[str, float],
) -> None:
    """alpha(j) = 1 + 0.25 (1 - e^(-j/60)) on day j after the outage.

    Continuous: 0.25 (T - 60 (1 - e^(-T/60))) = D gives 85.59, 176.85 and 299.59 days. Daily:
    capacity is that of the morning, so N days add 0.25 (N - (1 - e^(-N/60)) / (1 - e^(-1/60))); the
    backlog is gone on the first N for which this reaches D, about the continuous answer plus half a day.
    """
    days, top, time = int(row["D"]), row["alpha_max"], row["tau"]
    made = {"headroom": 0.0, "overcapacity": {"law": "exponential", "max": top, "time": f"{time} days"}}
    waiting = run(stopped(days, made), days + 400).unmet("x")
    catch_up = next(n for n in range(400) if daily_gain(n, top, time) >= days)
    closed = [days - daily_gain(n, top, time) for n in range(1, catch_up)]
    assert waiting[days : days + catch_up - 1] == pytest.approx(closed, rel=1e-9, abs=1e-9)
    assert waiting[days + catch_up - 1] == 0.0
    assert row["catchup_days"] < catch_up < row["catchup_days"] + 1.5
    assert daily_gain(row["catchup_days"] + 0.5, top, time) == pytest.approx(days, rel=1e-3)


def test_recovery__without_a_backlog_the_resilience_triangle_is_the_outage() -> None:
    """Depth 1, area 30 days of output; with a backlog the loss is made up in the end."""
    lost = stopped(30, {"headroom": 0.25})
    lost["demand"]["x"]["unmet"] = "lost"
    output = run(lost, 365).output("plant/x")
    assert (1.0 - output).sum() == pytest.approx(30.0, rel=1e-9)
    assert (1.0 - output).max() == pytest.approx(1.0, rel=1e-9)
    caught_up = run(stopped(30, {"headroom": 0.25}), 365).output("plant/x")
    assert (1.0 - caught_up).sum() == pytest.approx(0.0, abs=1e-9)
