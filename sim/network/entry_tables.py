"""Entries of a scenario as tables, and its links as a networkx graph."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import networkx as nx
import numpy as np
import pandas as pd
from pydantic import BaseModel

from sim.errors import CurbsimError
from sim.network.arrays import Network
from sim.network.compile import compile_network
from sim.scenario import Scenario
from sim.scenario.changes import of_variant
from sim.scenario.paths import get, join, leaves
from sim.scenario.schema import field_types as ft
from sim.scenario.schema.sections import Entry
from sim.types import Row

IN_DAYS = (*get_args(ft.Days)[1:2], *get_args(ft.DaysLaw)[1:2])  # what reads a length of time
INNER = ("makes", "stocks", "inputs")  # maps of entries of their own: their names stand for them
LAST = ("source", "status", "note")  # columns
ONLY_IN_TABLES = ("facilities", "processes", "stocks", "links", "firms", "demand")  # of large networks


def table(scenario: Scenario, name: str) -> pd.DataFrame:
    """Return the entries of a section as a table by id.

    Examples
    --------
    >>> from sim.scenario.scenario import EXAMPLE, from_tree
    >>> world = from_tree(EXAMPLE)
    >>> table(world, "stocks")["cover_days"].to_dict()
    {'line/acid': 30.0}
    """
    if name == "variants":
        return _variants(scenario)
    require_entries(scenario, name)
    rows = {key: _row(scenario, path, entry) for key, path, entry in _entries(scenario, name)}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = {"processes": "process", "facilities": "facility", "demand": "demand"}.get(
        name, name.removesuffix("s")
    )
    for column in frame.columns.intersection(["date", "until"]):
        frame[column] = np.array(
            [d or "NaT" for d in frame[column].replace({np.nan: None})], "datetime64[ms]"
        )
    if name == "events" and "date" in frame:
        frame = frame.sort_values("date", kind="stable")
    return frame[[*frame.columns.difference([*LAST], sort=False), *(c for c in LAST if c in frame)]]


def require_entries(scenario: Scenario, name: str) -> None:
    """Raise when a section stands in tables of a large network, with what to read instead."""
    tables = scenario.document.network
    if tables is not None and name in ONLY_IN_TABLES:
        read = f"pandas.read_csv('{tables.firms if name == 'firms' else tables.edges}')"
        raise CurbsimError(
            f"{name} of '{scenario.name}' stand in tables: {tables.firms}, {tables.edges}; {read}"
        )


def _entries(scenario: Scenario, name: str) -> Iterator[tuple[str, tuple[str, ...], Entry]]:
    """Yield id, path and entry of everything in a section; what facilities make and hold by both names."""
    document = scenario.document
    inner = {"processes": "makes", "stocks": "stocks"}.get(name)
    if inner is None:
        yield from ((key, (name, key), entry) for key, entry in sorted(getattr(document, name).items()))
        return
    for facility, entry in sorted(document.facilities.items()):
        for key, part in sorted(getattr(entry, inner).items()):
            yield f"{facility}/{key}", ("facilities", facility, inner, key), part


def _row(scenario: Scenario, path: tuple[str, ...], entry: Entry) -> Row:
    written = get(scenario.tree, path, {})
    row = dict(_cells(entry, written, ""))
    if path[-2] in INNER:
        row = {"facility": path[1], **({"material": path[3]} if "material" not in row else {}), **row}
    return row


def _cells(entry: BaseModel, written: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield column and value of every field that an entry has; sections inside it with dots."""
    for name, info in type(entry).model_fields.items():
        value, column = getattr(entry, name), prefix + (info.alias or name)
        text = written.get(info.alias or name) if isinstance(written, Mapping) else None
        if name == "provenance" or value is None or value == "" or value == {}:
            continue
        days = "_days" if _in_days(info.annotation, info.metadata) else ""
        yield from _cell(column, value, text, days)


def _cell(column: str, value: Any, text: Any, days: str) -> Iterator[tuple[str, Any]]:
    name = column.rpartition(".")[2]
    if isinstance(value, BaseModel):
        yield from _cells(value, text, f"{column}.")
    elif isinstance(value, Mapping) and name in INNER:
        yield {"stocks": "holds", "inputs": "uses"}.get(name, name), ", ".join(value)
    elif isinstance(value, Mapping):
        for key, below in value.items():
            inner = text.get(key) if isinstance(text, Mapping) else None
            yield from _cell(f"{column}.{key}", below, inner, days)
    elif isinstance(value, ft.Distribution) and value.law != "fixed":
        yield column, _as_written(text)
    elif isinstance(value, ft.Distribution):
        yield f"{column}{days}", value.parameters[0]
    elif isinstance(value, ft.Rate | ft.Amount | ft.Price):
        yield f"{column}{'_per_day' * isinstance(value, ft.Rate)}", value.value
        yield (
            f"{column}_unit",
            f"{value.currency}/{value.unit}" if isinstance(value, ft.Price) else value.unit,
        )
    elif isinstance(value, float | int | str | datetime.date):
        yield f"{column}{days}", value
    elif isinstance(value, tuple) and all(isinstance(part, str) for part in value):
        yield column, ", ".join(value)
    elif text is not None:
        yield column, _as_written(text)


def _as_written(text: Any) -> str:
    if isinstance(text, Mapping):
        return ", ".join(f"{join(path)} {value}" for path, value in leaves(text))
    return ", ".join(map(str, text)) if isinstance(text, list | tuple) else str(text)


def _in_days(annotation: Any, metadata: Any = ()) -> bool:
    """Tell whether a field is a length of time, wherever in its type that is said."""
    if any(mark in IN_DAYS for mark in metadata):
        return True
    parts = get_args(annotation)
    return any(part in IN_DAYS if not get_args(part) else _in_days(part) for part in parts)


def _variants(scenario: Scenario) -> pd.DataFrame:
    rows = {
        key: {"name": f"{scenario.name}+{key}", "changes": ", ".join(of_variant(tree))}
        for key, tree in sorted(scenario.tree.get("variants", {}).items())
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "changes"])
    frame.index.name = "variant"
    return frame


def compiled(scenario: Scenario) -> Network:
    """Return the compiled network of a scenario with entries."""
    require_entries(scenario, "links")
    return compile_network(scenario.document)


def multigraph(network: Network) -> nx.MultiDiGraph[str]:
    """Return the facilities of a network and its links, each an edge by its id."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for facility, country in zip(network.process_facility, network.process_country, strict=True):
        graph.add_node(facility, country=country)
    arrays = network.arrays
    for place, link in enumerate(network.links):
        stock, supplier = int(arrays.stock[place]), int(arrays.supplier[place])
        graph.add_edge(
            network.process_facility[supplier],
            network.stock_facility[stock],
            key=link,
            material=network.stock_material[stock],
            share=float(arrays.share[place]),
            flow=float(arrays.base_flow[place]),
            lead_time_days=int(arrays.lead[place]),
        )
    return graph


def scenario_graph(scenario: Scenario) -> nx.MultiDiGraph[str]:
    """Return the facilities and links of a scenario with what it says of them."""
    graph, document = multigraph(compiled(scenario)), scenario.document
    for key, facility in document.facilities.items():
        about = {name: getattr(facility, name) for name in ("title", "firm", "country", "site")}
        graph.add_node(key, **about, makes=", ".join(facility.makes))
    for _, _, link, edge in graph.edges(keys=True, data=True):
        material = document.materials[edge["material"]]
        price = material.price.value if material.price is not None else float("nan")
        about = {"unit": material.unit, "value": edge["flow"] * price}
        edge.update(about, regime=document.links[link].regime or "" if link in document.links else "")
    return graph
