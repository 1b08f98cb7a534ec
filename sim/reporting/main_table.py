"""The main tables of a run for the terminal and for notebooks: who loses how much; when, and why.

Their numbers are those of the tables of the report, with ids in place of titles.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from sim.reporting.loss_tables import (
    LEAST_DAYS_OF_OTHERS,
    Losses,
    estimate_cells,
    group_titles,
    grouped,
    lost_cells,
    net_head,
)
from sim.reporting.premises import assumptions
from sim.reporting.run_text import why_it_ended
from sim.reporting.table import GROUP, MOST_OTHERS, Column, Table
from sim.results.headline import ALL
from sim.results.loss_summary import CURBED, FEW, Loss, few_orders, is_curbed
from sim.results.numbers import MILLION, date_texts, number, percent
from sim.results.result import Result
from sim.scenario.titles import assumption_lines
from sim.types import Floats, Row

WHO = Column("who", "process")
OVER_STRUCTURES = Column("any structure", "any_structure_low", "range", to="any_structure_high")
WHEN_AND_WHY = (
    WHO,
    Column("ever short", "ever_short", "percent"),
    Column("starts first held back", "first_short"),
    Column("output first lost", "first_lost"),
    Column("first day stopped", "first_stopped"),
    Column("lowest cover", "lowest_cover"),
    Column("held back by", "held_back_by"),
)


def run_answer(result: Result) -> Iterator[str | Table]:
    """Yield how to read the main tables, the tables, how much they leave out, and why the run ended."""
    shown = _shown(result)
    nothing = "No process makes less than its baseline on any day, in any replication."
    yield _caption(result) if shown else f"{result.title}\n{nothing}"
    yield run_table(result)
    if shown:
        yield _when_and_why_caption(result)
        yield timing_table(result)
    hidden = len(result.headline()) - len(shown)
    if hidden > 0:
        yield f"{hidden} more, touched indirectly: they lose least, or gain; --format csv shows them."
    if result.labels.horizons:
        yield HORIZON_CAPTION
        yield horizon_table(result)
    if why := why_it_ended(result.manifest):
        yield why
    if texts := assumptions(result):
        yield "\n".join(texts)
    yield from assumption_lines(result.manifest.get("assumptions", {}))


def _caption(result: Result) -> str:
    done = result.manifest["replications"]
    stopped = f" ({result.interrupted})" if result.interrupted else ""
    return (
        f"{result.title}\n"
        f"Lost output in days of baseline output and in value at base prices, {result.labels.start} to "
        f"{result.horizon}; mean over {done} replications{stopped}, seed {result.manifest['seed']}, "
        f"{result.manifest['uncertain_values']} uncertain values.\n"
        "Gross loss: what is not made while output is below the baseline. Net loss: the same less what is "
        f"made up by {result.horizon}; negative: more than the baseline.\n"
        "95 % range: over parameters and chance together. MC error: standard error of the mean. "
        "Most money lost first."
    )


def _when_and_why_caption(result: Result) -> str:
    curbed = f"{CURBED}: buyers may not, or do not, order controlled goods; " if is_curbed(result) else ""
    return (
        "Ever short: chance that output falls below the baseline, made up later or not. First days: medians, "
        "in parentheses the share of replications in which it happens, if not all.\n"
        "Starts first held back: by a material; output first lost: later by the time that the process takes; "
        "stopped: starts below 5 % of the baseline. Lowest cover: days of use, mean.\n"
        "Held back by: what bound production on the days it was lost; "
        f"{curbed}{FEW}: nobody orders."
    )


HORIZON_CAPTION = (
    "Losses by horizon: what a run that ends on that date tells, from the same replications. Net losses "
    "shrink with a later horizon where output is made up."
)


def _shown(result: Result) -> Losses:
    """Return the users, the suppliers and the others that lose most."""
    losses = grouped(result)
    others = [pair for pair in losses if pair[0] == "other" and pair[1].gross.mean >= LEAST_DAYS_OF_OTHERS]
    return [pair for pair in losses if pair[0] != "other"] + others[:MOST_OTHERS]


def run_table(result: Result) -> Table:
    """Return who loses how much: gross days and money first, net ones beside them."""
    labels = _labels(result)
    rows = [
        {"process": loss.process, GROUP: labels[group]}
        | lost_cells(loss)
        | (estimate_cells("any_structure", loss.wide) if loss.wide and group != "other" else {})
        for group, loss in _shown(result)
    ]
    return Table("run", pd.DataFrame(rows), result.labels.currency, columns=_loss_columns(result))


def _loss_columns(result: Result) -> tuple[Column, ...]:
    net, money = net_head(result), f"million {result.labels.currency}"
    varied = (OVER_STRUCTURES,) if "structure" in result.arrays else ()
    return (
        WHO,
        Column("gross loss, days", "gross_days", "number"),
        Column("median", "gross_median_days", "number"),
        Column("95 % range", "gross_days_low", "range", to="gross_days_high"),
        *varied,
        Column("MC error", "gross_error_days", "number"),
        Column(f"gross loss, {money}", "gross_value", "number"),
        Column("95 % range of value", "gross_value_low", "range", to="gross_value_high"),
        Column(f"{net}, days", "lost_days", "number"),
        Column(f"{net}, {money}", "lost_value", "number"),
    )


def _labels(result: Result) -> dict[str, str]:
    return group_titles(result) | {"other": "others"}


def timing_table(result: Result) -> Table:
    """Return when each process is held back, loses output and stops, and what holds it back."""
    limiting, labels = result.limiting(), _labels(result)
    rows = [
        {"process": loss.process, GROUP: labels[group]}
        | _when(result, loss)
        | _why(result, loss.process, limiting.get(loss.process, {}))
        for group, loss in _shown(result)
    ]
    return Table("run_timing", pd.DataFrame(rows), columns=WHEN_AND_WHY)


def _when(result: Result, loss: Loss) -> Row:
    days = {"first_short": loss.held_back, "first_lost": loss.lost, "first_stopped": loss.stopped}
    start = datetime.date.fromisoformat(result.labels.start)
    dates = {name: first_date(values, start) for name, values in days.items()}
    return {"ever_short": loss.ever / result.replications, **dates}


def first_date(days: Floats, start: datetime.date) -> str:
    """Write the median of first days as a date, with the share of replications in which there is one.

    Examples
    --------
    >>> first_date(np.array([31.0, np.nan]), datetime.date(2019, 1, 1))
    '2019-02-01 (50 %)'
    """
    happens = np.isfinite(days)
    share = "" if happens.all() else f" ({percent(float(happens.mean()))})"
    return f"{date_texts(days, start)[0]}{share}" if happens.any() else "-"


def _why(result: Result, process: str, causes: dict[str, float]) -> Row:
    cover, material = result.lowest_cover(process)
    main_cause = next(iter(causes.items()), ("", math.nan))
    return {
        "lowest_cover": f"{number(cover.mean, cover.unit)} d {material}" if material else "-",
        "held_back_by": cause(*main_cause, few_orders=few_orders(result, process)),
    }


def horizon_table(result: Result) -> Table:
    """Return losses by horizon: all users together, then each; where there are none, those that lose most."""
    frame, labels = result.horizons(), _labels(result)
    users = "user" if result.labels.exposed else "other"
    names = [ALL, *(loss.process for group, loss in _shown(result) if group == users)]
    rows = frame[(frame["group"] == users) & frame["who"].isin(names)]
    order = rows["who"].map(names.index).sort_values(kind="stable").index
    heads = {ALL: f"all: {labels[users]}"}
    kept = rows.loc[order].assign(**{GROUP: rows["who"].replace(heads)})
    return Table("run_horizons", kept, columns=_horizon_columns(f"million {result.labels.currency}"))


def _horizon_columns(money: str) -> tuple[Column, ...]:
    return (
        Column("until", "horizon"),
        *_of_horizon("gross", "days", "lost_days_gross"),
        *_of_horizon("gross", money, "lost_value_gross", MILLION),
        *_of_horizon("net", "days", "lost_days"),
        *_of_horizon("net", money, "lost_value", MILLION),
    )


def _of_horizon(kind: str, unit: str, name: str, scale: float = 1.0) -> Sequence[Column]:
    ends = (f"{name}_low", f"{name}_high")
    options: dict[str, Any] = {"rounding": (*ends, f"{name}_error"), "scale": scale}
    return (
        Column(f"{kind} loss, {unit}", name, "number", **options),
        Column(f"95 %, {kind} {unit}", ends[0], "range", to=ends[1], **options),
    )


def notebook(result: Result) -> str:
    """Return the answer of a run and its main tables for a notebook."""
    said = assumption_lines(result.manifest.get("assumptions", {}))
    lines = "".join(f"<p>{escape(line)}</p>" for line in [*result.words().split("\n"), *said])
    tables = [run_table(result), timing_table(result)] if _shown(result) else []
    tables += [horizon_table(result)] if result.labels.horizons else []
    return f"<h4>{escape(result.title)}</h4>{lines}{''.join(str(table.html()) for table in tables)}"


def cause(name: str, share: float, few_orders: str = FEW) -> str:
    """Write what held production back, with its share of the loss.

    Examples
    --------
    >>> cause("acid", 0.64), cause("demand", 1.0, CURBED), cause("demand", 1.0)
    ('acid 64 %', 'curbed orders 100 %', 'few orders 100 %')
    """
    if name == "demand":
        name = few_orders
    return f"{name} {percent(share)}" if name else "-"
