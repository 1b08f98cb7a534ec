"""Invariants I1 to I6 (VALIDATION.md section 4): nothing is made or lost, on any evening of any world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.engine.simulation import Simulation
from sim.scenario import load, scenarios
from tests.engine.audit import Auditor, InvariantError
from tests.runs import prepare, run
from tests.worlds import Tree, date, event, facility, fifty_firms, final, link, one_plant, stock, tree

SCENARIOS = [listing.name for listing in scenarios()] or ["no scenario is shipped"]
FAMILIES = ("pbl", "leontief", "ces", "linear", "ario")
RULES = ("proportional", "priority", "relative", "uniform")
LEADS: tuple[Any, ...] = (0, 1, 3, 9, {"low": "0 days", "mode": "2 days", "high": "8 days"})


@st.composite
def processes(draw: st.DrawFn, inputs: list[str]) -> Tree:
    """Draw how something is made of `inputs`."""
    made: Tree = {
        "headroom": draw(st.sampled_from([0.0, 0.1, 1.0])),
        "cycle_time": f"{draw(st.sampled_from([0, 0, 1, 14]))} days",
        "yield": draw(st.sampled_from([1.0, 0.9, 0.37])),
        "finished_cover": f"{draw(st.sampled_from([0, 2, 10]))} days",
        "production": draw(st.sampled_from(FAMILIES)),
        "elasticity": draw(st.sampled_from([0.0, 0.3, 1.0, 2.5])),
        "rationing": draw(st.sampled_from(RULES)),
        "inputs": {
            name: {
                "per_unit": f"{draw(st.sampled_from([0.1, 1.0, 3.7]))} u",
                "criticality": draw(st.sampled_from([1.0, 0.5, 0.2, 0.0])),
            }
            for name in inputs
        },
    }
    if draw(st.booleans()):
        law = draw(st.sampled_from(["scarcity", "exponential"]))
        made["overcapacity"] = {"law": law, "max": 1.3, "time": "20 days"}
    return made


@st.composite
def stocks(draw: st.DrawFn) -> Tree:
    """Draw how an input is held."""
    forecast = draw(st.sampled_from(["fixed", "yesterday", {"average": "7 days"}]))
    return stock(
        draw(st.sampled_from([0.5, 4.0, 15.0, 40.0])),
        adjustment=f"{draw(st.sampled_from([1, 5, 14]))} days",
        forecast=forecast,
        switching=draw(st.sampled_from([0.0, 0.6, 1.0])),
    )


@st.composite
def events(draw: st.DrawFn, raws: list[str]) -> Tree:
    """Draw up to six events of any kind."""
    events: Tree = {}
    for number in range(draw(st.integers(1, 6))):
        kind = draw(
            st.sampled_from(
                [
                    "licence",
                    "licence",
                    "quota",
                    "quota",
                    "embargo",
                    "outage",
                    "capacity",
                    "demand",
                    "stock_target",
                    "emergency_purchase",
                    "thrift",
                    "qualification",
                ]
            )
        )
        material = draw(st.sampled_from(raws))
        begin = draw(st.integers(0, 60))
        select: Tree = {"material": material}
        fields: Tree = {}
        if draw(st.booleans()) and kind != "qualification":
            fields["until"] = date(begin + draw(st.integers(1, 40)))
        if kind == "licence":
            fields["regime"] = draw(st.sampled_from(["individual", "individual", "bulk", "embargo"]))
        elif kind == "quota":
            fields |= draw(quota_fields(begin))
        elif kind == "outage":
            fields |= {"remaining": draw(st.sampled_from([0.0, 0.3])), "recovery": "5 days"}
            fields |= {} if "until" in fields else {"duration": {"low": "3 days", "high": "20 days"}}
        elif kind == "capacity":
            fields |= {"factor": draw(st.sampled_from([0.5, 1.4])), "ramp": "7 days"}
        elif kind == "demand":
            select, fields["factor"] = {"demand": "x*"}, draw(st.sampled_from([0.5, 1.5]))
        elif kind == "stock_target":
            fields["target"] = draw(st.sampled_from(["20 days", "+10 days"]))
        elif kind == "emergency_purchase":
            fields |= {"amount": draw(st.sampled_from(["12 days", "40 u"])), "supplier": f"one_{material}"}
            select["to"] = {"facility": "plant*"}
        elif kind == "thrift":
            fields |= {"saving": 0.2, "below": "8 days"}
        elif kind == "qualification":
            fields["stages"] = {
                "a": {"after": "5 days", "max_share": 0.3},
                "b": {"after": "20 days", "max_share": 1.0},
            }
        events[f"e{number}"] = event(kind, begin, select, **fields)
    return events


@st.composite
def quota_fields(draw: st.DrawFn, begin: int) -> Tree:
    """Draw the terms of a quota."""
    return {
        "allow": draw(st.sampled_from(["40 % of baseline", "90 u/month", "25 u"])),
        "period": draw(st.sampled_from(["day", "week", "month"])),
        "pool": draw(st.sampled_from(["shared", "per_link"])),
        "share_out": draw(st.sampled_from(["proportional", "first_come"])),
        "carry_over": draw(st.booleans()),
        "steps": {date(begin + 10): draw(st.sampled_from(["70 % of baseline", "none"]))},
    }


@st.composite
def random_worlds(draw: st.DrawFn) -> Tree:
    """Draw a world: raw materials of two makers and an alternative, plants with one or two products."""
    raws = [f"r{k}" for k in range(draw(st.integers(1, 3)))]
    facilities: Tree = {}
    links: Tree = {}
    demand: Tree = {}
    for raw in raws:
        for maker in ("one", "two"):
            facilities[f"{maker}_{raw}"] = facility({raw: draw(processes([]))}, country="JP")
        facilities[f"alt_{raw}"] = facility({raw: {"capacity": "30 u/day"}}, country="BE")
    for i in range(draw(st.integers(1, 3))):
        plant, chosen = f"plant{i}", raws[: draw(st.integers(1, len(raws)))]
        made = {f"x{i}_{k}": draw(processes(chosen)) for k in range(draw(st.integers(1, 2)))}
        facilities[plant] = facility(made, {raw: draw(stocks()) for raw in chosen})
        for raw in chosen:
            share = draw(st.sampled_from([0.5, 0.7, 1.0]))
            for maker, part in (("one", share), ("two", 1.0 - share)):
                links[f"{raw}/{maker}_{raw}-{plant}"] = link(
                    f"{maker}_{raw}",
                    plant,
                    raw,
                    lead=draw(st.sampled_from(LEADS)),
                    share=part,
                    age=f"{draw(st.sampled_from([0, 2]))} days",
                    priority=draw(st.integers(0, 2)),
                )
            links[f"{raw}/alt_{raw}-{plant}"] = link(
                f"alt_{raw}", plant, raw, lead=4, share=0.0, max_share=0.0
            )
        for name in made:
            demand[name] = final(
                plant,
                name,
                draw(st.sampled_from([1.0, 8.3])),
                unmet=draw(st.sampled_from(["lost", "backlog"])),
                noise={"law": "gamma", "cv": draw(st.sampled_from([0.0, 0.4]))},
            )
    life = draw(st.sampled_from([None, 6, 30]))
    terms = {
        "review": {"mean": "12 days", "cv": 0.6},
        "denial": 0.2,
        "resubmit": "3 days",
        "dispatch": "2 days",
        "lot": draw(st.sampled_from(["10 days", "order"])),
        "validity": draw(st.sampled_from(["25 days", "200 days"])),
    }
    if draw(st.booleans()):
        terms["examiners"] = 2
    return tree(
        facilities,
        links,
        demand,
        events=draw(events(raws)),
        regimes={"individual": terms},
        materials={raw: {"shelf_life": f"{life} days"} for raw in raws} if life else {},
        model={
            "sharing": draw(st.sampled_from(["alike", "margin"])),
            "availability_exponent": draw(st.sampled_from([0.0, 1.0, 2.0])),
        },
    )


@given(document=random_worlds(), replication=st.integers(0, 5))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
def test_every_account_closes_on_every_evening_of_random_worlds(document: Tree, replication: int) -> None:
    """I1 to I6 to 1e-12 of throughput."""
    auditor = Auditor()
    prepare(document).run(130, seed=11, replication=replication, audit=auditor)
    assert auditor.days == 130


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_account_closes_on_every_evening_of_a_shipped_scenario(name: str) -> None:
    """I1 to I6 from the start to 125 days after the first treatment, at least 250 days."""
    document = load(name).document
    first = min(
        (
            (e.date - document.run.start).days
            for e in document.events.values()
            if e.role == "treatment" and e.date
        ),
        default=0,
    )
    days = min((document.run.end - document.run.start).days + 1, max(250, first + 125))
    auditor = Auditor()
    prepare(document).run(days, seed=document.run.seed, audit=auditor)
    assert auditor.days == days


def licensed() -> Tree:
    """Return a chain whose only link has a quota of its own, then licences that lapse."""
    terms = {"review": "5 days", "lot": "10 days", "validity": "12 days"}
    curb = event("licence", 3, {"material": "m"}, regime="individual")
    return one_plant(
        rate=2.0,
        lead=2,
        materials={"m": {"shelf_life": "40 days"}},
        events={"curb": curb},
        regimes={"individual": terms},
    )


def spoil(name: str, amount: float) -> Any:
    """Return an audit that changes a number of the state on day 30 before the accounts are made."""
    auditor = Auditor()

    def audit(simulation: Simulation, day: int) -> None:
        if day == 30:
            getattr(simulation.state, name)[0] += amount
        auditor(simulation, day)

    return audit


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stock", "goods of"),
        ("transit", "transit to"),
        ("used", "use of"),
        ("expired", "goods of"),
        ("finished", "finished goods of"),
        ("in_process", "starts of"),
        ("starts", "starts of"),
        ("output", "output of"),
        ("credit", "credit of"),
        ("shipped", "goods of"),
        ("served", "finished goods of"),
        ("backlog", "backlog of"),
    ],
)
@pytest.mark.parametrize("amount", [1e-6, -1e-6])
def test_the_audit_sees_a_millionth_that_is_out_of_place(name: str, said: str, amount: float) -> None:
    with pytest.raises(InvariantError, match=said):
        prepare(licensed()).run(40, audit=spoil(name, amount))


def test_the_audit_sees_numbers_that_are_none() -> None:
    with pytest.raises(InvariantError, match="no number"):
        prepare(licensed()).run(40, audit=spoil("finished", np.nan))


def test_the_audit_says_the_day_and_the_place() -> None:
    with pytest.raises(InvariantError, match=r"^day 30: .*credit of m/source-plant"):
        prepare(licensed()).run(40, audit=spoil("credit", 1.0))


def test_mass__fifty_firms_keep_their_mass_for_a_year_under_a_shock() -> None:
    """Raw capacity at 5 % on days 60 to 149; every account closes to 1e-12 of throughput, every day."""
    auditor = Auditor(tolerance=1e-12)
    path = run(fifty_firms(), 365, audit=auditor)
    assert len({name.partition("/")[0] for name in path.network.processes}) == 50
    assert auditor.days == 365
    assert auditor.worst <= 1e-12
    assert path.run.records.unmet.sum() > 100.0  # the shock reaches final demand
