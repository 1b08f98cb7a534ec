"""The main table of a run: who loses how much, when and why, for the terminal and for notebooks.

Its numbers are those of the tables of the report, with ids in place of titles.
"""

from __future__ import annotations

import datetime
import math
from html import escape

import pandas as pd

from sim.reporting.loss_tables import GROUPS, grouped, lost_cells, numbers
from sim.reporting.notes import MOST_OTHERS
from sim.reporting.table import GROUP, Column, Row, Table
from sim.results.loss_summary import CURBED, FEW, Loss
from sim.results.numbers import date_texts, number, percent
from sim.results.result import Result

NOTICED = 0.5  # days of output from which those are shown
LABELS = GROUPS | {"other": "others"}
WRITTEN = (
    Column("who", "process"),
    Column("lost days", "lost_days", "number"),
    Column("median", "median_days", "number"),
    Column("95 % range", "lost_days_low", "range", to="lost_days_high"),
)
VARIED = (Column("any structure", "any_structure_low", "range", to="any_structure_high"),)
REST = (
    Column("MC error", "error_days", "number"),
    Column("lost value", "lost_value", "number"),
    Column("95 % range of value", "lost_value_low", "range", to="lost_value_high"),
    Column("ever short", "ever_short", "percent"),
    Column("first day short", "first_short"),
    Column("lowest cover", "lowest_cover"),
    Column("held back by", "held_back_by"),
)


def run_table(result: Result) -> Table:
    """Return the main table: who, lost output, chance, first day short, cover, cause."""
    losses = grouped(result)
    others = [pair for pair in losses if pair[0] == "other" and pair[1].net.mean >= NOTICED]
    shown = [pair for pair in losses if pair[0] != "other"] + others[:MOST_OTHERS]
    limiting = result.limiting()
    rows = [_run_row(result, group, loss, limiting.get(loss.process, {})) for group, loss in shown]
    columns = (*WRITTEN, *VARIED, *REST) if "structure" in result.arrays else (*WRITTEN, *REST)
    return Table("run", pd.DataFrame(rows), result.labels.currency, columns=columns)


def _run_row(result: Result, group: str, loss: Loss, causes: dict[str, float]) -> Row:
    """Return what the report says of a process, with ids in place of titles."""
    cover, material = result.lowest_cover(loss.process)
    cause_of = next(iter(causes.items()), ("", math.nan))
    wide = numbers(loss.wide, "any_structure") if loss.wide and group != "other" else {}
    return (
        {"process": loss.process, GROUP: LABELS[group]}
        | lost_cells(loss)
        | wide
        | {"ever_short": loss.ever / result.replications, "first_short": first_short(result, loss)}
        | {"lowest_cover": f"{number(cover.mean, cover.unit)} d {material}" if material else "-"}
        | {"held_back_by": cause(*cause_of, group)}
    )


def notebook(result: Result) -> str:
    """Return the answer of a run and its main table for a notebook."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in result.words().split("\n"))
    table = run_table(result)
    return f"<h4>{escape(result.title)}</h4>{lines}{table.html() if len(table.frame) else ''}"


def first_short(result: Result, loss: Loss) -> str:
    """Return the median date on which a material first holds a process back."""
    return date_texts(loss.first, datetime.date.fromisoformat(result.labels.start))[0] or "-"


def left_out(result: Result, table: Table) -> str:
    """Say how many processes the table does not show."""
    hidden = len(result.headline()) - len(table.frame)
    if hidden <= 0:
        return ""
    return f"{hidden} more, touched indirectly: they lose least, or gain; --format csv shows them.\n"


def cause(name: str, share: float, group: str = "") -> str:
    """Write what held production back, with its share of the loss.

    Examples
    --------
    >>> cause("acid", 0.64), cause("demand", 1.0, "supplier"), cause("demand", 1.0, "other")
    ('acid 64 %', 'curbed orders 100 %', 'few orders 100 %')
    """
    if name == "demand":
        name = CURBED if group == "supplier" else FEW
    return f"{name} {percent(share)}" if name else "-"
