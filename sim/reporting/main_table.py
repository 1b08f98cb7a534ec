"""The main table of a run: who loses how much, when and why, for the terminal and for notebooks.

Its numbers are those of the tables of the report, with ids in place of titles.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from html import escape

import pandas as pd

from sim.reporting.loss_tables import GROUP_TITLES, LEAST_DAYS_OF_OTHERS, estimate_cells, grouped, lost_cells
from sim.reporting.run_text import why_it_ended
from sim.reporting.table import GROUP, MOST_OTHERS, Column, Table
from sim.results.loss_summary import CURBED, FEW, Loss
from sim.results.numbers import date_texts, number, percent
from sim.results.result import Result
from sim.scenario.titles import assumption_lines
from sim.types import Row

LABELS = GROUP_TITLES | {"other": "others"}
LOST_DAYS = (
    Column("who", "process"),
    Column("lost days", "lost_days", "number"),
    Column("median", "median_days", "number"),
    Column("95 % range", "lost_days_low", "range", to="lost_days_high"),
)
OVER_STRUCTURES = Column("any structure", "any_structure_low", "range", to="any_structure_high")
VALUE_AND_CAUSE = (
    Column("MC error", "error_days", "number"),
    Column("lost value", "lost_value", "number"),
    Column("95 % range of value", "lost_value_low", "range", to="lost_value_high"),
    Column("ever short", "ever_short", "percent"),
    Column("first day short", "first_short"),
    Column("lowest cover", "lowest_cover"),
    Column("held back by", "held_back_by"),
)


def run_answer(result: Result) -> Iterator[str | Table]:
    """Yield how to read the main table, the table, how much it leaves out, and why the run ended."""
    table = run_table(result)
    nothing = "No process makes less than its baseline on any day, in any replication."
    yield _caption(result) if len(table.frame) else f"{result.title}\n{nothing}"
    yield table
    hidden = len(result.headline()) - len(table.frame)
    if hidden > 0:
        yield f"{hidden} more, touched indirectly: they lose least, or gain; --format csv shows them."
    if why := why_it_ended(result.manifest):
        yield why
    yield from assumption_lines(result.manifest.get("assumptions", {}))


def _caption(result: Result) -> str:
    done, asked = result.manifest["replications"], result.manifest["replications_asked"]
    stopped = f", {asked} asked" if done != asked else ""
    return (
        f"{result.title}\n"
        f"Lost output net of catch-up, in days of baseline output, {result.labels.start} + "
        f"{result.labels.days} days; mean over {done} replications{stopped}, seed {result.manifest['seed']}, "
        f"{result.manifest['uncertain_values']} uncertain values.\n"
        "95 % range: over parameters and chance together. MC error: standard error of the mean. "
        "Ever short: chance that output falls below the baseline at any time, made up later or not. "
        "First day short: median. Lowest cover: days of use, mean.\n"
        f"Lost value: million {result.labels.currency} at base prices. Held back by: what bound production "
        f"on the days it was lost; {CURBED}: buyers may not, or do not, order controlled goods; {FEW}: "
        "nobody orders. Negative: more than the baseline. Largest losses first."
    )


def run_table(result: Result) -> Table:
    """Return the main table: who, lost output, chance, first day short, cover, cause."""
    losses = grouped(result)
    others = [pair for pair in losses if pair[0] == "other" and pair[1].net.mean >= LEAST_DAYS_OF_OTHERS]
    shown = [pair for pair in losses if pair[0] != "other"] + others[:MOST_OTHERS]
    limiting = result.limiting()
    rows = [_run_row(result, group, loss, limiting.get(loss.process, {})) for group, loss in shown]
    varied = (OVER_STRUCTURES,) if "structure" in result.arrays else ()
    columns = (*LOST_DAYS, *varied, *VALUE_AND_CAUSE)
    return Table("run", pd.DataFrame(rows), result.labels.currency, columns=columns)


def _run_row(result: Result, group: str, loss: Loss, causes: dict[str, float]) -> Row:
    """Return what the report says of a process, with ids in place of titles."""
    start = datetime.date.fromisoformat(result.labels.start)
    cover, material = result.lowest_cover(loss.process)
    main_cause = next(iter(causes.items()), ("", math.nan))
    wide = estimate_cells("any_structure", loss.wide) if loss.wide and group != "other" else {}
    return (
        {"process": loss.process, GROUP: LABELS[group]}
        | lost_cells(loss)
        | wide
        | {
            "ever_short": loss.ever / result.replications,
            "first_short": date_texts(loss.first, start)[0] or "-",
        }
        | {"lowest_cover": f"{number(cover.mean, cover.unit)} d {material}" if material else "-"}
        | {"held_back_by": cause(*main_cause, group)}
    )


def notebook(result: Result) -> str:
    """Return the answer of a run and its main table for a notebook."""
    said = assumption_lines(result.manifest.get("assumptions", {}))
    lines = "".join(f"<p>{escape(line)}</p>" for line in [*result.words().split("\n"), *said])
    table = run_table(result)
    return f"<h4>{escape(result.title)}</h4>{lines}{table.html() if len(table.frame) else ''}"


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
