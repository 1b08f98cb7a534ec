"""The codebook: what every column of every table means, and its unit. Declared in `codebook.csv` alone.

Its parts are `run` and `report` (what a run folder has), `experiment` (folders of experiments), `calibration`
(the folder of an accepted set), `printed` (tables that are shown and not saved), `measure` (rows of the
summary that a replication has, with their units) and `metric` (its other rows). A test compares it with every
table that the program makes.
"""

from __future__ import annotations

import csv
from importlib import resources
from typing import NamedTuple

LABEL_LENGTH = 80  # characters of a label that Stata keeps
IN_RUN_FOLDERS = ("run", "report")
FILE = resources.files("sim.results").joinpath("codebook.csv")  # part, table, column, unit, description
OF_SUMMARY = ("measure", "metric")


class CodebookRow(NamedTuple):
    """What the codebook says of a column."""

    unit: str
    description: str


def _by_table(parts: tuple[str, ...]) -> dict[str, dict[str, CodebookRow]]:
    """Return the columns of each table of some parts, in the order of the file."""
    tables: dict[str, dict[str, CodebookRow]] = {}
    for row in ROWS:
        if row["part"] in parts:
            tables.setdefault(row["table"], {})[row["column"]] = CodebookRow(row["unit"], row["description"])
    return tables


ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
COLUMNS = _by_table((*IN_RUN_FOLDERS, "experiment", "calibration", "printed"))
METRICS = {row["column"]: row["description"] for row in ROWS if row["part"] in OF_SUMMARY}
MEASURE_UNITS = {row["column"]: row["unit"] for row in ROWS if row["part"] == "measure"}


def rows() -> list[dict[str, str]]:
    """Return the codebook of a run as rows of a table: columns, then the metrics of the summary."""
    metrics = {
        "summary": {f"metric = {name}": CodebookRow("see unit", text) for name, text in METRICS.items()}
    }
    return rows_of(_by_table(IN_RUN_FOLDERS)) + rows_of(metrics)


def rows_of(tables: dict[str, dict[str, CodebookRow]]) -> list[dict[str, str]]:
    """Return the columns of tables as rows."""
    return [
        {"table": table, "column": column, "unit": unit, "description": description}
        for table, columns in tables.items()
        for column, (unit, description) in columns.items()
    ]


def labels(table: str) -> dict[str, str]:
    """Return a label for each column of a table, its unit in brackets; at most 80 characters, as in Stata.

    Examples
    --------
    >>> labels("stocks")["cover"]
    'Stock over baseline use [days]'
    """
    texts = {}
    for column, (unit, description) in COLUMNS[table].items():
        tail = f" [{unit}]" if unit else ""
        room = LABEL_LENGTH - len(tail)
        short = description if len(description) <= room else f"{description[: room - 3].rstrip()}..."
        texts[column] = short + tail
    return texts
