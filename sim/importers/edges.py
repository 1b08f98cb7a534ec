"""Networks from edge lists: read with any separator, cleaned, checked, and every assumption said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments import shown
from sim.errors import CurbsimError, ScenarioError
from sim.importers.columns import EDGE_COLUMNS, ColumnChoice, check_map, recognise
from sim.importers.names import mend, say_countries
from sim.importers.products import spread_products
from sim.importers.rows import add_up, require_no_sums, require_one_time, say_sums
from sim.importers.worlds import make_world, options_for, require_options
from sim.network.large.assumptions import Assumptions, WholeTables, few, whole_tables
from sim.network.large.cells import bare_cells, texts_of
from sim.network.large.edge_list import FIRMS, CheckedTable, TableColumn, check_alone
from sim.network.large.table_files import SHEETS_SAID, TableFile, has_firms, read_file
from sim.scenario import Scenario

Given = str | Path | pd.DataFrame
YEAR = 365.0  # days
ROUNDED = 2e-3  # by which shares that were rounded to three digits may miss 1


def from_edges(
    edges: Given,
    firms: Given | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    decimal: str = "",
    unit: str = "",
    **options: Any,
) -> Scenario:
    """Return a world made from a list of links and a list of firms.

    Each firm is one facility that makes one material; a stock holds one material of all its suppliers.
    A network of more than 1,000 links stays in tables, in the folder `out`. What the tables leave open and
    what was mended in them stands under `meta.assumptions` of the world.

    Parameters
    ----------
    edges : path or DataFrame
        `supplier`, `buyer`, and `share` (of the buyer's need of the material), `amount_per_day` or
        `amount_per_year` (equal shares where all are left out), `per_unit` (taken for a unit of the buyer),
        `lead_time_days`, `criticality`, `material` (what the link carries). Files are CSV with any
        separator, Excel or Parquet.
    firms : path or DataFrame, optional
        `id`, `country` (ISO 3166 or its English name), `material`, `final_demand_per_day` (made up for firms
        without a buyer where it is left out), `cover_days`, `headroom`, `capacity_per_day`,
        `cycle_time_days`, `finished_cover_days`, `firm`. In an Excel file with a sheet `firms` that one.
    columns : dict, optional
        Headers of columns that are called otherwise: `{"supplier": "node1"}`.
    ignore : list of str, optional
        Headers of columns that are not used although they resemble known ones.
    decimal : str, optional
        `","` or `"."`, where numbers such as 1.234 leave it open.
    unit : str, optional
        Of all flows; a currency (`USD`, `M.EUR`) is its own price.
    options
        `name`, `start` and `end` of the world, `out`: the world folder to write, whole or not at all.

    Raises
    ------
    ScenarioError
        With every mistake of the tables at once.
    CurbsimError
        When the network has no baseline, a large one is given no folder, or the folder is there already.

    Examples
    --------
    >>> edges = pd.DataFrame({"Seller": ["mine"], "buyer ": ["maker"], "lead_time_days": [3]})
    >>> world = from_edges(edges, columns={"supplier": "Seller"})
    >>> sorted(world.document.facilities), world.document.meta.assumptions["columns"]
    (['maker', 'mine'], "edges: 'Seller' as supplier, 'buyer ' as buyer.")
    """
    if decimal not in ("", ",", "."):
        raise CurbsimError(f"decimal is '{decimal}'; write ',' or '.'")
    require_options(from_edges, unit, options, columns, ignore)
    said = Assumptions()
    links = replace(_table(edges, "edges"), decimal=decimal)
    places = _firms(edges, firms)
    places = None if places is None else replace(places, decimal=decimal)
    choice = ColumnChoice(dict(columns or {}), tuple(ignore))
    if places is None and len(links.sheets) > 1:
        said.say("files", f"{Path(links.name).name} has no sheet of firms: {SHEETS_SAID}.")
    whole = prepare(links, places, choice, said)
    return make_world(whole, options_for(whole, unit, options))


def _table(given: Given, kind: str) -> TableFile:
    if isinstance(given, pd.DataFrame):
        if given.columns.has_duplicates:
            twice = shown(given.columns[given.columns.duplicated()].tolist()[0])
            raise CurbsimError(f"{kind}: the column {twice} is there twice; keep one of them")
        return TableFile(kind, bare_cells(given.reset_index(drop=True)))
    if not isinstance(given, str | Path):
        frame = (
            'pd.DataFrame(rows, columns=["supplier", "buyer"])' if kind == "edges" else "pd.DataFrame(rows)"
        )
        raise CurbsimError(
            f"{kind} takes a path or a DataFrame, not {shown(given)}; write for example {frame}"
        )
    return read_file(Path(given), kind)


def _firms(edges: Given, firms: Given | None) -> TableFile | None:
    """Read the table of firms; without one, the sheet of that name beside the links."""
    if firms is not None:
        return _table(firms, "firms")
    if isinstance(edges, pd.DataFrame) or not has_firms(Path(edges)):
        return None
    return _table(edges, "firms")


def prepare(
    links: TableFile, places: TableFile | None, choice: ColumnChoice, said: Assumptions
) -> WholeTables:
    """Return whole tables of links and firms as users have them.

    Raises
    ------
    ScenarioError
        With the mistakes of the tables.
    """
    check_map(choice, [links] if places is None else [links, places])
    edges, problems = recognise(links, EDGE_COLUMNS, choice, said)
    firm_columns = {**FIRMS, "final_demand_per_year": TableColumn()}
    if "material" in edges:
        firm_columns["material"] = TableColumn(text=True, optional=True)
    firms = None
    if places is not None:
        firms, more = recognise(places, firm_columns, choice, said)
        problems += more
    edges, firms = _mended(edges, firms, said)
    _require_one_time(edges, links, choice, said)
    sums = require_no_sums(edges, firms, links, places)
    say_sums(firms, said)
    edges = _without_own_use(edges, links, said)
    if firms is not None and "country" in firms:
        say_countries(texts_of(firms["country"]).unique(), said)
    checked = [check_alone(replace(links, frame=edges), EDGE_COLUMNS)]
    if places is not None and firms is not None:
        checked.append(check_alone(replace(places, frame=firms), firm_columns))
    for table in checked:
        _by_day(table)
    if not any(table.counted for table in checked):
        add_up(checked[0], said)
    found = [problem for table in checked for problem in table.all_problems()]
    if found or problems or sums:
        told = [
            problem for problem in found if not problem.wrong.endswith("is missing")
        ]  # told with what is there
        raise ScenarioError([*problems, *sums, *told])
    edges, firms = spread_products(checked[0], checked[1] if len(checked) > 1 else None, said)
    return whole_tables(
        _as_file(checked[0], edges),
        None if firms is None else _as_file(checked[-1], firms, "firms" if places is None else ""),
        said,
        tolerance=ROUNDED,
    )


def _by_day(table: CheckedTable) -> None:
    """Turn amounts of a year into those of a day."""
    for column in [column for column in table.frame.columns if column.endswith("_per_year")]:
        daily = column.replace("_per_year", "_per_day")
        if daily in table.frame:
            table.report_table(column, f"there are {daily} and {column}", "keep one of them")
        table.frame = table.frame.rename(columns={column: daily}).assign(
            **{daily: table.frame[column] / YEAR}
        )


def _mended(
    edges: pd.DataFrame, firms: pd.DataFrame | None, said: Assumptions
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Mend the names of both tables together, so that one name stays one."""
    ends = (edges, ("supplier", "buyer", "material"))
    if firms is None:
        return mend([ends], said)[0], None
    mended = mend([ends, (firms, ("id", "firm", "material"))], said)
    return mended[0], mended[1]


def _require_one_time(edges: pd.DataFrame, links: TableFile, choice: ColumnChoice, said: Assumptions) -> None:
    """Refuse links of several years; say of which year they are."""
    ends = edges[[name for name in ("supplier", "buyer", "material") if name in edges]]
    time = require_one_time(links, ends, choice)
    if time:
        said.say("ignored", f"{Path(links.name).name}: {time}.")


def _without_own_use(edges: pd.DataFrame, table: TableFile, said: Assumptions) -> pd.DataFrame:
    if not {"supplier", "buyer"} <= set(edges):
        return edges
    own = edges["supplier"] == edges["buyer"]
    own &= edges["supplier"] != ""
    if own.any():
        said.say(
            "own_use",
            f"{Path(table.name).name}: left out what {few(edges['supplier'][own])} supply to themselves.",
        )
    return edges[~own]


def _as_file(table: CheckedTable, frame: pd.DataFrame, name: str = "") -> TableFile:
    return TableFile(name or table.name, frame, table.first, table.form, table.decimal)
