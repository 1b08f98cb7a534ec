"""A table of the report: written once, then shown as HTML, CSV, LaTeX and Stata with the same numbers."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim import store
from sim.codebook import COLUMNS
from sim.report.notes import NOTES
from sim.words import number

EXACT = 1e-9  # cells are rounded already; this only drops zeros behind the point
HIDDEN = ("process", "material", "demand")  # ids that only files need; the title beside them says the same
ESTIMATED = ("share",)  # columns whose low and high bound an estimate, not futures
EMPTY = ("", "-")
GROUP = "group"  # of rows that stand together
LONG = 30  # characters from which a text column of LaTeX breaks its lines


@dataclass(frozen=True)
class Column:
    """A column as it is shown: its head, whether it holds numbers, and its cells."""

    heading: str
    numeric: bool
    texts: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return how the page shows the column."""
        return "number" if self.numeric else "long" if self._longest > LONG else "short"

    @property
    def _longest(self) -> int:
        return max(map(len, self.texts), default=0)

    @property
    def form(self) -> str:
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
        Numbers rounded to what they support; empty cells are nan or "".
    currency : str
        What `currency` means in units.
    closed : bool
        Folded away on the page until it is asked for.
    """

    name: str
    frame: pd.DataFrame
    currency: str = ""
    closed: bool = False

    @property
    def title(self) -> str:
        return NOTES[self.name][0]

    @property
    def note(self) -> str:
        """Return how to read the table."""
        return NOTES[self.name][1]

    @functools.cached_property
    def view(self) -> list[Column]:
        """Return the columns as they are shown: no ids, none that is empty, both ends of a range in one."""
        names = [str(name) for name in self.frame.columns]
        ends = {f"{name}_{end}": name for name in names for end in ("low", "high")}
        found = []
        for name in names:
            if name in (*HIDDEN, GROUP) or name in ends:
                continue
            values = [cell(value) for value in self.frame[name]]
            numeric = bool(pd.api.types.is_numeric_dtype(self.frame[name]))
            found.append(Column(self._heading(name), numeric, tuple(values)))
            if f"{name}_low" in names:
                lows, highs = (self.frame[f"{name}_{end}"] for end in ("low", "high"))
                found.append(Column(self._range(name), True, tuple(map(_between, lows, highs))))
        return [column for column in found if any(text not in EMPTY for text in column.texts)]

    def _unit(self, name: str) -> str:
        return COLUMNS[f"report_{self.name}"][name][0].replace("currency", self.currency)

    def _heading(self, name: str) -> str:
        unit, words = self._unit(name), name.replace("_", " ")
        told = not unit or unit == "count" or unit in words.split()
        return words if told else f"{words}, {unit}"

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

    def latex(self) -> str:
        """Return a table with rules of booktabs and its notes below."""
        columns = self.view
        lines = []
        for group, rows in self.groups:
            if group:
                lines.append(rf"\multicolumn{{{len(columns)}}}{{l}}{{\textit{{{latex_text(group)}}}}} \\")
            lines += [" & ".join(map(latex_text, row)) + r" \\" for row in rows]
        return LATEX.format(
            title=latex_text(self.title),
            name=self.name,
            form="".join(column.form for column in columns),
            head=" & ".join(latex_text(column.heading) for column in columns),
            body="\n".join(lines),
            note=latex_text(self.note),
        )

    def write(self, folder: Path, forms: tuple[str, ...] = ("csv", "tex")) -> None:
        """Write the table as NAME.csv, NAME.tex and NAME.dta, as asked for."""
        if "csv" in forms:
            self.frame.to_csv(folder / f"{self.name}.csv", index=False, lineterminator="\n")
        if "tex" in forms:
            (folder / f"{self.name}.tex").write_text(self.latex(), encoding="utf-8")
        if "dta" in forms:
            store.write_stata(self.frame, folder / f"{self.name}.dta", f"report_{self.name}")


LATEX = r"""% needs \usepackage{{booktabs}}
\begin{{table}}
\centering
\caption{{{title}}}
\label{{tab:{name}}}
\begin{{tabular}}{{{form}}}
\toprule
{head} \\
\midrule
{body}
\bottomrule
\end{{tabular}}

\footnotesize {note}
\end{{table}}
"""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
} | {mark: f"\\{mark}" for mark in "&%$#_{}"}


def latex_text(text: str) -> str:
    r"""Escape what LaTeX would read as a command.

    Examples
    --------
    >>> latex_text("95 % of hf_liquid & more")
    '95 \\% of hf\\_liquid \\& more'
    """
    return "".join(SPECIAL.get(mark, mark) for mark in text)


def cell(value: Any) -> str:
    """Return a cell as text.

    Examples
    --------
    >>> cell(12.0), cell(0.3), cell(float("nan")), cell("DRAM"), cell(1200)
    ('12', '0.3', '-', 'DRAM', '1,200')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    return str(value) if isinstance(value, str) else number(float(value), EXACT)


def _between(low: float, high: float) -> str:
    """Write both ends of a range: numbers, or dates as texts."""
    ends = cell(low), cell(high)
    return "-" if ends[0] in EMPTY else " to ".join(ends)
