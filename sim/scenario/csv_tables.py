"""The CSV tables beside a world: each row becomes an entry of a keyed map, each header a path."""

from __future__ import annotations

import csv
import io
import pathlib
import re
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import Problem, did_you_mean, quoted
from sim.scenario.paths import Layer, Path, Position, Tree, join
from sim.scenario.schema import document, release, sections
from sim.scenario.schema.field_types import DISTRIBUTION_KEYS
from sim.scenario.schema.lookup import Node, below, fields
from sim.scenario.yaml_files import parse, read_text, shown
from sim.units import MASS_UNITS, TIME_UNITS, Quantity, ways_to_write


@dataclass(frozen=True, slots=True)
class CsvTable:
    """One kind of table: the path of the entries it holds, with key columns in braces, and their model."""

    entry: str
    model: type[sections.Section]

    @property
    def keys(self) -> list[str]:
        """Return the names of the key columns."""
        return re.findall(r"{(\w+)}", self.entry)

    def path(self, cells: dict[str, str]) -> Path:
        """Return the path of the entry that a row is about."""
        return tuple(part.format_map(cells) for part in self.entry.split("."))


TABLES = {
    "sources": CsvTable("meta.sources.{id}", document.Source),
    "materials": CsvTable("materials.{id}", document.Material),
    "firms": CsvTable("firms.{id}", document.Firm),
    "facilities": CsvTable("facilities.{id}", document.Facility),
    "processes": CsvTable("facilities.{facility}.makes.{process}", document.Process),
    "inputs": CsvTable("facilities.{facility}.makes.{process}.inputs.{material}", document.Input),
    "stocks": CsvTable("facilities.{facility}.stocks.{material}", document.Stock),
    "links": CsvTable("links.{id}", document.Link),
    "demand": CsvTable("demand.{id}", document.Demand),
    "uncertain": CsvTable("uncertain.{path}", document.Range),
    "observed_licences": CsvTable("observed_licences.{id}", release.ObservedLicence),
}


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """Where the cells of a column go, and the unit that its name gives to bare numbers."""

    name: str
    path: Path = ()
    unit: str = ""
    key: bool = False
    known: bool = True


def table_names(folder: pathlib.Path) -> list[str]:
    """Return the names of the tables that lie in a folder, in the order they are read."""
    return [name for name in TABLES if (folder / f"{name}.csv").is_file()]


def read_table(path: pathlib.Path) -> tuple[Layer, list[Problem]]:
    """Read one table; the name of the file says which (`links.csv`)."""
    text, problems = read_text(path)
    if problems:
        return Layer({}, {}), problems
    return parse_table(text, shown(path), path.stem)


def parse_table(text: str, file: str, name: str) -> tuple[Layer, list[Problem]]:
    r"""Turn the text of a table into a tree.

    Examples
    --------
    >>> layer, _ = parse_table("id,share,lead_time_days\na-b,0.4,7\n", "links.csv", "links")
    >>> layer.tree
    {'links': {'a-b': {'share': '0.4', 'lead_time': '7 days'}}}
    """
    reader = _CsvReader(file, TABLES[name])
    try:
        reader.read(text)
    except csv.Error as error:
        reader.problem(1, "", f"this is not CSV ({error})", "put quotes around cells with commas")
    return Layer(reader.tree, reader.places), reader.problems


class _CsvReader:
    """Reads the rows of one table and collects what is wrong with them."""

    def __init__(self, file: str, table: CsvTable) -> None:
        self.file = file
        self.table = table
        self.keys = table.keys
        self.tree: dict[str, Any] = {}
        self.places: dict[Path, Position] = {}
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {}

    def problem(self, line: int, column: str, wrong: str, remedy: str, path: str = "") -> None:
        self.problems.append(Problem(self.file, line, column, path, wrong, remedy))

    def read(self, text: str) -> None:
        rows = csv.reader(io.StringIO(text), strict=True)
        header = [cell.strip() for cell in next(rows, [])]
        if not any(header):
            self.problem(1, "", "the table is empty", f"begin with the columns {', '.join(self.keys)}")
            return
        if len(header) == 1 and ";" in header[0]:
            self.problem(1, "", "the columns are separated by ';'", "save the table with commas")
            return
        columns = [self.column(name, header) for name in header]
        missing = [key for key in self.keys if key not in header]
        for key in missing:
            remedy = f"add it; a row is named by {', '.join(self.keys)}"
            self.problem(1, key, f"the column '{key}' is missing", remedy)
        while not missing:
            line = rows.line_num + 1  # a quoted cell may run over lines: the row begins here
            cells = next(rows, None)
            if cells is None:
                break
            if any(cell.strip() for cell in cells):
                self.row(line, columns, cells)

    def column(self, name: str, header: list[str]) -> CsvColumn:
        is_key = name in self.keys
        column = CsvColumn(name, key=True) if is_key else read_header(name, self.table.model)
        if header.count(name) > 1 and name not in {p.column for p in self.problems}:
            self.problem(1, name, f"the column '{name}' is there twice", "keep one of them")
        elif not column.known:
            known = [*self.keys, "title", "note", "source", "status", *fields(self.table.model)]
            self.problem(1, name, f"unknown column '{name}'", did_you_mean(name, known))
        return column

    def row(self, line: int, columns: list[CsvColumn], cells: list[str]) -> None:
        if len(cells) != len(columns):
            wrong = f"the row has {len(cells)} cells, the header has {len(columns)}"
            self.problem(line, "", wrong, "put quotes around cells with commas")
            return
        given = {c.name: cell.strip() for c, cell in zip(columns, cells, strict=True)}
        empty = [key for key in self.keys if not given[key]]
        for name in empty:
            self.problem(line, name, f"the {name} is empty", "name what the row is about")
        if empty:
            return
        entry = self.table.path(given)
        if entry in self.lines:
            key = ", ".join(given[name] for name in self.keys)
            wrong = f"'{key}' is there twice, first in line {self.lines[entry]}"
            self.problem(line, self.keys[-1], wrong, "keep one of the rows", join(entry))
            return
        self.lines[entry] = line
        self.fill(line, entry, columns, given)

    def fill(self, line: int, entry: Path, columns: list[CsvColumn], given: dict[str, str]) -> None:
        self.put(entry, {}, Position(self.file, line, self.keys[-1]))
        for column in columns:
            cell = given[column.name]
            if cell and not column.key and column.known:
                path = (*entry, *column.path)
                self.put(path, self.cell(line, column, cell, path), Position(self.file, line, column.name))
            elif column.name == "source" and not cell:
                wrong = "the source is empty"
                self.problem(line, "source", wrong, "name a source, estimate for one", join(entry))

    def cell(self, line: int, column: CsvColumn, cell: str, path: Path) -> Any:
        if column.unit:
            try:
                float(cell)
                Quantity.parse(f"{cell} {column.unit}")
            except ValueError:
                self.problem(line, column.name, *_no_number(cell, column.unit), join(path))
                return None
            return f"{cell} {column.unit}"
        if cell[0] in "{[":
            layer, problems = parse(f"cell: {cell}", self.file)
            for problem in problems:
                self.problem(line, column.name, problem.wrong, problem.remedy, join(path))
            place = Position(self.file, line, column.name)
            self.places |= {(*path, *inside): place for _, *inside in filter(None, layer.places)}
            return layer.tree.get("cell")
        return cell

    def put(self, path: Path, value: Any, place: Position) -> None:
        node = self.tree
        for depth, key in enumerate(path[:-1], 1):
            node = node.setdefault(key, {})
            self.places.setdefault(path[:depth], place)
        if value is not None:
            node[path[-1]] = value
            self.places[path] = place


def _no_number(cell: str, unit: str) -> tuple[str, str]:
    """Return what is wrong with a cell that is no bare number, or may be two, and what to write."""
    bare = ways_to_write(cell).replace("'", "")
    if " or " in bare:
        return f"{quoted(cell)} may be read in two ways", f"write {bare}"
    remedy = f"write {bare}" if bare else "write the bare number"
    return f"{quoted(cell)} is not a number", f"the name of the column gives the unit ({unit}): {remedy}"


def join_table(layer: Layer, table: Layer, name: str) -> tuple[Layer, list[Problem]]:
    """Add a table to a world; a value that both give, or a row about nothing, is a problem."""
    problems: list[Problem] = []
    places = {**table.places, **layer.places}

    def over(low: Tree, up: Tree, path: Path) -> Tree:
        out = dict(low)
        owner = _owner(name, path)
        for key, value in up.items():
            here = (*path, key)
            old = low.get(key)
            if owner and key not in low:
                place = replace(table.place(here), column=owner)
                problems.append(place.problem(here, f"unknown {owner} '{key}'", did_you_mean(key, low)))
            elif isinstance(old, dict) and isinstance(value, dict):
                out[key] = over(old, value, here)
            elif old is not None:
                other = layer.place(here)
                wrong = f"it is given here and in {other.file}:{other.line}"
                problems.append(table.problem(here, wrong, "keep one of them"))
            else:
                out[key], places[here] = value, table.place(here)
        return out

    return Layer(over(layer.tree, table.tree, ()), places), problems


def _owner(name: str, path: Path) -> str:
    """Return what the keys below a path name when rows may only add to entries that exist."""
    if path == ("facilities",) and name in ("processes", "inputs", "stocks"):
        return "facility"
    return "process" if name == "inputs" and len(path) == 3 and path[2] == "makes" else ""


def read_header(name: str, model: type[sections.Section]) -> CsvColumn:
    """Read the name of a column: a dotted path of fields, then a unit for bare numbers.

    Examples
    --------
    >>> read_header("capacity_wafer_per_month", document.Process)
    CsvColumn(name='capacity_wafer_per_month', path=('capacity',), unit='wafer/month', key=False, known=True)
    """
    for ending in ("source", "status"):
        field = name.removesuffix(f"_{ending}")
        if field != name and field.partition(".")[0] in fields(model) and "provenance" in fields(model):
            return CsvColumn(name, ("provenance", field, ending))
    *above, last = name.split(".")
    node = Node(model=model)
    for key in above:
        node = (None if node.is_value else below(node, key, None)) or Node()
    known = fields(node.model) if node.model else DISTRIBUTION_KEYS if node.field else {}
    if last in known:
        return CsvColumn(name, (*above, last))
    for field in sorted((f for f in known if last.startswith(f"{f}_")), key=len, reverse=True):
        unit = _unit(field, last.removeprefix(f"{field}_"))
        if unit:
            return CsvColumn(name, (*above, field), unit)
    # Below a value by material (`review.hf_liquid_days`) any name may stand.
    return CsvColumn(name, known=False)


def _unit(field: str, text: str) -> str:
    """Return the unit that the end of a header stands for, empty when it is none."""
    amount, _, per = text.partition("_per_")
    if text == "percent":
        return "%"
    if per:
        return f"{amount.upper() if field == 'price' else amount}/{per}"
    if text.removesuffix("s") in TIME_UNITS or text in MASS_UNITS:
        return text
    return text if field in ("per_unit", "initial", "order_up_to") else ""
