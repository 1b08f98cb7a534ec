"""Edge lists: tables of links and of firms, read and checked whole before anything is made of them.

Columns carry their unit, as in all tables: `lead_time_days`, `amount_per_day` (in the unit of the material).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError, did_you_mean
from sim.scenario.schema.plausible import LARGEST_FACTOR
from sim.scenario.validation.network import shares_fault, sums_to_one
from sim.units import DAYS_PER_YEAR, LONGEST_YEARS

COUNTRY_CODE = re.compile("[A-Z]{2}")
MISTAKES_LISTED = 20  # of a table; the others are counted
TableLike = str | Path | pd.DataFrame


@dataclass(frozen=True)
class TableColumn:
    """What a column holds: text, or numbers of 0 or more; `default` fills it where it is left out."""

    default: float | None = None
    high: float = np.inf
    text: bool = False
    required: bool = False


TEXT, NEEDED = TableColumn(text=True), TableColumn(text=True, required=True)
EDGES = {
    "supplier": NEEDED,
    "buyer": NEEDED,
    "share": TableColumn(high=1.0),
    "amount_per_day": TableColumn(),
    "per_unit": TableColumn(),
    "lead_time_days": TableColumn(0.0, high=3650.0),
    "criticality": TableColumn(1.0, high=1.0),
}
FIRMS = {
    "id": NEEDED,
    "country": NEEDED,
    "material": NEEDED,
    "firm": TEXT,
    "final_demand_per_day": TableColumn(),  # 1 for firms without a buyer where it is left out
    "cover_days": TableColumn(30.0, high=LONGEST_YEARS * DAYS_PER_YEAR),
    "headroom": TableColumn(0.1, high=LARGEST_FACTOR),  # 10 is more likely 10 %
    "cycle_time_days": TableColumn(0.0, high=3650.0),
    "finished_cover_days": TableColumn(0.0, high=LONGEST_YEARS * DAYS_PER_YEAR),
}


@dataclass
class CheckedTable:
    """A table on its way through the checks.

    Attributes
    ----------
    name : str
        How messages call it: a file, or `edges`.
    columns : dict
        What it may have.
    lines : bool
        Whether rows are lines of a text file, the first below the header being line 2.
    counted : int
        Mistakes, of which only the first ones are listed in `problems`.
    """

    name: str
    frame: pd.DataFrame
    columns: dict[str, TableColumn]
    lines: bool
    problems: list[Problem] = field(default_factory=list)
    counted: int = 0

    def report(self, rows: Any, column: str, wrong: str, remedy: str) -> None:
        """Report a mistake of some rows; `{}` stands for the cell."""
        for row in self.listed(rows):
            text = wrong.format(self.frame[column].iloc[row] if column in self.frame else "")
            self.report_row(row, column, text, remedy)

    def listed(self, rows: Any) -> list[int]:
        """Count wrong rows; return the first ones, which are to be listed."""
        wrong = np.flatnonzero(rows).tolist()
        self.counted += len(wrong)
        return wrong[: max(0, MISTAKES_LISTED - len(self.problems))]

    def report_row(self, row: int, column: str, wrong: str, remedy: str) -> None:
        """List a mistake of one row, which has been counted."""
        self.problems.append(Problem(self.name, row + 1 + self.lines, column, "", wrong, remedy))

    def report_table(self, column: str, wrong: str, remedy: str) -> None:
        """Report a mistake of the whole table."""
        self.counted += 1
        self.problems.append(Problem(self.name, int(self.lines), column, "", wrong, remedy))

    def all_problems(self) -> list[Problem]:
        """Return the listed mistakes, and the number of the others."""
        if self.counted == len(self.problems):
            return self.problems
        wrong = f"the first {len(self.problems)} of {self.counted:,} mistakes are listed"
        return [*self.problems, Problem(self.name, 0, 0, "", wrong, "")]

    def filled(self) -> pd.DataFrame:
        """Return the table with the defaults of columns that were left out."""
        absent = {name: c.default for name, c in self.columns.items() if name not in self.frame}
        return self.frame.assign(**{name: value for name, value in absent.items() if value is not None})


def read_tables(edges: TableLike, firms: TableLike | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check an edge list and its firms; columns left out are filled.

    Raises
    ------
    ScenarioError
        With the first 20 mistakes of each table and the number of the others.
    """
    links = _checked(edges, "edges", EDGES)
    if firms is None and links.counted:
        raise ScenarioError(links.all_problems())
    places = _checked(_firms_of(links) if firms is None else firms, "firms", FIRMS)
    if not (links.counted or places.counted):
        _check_together(links, places)
    if links.counted or places.counted:
        raise ScenarioError([*links.all_problems(), *places.all_problems()])
    return links.filled(), _with_demand(places.filled(), links.frame)


def _checked(given: TableLike, name: str, columns: dict[str, TableColumn]) -> CheckedTable:
    """Read a table and note the mistakes of it by itself."""
    table = _read(given, name, columns)
    _check_columns(table)
    for column, rule in columns.items():
        if column in table.frame:
            cells = table.frame[column]
            checked = _texts(table, column, cells) if rule.text else _numbers(table, column, cells)
            table.frame = table.frame.assign(**{column: checked})
    return table


def _read(given: TableLike, name: str, columns: dict[str, TableColumn]) -> CheckedTable:
    if isinstance(given, pd.DataFrame):
        return CheckedTable(name, given.reset_index(drop=True), columns, lines=False)
    path = Path(given)
    arrow = path.suffix.lower() in (".parquet", ".pq")
    try:
        frame = _read_parquet(path) if arrow else _read_csv(path, columns)
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file", "write the path of a CSV or Parquet file") from None
    except Exception as error:  # whatever a reader finds wrong with a file
        wrong = f"this is not a table ({' '.join(str(error).split())})"
        raise _unreadable(path, wrong, "write a CSV file with commas, or Parquet") from None
    return CheckedTable(str(path), frame, columns, lines=not arrow)


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a table whose texts are whole: they are decoded only when something asks for them."""
    frame = pd.read_parquet(path)
    for column in frame.select_dtypes(exclude="number"):
        try:
            frame[column].to_numpy(dtype=object)
        except Exception:  # pandas, pyarrow and their versions raise errors of their own
            raise ValueError(f"a text in its column '{column}' is not UTF-8") from None
    return frame


def _read_csv(path: Path, columns: dict[str, TableColumn]) -> pd.DataFrame:
    """Read texts as texts (Namibia is NA), and leave only empty numbers empty."""
    texts = {name: str for name, column in columns.items() if column.text}
    empty = {name: [""] for name, column in columns.items() if not column.text}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=empty, low_memory=False)


def _unreadable(path: Path, wrong: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), 0, 0, "", wrong, remedy)])


def _firms_of(links: CheckedTable) -> pd.DataFrame:
    """Make the firms of an edge list that comes without: all in one country, of one material."""
    names = [links.frame[c].dropna().astype(str) for c in ("supplier", "buyer") if c in links.frame]
    ids = pd.unique(pd.concat(names)) if names else np.array([], dtype=object)
    return pd.DataFrame({"id": ids, "country": "XX", "material": "goods"})


def _check_columns(table: CheckedTable) -> None:
    """Report columns that are missing or unknown."""
    for column in map(str, table.frame.columns):
        if column not in table.columns:
            table.report_table(column, f"unknown column '{column}'", did_you_mean(column, table.columns))
    required = [name for name, column in table.columns.items() if column.required]
    for column in required:
        if column not in table.frame:
            remedy = f"add it; a row needs {', '.join(required)}"
            table.report_table(column, f"the column '{column}' is missing", remedy)
    if not len(table.frame):
        table.report_table("", "the table has no rows", "write one row for each")


def _numbers(table: CheckedTable, column: str, cells: Any) -> Any:
    """Report numbers that are missing, no numbers, or out of bounds."""
    high = table.columns[column].high
    numbers = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    table.report(cells.isna(), column, "the cell is empty", "write a number, or leave the column out")
    table.report(numbers.isna() & cells.notna(), column, "'{}' is not a number", "write a bare number")
    bounds = f"0 to {high:g}" if np.isfinite(high) else "0 or more"
    outside = (numbers < 0.0) | (numbers > high) | np.isinf(numbers)
    hint = ": 0.1 is 10 %" if column == "headroom" else ""
    table.report(outside, column, "{} is out of bounds", f"write {bounds}{hint}")
    return numbers


def _texts(table: CheckedTable, column: str, cells: Any) -> Any:
    """Report texts that are empty, names with a slash, and countries that are no codes."""
    texts = cells.fillna("").astype(str)
    table.report(texts == "", column, f"the {column} is empty", "write a name")
    if column in ("id", "supplier", "buyer", "material"):
        table.report(texts.str.contains("/", regex=False), column, "'{}' has a slash", "write '-' or '_'")
    if column == "country":
        wrong = ~texts.isin(list(filter(COUNTRY_CODE.fullmatch, texts.unique())))
        table.report(wrong & (texts != ""), column, "'{}' is not a country code", "write two letters, KR")
    return texts


def _check_together(links: CheckedTable, firms: CheckedTable) -> None:
    """Report rows that are there twice, ends that are no firm, and shares beside amounts."""
    ids = firms.frame["id"].to_numpy(dtype=object)
    places = pd.Index(ids).drop_duplicates()
    firms.report(pd.Series(ids).duplicated(), "id", "'{}' is there twice", "keep one of the rows")
    supplier, buyer = (
        places.get_indexer(pd.Index(links.frame[column].to_numpy(dtype=object)))
        for column in ("supplier", "buyer")
    )
    for column, rows in (("supplier", supplier), ("buyer", buyer)):
        links.report(rows < 0, column, "unknown firm '{}'", "add it to the firms, or correct the name")
    twice = pd.Series(supplier * len(ids) + buyer).duplicated()
    links.report(twice, "buyer", "the supplier and the buyer '{}' are there twice", "add up the rows")
    links.report(supplier == buyer, "buyer", "'{}' supplies itself", "leave the row out")
    if {"share", "amount_per_day"} <= set(links.frame):
        links.report_table("share", "there are shares and amounts", "keep one of share and amount_per_day")
    if {"per_unit", "amount_per_day"} <= set(links.frame):
        links.report_table("per_unit", "amounts say what a unit takes", "leave the column per_unit out")
    if "final_demand_per_day" in firms.frame and firms.frame["final_demand_per_day"].sum() <= 0.0:
        remedy = "write it for who sells to users"
        firms.report_table("final_demand_per_day", "nobody has final demand", remedy)
    if not (links.counted or firms.counted):
        materials = firms.frame["material"].to_numpy(dtype=object)[supplier]
        _check_stocks(links, materials, buyer * len(ids) + pd.factorize(materials)[0])


def _check_stocks(links: CheckedTable, materials: Any, stock: Any) -> None:
    """Report what the rows of one stock (a buyer and a material) do not agree on, at its first row."""
    first = ~pd.Series(stock).duplicated()
    if "share" in links.frame:
        sums = links.frame["share"].groupby(stock).transform("sum")
        for row in links.listed(first & ~sums_to_one(sums)):
            material, rows = materials[row], links.frame[stock == stock[row]]
            names = f"{material}/" + rows["supplier"] + "-" + rows["buyer"]
            shares = dict(zip(names, rows["share"], strict=True))
            links.report_row(row, "share", *shares_fault(material, rows["buyer"].iloc[0], shares))
    for column in ("per_unit", "criticality"):
        if column in links.frame:
            groups = links.frame[column].groupby(stock)
            differs = first & (groups.transform("max") > groups.transform("min"))
            wrong = "{} here and something else for the same buyer and material"
            links.report(differs, column, wrong, "write the same for all suppliers of a stock")


def _with_demand(firms: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Let firms without a buyer sell one unit a day where no final demand is given."""
    if "final_demand_per_day" in firms:
        return firms
    sellers = pd.Index(links["supplier"].to_numpy(dtype=object)).unique()
    last = sellers.get_indexer(pd.Index(firms["id"].to_numpy(dtype=object))) < 0
    return firms.assign(final_demand_per_day=np.where(last, 1.0, 0.0))
