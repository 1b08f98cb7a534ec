"""The network as a networkx graph: for drawing, for graph measures, for what reaches what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Literal, get_args

import networkx as nx
import numpy as np

from sim.errors import CurbsimError
from sim.network.arrays import Network
from sim.scenario.schema.document import Document

GraphLevel = Literal["process", "facility", "firm", "country"]
FINAL_DEMAND = -1  # a node beside those of the processes


def graph(
    network: Network, *, by: GraphLevel = "facility", document: Document | None = None
) -> nx.DiGraph[str]:
    """Return the network as a graph from suppliers to buyers, with baseline flows a day.

    Parameters
    ----------
    by : str
        What a node is. Flows inside a node are loops, so that totals are the same at every level.
    document : Document, optional
        Adds country, firm and value; needed for `by="firm"` and `by="country"`.

    Returns
    -------
    networkx.DiGraph
        Nodes have `country`, `firm` (empty when there are several), `tier` (steps to the last buyer, 0 for
        those that sell to nobody in the network), `material`, `flow` (good output) and `value`. Edges have
        `links`, `material`, `flow`, `share` (of what the buyer uses), `value`, `lead` (days, mean by flow).
        `flow` and `share` are by material, since units differ; `value` is nan where no price is known.
    """
    if by not in get_args(GraphLevel):
        raise CurbsimError(f"unknown level '{by}'; write one of {', '.join(get_args(GraphLevel))}")
    if document is None and by in ("firm", "country"):
        raise CurbsimError(f"a graph by {by} needs the document; add document=scenario.document")
    nodes: nx.DiGraph[str] = nx.DiGraph()
    of_process, prices = _names(network, by, document), _prices(document)
    members: dict[str, list[int]] = defaultdict(list)
    for p, name in enumerate(of_process):
        members[name].append(p)
    for name in sorted(members):
        nodes.add_node(name, **_node(network, members[name], document, prices))
    edges: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for link, user, part in _uses(network):
        edges[of_process[network.arrays.supplier[link]], of_process[user]].append((link, part))
    for (supplier, buyer), parts in sorted(edges.items()):
        nodes.add_edge(supplier, buyer, **_edge(network, parts, prices))
    _add_shares(nodes)
    nx.set_node_attributes(nodes, _tiers(nodes), "tier")
    return nodes


def _tiers(nodes: nx.DiGraph[str]) -> dict[str, int]:
    """Return for each node the longest way to a last buyer, in steps; nodes of one loop share a tier."""
    loops = nx.condensation(nodes)
    tier: dict[int, int] = {}
    for loop in reversed(list(nx.topological_sort(loops))):
        tier[loop] = max((tier[after] + 1 for after in loops.successors(loop)), default=0)
    return {name: tier[loops.graph["mapping"][name]] for name in nodes}


def reaching_demand(network: Network) -> list[int]:
    """Return the processes from which goods reach final demand, alternatives included."""
    arrays = network.arrays
    ways: nx.DiGraph[int] = nx.DiGraph()
    ways.add_node(FINAL_DEMAND)
    ways.add_edges_from((FINAL_DEMAND, p) for p in np.flatnonzero(np.diff(arrays.demand_ptr)).tolist())
    ways.add_edges_from((user, int(arrays.supplier[link])) for link, user, _ in _uses(network))
    return sorted(nx.descendants(ways, FINAL_DEMAND))


def _uses(network: Network) -> Iterator[tuple[int, int, float]]:
    """Yield (link, process that uses what it brings, its part of the flow)."""
    arrays = network.arrays
    users: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for p in range(len(network.processes)):
        for k in range(arrays.in_ptr[p], arrays.in_ptr[p + 1]):
            users[int(arrays.in_stock[k])].append((p, float(arrays.in_amount[k] * arrays.base_starts[p])))
    for link in range(len(network.links)):
        uses = users[int(arrays.stock[link])]
        total = math.fsum(use for _, use in uses)
        for p, use in uses:
            yield link, p, use / total if total > 0.0 else 1.0 / len(uses)


def _names(network: Network, by: GraphLevel, document: Document | None) -> list[str]:
    if by == "process":
        return list(network.processes)
    if by == "facility" or document is None:
        return list(network.process_facility)
    owners = document.facilities
    return [str(getattr(owners[name], by)) if name in owners else name for name in network.process_facility]


def _prices(document: Document | None) -> dict[str, float]:
    materials = document.materials if document else {}
    return {name: entry.price.value for name, entry in materials.items() if entry.price is not None}


def _node(
    network: Network, processes: list[int], document: Document | None, prices: dict[str, float]
) -> dict[str, Any]:
    arrays = network.arrays
    flow: dict[str, float] = defaultdict(float)
    for p in processes:
        flow[network.process_material[p]] += float(arrays.base_starts[p] * arrays.yield_[p])
    facilities = {network.process_facility[p] for p in processes}
    owners = [document.facilities[f] for f in sorted(facilities) if document and f in document.facilities]
    return {
        "country": _only({owner.country for owner in owners}),
        "firm": _only({owner.firm for owner in owners}),
        **_amounts(flow, prices),
    }


def _edge(network: Network, parts: list[tuple[int, float]], prices: dict[str, float]) -> dict[str, Any]:
    arrays = network.arrays
    flow: dict[str, float] = defaultdict(float)
    for link, part in parts:
        flow[network.stock_material[arrays.stock[link]]] += float(arrays.base_flow[link]) * part
    links = sorted({link for link, _ in parts})
    weight = arrays.base_flow[links]
    # Leads of idle links count alike: there is no flow to weigh them by.
    lead = np.average(arrays.lead[links], weights=weight if weight.sum() > 0.0 else None)
    return {
        "links": tuple(network.links[link] for link in links),
        "lead": float(lead),
        **_amounts(flow, prices),
    }


def _add_shares(nodes: nx.DiGraph[str]) -> None:
    """Set on each edge the share of what the buyer uses of each material."""
    for buyer in nodes:
        used: dict[str, float] = defaultdict(float)
        for _, _, edge in nodes.in_edges(buyer, data=True):
            for material, amount in edge["flow"].items():
                used[material] += amount
        for _, _, edge in nodes.in_edges(buyer, data=True):
            edge["share"] = {m: a / used[m] if used[m] > 0.0 else 0.0 for m, a in edge["flow"].items()}


def _amounts(flow: dict[str, float], prices: dict[str, float]) -> dict[str, Any]:
    """Return a flow by material, and its value as far as prices are known."""
    priced = [amount * prices[material] for material, amount in flow.items() if material in prices]
    value = math.fsum(priced) if priced else float("nan")
    return {"material": tuple(sorted(flow)), "flow": dict(flow), "value": value}


def _only(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""
