"""Networks from edge lists, networkx graphs and input-output tables (pymrio)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from sim.errors import CurbsimError
from sim.files import whole_folder
from sim.network.large.edge_list import COUNTRY_CODE, EDGES, FIRMS, TableColumn, TableLike, read_tables
from sim.network.large.firm_tables import FirmTables, make_firm_tables
from sim.scenario import Scenario, from_tree, load
from sim.scenario.yaml_files import to_yaml

MOST_ENTRIES = 1_000  # links up to which a network becomes an ordinary world, with an entry for each
YEAR = 365.0  # days


def from_edges(
    edges: TableLike,
    firms: TableLike | None = None,
    *,
    name: str = "network",
    start: str = "2019-01-01",
    end: str = "2019-12-31",
    out: str | Path | None = None,
) -> Scenario:
    """Return a world made from a list of links and a list of firms.

    Each firm is one facility that makes one material; a stock holds one material of all its suppliers.
    A network of more than 1,000 links stays in tables, in the folder `out`.

    Parameters
    ----------
    edges : path or DataFrame
        `supplier`, `buyer`, and `share` (of the buyer's need of the material) or `amount_per_day` (equal
        shares where both are left out), `per_unit` (taken for a unit of the buyer), `lead_time_days`,
        `criticality`.
    firms : path or DataFrame, optional
        `id`, `country`, `material`, `final_demand_per_day` (one unit for firms without a buyer where it is
        left out), `cover_days`, `headroom`, `cycle_time_days`, `finished_cover_days`, `firm`.
    out : path, optional
        World folder to write, whole or not at all.

    Raises
    ------
    ScenarioError
        With every mistake of the tables at once.
    CurbsimError
        When a large network is given no folder, or the folder cannot be written.

    Examples
    --------
    >>> edges = pd.DataFrame({"supplier": ["mine"], "buyer": ["maker"], "lead_time_days": [3]})
    >>> sorted(from_edges(edges).document.facilities)
    ['maker', 'mine']
    """
    links, places = read_tables(edges, firms)
    small = len(links) <= MOST_ENTRIES
    tree = head(name, start, end, sorted(places["material"].unique()))
    if small:
        tree |= entries(make_firm_tables(links, places))
    if out is None:
        if not small:
            wrong = f"the network has {len(links):,} links; more than {MOST_ENTRIES:,} stay in tables"
            raise CurbsimError(f"{wrong}: write out= and the folder for them")
        return from_tree(tree, name=name)
    write_world(Path(out), tree, None if small else (links, places))
    return load(out)


def from_graph(graph: nx.DiGraph[Any], **options: Any) -> Scenario:
    """Return a world made from a networkx graph; see `from_edges`, whose options it takes.

    Nodes and edges carry the columns as attributes: `country`, `material`, `share`, `lead_time_days`, ...

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph([("mine", "maker")])
    >>> from_graph(graph).document.demand
    {'goods/maker': ...}
    """
    edges = pd.DataFrame([{"supplier": str(a), "buyer": str(b), **d} for a, b, d in graph.edges(data=True)])
    firms = pd.DataFrame(
        [{"id": str(n), "country": "XX", "material": "goods", **d} for n, d in graph.nodes(data=True)]
    )
    numbers = {name: column.default or 0.0 for name, column in FIRMS.items() if not column.text}
    firms = _known(firms, FIRMS).fillna(numbers)  # a node need not have what another one has
    return from_edges(_known(edges, EDGES), firms, **options)


def from_input_output(table: Any, *, countries: Mapping[str, str] | None = None, **options: Any) -> Scenario:
    """Return a world made from an input-output table: sectors of regions as facilities.

    Flows Z and final demand Y, per year, are amounts a day (in currency at base prices); a sector's use of
    its own product is left out of both its inputs and its output.

    Parameters
    ----------
    table : pymrio.IOSystem
        With Z and Y.
    countries : dict, optional
        Two letters for regions whose names are not such codes.
    options
        What `from_edges` takes: name, start, end, out.
    """
    return from_edges(*read_input_output(table, countries or {}), **options)


def read_input_output(table: Any, countries: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the links and the firms of an input-output table."""
    flows, final = table.Z, table.Y.sum(axis=1)
    codes = _codes(sorted(set(flows.index.get_level_values(0))), countries)
    ids = [f"{region}_{sector}".replace("/", "_").replace(" ", "_") for region, sector in flows.index]
    firms = pd.DataFrame(
        {
            "id": ids,
            "country": [codes[region] for region, _ in flows.index],
            "material": [str(sector).replace("/", "_").replace(" ", "_") for _, sector in flows.index],
            "final_demand_per_day": final.to_numpy() / YEAR,
        }
    )
    square = flows.set_axis(ids).set_axis(ids, axis=1)
    links = square.rename_axis("supplier").melt(
        ignore_index=False, var_name="buyer", value_name="amount_per_day"
    )
    links = links.reset_index()
    links = links[(links["amount_per_day"] != 0.0) & (links["supplier"] != links["buyer"])]
    return links.assign(amount_per_day=links["amount_per_day"] / YEAR), firms


def _codes(regions: list[str], countries: Mapping[str, str]) -> dict[str, str]:
    """Return two letters for each region: those given, or its own name."""
    codes = {region: countries.get(region, region) for region in regions}
    unknown = [region for region, code in codes.items() if not COUNTRY_CODE.fullmatch(code)]
    if unknown:
        raise CurbsimError(
            f"regions that are no country codes: {', '.join(unknown)}; "
            f"write two letters for each, countries={{'{unknown[0]}': 'KR', ...}} (--country {unknown[0]}=KR)"
        )
    return codes


def _known(frame: pd.DataFrame, columns: Mapping[str, TableColumn]) -> pd.DataFrame:
    """Return the columns of a frame that a table may have; graphs carry other attributes, too."""
    return frame[[column for column in frame.columns if column in columns]]


def head(name: str, start: str, end: str, materials: list[str]) -> dict[str, Any]:
    """Return the sections of a world file that do not depend on its size."""
    sources = {"imported": {"title": "Imported tables"}, "estimate": {"title": "Estimate"}}
    return {
        "format": 1,
        "meta": {"name": name, "title": name, "sources": sources},
        "run": {"start": start, "end": end, "replications": 1},
        "materials": {material: {"unit": "unit"} for material in materials},
    }


def entries(tables: FirmTables) -> dict[str, Any]:
    """Return the sections of an ordinary world, one entry for each row."""
    firms: list[dict[Any, Any]] = tables.firms.to_dict("records")
    names, materials = tables.names.tolist(), tables.materials.tolist()
    facilities = {firm["id"]: _facility(firm, owner) for firm, owner in zip(firms, tables.owner, strict=True)}
    for s, row in enumerate(tables.stock_firm.tolist()):
        firm, material = firms[row], materials[tables.stock_material[s]]
        facility = facilities[firm["id"]]
        facility["stocks"][material] = {"cover": f"{firm['cover_days']!r} days"}
        facility["makes"][firm["material"]]["inputs"][material] = {
            "per_unit": f"{float(tables.per_unit[s])!r} unit",
            "criticality": float(tables.criticality[s]),
        }
    links = {
        tables.links[l]: {
            "from": names[tables.supplier[l]],
            "to": names[tables.stock_firm[s]],
            "material": materials[tables.stock_material[s]],
            "share": float(tables.share[l]),
            "lead_time": f"{float(tables.lead[l])!r} days",
            "source": "imported",
        }
        for l, s in enumerate(tables.stock.tolist())
    }
    demand = {
        tables.demands[d]: {
            "at": names[row],
            "material": firms[row]["material"],
            "rate": f"{firms[row]['final_demand_per_day']!r} unit/day",
        }
        for d, row in enumerate(tables.demand_firm.tolist())
    }
    owners = {str(o): {"country": firm["country"]} for o, firm in zip(tables.owner, firms, strict=True)}
    return {"firms": owners, "facilities": facilities, "links": links, "demand": demand}


def _facility(firm: dict[Any, Any], owner: str) -> dict[str, Any]:
    made = {
        "headroom": firm["headroom"],
        "cycle_time": f"{firm['cycle_time_days']!r} days",
        "finished_cover": f"{firm['finished_cover_days']!r} days",
        "inputs": {},
    }
    return {"firm": owner, "country": firm["country"], "makes": {firm["material"]: made}, "stocks": {}}


def write_world(folder: Path, tree: dict[str, Any], tables: tuple[pd.DataFrame, pd.DataFrame] | None) -> None:
    """Write a world folder, whole or not at all."""
    with whole_folder(folder) as part:
        if tables is not None:
            tree = {**tree, "network": {"edges": "edges.parquet", "firms": "firms.parquet"}}
            tables[0].to_parquet(part / "edges.parquet", index=False)
            tables[1].to_parquet(part / "firms.parquet", index=False)
        (part / "world.yaml").write_text(to_yaml(tree), encoding="utf-8")
