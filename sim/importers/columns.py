"""Which column of a table is which: headers as people write them, a map of columns, and what is ignored."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from sim.arguments import command_word
from sim.errors import Problem, ScenarioError, did_you_mean
from sim.importers.headers import TIME_WORDS, in_time_of, plain
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.edge_list import EDGES, FIRMS, TableColumn
from sim.network.large.table_files import FIRMS as FIRMS_SHEET
from sim.network.large.table_files import SHEETS, TableFile

EDGE_COLUMNS = {**EDGES, "material": TableColumn(text=True), "amount_per_year": TableColumn()}
ALL = {**FIRMS, **EDGE_COLUMNS, "final_demand_per_year": TableColumn()}
FILLING = frozenset(
    ["in", "per", "on", "of", "a", "the", "hand", "from", "to", "by", "at"]
)  # words of a header that name nothing
SIMILAR = 0.8  # of a header to a column: a slip of the pen
#: What a column may be called elsewhere.
SYNONYMS = {
    "supplier": "seller source from exporter origin vendor supplier_id supplier_name node1 reporter",
    "buyer": "to target customer importer destination purchaser buyer_id buyer_name node2 partner",
    "material": "product commodity good goods item hs hs_code hs6 sector",
    "amount_per_day": "amount weight value quantity flow volume trade_value usd eur",
    "share": "percent percentage fraction market_share",
    "lead_time_days": "lead_time lead lead_days delay transit transit_time transit_days lieferzeit",
    "id": "name node node_id firm_id company label",
    "country": "iso iso2 iso3 country_code nation location country_name",
    "final_demand_per_day": "demand final_demand sales",
    "cover_days": "cover stock_days inventory_days reichweite",
    "capacity_per_day": "capacity max_output",
}


@dataclass(frozen=True)
class ColumnChoice:
    """What the user says of columns.

    Attributes
    ----------
    map : dict
        Headers by the column that they are, `{"supplier": "node1"}`.
    ignore : tuple of str
        Headers of columns that are not used.
    loose : bool
        Whether what looks like a known column by another name is left out without asking, as in graphs.
    """

    map: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    loose: bool = False


def check_map(choice: ColumnChoice, tables: Iterable[TableFile]) -> None:
    """Report a map of columns that are not known, and headers that no table has."""
    headers = {str(header) for table in tables for header in table.frame.columns}
    known = headers | {plain(header) for header in headers}
    problems = []
    for column, header in choice.map.items():
        if column not in ALL:
            wrong = f"there is no column '{column}' to map '{header}' to"
            problems.append(Problem("--map", 0, 0, "", wrong, did_you_mean(column, ALL)))
        if header not in known and plain(header) not in known:
            wrong = f"no table has a column '{header}'"
            problems.append(Problem("--map", 0, 0, "", wrong, did_you_mean(header, headers)))
    for header in choice.ignore:
        if header not in known and plain(header) not in known:
            wrong = f"no table has a column '{header}'"
            problems.append(Problem("--ignore", 0, 0, "", wrong, did_you_mean(header, headers)))
    if problems:
        raise ScenarioError([_with_sheets(problem, tables) for problem in problems])


def _with_sheets(problem: Problem, tables: Iterable[TableFile]) -> Problem:
    """Add which sheets were read to the remedy: a sheet of firms is known by its name only."""
    read = [f"{table.name}: {table.form}" for table in tables if table.form.startswith("sheet ")]
    if not read:
        return problem
    names = " or ".join(SHEETS[FIRMS_SHEET])
    return replace(
        problem, remedy=f"{problem.remedy}; read was {', '.join(read)}; call a sheet of firms {names}"
    )


def recognise(
    table: TableFile, columns: Mapping[str, TableColumn], choice: ColumnChoice, said: Assumptions
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the columns of a table that are known, under their names; say what was taken and left.

    Problems are headers that resemble a column, and required columns that are missing.

    Raises
    ------
    ScenarioError
        With two headers for one column.
    """
    names = _names(table, columns, choice)
    left = [header for header in table.frame.columns if header not in names.values()]
    problems = _doubtful(table, columns, names, left, choice) + _missing(table, columns, names, left)
    renamed = [f"'{header}' as {name}" for name, header in names.items() if str(header) != name]
    if renamed:
        said.say("columns", f"{Path(table.name).name}: {few(renamed)}.")
    if left:
        asked = [header for header in left if header not in choice.ignore]
        hints = [hint for header in asked if (hint := _hint(header, columns, names))]
        more = f" {' '.join(hints)}" if hints else ""
        said.say("ignored", f"{Path(table.name).name}: not used: {few(map(str, left))}.{more}")
    known = {name: table.frame[header] for name, header in names.items()}
    return pd.DataFrame(known, index=table.frame.index), problems


def _names(table: TableFile, columns: Mapping[str, TableColumn], choice: ColumnChoice) -> dict[str, str]:
    """Return the header of each known column: as the map says, else as it is called."""
    headers = list(table.frame.columns)
    by_name: dict[str, list[str]] = {}
    for header in headers:
        by_name.setdefault(plain(header), []).append(header)
    names: dict[str, str] = {}
    for name in columns:
        wanted = choice.map.get(name)
        found = [header for header in headers if header == wanted] or by_name.get(plain(wanted or name), [])
        if wanted is not None and not found:
            found = by_name.get(name, [])
        found = [header for header in found if header not in choice.ignore]
        if len(found) > 1:
            exact = [header for header in found if header == (wanted or name)]
            if len(exact) != 1:
                wrong = f"the columns {' and '.join(repr(h) for h in found)} are both {name}"
                raise ScenarioError([Problem(table.name, 0, 0, "", wrong, "keep one of them")])
            found = exact
        if found:
            names[name] = found[0]
    return names


def _doubtful(
    table: TableFile,
    columns: Mapping[str, TableColumn],
    names: Mapping[str, str],
    left: list[str],
    choice: ColumnChoice,
) -> list[Problem]:
    """Report headers that look like a column which the table does not have otherwise."""
    problems = []
    for name, header in names.items():
        remedy = in_time_of(str(header), name)
        if remedy:
            wrong = f"'{header}' is mapped to {name}, another unit of time"
            problems.append(_at_header(table, header, wrong, remedy))
    for header in left:
        if header in choice.ignore or header in choice.map.values():
            continue
        meant = _in_other_time(header, columns, names)
        if meant:
            remedy = f"{in_time_of(str(header), meant)}, or --ignore {header} (ignore=['{header}'])"
            problems.append(_at_header(table, header, f"the column '{header}' is not in days", remedy))
            continue
        meant = "" if choice.loose else _meant(header, columns, names)
        if meant:
            wrong = f"unknown column '{header}'"
            year = f" (or {meant.replace('_day', '_year')})" if meant.endswith("_per_day") else ""
            remedy = (
                f"did you mean '{meant}'{year}? write --map {command_word(f'{meant}={header}')} "
                f"(columns={{'{meant}': '{header}'}} in Python), "
                f"or --ignore {command_word(header)} (ignore=['{header}'])"
            )
            problems.append(_at_header(table, header, wrong, remedy))
    return problems


def _at_header(table: TableFile, header: str, wrong: str, remedy: str) -> Problem:
    return Problem(table.name, max(0, table.first - 1), str(header), "", wrong, remedy)


def _in_other_time(header: str, columns: Mapping[str, TableColumn], names: Mapping[str, str]) -> str:
    """Return the column in days that a header in weeks or another time stands for, if the table lacks it."""
    words = plain(header).split("_")
    bare = {word for word in words if word not in TIME_WORDS and word not in FILLING}
    whole = "_".join(word for word in words if word in bare)
    for name in columns:
        day = name.replace("_year", "_day")
        if not bare or {day, day.replace("_day", "_year")} & set(names) or not in_time_of(header, name):
            continue
        base = name.removesuffix("_days").removesuffix("_per_day").removesuffix("_per_year")
        synonyms = {word.removesuffix("_days") for word in SYNONYMS.get(name, "").split()}
        meanings = ({base} | synonyms) - FILLING
        if whole in meanings or (len(bare) > 1 and bare & meanings) or whole.startswith(f"{base}_"):
            return name
    return ""


def _meant(header: str, columns: Mapping[str, TableColumn], names: Mapping[str, str]) -> str:
    """Return the column that a header may stand for, among those that the table does not have."""
    taken = {name.replace("_year", "_day") for name in names}
    word, absent = plain(header), [name for name in columns if name.replace("_year", "_day") not in taken]
    for name in absent:
        if word in SYNONYMS.get(name, "").split():
            return name
    for name in ("amount_per_day", "share"):  # `value, USD` and `export quantity`
        if name in absent and set(word.split("_")) & set(SYNONYMS[name].split()):
            return name
    near = difflib.get_close_matches(word, absent, n=1, cutoff=SIMILAR)
    return near[0] if near else ""


def _hint(header: str, columns: Mapping[str, TableColumn], names: Mapping[str, str]) -> str:
    meant = _meant(header, columns, names)
    return f"If '{header}' is {meant}, write --map {command_word(f'{meant}={header}')}." if meant else ""


def _missing(
    table: TableFile, columns: Mapping[str, TableColumn], names: Mapping[str, str], left: list[str]
) -> list[Problem]:
    """Report required columns that no header stands for."""
    required = [name for name, column in columns.items() if column.required]
    taken = {_meant(header, columns, names) for header in left}
    problems = []
    for name in required:
        if name not in names and name not in taken:
            shown = ", ".join(f"'{header}'" for header in left) or "none"
            wrong = f"the column '{name}' is missing"
            remedy = f"add it, or write --map {name}=HEADER with one of the other columns ({shown})"
            problems.append(_at_header(table, name, wrong, f"{remedy}{table.other_sheets()}"))
    return problems
