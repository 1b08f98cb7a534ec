"""Rows that are no links of their own: sums at the end of a table, rows of several years, repeated rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.errors import Problem, ScenarioError
from sim.importers.columns import ColumnChoice
from sim.importers.headers import plain
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.cells import texts_of
from sim.network.large.edge_list import CheckedTable
from sim.network.large.table_files import TableFile

#: What a row of sums is called, in small letters.
SUMS = frozenset(
    [
        "total",
        "totals",
        "totaal",
        "totale",
        "grand_total",
        "subtotal",
        "sub_total",
        "sum",
        "sums",
        "summe",
        "gesamt",
        "insgesamt",
        "gesamtsumme",
        "zwischensumme",
        "somme",
        "suma",
        "soma",
        "overall",
        "all",
        "alle",
        "tous",
        "todos",
    ]
)
TIMES = frozenset(
    [
        "year",
        "years",
        "yr",
        "date",
        "period",
        "time",
        "month",
        "quarter",
        "week",
        "jahr",
        "monat",
        "quartal",
        "datum",
        "année",
        "año",
    ]
)
#: Ends of a header that make it a time: `ref_year`, `trade_year`.
TIME_ENDS = ("_year", "_date", "_period", "_jahr")


def is_sum(name: str) -> bool:
    """Tell whether a name is that of a row of sums.

    Examples
    --------
    >>> is_sum("Total"), is_sum("GESAMT:"), is_sum("Total Energies")
    (True, True, False)
    """
    return plain(name) in SUMS


def require_no_sums(
    edges: pd.DataFrame, firms: pd.DataFrame | None, table: TableFile, places: TableFile | None
) -> list[Problem]:
    """Report rows of sums, unless the table of firms has a firm of that name that trades.

    Sums of a column of materials are reported where there are other materials.
    """
    known = set() if firms is None or "id" not in firms else set(firms["id"])
    problems, ends = [], set()
    for column in ("supplier", "buyer"):
        if column in edges:
            ends |= set(edges[column])
            wrong = "'{}' is the name of a row of sums, which would count its flows twice"
            remedy = "leave the row out; if a firm is called so, add it to a table of firms"
            problems += _sums(edges, column, table, wrong, remedy, known)
    if "material" in edges and edges["material"].nunique() > 1:
        wrong = "'{}' stands beside other materials, whose sum it is: their flows would count twice"
        problems += _sums(edges, "material", table, wrong, "leave the row out, or write it otherwise", set())
    if firms is not None and places is not None and "id" in firms:
        wrong = "'{}' is the name of a row of sums, and trades with nobody"
        problems += _sums(firms, "id", places, wrong, "leave the row out", ends)
    return problems


def _sums(
    frame: pd.DataFrame, column: str, table: TableFile, wrong: str, remedy: str, known: set[str]
) -> list[Problem]:
    cells = frame[column]
    rows = cells.isin([name for name in cells.unique() if is_sum(name) and name not in known])
    return [
        Problem(table.name, int(row) + table.first, column, "", wrong.format(name), remedy)
        for row, name in zip(cells.index[rows].tolist()[:3], cells[rows], strict=False)
    ]


def say_sums(firms: pd.DataFrame | None, said: Assumptions) -> None:
    """Say which firms have the name of a row of sums."""
    odd = (
        [] if firms is None or "id" not in firms else [name for name in firms["id"].unique() if is_sum(name)]
    )
    if odd:
        said.say("names", f"Taken for firms, as the table of firms says: {few(odd)}.")


def require_one_time(table: TableFile, ends: pd.DataFrame, choice: ColumnChoice) -> str:
    """Refuse rows of several years; return in words of which time all rows are.

    Parameters
    ----------
    ends : DataFrame
        Supplier, buyer and material of each row.
    choice : ColumnChoice
        Of columns; rows of several times are taken where the user leaves their column out and no supplier
        and buyer come twice.

    Raises
    ------
    ScenarioError
        With the times that were found.
    """
    words = []
    for header in map(str, table.frame.columns):
        if header in choice.map.values() or not _is_time(header):
            continue
        times = texts_of(table.frame[header])
        found = [time for time in times.unique() if time]
        twice = bool(ends.duplicated().any())
        if len(found) > 1 and (twice or not (choice.loose or header in choice.ignore)):
            wrong = f"the rows are of several times ({few(sorted(found))}): their flows do not add up"
            remedy = f"keep the rows of one {plain(header)}"
            if not twice:
                remedy += (
                    f", or write --ignore {header} (ignore=['{header}']) where all belong to one network"
                )
            raise ScenarioError([Problem(table.name, max(0, table.first - 1), header, "", wrong, remedy)])
        if len(found) == 1:
            words.append(f"{header} {found[0]} in all rows")
    return few(words)


def _is_time(header: str) -> bool:
    word = plain(header)
    return word in TIMES or (word.endswith(TIME_ENDS) and "per" not in word.split("_"))


def add_up(table: CheckedTable, said: Assumptions) -> None:
    """Make one row of rows with one supplier, buyer and material: amounts add up, all else has to agree."""
    if "amount_per_day" not in table.frame or not {"supplier", "buyer"} <= set(table.frame):
        return
    frame = table.frame
    pair = [name for name in ("supplier", "buyer", "material") if name in frame]
    several = frame.duplicated(pair, keep=False)
    if not several.any():
        return
    for name in [name for name in map(str, frame) if name not in (*pair, "amount_per_day")]:
        differs = frame[several].groupby(pair, sort=False)[name].transform("nunique", dropna=False) > 1
        differs &= frame[several].duplicated(pair)
        rows = pd.Series(False, index=frame.index)
        rows[differs[differs].index] = True
        wrong = f"rows of one supplier and buyer differ in {name}"
        table.report(rows.to_numpy(dtype=bool), name, wrong, "write the same in each of them, or one row")
    if table.counted:
        return
    whole = frame.assign(amount_per_day=frame.groupby(pair, sort=False)["amount_per_day"].transform("sum"))
    table.frame = whole[~frame.duplicated(pair)]
    pairs = frame[several].drop_duplicates(pair)
    names = few(pairs["supplier"] + " to " + pairs["buyer"])
    said.say(
        "repeated_rows",
        f"{Path(table.name).name}: {int(several.sum())} rows repeat a supplier and buyer ({names}): "
        "their amounts are added up.",
    )
