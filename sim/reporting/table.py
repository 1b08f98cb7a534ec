"""One table for every form: terminal, notebook, page, CSV, LaTeX and Stata show the same cells.

A table is a frame and its columns as they are shown. A column says which numbers it shows, under which head
and rounded to what; its unit and meaning are in the codebook. Nothing else turns its numbers into text.
"""

from __future__ import annotations

import csv
import functools
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup, escape

from sim.files import plain_frame
from sim.results import codebook, store
from sim.results.estimates import support
from sim.results.numbers import between, error, number, percent
from sim.types import Row

TableForm = Literal["text", "number", "range", "error", "percent", "estimate"]
EXACT = 1e-9  # what numbers are rounded to that are rounded already; this only drops zeros behind the point
PLAIN = math.nan  # three digits, of numbers that come without an interval
RANGE = ("low", "high")  # columns whose range says what a number supports
SUPPORTED = (*RANGE, "monte_carlo_error")  # columns whose range and error say so
HIDDEN = ("process", "material", "demand")  # ids that only files need; the title beside them says the same
ESTIMATED = ("share",)  # columns whose low and high bound an estimate, not replications
EMPTY = ("", "-")
MOST_OTHERS = 10  # processes that are neither users nor suppliers, in tables by process
GROUP = "group"  # of rows that stand together
LONG_TEXT = 30  # characters from which a text column of LaTeX breaks its lines

FILES = resources.files("sim.reporting")
NOTES = {  # title and note by table
    row["table"]: row
    for row in csv.DictReader((FILES / "table_notes.csv").read_text(encoding="utf-8").splitlines())
}


@dataclass(frozen=True)
class Column:
    """A column as it is declared: its head, what it shows of the frame, and how that is rounded.

    Attributes
    ----------
    heading : str
    name : str
        Column of the frame; of a range, that of its lower end.
    form : str
        text, number, range, error, percent, or estimate: a number with its range in parentheses.
    to : str
        Column of the upper end of a range.
    rounding : float or tuple of str
        A unit, or the columns of low, high and error that say what the number supports.
    scale : float
        What the numbers are divided by.
    missing : str
        What stands for a number that there is not.
    """

    heading: str
    name: str
    form: TableForm = "text"
    to: str = ""
    rounding: float | tuple[str, ...] = EXACT
    scale: float = 1.0
    missing: str = "-"

    def unit(self, row: Row) -> float:
        """Return what the numbers of a row are rounded to."""
        if isinstance(self.rounding, float):
            return self.rounding
        return support(*(row[name] / self.scale for name in self.rounding))

    def text(self, row: Row) -> str:
        """Return the cell of a row.

        Examples
        --------
        >>> shown = Column("days", "days", "number")
        >>> [shown.text({"days": x}) for x in (12.0, 0.3, float("nan"), "DRAM", 1200)]
        ['12', '0.3', '-', 'DRAM', '1,200']
        """
        value = row[self.name]
        if self.form == "range":
            return self._range(value, row[self.to], self.unit(row))
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            return self.missing
        if self.form == "text" or isinstance(value, str):
            return str(value)
        if self.form == "percent":
            return percent(value)
        if self.form == "error":
            return error(value / self.scale)
        unit = self.unit(row)
        text = number(float(value) / self.scale, unit)
        if self.form != "estimate" or isinstance(self.rounding, float):
            return text
        low, high, *_ = (row[name] for name in self.rounding)
        return f"{text} ({self._range(low, high, unit)})"

    def _range(self, low: Any, high: Any, unit: float) -> str:
        """Write both ends of a range: numbers, or dates as texts."""
        if isinstance(low, str):
            return "-" if low in EMPTY else f"{low} to {high}"
        if self.missing == "-":
            return between(low / self.scale, high / self.scale, unit)
        ends = (number(x, unit) if math.isfinite(x) else self.missing for x in (low, high))
        return " to ".join(ends)


@dataclass(frozen=True)
class Shown:
    """A column as it is shown: its head, whether it holds numbers, and its cells."""

    heading: str
    numeric: bool
    texts: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return how the page shows the column."""
        longest = max(map(len, self.texts), default=0)
        return "number" if self.numeric else "long" if longest > LONG_TEXT else "short"

    @property
    def latex(self) -> str:
        """Return the form of the column in LaTeX; long texts break their lines."""
        return {"number": "r", "long": r"p{0.25\linewidth}", "short": "l"}[self.kind]


@dataclass(frozen=True, eq=False)
class Table:
    """A tidy table with a title and notes.

    Attributes
    ----------
    name : str
        Of its files, its notes, and its columns in the codebook.
    frame : pandas.DataFrame
        Empty cells are nan or "".
    currency : str
        What `currency` means in units.
    closed : bool
        Folded away on the page until it is asked for.
    heads : dict of str to str
        Heads of columns whose names do not say all, by name; units are added.
    columns : tuple of Column
        As they are shown; when left out, those of the frame by what the codebook says, without ids and
        without those that are empty: numbers of such a frame are rounded already.
    """

    name: str
    frame: pd.DataFrame
    currency: str = ""
    closed: bool = False
    heads: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()

    @property
    def title(self) -> str:
        return NOTES[self.name]["title"] if self.name in NOTES else self.name.replace("_", " ")

    @property
    def note(self) -> str:
        """Return how to read the table."""
        return NOTES[self.name]["note"].format(most_others=MOST_OTHERS) if self.name in NOTES else ""

    @functools.cached_property
    def view(self) -> list[Shown]:
        """Return the columns as they are shown."""
        rows = records(self.frame)
        shown = [
            Shown(column.heading, column.form != "text", tuple(map(column.text, rows)))
            for column in self.columns or self._described()
        ]
        return [column for column in shown if self.columns or any(text not in EMPTY for text in column.texts)]

    def _described(self) -> list[Column]:
        """Return the columns by what the codebook says: both ends of a range in one."""
        names = [str(name) for name in self.frame.columns]
        ends = {f"{name}_{end}" for name in names for end in ("low", "high")}
        columns = []
        for name in names:
            if name in (*HIDDEN, GROUP) or name in ends:
                continue
            numeric = bool(pd.api.types.is_numeric_dtype(self.frame[name]))
            columns.append(Column(self._heading(name), name, "number" if numeric else "text"))
            if f"{name}_low" in names:
                columns.append(Column(self._range(name), f"{name}_low", "range", to=f"{name}_high"))
        return columns

    def _unit(self, name: str) -> str:
        return codebook.COLUMNS[f"report_{self.name}"][name].unit.replace("currency", self.currency)

    def _heading(self, name: str) -> str:
        unit, words = self._unit(name), self.heads.get(name, name.replace("_", " "))
        bare = not unit or unit == "count" or unit in words.split()
        return words if bare else f"{words}, {unit}"

    def _range(self, name: str) -> str:
        """Return the head of a range; that of a count is the interval of its chance."""
        other = self._unit(f"{name}_low")
        if name in ESTIMATED:
            return "95 % interval"
        return f"95 % interval, {other}" if other != self._unit(name) else "95 % range"

    @functools.cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells as text, row by row."""
        return list(zip(*(column.texts for column in self.view), strict=True))

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Return the rows by group, in order; one group without a name where there are none."""
        named = self.frame[GROUP].tolist() if GROUP in self.frame else [""] * len(self.frame)
        pairs = zip(named, self.rows, strict=True)
        return [
            (str(name), [row for _, row in members])
            for name, members in itertools.groupby(pairs, key=lambda pair: pair[0])
        ]

    def lines(self) -> list[Row]:
        """Return the rows for the terminal, keyed by head; the name of a group is a row of its own."""
        headings = [column.heading for column in self.view]
        if len({*headings}) < len(headings):
            raise ValueError(f"{self.name}: two columns have one head, so that one would hide the other")
        lines: list[Row] = []
        for group, rows in self.groups:
            if group:
                lines.append(dict.fromkeys(headings, "") | {headings[0]: f"[{group}]"})
            lines += [dict(zip(headings, row, strict=True)) for row in rows]
        return lines

    @property
    def right(self) -> tuple[str, ...]:
        """Return the heads of columns of numbers, which the terminal sets to the right."""
        return tuple(column.heading for column in self.view if column.numeric)

    def html(self) -> Markup:
        """Return the table for the page and for notebooks, its texts escaped."""
        return render_template("table.html.jinja", table=self)

    def _repr_html_(self) -> str:
        return str(self.html())

    def latex(self) -> str:
        """Return a table with rules of booktabs and its notes below; the name of a group is a row."""
        rows: list[Sequence[str]] = []
        for group, members in self.groups:
            if group:
                rows.append([rf"\textit{{{latex_text(group)}}}", *[""] * (len(self.view) - 1)])
            rows += [[latex_text(text) for text in row] for row in members]
        heads = [latex_text(column.heading) for column in self.view]
        frame = pd.DataFrame(rows)  # heads may be alike, such as two ranges: columns go by their place
        style = frame.style.hide(axis="index").format_index(lambda place: heads[int(str(place))], axis=1)
        body = style.to_latex(
            hrules=True,
            column_format="".join(column.latex for column in self.view),
            position_float="centering",
            caption=latex_text(self.title),
            label=f"tab:{self.name}",
        )
        note = f"\n\\footnotesize {latex_text(self.note)}\n\\end{{table}}"
        return f"% needs \\usepackage{{booktabs}}\n{body.replace(END, note)}"

    def write(self, folder: Path, forms: tuple[str, ...] = ("csv", "tex")) -> None:
        """Write the table as NAME.csv, NAME.tex and NAME.dta, as asked for."""
        if "csv" in forms:
            path = folder / f"{self.name}.csv"
            plain_frame(self.frame).to_csv(path, index=False, lineterminator="\n")
        if "tex" in forms:
            (folder / f"{self.name}.tex").write_text(self.latex(), encoding="utf-8")
        if "dta" in forms:
            store.write_stata(self.frame, folder / f"{self.name}.dta", f"report_{self.name}")


def records(frame: pd.DataFrame) -> list[Row]:
    """Return a table as rows keyed by column."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


END = r"\end{table}"
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",  # in German, babel makes an umlaut of "a
    ">": r"\textgreater{}",
} | {mark: f"\\{mark}" for mark in "&%$#_{}"}


def latex_text(text: str) -> str:
    r"""Escape what LaTeX would read as a command, all on one line; that of pandas leaves < and > as they are.

    Examples
    --------
    >>> latex_text("95 % of hf_liquid & more")
    '95 \\% of hf\\_liquid \\& more'
    >>> latex_text("two\nlines"), latex_text("[2cm]")
    ('two lines', '{}[2cm]')
    """
    line = "".join(SPECIAL.get(mark, mark) for mark in " ".join(text.split()))
    return f"{{}}{line}" if line.startswith(("[", "*")) else line  # no option of the row before


UNBROKEN = re.compile(r"(\d{4}-\d\d(?:-\d\d)?|[\d.]+ %)")
UNBROKEN_SPAN = Markup('<span class="keep">{}</span>')
LINK = Markup('<a href="{}" rel="noreferrer">{}</a>')


def marked_up(text: str) -> Markup:
    """Return text for the page: dates and percentages stay on one line, addresses are links.

    Examples
    --------
    >>> marked_up("on 2019-07-04 <x>")
    Markup('on <span class="keep">2019-07-04</span> &lt;x&gt;')
    """
    if text.startswith(("https://", "http://")):
        return LINK.format(text, text)
    parts = UNBROKEN.split(text)  # what must not break stands at odd places
    return Markup("").join(
        UNBROKEN_SPAN.format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def render_template(name: str, **values: Any) -> Markup:
    """Return a template of this package with its values, their texts escaped."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["marked_up"] = marked_up
    template = (FILES / name).read_text(encoding="utf-8")
    return Markup(environment.from_string(template).render(**values))  # noqa: S704  # escaped by jinja2
