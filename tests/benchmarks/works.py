"""The work that curbsim and its peers are timed on: what it is, as plain data, and as a document of ours.

A layered network of base-stock buyers: every node of a layer buys from nodes of the layer before, holds
`cover` days of each input, orders every evening what brings its position back to a fixed level, and makes to
order; the first layer makes as much as is asked; the last layer faces final demand that differs every day.
Stocks are deep enough that nobody runs short, so that peers which differ in what they do with a shortage
do the same work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from sim.engine.replication import profiles
from tests.runs import Prepared, prepare
from tests.verification import peer_ario
from tests.worlds import Tree, facility, final, link, stock, tree

DAYS, LAYERS, RATE, COVER, SEED = 365, 5, 10.0, 20.0, 7


@dataclass(frozen=True)
class Node:
    """A buyer and what peers need to know of it; `suppliers` are positions in the list of nodes."""

    name: str
    layer: int
    lead: int
    suppliers: tuple[int, ...]
    flow: float

    @property
    def level(self) -> float:
        """Return the base-stock level: cover, lead time and the day that an order takes to act."""
        return self.flow * (COVER + self.lead + 1.0)


def layered(n_nodes: int, n_links: int, split: bool) -> list[Node]:
    """Return the nodes of a network.

    Parameters
    ----------
    split : bool
        One input, bought in equal parts from all suppliers; else one unit of a product of each supplier.
    """
    rng = np.random.default_rng([n_nodes, n_links])
    layer = [i * LAYERS // n_nodes for i in range(n_nodes)]
    members = [[i for i in range(n_nodes) if layer[i] == k] for k in range(LAYERS)]
    buyers = n_nodes - len(members[0])
    counts = [n_links // buyers + (i < n_links % buyers) for i in range(buyers)]
    suppliers: list[tuple[int, ...]] = [() for _ in members[0]]
    for i, count in enumerate(counts, len(members[0])):
        before = members[layer[i] - 1]
        opposite = before[members[layer[i]].index(i) % len(before)]  # so that nobody is left without a buyer
        others = [j for j in rng.choice(before, size=count, replace=False) if j != opposite]
        suppliers.append(tuple(sorted([opposite, *(int(j) for j in others[: count - 1])])))
    flow = _flows(layer, suppliers, split)
    leads = rng.integers(1, 6, n_nodes)
    return [Node(f"n{i:05d}", layer[i], int(leads[i]), suppliers[i], flow[i]) for i in range(n_nodes)]


def _flows(layer: list[int], suppliers: list[tuple[int, ...]], split: bool) -> list[float]:
    """Return what every node makes a day; whom nobody buys from serves final demand."""
    bought = {j for chosen in suppliers for j in chosen}
    flow = [0.0 if i in bought else RATE for i in range(len(layer))]
    for i in reversed(range(len(layer))):
        for j in suppliers[i]:
            flow[j] += flow[i] / (len(suppliers[i]) if split else 1)
    return flow


def last(nodes: list[Node]) -> list[int]:
    """Return the nodes that serve final demand."""
    bought = {j for node in nodes for j in node.suppliers}
    return [i for i in range(len(nodes)) if i not in bought]


def good(node: Node, split: bool) -> str:
    """Return what a node sells: the good of its layer, or its own."""
    return f"m{node.layer}" if split else f"m_{node.name}"


def document(nodes: list[Node], split: bool) -> Tree:
    """Return the document of a network."""
    facilities: Tree = {}
    links: Tree = {}
    for node in nodes:
        bought = {nodes[j].name: good(nodes[j], split) for j in node.suppliers}
        made: Tree = {"headroom": "5000 %", "inputs": {m: {"per_unit": "1 u"} for m in bought.values()}}
        if not bought:
            made["finished_cover"] = f"{COVER} days"
        held = {material: stock(COVER) for material in made["inputs"]}
        facilities[node.name] = facility({good(node, split): made}, held)
        share = 1.0 / len(bought) if split and bought else 1.0
        links |= {
            f"{material}/{name}-{node.name}": link(name, node.name, material, lead=node.lead, share=share)
            for name, material in bought.items()
        }
    noise = {"law": "lognormal", "cv": 0.3}
    sold = {nodes[i].name: good(nodes[i], split) for i in last(nodes)}
    demand = {name: final(name, material, RATE, noise=noise) for name, material in sold.items()}
    return tree(
        facilities, links, demand, model={"availability_exponent": 0.0, "finished_adjustment": "1 day"}
    )


def case(nodes: list[Node], split: bool) -> Prepared:
    """Return the document of a network with its compiled network and plan."""
    return prepare(document(nodes, split))


def demand(ready: Prepared, replications: int = 1) -> dict[str, list[list[float]]]:
    """Return final demand by node, replication and day, as our streams draw it, for peers to replay."""
    drawn = [RATE * profiles(ready.document, ready.network, SEED, r, DAYS) for r in range(replications)]
    return {name: [series[:, i].tolist() for series in drawn] for i, name in enumerate(ready.network.demands)}


def for_peers(nodes: list[Node], asked: dict[str, list[list[float]]]) -> Tree:
    """Return the work of a network as the programs of the peers read it."""
    return {
        "days": DAYS,
        "demand": asked,
        "edges": [(nodes[j].name, node.name) for node in nodes for j in node.suppliers],
        "nodes": [
            {
                "name": node.name,
                "buys": bool(node.suppliers),
                "lead": node.lead if node.suppliers else 0,
                "order_lead": 1 if node.suppliers else 0,
                "level": node.level if node.suppliers else node.flow * COVER,
                "opening": node.flow * COVER,
                "flow": node.flow,
            }
            for node in nodes
        ],
    }


def chain(n_nodes: int) -> list[Node]:
    """Return a serial chain, from the maker of the first good to final demand."""
    return [Node(f"n{i:05d}", i, 2, (i - 1,) if i else (), RATE) for i in range(n_nodes)]


def economy(n_industries: int, n_links: int) -> Tree:
    """Return an input-output table with so many flows; one industry in ten loses half its capacity for 60 days."""
    rng = np.random.default_rng([n_industries, n_links, 1])
    sectors = max(1, round(n_industries**0.5))
    while n_industries % sectors:
        sectors -= 1
    suppliers = [rng.choice(n_industries, n_links // n_industries, False) for _ in range(n_industries)]
    rows, columns = np.concatenate(suppliers), np.repeat(np.arange(n_industries), n_links // n_industries)
    use = sparse.csc_array(
        (rng.uniform(0.02, 0.1, len(rows)), (rows, columns)), shape=(n_industries, n_industries)
    )
    wanted = rng.uniform(5.0, 15.0, n_industries)
    made = spsolve(sparse.eye_array(n_industries, format="csc") - use, wanted)
    flows = [(int(i), int(j), float(use[i, j] * made[j])) for i, j in zip(rows, columns)]
    wanted_from = [(i, i // sectors, float(wanted[i])) for i in range(n_industries)]
    losses = dict.fromkeys(range(0, n_industries, 10), 0.5)
    settings = {"cover": [30] * sectors, "last": 63, "days": DAYS, "alpha_max": 1.0}
    return peer_ario.table(flows, wanted_from, n_industries // sectors, sectors, losses, **settings)
