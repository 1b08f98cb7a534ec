"""Where facilities stand in the drawing of the network, and how its links look."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping

import networkx as nx

from sim.network.arrays import Network
from sim.network.graph import graph
from sim.plots.style import BLACK, VERMILION
from sim.results.restricted import acting
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.looks import LOOKS, strictness

SWEEPS = 24
INKS = {"black": BLACK, "vermilion": VERMILION}


def layered(
    network: Network, document: Document | None
) -> tuple[nx.DiGraph[str], dict[str, str], dict[str, int]]:
    """Return the graph of facilities without loops, and the role of the firm and the column of each."""
    facilities = graph(network, document=document)
    facilities.remove_edges_from(list(nx.selfloop_edges(facilities)))
    firms = document.firms if document else {}
    owners = {name: node["firm"] for name, node in facilities.nodes(data=True)}
    roles = {name: firms[owner].role if owner in firms else "" for name, owner in owners.items()}
    return facilities, roles, columns(facilities, roles)


def columns(graph: nx.DiGraph[str], roles: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each node; goods always move to the right, except within loops.

    Where the network leaves a choice, a node stands with others of its role and main product, then of its
    role, and otherwise as far downstream as it can.
    """
    whole = nx.condensation(graph)
    part = whole.graph["mapping"]
    first = _steps(whole)
    end = max(first.values(), default=0)
    last = {c: end - steps for c, steps in _steps(whole.reverse(copy=False)).items()}
    keys = {n: ((roles.get(n, ""), _product(graph, n)), (roles.get(n, ""), "")) for n in graph}
    fixed: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name in graph:
        if first[part[name]] == last[part[name]]:
            for key in keys[name]:
                fixed[key].append(first[part[name]])
    chosen: dict[int, int] = {}
    for c in nx.topological_sort(whole):
        soonest = max((chosen[before] + 1 for before in whole.predecessors(c)), default=0)
        member = min(whole.nodes[c]["members"])
        wanted = next((statistics.median_low(fixed[key]) for key in keys[member] if key in fixed), last[c])
        chosen[c] = min(max(wanted, soonest), last[c])
    return {name: chosen[part[name]] for name in graph}


def _steps(graph: nx.DiGraph[int]) -> dict[int, int]:
    """Return the longest way to each node from one without predecessors."""
    generations = enumerate(nx.topological_generations(graph))
    return {node: number for number, nodes in generations for node in nodes}


def _product(graph: nx.DiGraph[str], name: str) -> str:
    """Return the material that a node makes most of, by value."""
    node = graph.nodes[name]
    flow = node["flow"]
    return max(
        sorted(node["material"]), key=lambda m: (flow.get(m, 0.0) > 0.0, flow.get(m, 0.0)), default="-"
    )


def across(graph: nx.DiGraph[str], column: Mapping[str, int]) -> dict[int, float]:
    """Return how far right each column stands: further from the last one where more links cross."""
    crossing = [
        sum(column[a] <= gap < column[b] for a, b in graph.edges)
        for gap in range(max(column.values(), default=0))
    ]
    most = max(crossing, default=1) or 1
    steps = [0.0, *(0.6 + 0.4 * number / most for number in crossing)]
    return dict(enumerate(itertools.accumulate(steps)))


def places(graph: nx.DiGraph[str], column: Mapping[str, int], groups: Mapping[str, str]) -> dict[str, float]:
    """Return the height of each node, 0 to 1 from top to bottom, with few crossings.

    Nodes are put at the mean height of their neighbours in turn from both sides; `groups` breaks ties.
    """
    members: dict[int, list[str]] = defaultdict(list)
    for name in sorted(graph, key=lambda n: (groups.get(n, ""), n)):
        members[column[name]].append(name)
    most = max((len(names) for names in members.values()), default=1)
    gap = 1.0 / most
    height = {n: (i + 0.5) / len(names) for names in members.values() for i, n in enumerate(names)}
    for sweep in range(SWEEPS):
        for number in sorted(members, reverse=bool(sweep % 2)):
            wanted = {name: _centre(graph, name, height) for name in members[number]}
            members[number].sort(key=lambda n: (wanted[n], groups.get(n, ""), n))
            targets = [wanted[name] for name in members[number]]
            # Small columns may spread a little more than the fullest one.
            room = min(2.0 * gap, 1.0 / len(targets))
            height.update(zip(members[number], spaced(targets, room), strict=True))
    return height


def _centre(graph: nx.DiGraph[str], name: str, height: Mapping[str, float]) -> float:
    near = [height[n] for n in (*graph.predecessors(name), *graph.successors(name)) if n != name]
    return statistics.fmean(near) if near else height[name]


def spaced(wanted: list[float], gap: float) -> list[float]:
    """Return the heights nearest to `wanted` (ascending) that lie at least `gap` apart, within 0 to 1.

    Least squares by pooling neighbours that would come too close.

    Examples
    --------
    >>> spaced([0.5, 0.5], 0.25)
    [0.375, 0.625]
    """
    blocks: list[tuple[float, int]] = []
    for index, target in enumerate(wanted):
        mean, number = target - index * gap, 1
        while blocks and blocks[-1][0] >= mean:
            before, size = blocks.pop()
            mean, number = (before * size + mean * number) / (size + number), size + number
        blocks.append((mean, number))
    flat = [mean for mean, number in blocks for _ in range(number)]
    top = 1.0 - gap / 2 - gap * (len(wanted) - 1)
    return [min(max(mean, gap / 2), top) + index * gap for index, mean in enumerate(flat)]


def strictest(regimes: Iterable[str]) -> str:
    """Return the strictest of some regimes; one that nobody described counts as bulk licences.

    Examples
    --------
    >>> strictest(["special_bulk", "individual"])
    'individual'
    """
    return max((regime if regime in LOOKS else "bulk" for regime in regimes), key=strictness)


def regimes_of(document: Document) -> dict[str, str]:
    """Return the strictest regime that treatments give each link they act on."""
    regimes: dict[str, list[str]] = {}
    for _, event in acting(document):
        if not event.restricts_trade:
            continue
        for link in selection.select(document, "links", event.select):
            regimes.setdefault(link, []).extend(event.regimes)
    return {link: strictest(names) for link, names in sorted(regimes.items())}
