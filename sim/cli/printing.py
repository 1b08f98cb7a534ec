"""Printing: tables to stdout in the format asked for, everything else to stderr."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from sim.files import plain_cell
from sim.progress import REPLICATIONS, Progress

if TYPE_CHECKING:  # help does without numpy
    from sim.types import Row

# The reader of a pipe has seen enough (on Windows EINVAL), or a terminal was closed.
GONE = (errno.EPIPE, errno.EINVAL, errno.EIO, errno.EBADF)
STDERR = 2
EDGES, BETWEEN = 2, 3  # characters that a table needs beside its columns


class Stream(io.TextIOWrapper):
    """Stdout or stderr whose reader may leave: what is printed from then on is lost, and nothing else."""

    def write(self, text: str, /) -> int:
        """Write text."""
        return self._attempt(lambda: super(Stream, self).write(text)) or len(text)

    def flush(self) -> None:
        """Hand on what is written."""
        self._attempt(super().flush)

    def _attempt(self, act: Callable[[], int | None]) -> int | None:
        try:
            return act()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if error.errno not in GONE and self is sys.stdout:
                raise
            return None


def open_streams() -> None:
    """Open stdin, stdout and stderr where they are closed; letters that a console lacks are spelt out."""
    while (place := os.open(os.devnull, os.O_RDWR)) <= STDERR:  # the lowest that is free: no file may get it
        pass
    os.close(place)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
        stream = getattr(sys, name)
        if number and stream is getattr(sys, f"__{name}__"):  # else it is of someone who listens
            lines, at_once, code = stream.line_buffering, stream.write_through, stream.encoding
            made = Stream(
                stream.detach(), code, "backslashreplace", line_buffering=lines, write_through=at_once
            )
            setattr(sys, name, made)
            setattr(sys, f"__{name}__", made)


def say(text: str) -> None:
    """Print a line for the person at the terminal."""
    print(text, file=sys.stderr)


def print_rows(rows: Sequence[Row], form: str, *, right: Sequence[str] = ()) -> None:
    """Print rows as an aligned table, CSV or JSON."""
    if form == "json":
        print(json.dumps([{k: _plain(v) for k, v in row.items()} for row in rows], indent=2))
    elif form == "csv":
        _print_csv(rows)
    else:
        _print_table(rows, right)
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    """Turn a value into what JSON knows; what is not a number is null."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print_csv(rows: Sequence[Row]) -> None:
    import csv

    if not rows:
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(plain_cell, rows[0]))
    for row in rows:
        writer.writerow("" if _plain(v) is None else plain_cell(_plain(v)) for v in row.values())


def _print_table(rows: Sequence[Row], right: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=200)  # a file or a pipe: do not squeeze to 80
    columns = {name: [name, *(str(row[name]) for row in rows)] for name in (rows[0] if rows else [])}
    widths = fitted(list(columns.values()), console.width - EDGES - BETWEEN * (len(columns) - 1))
    if not widths and rows:
        print(stacked(rows, console.width))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, width in zip(columns, widths, strict=True):
        side: Literal["left", "right"] = "right" if name in right else "left"
        table.add_column(Text(name), justify=side, width=width)
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row.values()))
    console.print(table)


def fitted(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the width of each column so that all fit with their words whole, or nothing if they cannot.

    What runs to several words gives way first, the widest first.

    Examples
    --------
    >>> fitted([["who", "line/chip"], ["held back by", "acid 98 %"]], 16)
    [9, 7]
    >>> fitted([["who", "line/chip"], ["held back by", "acid 98 %"]], 12)
    []
    """
    least = [max(len(word) for text in texts for word in (text.split() or [""])) for texts in columns]
    widths = [max(map(len, texts)) for texts in columns]
    if sum(least) > room:
        return []
    while sum(widths) > room:
        place = max((i for i, w in enumerate(widths) if w > least[i]), key=lambda i: widths[i])
        widths[place] -= 1
    return widths


def stacked(rows: Sequence[Row], width: int) -> str:
    """Return rows below each other, each with its cells in running text, for narrow terminals.

    Examples
    --------
    >>> print(stacked([{"who": "line/chip", "lost days": "3", "median": "0"}], 40))
    line/chip
      lost days 3, median 0
    """
    import textwrap

    lines: list[str] = []
    for row in rows:
        (_, head), *cells = row.items()
        cells_text = ", ".join(f"{name} {value}" for name, value in cells if value not in ("", "-"))
        text = textwrap.fill(
            cells_text,
            max(20, width),
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [str(head), *([text] if cells_text else [])]
    return "\n".join(lines)


@contextmanager
def progress_bar(total: int, label: str, unit: str = REPLICATIONS) -> Iterator[Callable[[int], None]]:
    """Show on stderr how far something long has come, and of what; yield what advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield progress_lines(total, label, unit)
        return
    counted = TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]},", markup=False)
    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), counted, TimeRemainingColumn(), TextColumn("left"))
    with Bar(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task(label, total=total, unit=unit)
        yield lambda count: bar.update(task, advance=count, refresh=True)


def progress_lines(total: int, label: str, unit: str = REPLICATIONS) -> Callable[[int], None]:
    """Return what says how far it is at the first step and at every tenth, for logs."""
    progress = Progress(total, label, unit)

    def advance(count: int) -> None:
        before = progress.done
        progress.add(count)
        if before == 0 or 10 * before // total != 10 * progress.done // total:
            say(progress.text())

    return advance
