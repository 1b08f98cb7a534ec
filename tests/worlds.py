"""Small worlds as plain trees: a chain with units, prices and titles, and plants for exact answers."""

from __future__ import annotations

import copy
import datetime
import itertools
from typing import Any

from sim.scenario import Scenario, from_tree

Tree = dict[str, Any]
START = datetime.date(2019, 1, 1)
JP_TO_KR = {"material": "acid", "from": "JP", "to": "KR"}
COVER = "facilities.line.stocks.acid.cover"
HEADROOM = "facilities.plant.makes.acid.headroom"
LEADS = "links.*.lead_time"


def date(day: int) -> str:
    """Return the date of a day number."""
    return (START + datetime.timedelta(days=day)).isoformat()


def event(kind: str, day: int | None = None, select: Tree | None = None, **fields: Any) -> Tree:
    """Return an event that begins on a day, 4 July 2019 unless told, and acts on acid unless told."""
    made = {
        "kind": kind,
        "date": "2019-07-04" if day is None else date(day),
        "source": "estimate",
        "select": {"material": "acid"} if select is None else select,
    }
    return {key: value for key, value in (made | fields).items() if value is not None}


def ranged(
    low: object, high: object, mode: object = None, *, source: str = "estimate", **fields: Any
) -> Tree:
    """Return the range of an uncertain value."""
    peak = {} if mode is None else {"mode": mode}
    return {"low": low} | peak | {"high": high, "source": source} | fields


# source -> refiner -> fab -> final demand -----------------------------------------------------------


def chain(
    *,
    cover: str = "30 days",
    lead_time: str = "7 days",
    refiner: bool = True,
    alternative: bool = False,
    events: Tree | None = None,
    **sections: Any,
) -> Tree:
    """Return a valid world; further sections are laid over its own, key by key.

    A Japanese source of raw acid, a Japanese refiner, a Korean fab. Without `refiner` the plant needs no
    input; with `alternative` an idle Korean refiner may be qualified in two stages.
    """
    tree: Tree = {
        "format": 1,
        "meta": {
            "name": "chain",
            "title": "One chain",
            "sources": {"estimate": {"title": "Illustrative"}, "press": {"title": "Press reports"}},
        },
        "run": {"start": "2019-01-01", "end": "2019-12-31", "replications": 2, "seed": 1},
        "materials": {
            "acid": {
                "title": "Acid",
                "unit": "t",
                "group": "wet",
                "shelf_life": "120 days",
                "price": "1450 USD/t",
            },
            "chip": {"title": "Chip", "unit": "wafer", "price": "4000 USD/wafer"},
        },
        "firms": {
            "maker": {"title": "Maker", "country": "JP", "role": "supplier"},
            "fab": {"title": "Fab", "country": "KR", "role": "chipmaker"},
        },
        "facilities": {
            "plant": {
                "firm": "maker",
                "country": "JP",
                "makes": {"acid": {"headroom": "10 %", "finished_cover": "5 days"}},
            },
            "line": {
                "firm": "fab",
                "country": "KR",
                "makes": {
                    "chip": {
                        "headroom": "5 %",
                        "cycle_time": "10 days",
                        "inputs": {"acid": {"per_unit": "3 kg"}},
                    }
                },
                "stocks": {"acid": {"cover": cover, "adjustment": "7 days"}},
            },
        },
        "links": {"acid/plant-line": _link("plant", "line", "acid", 1.0, lead_time)},
        "demand": {"chip/line": {"at": "line", "material": "chip", "rate": "1000 wafer/month"}},
        "regimes": {"individual": {"review": {"acid": "90 days", "other": "30 days"}, "lot": "30 days"}},
    }
    if refiner:
        _add_refiner(tree)
    if alternative:
        _add_alternative(tree)
    for name, section in {**sections, "events": events or {}}.items():
        tree[name] = (
            {**tree.get(name, {}), **copy.deepcopy(section)} if isinstance(section, dict) else section
        )
    return tree


def _link(supplier: str, buyer: str, material: str, share: float, lead_time: str, **more: Any) -> Tree:
    ends = {"from": supplier, "to": buyer, "material": material, "share": share}
    return {**ends, "lead_time": lead_time, "source": "estimate", **more}


def _add_refiner(tree: Tree) -> None:
    tree["materials"]["raw"] = {"title": "Raw acid", "unit": "t"}
    tree["firms"]["mine"] = {"title": "Mine", "country": "JP", "role": "supplier"}
    tree["facilities"]["pit"] = {"firm": "mine", "country": "JP", "makes": {"raw": {"headroom": "20 %"}}}
    tree["facilities"]["plant"]["makes"]["acid"]["inputs"] = {"raw": {"per_unit": "1.1 t"}}
    tree["facilities"]["plant"]["stocks"] = {"raw": {"cover": "20 days"}}
    tree["links"]["raw/pit-plant"] = _link("pit", "plant", "raw", 1.0, "5 days")


def _add_alternative(tree: Tree) -> None:
    tree["firms"]["other"] = {"title": "Other", "country": "KR", "role": "supplier"}
    makes = {"acid": {"capacity": "4 t/month", "initial": "1 t"}}
    tree["facilities"]["spare"] = {"firm": "other", "country": "KR", "makes": makes}
    stages = {
        "first": {"after": "47 days", "max_share": "30 %"},
        "full": {"after": "180 days", "max_share": 1.0},
    }
    tree["links"]["acid/spare-line"] = _link("spare", "line", "acid", 0, "3 days", stages=stages)


def cut_chain(replications: int) -> Tree:
    """Return the chain when no acid moves from July to December 2019."""
    cut = event("embargo", role="treatment", until="2019-12-01")
    return chain(run={"replications": replications, "seed": 5}, events={"cut": cut})


def curbed(
    *, kind: str = "embargo", material: str = "acid", country: str = "KR", curb: Any = None, **sections: Any
) -> Scenario:
    """Return the chain with an idle alternative and a curb from July to October."""
    fields = {"until": "2019-10-15", "role": "treatment", **(curb or {})}
    cut = event(kind, select={"material": material, "from": "JP", "to": country}, **fields)
    ranges = {COVER: ranged("15 days", "60 days", "30 days")}
    return from_tree(chain(alternative=True, events={"curb": cut}, uncertain=ranges, **sections))


def uncertain_chain(**fields: Any) -> Scenario:
    """Return the chain with three ranges and an embargo of four months, whose fields may be added to."""
    cut = event("embargo", select=JP_TO_KR, role="treatment", until="2019-11-01", **fields)
    return from_tree(chain(uncertain=RANGES, events={"cut": cut}))


def licensed() -> Scenario:
    """Return the chain under individual licences that take two months."""
    rules = {"review": {"acid": "60 days"}, "lot": "30 days", "validity": "180 days", "source": "estimate"}
    return curbed(kind="licence", curb={"regime": "individual"}, regimes={"individual": rules})


RANGES = {
    COVER: ranged("15 days", "90 days", "30 days", source="press"),
    HEADROOM: ranged("5 %", "30 %", "10 %"),
    LEADS: ranged(0.5, 1.5, 1) | {"as": "factor"},
}


# worlds for exact answers ---------------------------------------------------------------------------


def tree(
    facilities: Tree,
    links: Tree,
    demand: Tree,
    *,
    events: Tree | None = None,
    regimes: Tree | None = None,
    materials: Tree | None = None,
    model: Tree | None = None,
) -> Tree:
    """Return a document tree; every material is counted in `u` unless it says otherwise."""
    names = {m for f in facilities.values() for m in (*f.get("makes", {}), *f.get("stocks", {}))}
    return {
        "format": 1,
        "meta": {"name": "test", "sources": {"estimate": {"title": "Made up"}}},
        "run": {"start": START.isoformat(), "end": date(364)},
        "model": model or {},
        "materials": {name: {"unit": "u"} | (materials or {}).get(name, {}) for name in sorted(names)},
        "firms": {f["firm"]: {"country": f["country"]} for f in facilities.values()},
        "facilities": facilities,
        "links": links,
        "demand": demand,
        "regimes": regimes or {},
        "events": events or {},
    }


def facility(makes: Tree, stocks: Tree | None = None, *, country: str = "KR", firm: str = "firm") -> Tree:
    """Return a facility; firms are named by country so that all are known."""
    return {"firm": f"{firm}_{country}", "country": country, "makes": makes, "stocks": stocks or {}}


def stock(cover: float, **fields: object) -> Tree:
    """Return a stock that closes its gap within a day unless told."""
    return {"cover": f"{cover!r} days", "adjustment": "1 day"} | fields


def link(
    supplier: str, buyer: str, material: str, *, lead: object = 0, share: float = 1.0, **fields: object
) -> Tree:
    """Return a link; `lead` in days or as a distribution."""
    time = lead if isinstance(lead, dict) else f"{lead} days"
    ends = {"from": supplier, "to": buyer, "material": material, "share": share, "source": "estimate"}
    return ends | {"lead_time": time} | fields


def final(at: str, material: str, rate: float, **fields: object) -> Tree:
    """Return final demand of `rate` a day."""
    return {"at": at, "material": material, "rate": f"{rate!r} u/day"} | fields


def spare(headroom: float) -> float | str:
    """Write a headroom as files do: a bare number above 1 may be a percentage."""
    return headroom if headroom <= 1.0 else f"{100.0 * headroom:g} %"


def one_plant(
    *,
    rate: float = 1.0,
    cover: float = 30.0,
    lead: float = 5.0,
    adjustment: float = 1.0,
    supplier_headroom: float = 0.0,
    headroom: float = 0.0,
    stock_fields: Tree | None = None,
    link_fields: Tree | None = None,
    demand_fields: Tree | None = None,
    **sections: Any,
) -> Tree:
    """Return `source` in JP that makes `m` for `plant` in KR, which makes `x` of one `m` each."""
    held = stock(cover, adjustment=f"{adjustment} days") | (stock_fields or {})
    made = {"headroom": spare(headroom), "inputs": {"m": {"per_unit": "1 u"}}}
    return tree(
        {
            "source": facility({"m": {"headroom": spare(supplier_headroom)}}, country="JP"),
            "plant": facility({"x": made}, {"m": held}),
        },
        {"m/source-plant": link("source", "plant", "m", lead=lead, **(link_fields or {}))},
        {"x": final("plant", "x", rate, **(demand_fields or {}))},
        **sections,
    )


def add_supplier(
    document: Tree, name: str, *, capacity: float = 1e5, country: str = "KR", lead: int = 0, **fields: object
) -> None:
    """Give `plant` another supplier of `m`, which has no share and may ship nothing yet unless told."""
    document["facilities"][name] = facility({"m": {"capacity": f"{capacity!r} u/day"}}, country=country)
    document["firms"][f"firm_{country}"] = {"country": country}
    terms = {"share": 0.0, "max_share": 0.0} | fields
    document["links"][f"m/{name}-plant"] = link(name, "plant", "m", lead=lead, **terms)


def embargoed(
    cover: float,
    *,
    ban: bool = True,
    lifted: int | None = None,
    spares: int = 1,
    lead: int = 0,
    **fields: Any,
) -> Tree:
    """Return a plant whose supplier is embargoed from day 0 and whose alternatives are to be qualified.

    What is shipped today is usable tomorrow; the day of goods in transit from the old supplier covers that.
    """
    events = {"qualify": event("qualification", 0, {"link": "m/spare*"}, **fields)}
    if ban:
        until = None if lifted is None else date(lifted)
        events["ban"] = event("embargo", 0, {"link": "m/source-plant"}, until=until)
    document = one_plant(cover=cover, lead=1, supplier_headroom=1.0, events=events)
    for number in range(spares):
        name = f"spare{number or ''}"
        add_supplier(document, name, capacity=3.0, country="DE", lead=lead + 1)
    return document


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
