"""Tables as users have them: CSV with any separator and encoding, Excel, Parquet; cells stay as written.

What was recognised is told in words, so that nobody has to guess how a file was read.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import CurbsimError, Problem, ScenarioError
from sim.network.large.foreign_files import bounded_rows, read_parquet, require_no_device, require_plain_book

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE = 50  # rows from which the separator is told
EDGES, FIRMS = "edges", "firms"
SHEETS = {EDGES: ("edges", "links"), FIRMS: ("firms", "nodes", "facilities")}  # by kind of table
SHEETS_SAID = "call the sheet of links 'edges' or 'links', that of firms 'firms', 'nodes' or 'facilities'"
EXCEL = (".xlsx", ".xlsm")
ARROW = (".parquet", ".pq")
BINARY = (".xls", ".xlsb", ".ods", ".dta", ".sav", ".rds")
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WIDE = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")  # as pandas says it
CODE_FORMAT = re.compile("0{2,}")  # of Excel: 010121 is the number 10121, shown with six digits


@dataclass(frozen=True, eq=False)
class TableFile:
    """A table as it was read.

    Attributes
    ----------
    name : str
        The file, as messages call it.
    frame : DataFrame
        Texts of a CSV file, cells as they are of other files; the index counts rows from 0.
    first : int
        What messages add to the index: rows of text and of Excel are lines below a header.
    form : str
        How a file was read where that is not the usual way, for example `semicolon-separated`.
    decimal : str
        The decimal sign, where the user has said so.
    sheets : tuple of str
        The sheets of an Excel file.
    """

    name: str
    frame: pd.DataFrame
    first: int = 1
    form: str = ""
    decimal: str = ""
    sheets: tuple[str, ...] = ()

    def other_sheets(self) -> str:
        """Return a clause that says which sheet was read, where there are others."""
        if len(self.sheets) < 2:
            return ""
        return f"; this is the {self.form}: {SHEETS_SAID}"


def read_file(path: Path, kind: str = EDGES) -> TableFile:
    """Read a table by the ending of its name; in Excel the sheet of the kind of table, else the first other.

    Raises
    ------
    ScenarioError
        When there is no such file, or it is no table.
    """
    ending = path.suffix.lower()
    try:
        require_no_device(path)
        if ending in ARROW:
            return TableFile(str(path), read_parquet(path))
        return _read_excel(path, kind) if ending in EXCEL else _read_text(path, path.read_bytes())
    except FileNotFoundError:
        raise unreadable(
            path, "there is no such file", "write the path of a CSV, Excel or Parquet file"
        ) from None
    except CurbsimError:
        raise
    except Exception as error:  # whatever a reader finds wrong with a file
        wide = WIDE.search(str(error))
        if wide is not None:
            wrong = f"the row has {wide[3]} cells, the header has {wide[1]}"
            remedy = "put quotes around cells that hold the sign between columns"
            raise unreadable(path, wrong, remedy, int(wide[2])) from None
        wrong = f"this is not a table ({' '.join(str(error).split())})"
        raise unreadable(path, wrong, "write a CSV, Excel (.xlsx) or Parquet file") from None


def unreadable(path: Path, wrong: str, remedy: str, line: int = 0) -> ScenarioError:
    """Return the error of a file that cannot be read."""
    return ScenarioError([Problem(str(path), line, 0, "", wrong, remedy)])


def _read_text(path: Path, data: bytes) -> TableFile:
    if path.suffix.lower() in BINARY:
        raise unreadable(path, "this kind of file is not read", "save it as .xlsx or as CSV")
    text, encoding = _decoded(path, data)
    if not text.strip():
        raise unreadable(path, "the table is empty", "begin with the names of the columns", 1)
    separator, text, skipped = _separator(text)
    width = len(next(csv.reader(io.StringIO(text), delimiter=separator), []))
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        dtype=str,
        header=None,
        names=range(width),
        index_col=False,
        keep_default_na=False,
        skip_blank_lines=False,
        on_bad_lines="error",
    )
    header, cells = frame.iloc[0].fillna(""), frame.iloc[1:].fillna("")
    filled = cells[(cells != "").any(axis=1)]
    filled = filled.set_axis(filled.index - 1).set_axis(_named(path, header.tolist()), axis=1)
    nameless = [name for name, head in zip(filled, header, strict=True) if not head.strip()]
    filled = filled.drop(columns=[name for name in nameless if (filled[name] == "").all()])
    words = [] if separator == "," else [f"{SEPARATORS[separator]}-separated"]
    form = ", ".join([*words, *([encoding] if encoding else [])])
    return TableFile(str(path), filled, 2 + skipped, form)


def _named(path: Path, header: list[Any]) -> list[str]:
    names = [str(name) for name in header]
    twice = sorted({name for name in names if names.count(name) > 1 and name.strip()})
    if twice:
        raise unreadable(path, f"the column '{twice[0]}' is there twice", "keep one of them", 1)
    return [name if name.strip() else f"column {place}" for place, name in enumerate(names, 1)]


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    """Return the text of a file, and its encoding where that is not UTF-8."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding), "" if encoding == "utf-8-sig" else "UTF-16"
    if b"\0" in data[:200]:
        raise unreadable(
            path, "this is no text (it holds zero bytes)", "save it as CSV with the encoding UTF-8"
        )
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "encoding Windows-1252 (Latin-1)"


def _separator(text: str) -> tuple[str, str, int]:
    """Return what separates cells, the text without a line that says so, and how many lines that were.

    It is what gives most columns in the header, and as many in the rows below.
    """
    first, _, rest = text.lstrip("\r\n").partition("\n")
    given = re.fullmatch(r"sep=(.)\r?", first, re.IGNORECASE)
    skipped = len(text) - len(text.lstrip("\r\n"))
    if given:
        return given[1] if given[1] != "\\" else "\t", rest, 1
    text, lines = text[skipped:], text[:skipped].count("\n")

    def fit(sign: str) -> tuple[int, int]:
        rows = list(itertools.islice(csv.reader(io.StringIO(text), delimiter=sign), SAMPLE))
        width = len(rows[0]) if rows else 0
        return (width if width > 1 and all(len(row) in (0, width) for row in rows) else 0), width

    return max(SEPARATORS, key=fit), text, lines


def _read_excel(path: Path, kind: str) -> TableFile:
    import openpyxl

    require_plain_book(path)
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheet = book[_sheet(book.sheetnames, kind)]
        rows = [[_cell(cell) for cell in row] for row in bounded_rows(sheet)]
        names = tuple(map(str, book.sheetnames))
        shown = ", ".join(f"'{name}'" for name in names)
        form = f"sheet '{sheet.title}' (there are {shown})" if len(names) > 1 else ""
    finally:
        book.close()
    above = next((place for place, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if above is None:
        raise unreadable(path, "the sheet is empty", "write the names of the columns into its first row")
    width = max(place for place, cell in enumerate(rows[above], 1) if cell != "")
    header = _named(path, rows[above][:width])
    below = {i: row for i, row in enumerate(rows[above + 1 :]) if any(cell != "" for cell in row)}
    cells = [[*row[:width], *[""] * (width - len(row))] for row in below.values()]
    frame = pd.DataFrame(cells, index=list(below), columns=header, dtype=object)
    return TableFile(str(path), frame, above + 2, form, sheets=names)


def _sheet(names: list[str], kind: str) -> str:
    """Return the sheet of a kind of table: by its name, else the first that is not of another kind."""
    own = [name for name in names if name.strip().lower() in SHEETS[kind]]
    taken = {name for words in SHEETS.values() for name in words}
    free = [name for name in names if name.strip().lower() not in taken]
    return [*own, *free, *names][0]


def has_firms(path: Path) -> bool:
    """Tell whether a file is an Excel file with a sheet of firms."""
    if path.suffix.lower() not in EXCEL or not path.is_file():
        return False
    import openpyxl

    require_plain_book(path)
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        return bool({name.strip().lower() for name in book.sheetnames} & set(SHEETS[FIRMS]))
    finally:
        book.close()


def _cell(cell: Any) -> Any:
    """Return a cell as it is shown: a code with leading zeros is a number with a format of zeros."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        form = str(cell.number_format)
        return f"{value:0{len(form)}d}" if CODE_FORMAT.fullmatch(form) else value
    return value
