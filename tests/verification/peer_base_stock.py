"""Base-stock chains that stockpyl answered: the plants, our document, stockpyl's network, our answer.

stockpyl keeps one store at every node, curbsim finished goods and a store of every input; so a facility is a
node of stockpyl for its finished goods and one for every input. Stores of inputs never run empty here: then
stockpyl counts what a store owes its own plant against its position, where ours is stock and transit (E10).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.replication import profiles
from sim.types import Floats
from tests.runs import Path, Prepared, prepare
from tests.worlds import Tree, date, facility, final, link, stock, tree

Work = dict[str, Any]
# name: finished goods, cycle time, {supplier: (store, lead time)}
Plants = dict[str, tuple[float, int, dict[str, tuple[float, int]]]]
CHAIN: Plants = {
    "source": (5.0, 1, {}),
    "maker": (8.0, 3, {"source": (80.0, 2)}),
    "seller": (15.0, 2, {"maker": (90.0, 4)}),
}
NETWORK: Plants = {
    "source": (12.0, 2, {}),
    "first": (6.0, 1, {"source": (90.0, 3)}),
    "second": (9.0, 4, {"source": (110.0, 5)}),
    "seller": (14.0, 2, {"first": (100.0, 1), "second": (120.0, 2)}),
}
RATE, DAYS, SEED = 10.0, 150, 3


def document(plants: Plants) -> Tree:
    """Return our document: whoever is named first is served first, unmet demand waits."""
    flow = flows(plants)
    facilities: Tree = {}
    links: Tree = {}
    for name, (finished, cycle, buys) in plants.items():
        inputs = {f"m_{supplier}": {"per_unit": "1 u"} for supplier in buys}
        made = {
            "headroom": "5000 %",
            "cycle_time": f"{cycle} days",
            "finished_cover": f"{finished / flow[name]!r} days",
            "rationing": "priority",
            "inputs": inputs,
        }
        stocks = {f"m_{supplier}": stock(store / flow[name]) for supplier, (store, _) in buys.items()}
        facilities[name] = facility({f"m_{name}": made}, stocks)
        for supplier, (_, lead) in buys.items():
            rank = list(plants).index(name)
            links[f"m_{supplier}/{supplier}-{name}"] = link(
                supplier, name, f"m_{supplier}", lead=lead, priority=rank
            )
    demand = final("seller", "m_seller", RATE, unmet="backlog", noise={"law": "gamma", "cv": 0.6})
    switches = {"finished_adjustment": "1 day", "availability_exponent": 0.0, "switching": 0.0}
    found = tree(facilities, links, {"final": demand}, model=switches)
    found["run"]["end"] = date(DAYS - 1)
    return found


def flows(plants: Plants) -> dict[str, float]:
    """Return what every plant makes a day."""
    found = dict.fromkeys(plants, 0.0)
    found["seller"] = RATE
    for name in reversed(plants):
        for supplier in plants[name][2]:
            found[supplier] += found[name]
    return found


def drawn_demand(case: Prepared) -> list[float]:
    """Return the final demand of every day as our own streams draw it."""
    return [float(RATE * x) for x in profiles(case.document, case.network, SEED, 0, DAYS)[:, 0]]


def work(plants: Plants) -> Work:
    """Return the same case for stockpyl.

    Its base-stock level counts what is on its way and, where orders act the next day, a day of orders.
    """
    flow = flows(plants)
    nodes: list[Work] = []
    edges: list[tuple[str, str]] = []
    for name, (finished, cycle, buys) in plants.items():
        for supplier, (store, lead) in buys.items():
            level = store + (lead + 1) * flow[name]
            nodes.append(_node(f"{name} of {supplier}", level, lead, 1, store, flow[name], buys=True))
            edges += [(supplier, f"{name} of {supplier}"), (f"{name} of {supplier}", name)]
        level = finished + cycle * flow[name]
        nodes.append(_node(name, level, cycle, 0, finished, flow[name], buys=bool(buys)))
    demand = {"seller": [drawn_demand(prepare(document(plants)))]}
    return {"nodes": nodes, "edges": edges, "demand": demand, "days": DAYS}


def _node(
    name: str, level: float, lead: int, order_lead: int, opening: float, flow: float, *, buys: bool
) -> Work:
    return {
        "name": name,
        "level": level,
        "lead": lead,
        "order_lead": order_lead,
        "opening": opening,
        "flow": flow,
        "buys": buys,
    }


def levels(plants: Plants, path: Path) -> dict[str, Floats]:
    """Return what every node of stockpyl holds by day, less what it owes, as our records say it.

    A plant owes to a buyer the part of the order of the evening before that it did not ship.
    """
    found = {}
    for name, (_, _, buys) in plants.items():
        for supplier in buys:
            found[f"{name} of {supplier}"] = path.stock(f"{name}/m_{supplier}")
        owed = path.unmet("final") if name == "seller" else np.zeros(DAYS)
        for buyer in (b for b, plant in plants.items() if name in plant[2]):
            orders = path.order(f"{buyer}/m_{name}")
            asked = np.concatenate([[flows(plants)[buyer]], orders[:-1]])
            owed = owed + asked - path.shipped(f"m_{name}/{name}-{buyer}")
        found[name] = path.finished(f"{name}/m_{name}") - owed
    return found
