"""Printing: tables to stdout in the format asked for, everything else to stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

Row = dict[str, Any]


def say(text: str) -> None:
    """Print a line for the person at the terminal."""
    print(text, file=sys.stderr)


def print_rows(rows: Sequence[Row], form: str, *, title: str = "", right: Sequence[str] = ()) -> None:
    """Print rows as an aligned table, CSV or JSON."""
    try:
        _print_as(rows, form, title, right)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_as(rows: Sequence[Row], form: str, title: str, right: Sequence[str]) -> None:
    if form == "json":
        print(json.dumps([{k: _plain(v) for k, v in row.items()} for row in rows], indent=2))
    elif form == "csv":
        _print_csv(rows)
    else:
        _print_table(rows, title, right)
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
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: "" if _plain(v) is None else _plain(v) for k, v in row.items()})


def _print_table(rows: Sequence[Row], title: str, right: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=200)  # a file or a pipe: do not squeeze to 80
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows[0] if rows else []:
        least = max(_word(row[name]) for row in rows)
        side: Literal["left", "right"] = "right" if name in right else "left"
        table.add_column(name, justify=side, overflow="fold", min_width=max(least, _word(name)))
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row.values()))
    if Measurement.get(console, console.options, table).minimum > console.width:
        print(stacked(rows, console.width))  # a table would break words, and with them ids, into pieces
    else:
        console.print(table)


def _word(value: object) -> int:
    """Return the length of the longest word of a cell."""
    return max(map(len, str(value).split()), default=0)


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
        told = ", ".join(f"{name} {value}" for name, value in cells if value not in ("", "-"))
        text = textwrap.fill(
            told,
            max(20, width),
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [str(head), *([text] if told else [])]
    return "\n".join(lines)


@contextmanager
def progress_bar(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show on stderr how far something long has come; yield what advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield progress_lines(total, label)
        return
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.update(task, advance=count, refresh=True)


def progress_lines(total: int, label: str) -> Callable[[int], None]:
    """Return what says how far it is at the first step and at every tenth, for logs."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if before == 0 or 10 * before // total != 10 * done // total:
            say(f"{label}: {done}/{total}")

    return advance
