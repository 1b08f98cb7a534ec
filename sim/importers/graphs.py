"""Networks from graphs: networkx, and files of GraphML, GML, GEXF and Pajek."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from sim.arguments import shown
from sim.errors import CurbsimError, Problem, ScenarioError
from sim.importers.columns import EDGE_COLUMNS, ColumnChoice
from sim.importers.edges import prepare
from sim.importers.headers import plain
from sim.importers.rows import require_one_time
from sim.importers.worlds import make_world, options_for, require_options
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.cells import bare_cells, numbers_of, text_of
from sim.network.large.edge_list import FIRMS
from sim.network.large.foreign_files import require_no_device, require_plain_xml
from sim.network.large.table_files import TableFile
from sim.scenario import Scenario

READERS: dict[str, Callable[[Path], Any]] = {
    ".graphml": nx.read_graphml,
    ".gml": nx.read_gml,
    ".gexf": nx.read_gexf,
    ".net": nx.read_pajek,
    ".paj": nx.read_pajek,
}
XML = (".graphml", ".gexf")
DIRECTED = (
    'write edgedefault="directed" (GraphML), directed 1 (GML), defaultedgetype="directed" (GEXF), *Arcs in '
    "place of *Edges (Pajek) or nx.DiGraph, each edge from its supplier to its buyer"
)
ADDED = ("amount_per_day", "amount_per_year", "share")  # of parallel edges


def from_graph(
    graph: Any,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    unit: str = "",
    **options: Any,
) -> Scenario:
    """Return a world made from a directed networkx graph; see `from_edges`, whose options it takes.

    Nodes and edges carry the columns as attributes: `country`, `material`, `share`, `lead_time_days`, ...
    A node is called as in the graph, whatever its attributes say, unless `columns={"id": ...}` names one.
    Parallel edges are added up.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph([("mine", "maker")])
    >>> from_graph(graph).document.demand
    {'goods/maker': ...}
    """
    require_options(from_graph, unit, options, columns, ignore)
    if not isinstance(graph, nx.Graph):
        raise CurbsimError(
            f"graph takes a graph of networkx, not {shown(graph)}; write for example nx.DiGraph(edges)"
        )
    said = Assumptions()
    choice = ColumnChoice(dict(columns or {}), tuple(ignore), loose=True)
    links, places, choice = read_graph_tables(graph, choice, said)
    whole = prepare(links, places, choice, said)
    return make_world(whole, options_for(whole, unit, options))


def read_graph(file: Path) -> Any:
    """Read the graph of a file by the ending of its name.

    Raises
    ------
    CurbsimError
        When it is no graph.
    """
    ending = file.suffix.lower()
    try:
        require_no_device(file)
        if ending in XML:
            with file.open("rb") as text:
                require_plain_xml(text)
        return READERS[ending](file)
    except FileNotFoundError:
        raise CurbsimError(f"{file}: there is no such file; write the path of a graph") from None
    except Exception as error:  # whatever a reader finds wrong with a file
        words = " ".join(str(error).split())
        kind = {".graphml": "GraphML", ".gml": "GML", ".gexf": "GEXF"}.get(ending, "Pajek")
        raise CurbsimError(f"{file}: this is not {kind} ({words}); write an edge list as CSV") from None


def read_graph_tables(
    graph: Any, choice: ColumnChoice, said: Assumptions
) -> tuple[TableFile, TableFile, ColumnChoice]:
    """Return the links and the firms of a graph as tables, and what is left to choose of their columns.

    Raises
    ------
    CurbsimError
        When its edges have no direction.
    """
    if not graph.is_directed():
        raise CurbsimError(f"the edges of the graph have no direction: who supplies whom is open; {DIRECTED}")
    if not graph.number_of_edges():
        raise CurbsimError("the graph has no edges; write one for each supplier and buyer")
    names = _names(graph, choice, said)
    firms = _frame([{**_attributes(data, "id"), "id": names[node]} for node, data in graph.nodes(data=True)])
    edges = _frame(
        [
            {**_attributes(data, "supplier", "buyer"), "supplier": names[a], "buyer": names[b]}
            for a, b, data in graph.edges(data=True)
        ]
    )
    firms, edges = bare_cells(firms), bare_cells(edges)
    firms = _whole_nodes(firms, _header(edges, "material", choice) is not None, choice, said)
    require_one_time(TableFile("edges", edges), edges[["supplier", "buyer"]], choice)
    edges = _whole_edges(edges, choice, said)
    left = {column: header for column, header in choice.map.items() if column != "id"}
    rest = ColumnChoice(left, choice.ignore, loose=True)
    return TableFile("edges", _added_up(edges, rest, said)), TableFile("nodes", firms), rest


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table; a number beyond all floats stays as it is, to be told with its place."""
    frame = pd.DataFrame(rows, dtype=object)
    for column in frame:
        with contextlib.suppress(OverflowError):
            frame[column] = frame[column].infer_objects()
    return frame


def _names(graph: Any, choice: ColumnChoice, said: Assumptions) -> dict[Any, str]:
    """Return what each node is called: as in the graph, or by the attribute that stands for `id`."""
    header = choice.map.get("id")
    if header is None:
        return {node: text_of(node) for node in graph}
    names = {node: text_of(data.get(header)) for node, data in graph.nodes(data=True)}
    bare = [str(node) for node, name in names.items() if not name]
    if bare:
        raise CurbsimError(f"--map id={header}: the nodes {few(bare)} have no attribute '{header}'")
    said.say("columns", f"Nodes are called by their attribute '{header}'.")
    return names


def _attributes(data: Mapping[Any, Any], *taken: str) -> dict[str, Any]:
    """Return attributes; those that would take the place of a node get a header of their own."""
    headers = {key: f"attribute {key}" if plain(str(key)) in taken else str(key) for key in data}
    return {headers[key]: value for key, value in data.items()}


def _header(frame: pd.DataFrame, column: str, choice: ColumnChoice) -> str | None:
    """Return the header under which a column stands, None where there is none."""
    wanted = (column, plain(choice.map.get(column, column)))
    return next((str(header) for header in frame.columns if plain(str(header)) in wanted), None)


def _bare(cells: pd.Series) -> pd.Series:
    return cells.isna() | (cells.astype(object) == "")


def _whole_nodes(
    firms: pd.DataFrame, products: bool, choice: ColumnChoice, said: Assumptions
) -> pd.DataFrame:
    """Fill what some nodes do not have, and say so; with materials on edges, nodes need none."""
    texts = {"country": "XX"} if products else {"country": "XX", "material": "goods"}
    for column, value in texts.items():
        header = _header(firms, column, choice)
        if header is None:
            said.say("nodes", f"No node has a {column}: it is {value}.")
            firms = firms.assign(**{column: value})
        else:
            firms = _fill(firms, header, column, value, firms["id"], said)
    for column, rule in FIRMS.items():
        header = _header(firms, column, choice)
        if header is not None and not rule.text and not rule.optional:
            firms = _fill(firms, header, column, rule.default or 0.0, firms["id"], said)
    return firms


def _whole_edges(edges: pd.DataFrame, choice: ColumnChoice, said: Assumptions) -> pd.DataFrame:
    """Fill what some edges do not have and the format has a default for, and say so."""
    names = edges["supplier"] + " to " + edges["buyer"]
    for column, rule in EDGE_COLUMNS.items():
        header = _header(edges, column, choice)
        if header is not None and rule.default is not None:
            edges = _fill(edges, header, column, rule.default, names, said)
    return edges


def _fill(
    frame: pd.DataFrame, header: str, column: str, value: Any, names: pd.Series, said: Assumptions
) -> pd.DataFrame:
    """Fill the cells of a column that are not given, and say so."""
    bare = _bare(frame[header])
    if not bare.any():
        return frame
    shown = f"{value:g}" if isinstance(value, float) else value
    said.say("nodes", f"The {column} of {few(names[bare])} is not given: it is {shown}.")
    return frame.assign(**{header: frame[header].astype(object).where(~bare, value)})


def _added_up(edges: pd.DataFrame, choice: ColumnChoice, said: Assumptions) -> pd.DataFrame:
    """Make one edge of parallel ones: amounts and shares are added up, all else has to agree.

    Raises
    ------
    ScenarioError
        When parallel edges differ in what cannot be added up.
    """
    wanted = {name: choice.map.get(name, name) for name in EDGE_COLUMNS}
    known = {name: h for name, header in wanted.items() for h in edges.columns if plain(h) == plain(header)}
    pair = ["supplier", "buyer"] + ([known["material"]] if "material" in known else [])
    parallel = edges.duplicated(pair, keep=False)
    if not parallel.any():
        return edges
    sums = [known[name] for name in ADDED if name in known]
    same = [h for name, h in known.items() if h not in (*pair, *sums)]
    for header in same:
        differs = edges[parallel].groupby(pair, sort=False)[header].nunique(dropna=False) > 1
        if differs.any():
            where = " to ".join(map(str, differs[differs].index[0][:2]))
            wrong = f"parallel edges from {where} differ in {header}"
            raise ScenarioError([Problem("edges", 0, 0, "", wrong, "write the same on each, or one edge")])
    adding = {header: numbers_of(edges[header].astype(object)) for header in sums}
    for header, numbers in adding.items():
        bare = parallel & numbers.isna()
        if bare.any():
            ends = edges[bare].iloc[0]
            wrong = (
                f"one of the parallel edges from {ends['supplier']} to {ends['buyer']} has no number {header}"
            )
            raise ScenarioError([Problem("edges", 0, 0, "", wrong, "write it on each of them")])
    others = [header for header in edges.columns if header not in (*pair, *sums)]
    rules = {**dict.fromkeys(sums, "sum"), **dict.fromkeys(others, "first")}
    one = edges.drop_duplicates(pair)
    if rules:
        one = pd.DataFrame(
            edges.assign(**adding).groupby(pair, sort=False, dropna=False, as_index=False).agg(rules)
        )
    pairs = edges[parallel].drop_duplicates(pair)
    done = f"their {' and '.join(sums)} added up" if sums else "counted as one"
    names = few(pairs["supplier"] + " to " + pairs["buyer"])
    said.say("parallel_edges", f"{int(parallel.sum())} edges run parallel ({names}): {done}.")
    return one
