"""Edge lists: tables of links and of firms, read and checked whole before anything is made of them.

Columns carry their unit, as in all tables: `lead_time_days`, `amount_per_day` (in the unit of the material).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError, did_you_mean, nearest
from sim.network.large.cells import clean, decimal_sign, numbers_of, texts_of
from sim.network.large.table_files import EXCEL, TableFile, read_file
from sim.scenario.schema.countries import country_code
from sim.scenario.schema.plausible import LARGEST_FACTOR
from sim.scenario.validation.network import TOLERANCE, shares_fault, sums_to_one
from sim.units import DAYS_PER_YEAR, LONGEST_YEARS

MISTAKES_LISTED = 20  # of a table; the others are counted
NAMES_COMPARED = 10_000  # with a name that is not known
NAMES = ("id", "supplier", "buyer", "material", "firm")  # columns with names
TableLike = str | Path | pd.DataFrame | TableFile


@dataclass(frozen=True)
class TableColumn:
    """What a column holds: text, or numbers of 0 or more; `default` fills it where it is left out.

    Cells of an `optional` column may be empty.
    """

    default: float | None = None
    high: float = np.inf
    text: bool = False
    required: bool = False
    optional: bool = False


NEEDED = TableColumn(text=True, required=True)
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
    "firm": TableColumn(text=True, optional=True),  # the id
    "final_demand_per_day": TableColumn(),  # made up for firms without a buyer where it is left out
    "capacity_per_day": TableColumn(optional=True),  # the baseline and its headroom
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
    first : int
        What messages add to the index of a row.
    decimal : str
        The decimal sign of its numbers.
    counted : int
        Mistakes, of which only the first ones are listed in `problems`.
    """

    name: str
    frame: pd.DataFrame
    columns: dict[str, TableColumn]
    first: int = 1
    decimal: str = ""
    form: str = ""
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
        line = int(self.frame.index[row]) + self.first
        self.problems.append(Problem(self.name, line, column, "", wrong, remedy))

    def report_table(self, column: str, wrong: str, remedy: str) -> None:
        """Report a mistake of the whole table."""
        self.counted += 1
        self.problems.append(Problem(self.name, max(0, self.first - 1), column, "", wrong, remedy))

    def all_problems(self) -> list[Problem]:
        """Return the listed mistakes, and the number of the others."""
        if self.counted == len(self.problems):
            return self.problems
        wrong = f"the first {len(self.problems)} of {self.counted:,} mistakes are listed"
        return [*self.problems, Problem(self.name, 0, 0, "", wrong, "")]

    def filled(self) -> pd.DataFrame:
        """Return the table with the defaults of columns that were left out."""
        return self.frame.assign(**self.absent()).reset_index(drop=True)

    def absent(self) -> dict[str, float]:
        """Return the defaults of the columns that were left out."""
        absent = {name: c.default for name, c in self.columns.items() if name not in self.frame}
        return {name: value for name, value in absent.items() if value is not None}


def check_tables(
    edges: TableLike, firms: TableLike | None, tolerance: float = TOLERANCE
) -> tuple[CheckedTable, CheckedTable]:
    """Read and check an edge list and its firms; shares sum to 1 within `tolerance`.

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
        _check_together(links, places, tolerance)
    if links.counted or places.counted:
        raise ScenarioError([*links.all_problems(), *places.all_problems()])
    return links, places


def _checked(given: TableLike, name: str, columns: dict[str, TableColumn]) -> CheckedTable:
    """Read a table and note the mistakes of it by itself."""
    if isinstance(given, pd.DataFrame):
        return check_alone(TableFile(name, given.reset_index(drop=True)), columns)
    return check_alone(given if isinstance(given, TableFile) else read_file(Path(given), name), columns)


def check_alone(file: TableFile, columns: dict[str, TableColumn]) -> CheckedTable:
    """Note the mistakes of a table by itself; its cells become texts and numbers."""
    table = CheckedTable(file.name, file.frame, columns, file.first, file.decimal, file.form)
    _check_columns(table)
    known = {column: rule for column, rule in columns.items() if column in table.frame}
    _find_decimal(table, [column for column, rule in known.items() if not rule.text])
    for column, rule in known.items():
        cells = table.frame[column]
        checked = _texts(table, column, cells) if rule.text else _numbers(table, column, cells)
        table.frame = table.frame.assign(**{column: checked})
    if "firm" in known and "id" in known:
        firm = table.frame["firm"]
        table.frame = table.frame.assign(firm=firm.where(firm != "", table.frame["id"]))
    return table


def _written_by_hand(table: CheckedTable) -> bool:
    """Tell whether a single point may set off thousands: not with commas between columns, nor in a frame."""
    return Path(table.name).suffix.lower() in EXCEL or "separated" in table.form or ";" in table.form


def _find_decimal(table: CheckedTable, numbers: list[str]) -> None:
    """Tell decimal points from decimal commas by all numbers of a table, unless that has been written."""
    if table.decimal:
        return
    cells = (table.frame[column] for column in numbers)
    texts = [cell for column in cells if column.dtype.kind not in "fiu" for cell in column.unique()]
    odd = [text for text in texts if isinstance(text, str) and ("," in text or "." in text)]
    table.decimal = "."
    try:
        sign, unclear = decimal_sign(odd, _written_by_hand(table))
    except ValueError as error:
        table.report_table("", str(error), "write all numbers with one of them")
        return
    if unclear:
        wrong = f"'{unclear}' has a decimal sign, or thousands set off: both can be meant"
        remedy = (
            "write it without that sign (1000), or with another number of decimals (1.0); "
            "in curbsim import, --decimal , or --decimal . (decimal=',' in Python)"
        )
        table.report_table("", wrong, remedy)
    table.decimal = sign or "."
    if any(("," if table.decimal == "." else ".") in text for text in odd):
        apart = "commas" if table.decimal == "." else "points"
        table.form = ", ".join(filter(None, (table.form, f"thousands set off by {apart}")))


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
    rule = table.columns[column]
    numbers = numbers_of(cells, table.decimal)
    empty = (cells.isna() | (cells.astype(object) == "")).to_numpy(dtype=bool)
    if not rule.optional:
        table.report(empty, column, "the cell is empty", "write a number, or leave the column out")
    table.report(numbers.isna() & ~empty, column, "'{}' is not a number", "write a bare number")
    bounds = f"0 to {rule.high:g}" if np.isfinite(rule.high) else "0 or more"
    outside = (numbers < 0.0) | (numbers > rule.high) | np.isinf(numbers)
    hint = ": 0.1 is 10 %" if column == "headroom" else ""
    table.report(outside, column, "{} is out of bounds", f"write {bounds}{hint}")
    return numbers


def _texts(table: CheckedTable, column: str, cells: Any) -> Any:
    """Report texts that are empty, names that selections cannot tell apart, and unknown countries."""
    texts = texts_of(cells)
    if not table.columns[column].optional:
        table.report(texts == "", column, f"the {column} is empty", "write a name")
    if column in NAMES:
        words = texts.unique()
        unclean = texts.isin([word for word in words if clean(word) != word])
        wrong = "'{}' has blanks at its ends or in a row, or letters in two parts"
        table.report(unclean, column, wrong, "write it clean, or let curbsim import do so")
        table.report(texts.str.contains("/", regex=False), column, "'{}' has a slash", "write '-' or '_'")
        table.report(texts.str.contains("->", regex=False), column, "'{}' holds '->'", "write '-' or '_'")
    if column == "country":
        codes = {word: country_code(word) for word in texts.unique()}
        unknown = texts.isin([word for word, code in codes.items() if code is None])
        remedy = "write a code of ISO 3166 (KR, KOR, 410), or its English name"
        table.report(unknown & (texts != ""), column, "'{}' is not a country code", remedy)
        return texts.map(lambda word: codes[word] or word)
    return texts


def _check_together(links: CheckedTable, firms: CheckedTable, tolerance: float) -> None:
    """Report rows that are there twice, ends that are no firm, and shares beside amounts."""
    ids = firms.frame["id"].to_numpy(dtype=object)
    places = pd.Index(ids).drop_duplicates()
    firms.report(pd.Series(ids).duplicated(), "id", "'{}' is there twice", "keep one of the rows")
    supplier, buyer = (
        places.get_indexer(pd.Index(links.frame[column].to_numpy(dtype=object)))
        for column in ("supplier", "buyer")
    )
    for column, rows in (("supplier", supplier), ("buyer", buyer)):
        _report_unknown(links, column, rows < 0, places)
    known = (supplier >= 0) & (buyer >= 0)
    twice = pd.Series(supplier * len(ids) + buyer).duplicated() & known
    remedy = "write one row for them, with the sum of their shares or amounts"
    links.report(twice, "buyer", "the supplier and the buyer '{}' are there twice", remedy)
    links.report(known & (supplier == buyer), "buyer", "'{}' supplies itself", "leave the row out")
    if "amount_per_day" in links.frame and not links.frame["amount_per_day"].any():
        remedy = "write what flows, or leave the column out (equal shares)"
        links.report_table("amount_per_day", "all amounts are 0", remedy)
    if {"share", "amount_per_day"} <= set(links.frame):
        links.report_table("share", "there are shares and amounts", "keep one of share and amount_per_day")
    if {"per_unit", "amount_per_day"} <= set(links.frame):
        links.report_table("per_unit", "amounts say what a unit takes", "leave the column per_unit out")
    if "final_demand_per_day" in firms.frame and firms.frame["final_demand_per_day"].sum() <= 0.0:
        remedy = "write it for who sells to users"
        firms.report_table("final_demand_per_day", "nobody has final demand", remedy)
    if not (links.counted or firms.counted):
        materials = firms.frame["material"].to_numpy(dtype=object)[supplier]
        _check_stocks(links, materials, buyer * len(ids) + pd.factorize(materials)[0], tolerance)


def _report_unknown(links: CheckedTable, column: str, unknown: Any, firms: pd.Index) -> None:
    """Report names that are no firm, each with the firm that it resembles."""
    for row in links.listed(unknown):
        name = str(links.frame[column].iloc[row])
        near = nearest(name, map(str, firms[:NAMES_COMPARED]))
        remedy = f"did you mean '{near}'? else add it to the firms" if near else "add it, or correct the name"
        links.report_row(row, column, f"the firm '{name}' is not in the table of firms", remedy)


def _check_stocks(links: CheckedTable, materials: Any, stock: Any, tolerance: float) -> None:
    """Report what the rows of one stock (a buyer and a material) do not agree on, at its first row."""
    first = ~pd.Series(stock).duplicated()
    if "share" in links.frame:
        sums = links.frame["share"].groupby(stock).transform("sum")
        for row in links.listed(first & ~sums_to_one(sums, tolerance)):
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
