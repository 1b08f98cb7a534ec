"""Edge lists: tables of links and of firms, read and checked whole before anything is made of them.

Columns carry their unit, as in all tables: `lead_time_days`, `amount_per_day` (in the unit of the material).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError, did_you_mean
from sim.scenario.validation.network import shares_fault, sums_to_one

ENDS = ("supplier", "buyer")
SHOWN = 20  # mistakes of a table that are listed; the others are counted


@dataclass(frozen=True)
class Kind:
    """What a column holds: text, or numbers within bounds; `default` fills it where it is left out."""

    default: Any = None
    low: float = 0.0
    high: float = np.inf
    text: bool = False
    required: bool = False


TEXT, NEEDED = Kind(text=True), Kind(text=True, required=True)
EDGES = {
    "supplier": NEEDED,
    "buyer": NEEDED,
    "share": Kind(high=1.0),
    "amount_per_day": Kind(),
    "per_unit": Kind(),
    "lead_time_days": Kind(0.0, high=3650.0),
    "criticality": Kind(1.0, high=1.0),
}
FIRMS = {
    "id": NEEDED,
    "country": NEEDED,
    "material": NEEDED,
    "firm": TEXT,
    "final_demand_per_day": Kind(),  # 1 for firms without a buyer where it is left out
    "cover_days": Kind(30.0),
    "headroom": Kind(0.1),
    "cycle_time_days": Kind(0.0, high=3650.0),
    "finished_cover_days": Kind(0.0),
}


@dataclass
class EdgeTable:
    """A table on its way through the checks.

    Attributes
    ----------
    name : str
        How messages call it: a file, or `edges`.
    lines : bool
        Whether rows are lines of a text file, the first below the header being line 2.
    """

    name: str
    frame: pd.DataFrame
    kinds: dict[str, Kind]
    lines: bool
    problems: list[Problem] = field(default_factory=list)
    counted: int = 0

    def report(self, rows: Any, column: str, wrong: str, remedy: str) -> None:
        """Report a mistake of some rows; only the first ones are listed, `{}` stands for the cell."""
        for row in self.listed(rows):
            text = wrong.format(self.frame[column].iloc[row] if column in self.frame else "")
            self.at(row, column, text, remedy)

    def listed(self, rows: Any) -> list[int]:
        """Count wrong rows; return the first ones, which are to be listed."""
        wrong = np.flatnonzero(rows).tolist()
        self.counted += len(wrong)
        return wrong[: max(0, SHOWN - len(self.problems))]

    def at(self, row: int, column: str, wrong: str, remedy: str) -> None:
        """List a mistake of one row, which has been counted."""
        place = row + 2 if self.lines else row + 1
        self.problems.append(Problem(self.name, place, column, "", wrong, remedy))

    def about(self, column: str, wrong: str, remedy: str) -> None:
        """Report a mistake of the whole table."""
        self.counted += 1
        self.problems.append(Problem(self.name, 1 if self.lines else 0, column, "", wrong, remedy))


def read_tables(
    edges: str | Path | pd.DataFrame, firms: str | Path | pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check an edge list and its firms; columns left out are filled.

    Raises
    ------
    ScenarioError
        With the first 20 mistakes of each table and the number of the others.
    """
    links = _checked(_table(edges, "edges", EDGES))
    if firms is None and links.counted:
        raise ScenarioError(list(_told(links)))
    places = _checked(_table(_firms_of(links) if firms is None else firms, "firms", FIRMS))
    if not (links.counted or places.counted):
        _together(links, places)
    problems = [problem for table in (links, places) for problem in _told(table)]
    if problems:
        raise ScenarioError(problems)
    return _filled(links), _with_demand(_filled(places), links.frame)


def _checked(table: EdgeTable) -> EdgeTable:
    """Note the mistakes of a table by itself."""
    _columns(table)
    _cells(table)
    return table


def _table(given: str | Path | pd.DataFrame, name: str, kinds: dict[str, Kind]) -> EdgeTable:
    if isinstance(given, pd.DataFrame):
        return EdgeTable(name, given.reset_index(drop=True), kinds, lines=False)
    path = Path(given)
    arrow = path.suffix.lower() in (".parquet", ".pq")
    try:
        frame = pd.read_parquet(path) if arrow else _read_csv(path, kinds)
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file", "write the path of a CSV or Parquet file") from None
    except Exception as error:  # whatever a reader finds wrong with a file
        wrong = f"this is not a table ({' '.join(str(error).split())})"
        raise _unreadable(path, wrong, "write a CSV file with commas, or Parquet") from None
    return EdgeTable(str(path), frame, kinds, lines=not arrow)


def _read_csv(path: Path, kinds: dict[str, Kind]) -> pd.DataFrame:
    """Read texts as texts (Namibia is NA), and leave only empty numbers empty."""
    texts = {column: str for column, kind in kinds.items() if kind.text}
    empty = {column: [""] for column, kind in kinds.items() if not kind.text}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=empty, low_memory=False)


def _unreadable(path: Path, wrong: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), 0, 0, "", wrong, remedy)])


def _firms_of(links: EdgeTable) -> pd.DataFrame:
    """Make the firms of an edge list that comes without: all in one country, of one material."""
    frame = links.frame
    known = [frame[c].dropna().astype(str) for c in ("supplier", "buyer") if c in frame]
    ids = pd.unique(pd.concat(known)) if known else np.array([], dtype=object)
    return pd.DataFrame({"id": ids, "country": "XX", "material": "goods"})


def _columns(table: EdgeTable) -> None:
    """Report columns that are missing or unknown."""
    for column in table.frame.columns:
        if column not in table.kinds:
            table.about(str(column), f"unknown column '{column}'", did_you_mean(str(column), table.kinds))
    for column, kind in table.kinds.items():
        if kind.required and column not in table.frame:
            table.about(column, f"the column '{column}' is missing", f"add it; a row needs {_needed(table)}")
    if not len(table.frame):
        table.about("", "the table has no rows", "write one row for each")


def _needed(table: EdgeTable) -> str:
    return ", ".join(column for column, kind in table.kinds.items() if kind.required)


def _cells(table: EdgeTable) -> None:
    """Report empty texts, and numbers that are missing, no numbers, or out of bounds."""
    for column, kind in table.kinds.items():
        if column not in table.frame:
            continue
        cells = table.frame[column]
        if kind.text:
            _texts(table, column, cells)
            continue
        numbers = pd.to_numeric(cells, errors="coerce").astype(np.float64)
        table.report(cells.isna(), column, "the cell is empty", "write a number, or leave the column out")
        table.report(numbers.isna() & cells.notna(), column, "'{}' is not a number", "write a bare number")
        outside = (numbers < kind.low) | (numbers > kind.high) | np.isinf(numbers)
        bounds = f"0 to {kind.high:g}" if np.isfinite(kind.high) else "0 or more"
        table.report(outside, column, "{} is out of bounds", f"write {bounds}")
        table.frame = table.frame.assign(**{column: numbers})


def _texts(table: EdgeTable, column: str, cells: Any) -> None:
    texts = cells.fillna("").astype(str)
    table.report(texts == "", column, f"the {column} is empty", "write a name")
    if column in ("id", "supplier", "buyer", "material"):
        table.report(texts.str.contains("/", regex=False), column, "'{}' has a slash", "write '-' or '_'")
    if column == "country":
        wrong = ~texts.isin([c for c in texts.unique() if len(c) == 2 and c.isalpha() and c.isupper()])
        table.report(wrong & (texts != ""), column, "'{}' is not a country code", "write two letters, KR")
    table.frame = table.frame.assign(**{column: texts})


def _together(links: EdgeTable, firms: EdgeTable) -> None:
    """Report rows that are there twice, ends that are no firm, and shares beside amounts."""
    ids = firms.frame["id"].to_numpy(dtype=object)
    places = pd.Index(ids).drop_duplicates()
    firms.report(pd.Series(ids).duplicated(), "id", "'{}' is there twice", "keep one of the rows")
    ends = {c: places.get_indexer(pd.Index(links.frame[c].to_numpy(dtype=object))) for c in ENDS}
    for column, rows in ends.items():
        remedy = "add it to the firms, or correct the name"
        links.report(rows < 0, column, "unknown firm '{}'", remedy)
    supplier, buyer = ends.values()
    twice = pd.Series(supplier * len(ids) + buyer).duplicated()
    links.report(twice, "buyer", "the supplier and the buyer '{}' are there twice", "add up the rows")
    links.report(supplier == buyer, "buyer", "'{}' supplies itself", "leave the row out")
    if {"share", "amount_per_day"} <= set(links.frame):
        links.about("share", "there are shares and amounts", "keep one of share and amount_per_day")
    if {"per_unit", "amount_per_day"} <= set(links.frame):
        links.about("per_unit", "amounts say what a unit takes", "leave the column per_unit out")
    if "final_demand_per_day" in firms.frame and firms.frame["final_demand_per_day"].sum() <= 0.0:
        firms.about("final_demand_per_day", "nobody has final demand", "write it for who sells to users")
    if not (links.counted or firms.counted):
        materials = firms.frame["material"].to_numpy(dtype=object)[supplier]
        _stocks(links, materials, buyer * len(ids) + pd.factorize(materials)[0])


def _stocks(links: EdgeTable, materials: Any, stock: Any) -> None:
    """Report what the rows of one stock (a buyer and a material) do not agree on, at its first row."""
    first = ~pd.Series(stock).duplicated()
    if "share" in links.frame:
        sums = links.frame["share"].groupby(stock).transform("sum")
        for row in links.listed(first & ~sums_to_one(sums)):
            material, rows = materials[row], links.frame[stock == stock[row]]
            names = f"{material}/" + rows["supplier"] + "-" + rows["buyer"]
            shares = dict(zip(names, rows["share"], strict=True))
            links.at(row, "share", *shares_fault(material, rows["buyer"].iloc[0], shares))
    for column in ("per_unit", "criticality"):
        if column in links.frame:
            groups = links.frame[column].groupby(stock)
            differs = first & (groups.transform("max") > groups.transform("min"))
            wrong = "{} here and something else for the same buyer and material"
            links.report(differs, column, wrong, "write the same for all suppliers of a stock")


def _told(table: EdgeTable) -> Iterator[Problem]:
    yield from table.problems
    if table.counted > len(table.problems):
        wrong = f"the first {len(table.problems)} of {table.counted:,} mistakes are listed"
        yield Problem(table.name, 0, 0, "", wrong, "")


def _with_demand(firms: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Let firms without a buyer sell one unit a day where no final demand is given."""
    if "final_demand_per_day" in firms:
        return firms
    sellers = pd.Index(links["supplier"].to_numpy(dtype=object)).unique()
    last = sellers.get_indexer(pd.Index(firms["id"].to_numpy(dtype=object))) < 0
    return firms.assign(final_demand_per_day=np.where(last, 1.0, 0.0))


def _filled(table: EdgeTable) -> pd.DataFrame:
    """Fill columns that were left out."""
    frame = table.frame
    for column, kind in table.kinds.items():
        if column not in frame and kind.default is not None:
            frame = frame.assign(**{column: kind.default})
    return frame
