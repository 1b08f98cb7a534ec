"""Input-output cases that BoARIO answered: the table, our document, our answer in its words.

BoARIO is called as a program (tests/benchmarks/programs/run_boario.py); none of its code is here.

Two things in which BoARIO 0.7.2 differs from the published equations bound the days that are the same. It does not
move stocks while what comes in is close to what is used (about 1e-5), so that it stops 3e-6 short of the
baseline; and while demand falls short of output its overcapacity moves by (max - alpha) zeta / time with zeta
below 0, and not by (1 - alpha) / time (E14), which comes to 3e-5 of output in `three_regions`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.types import Floats
from tests.runs import Path
from tests.worlds import Tree, date, event, facility, final, link, stock, tree

Work = dict[str, Any]
Entries = list[tuple[int, int, float]]


def table(
    flows: Entries, wanted: Entries, regions: int, sectors: int, losses: dict[int, float], **settings: object
) -> Work:
    """Return a case for BoARIO; industries are numbered region by region.

    Parameters
    ----------
    flows, wanted : list of (row, column, value a day)
        From industry to industry, and from industry to the final demand of a region.
    losses : dict
        Share of capacity that an industry loses from day `first` to `last`.
    **settings
        `cover` (days of stock by sector of the input), `last`, `days`, `alpha_max`.
    """
    return {
        "regions": [f"R{i}" for i in range(regions)],
        "sectors": [f"s{i}" for i in range(sectors)],
        "flows": [list(entry) for entry in flows],
        "final": [list(entry) for entry in wanted],
        "losses": {str(i): loss for i, loss in losses.items()},
        "first": 4,
        "alpha_tau": 60,
        "psi": 0.8,
        "restoration": 10,
    } | settings


def entries(matrix: Floats) -> Entries:
    """Return what is not 0 of a matrix."""
    return [(int(i), int(j), float(matrix[i, j])) for i, j in np.argwhere(matrix > 0.0)]


def traded(use: Floats, wanted: Floats) -> tuple[Entries, Entries]:
    """Return the flows of an economy with `use` per unit, row into column, and its final demand."""
    made = np.linalg.solve(np.eye(len(use)) - use, wanted.sum(axis=1))
    return entries(use * made), entries(wanted)


def two_sectors() -> Work:
    """Return the two sectors of test_cascades, their shock on days 4 to 65."""
    flows, wanted = traded(np.array([[0.1, 0.3], [0.2, 0.1]]), np.array([[50.0], [100.0]]))
    return table(flows, wanted, 1, 2, {0: 0.5}, cover=[30, 30], last=65, days=150, alpha_max=1.25)


def three_regions(alpha_max: float, days: int) -> Work:
    """Return three regions of four sectors that all trade; three industries lose capacity on days 4 to 53."""
    rng = np.random.default_rng(1)
    use = rng.uniform(0.0, 0.1, (12, 12)) * rng.choice([1.0, 0.2], (12, 12))
    flows, wanted = traded(use.round(4), rng.uniform(1.0, 20.0, (12, 3)).round(2))
    losses, cover = {1: 0.6, 6: 0.35, 11: 0.9}, [12, 45, 8, 90]
    return table(flows, wanted, 3, 4, losses, cover=cover, last=53, days=days, alpha_max=alpha_max)


def document(work: Work) -> Tree:
    """Return our document: an industry is a facility, its inputs are pooled by sector over regions."""
    wide = len(work["sectors"])
    sold: dict[int, float] = {}
    for row, _, value in (*work["flows"], *work["final"]):
        sold[row] = sold.get(row, 0.0) + value
    bought: dict[tuple[int, int], float] = {}
    for row, column, value in work["flows"]:
        bought[row % wide, column] = bought.get((row % wide, column), 0.0) + value
    over = {"law": "scarcity", "max": work["alpha_max"], "time": f"{work['alpha_tau']} days"}
    facilities = {}
    for column, output in sorted(sold.items()):
        used = [k for k in range(wide) if (k, column) in bought]
        inputs = {f"s{k}": {"per_unit": f"{bought[k, column] / output!r} u"} for k in used}
        made = {"production": "ario", "psi": work["psi"], "headroom": 0.0, "overcapacity": over} | {
            "inputs": inputs
        }
        held = {f"s{k}": stock(work["cover"][k], adjustment=f"{work['restoration']} days") for k in used}
        facilities[f"f{column}"] = facility({f"s{column % wide}": made}, held)
    links = {
        f"s{row % wide}/f{row}-f{column}": link(
            f"f{row}", f"f{column}", f"s{row % wide}", share=value / bought[row % wide, column]
        )
        for row, column, value in work["flows"]
    }
    return _shocked(work, facilities, links)


def _shocked(work: Work, facilities: Tree, links: Tree) -> Tree:
    wide = len(work["sectors"])
    events = {
        f"shock_{i}": event(
            "outage",
            work["first"],
            {"facility": f"f{i}"},
            remaining=1.0 - loss,
            duration=f"{work['last'] - work['first'] + 1} days",
        )
        for i, loss in work["losses"].items()
    }
    demand = {
        f"f{row} to R{region}": final(f"f{row}", f"s{row % wide}", rate)
        for row, region, rate in work["final"]
    }
    switches = {"switching": 0.0, "availability_exponent": 0.0}
    found = tree(facilities, links, demand, events=events, model=switches)
    found["run"]["end"] = date(work["days"] - 1)
    return found


def answer(work: Work, path: Path) -> tuple[Floats, Floats]:
    """Return output by day and industry, and unmet final demand by day, region of the buyer, and sector."""
    wide, regions = len(work["sectors"]), len(work["regions"])
    output = [path.output(f"f{i}/s{i % wide}") for i in range(wide * regions)]
    unmet = np.zeros((wide * regions, work["days"]))
    for row, region, _ in work["final"]:
        unmet[region * wide + row % wide] += path.unmet(f"f{row} to R{region}")
    return np.column_stack(output), unmet.T
