"""Tables of the page: losses, timing, licences, demand; what the answer rests on; model structure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.importance import importance
from sim.analysis.structure import fewest
from sim.analysis.structure import structure as structure_of
from sim.reporting.table import GROUP, MOST_OTHERS, Table, records
from sim.results.estimates import Estimate, proportion, rounded, significant_error, summarise, support
from sim.results.loss_summary import Loss, Titles, by_country, losses
from sim.results.numbers import MILLION, date_texts
from sim.results.result import Result
from sim.types import Row

GROUP_TITLES = {"user": "uses controlled goods", "supplier": "ships controlled goods", "other": "other"}
LEAST_DAYS_OF_OTHERS = 0.5  # mean loss from which neither users nor suppliers are named
LEAST_SHORTAGE = 1e-6  # of final demand; below lies what rounding leaves
FEWEST_FOR_SHARES = 100  # replications; the shares of fewer say nothing
MOST_VALUES = 15  # of those that the answer hinges on
Losses = Sequence[tuple[str, Loss]]  # by group


def grouped(result: Result) -> Losses:
    """Return the group and the loss of every process in the tables, largest losses first in each group."""
    labels = result.labels
    names = {
        "user": labels.exposed,
        "supplier": [name for name in labels.suppliers if name not in labels.exposed],
        "other": [
            name
            for p, name in enumerate(labels.processes)
            if result.group(name) == "other" and result.is_touched(p)
        ],
    }
    return [(group, loss) for group, members in names.items() for loss in losses(result, members)]


def findings(result: Result) -> list[Table]:
    """Return the tables of losses, licences and demand, without those that would be empty."""
    every = grouped(result)
    others = [pair for pair in every if pair[0] == "other"]
    shown = [pair for pair in every if pair[0] != "other"] + others[:MOST_OTHERS]
    tables = [maker(result, shown) for maker in (lost, chances, timing)]
    tables += [countries(result, every), licences(result), demand(result)]
    return [table for table in tables if len(table.frame)]


def _who(group: str, loss: Loss) -> Row:
    return {
        "process": loss.process,
        "title": loss.title,
        "country": loss.country,
        GROUP: GROUP_TITLES[group],
    }


def _cells(name: str, middle: Any, low: Any, high: Any) -> Row:
    """Return a number or date with the ends of its range."""
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


def estimate_cells(name: str, estimate: Estimate) -> Row:
    """Return mean and range, rounded to what they support."""
    numbers = (estimate.mean, estimate.low, estimate.high)
    return _cells(name, *(rounded(value, estimate.unit) for value in numbers))


def _chance_cells(name: str, hits: int, replications: int) -> Row:
    """Return in how many replications something happens, with the interval of its chance in per cent."""
    return _cells(name, hits, *(rounded(100.0 * end, 1.0) for end in proportion(hits, replications)))


def _share_cells(row: Row) -> Row:
    """Return a share with its interval in per cent."""
    return _cells("share", *(rounded(100.0 * row[name], 1.0) for name in ("share", "low", "high")))


def lost(result: Result, shown: Losses) -> Table:
    """Return who loses how much: net days first, then gross days and value."""
    rows = [_who(group, loss) | lost_cells(loss) for group, loss in shown]
    return Table("losses", pd.DataFrame(rows), result.labels.currency)


def lost_cells(loss: Loss) -> Row:
    """Return what a process loses, rounded: net days first, then gross days and value."""
    net, gross = loss.net, loss.gross
    return (
        estimate_cells("lost_days", net)
        | {"median_days": rounded(net.median, net.unit), "error_days": significant_error(net.error)}
        | {"gross_days": rounded(gross.mean, gross.unit)}
        | estimate_cells("lost_value", loss.value.scaled(MILLION))
    )


def chances(result: Result, shown: Losses) -> Table:
    """Return the chance of a loss and, apart from it, its size."""
    rows = [
        _who(group, loss)
        | _chance_cells("ever_short", loss.ever, result.replications)
        | _chance_cells("ends_short", loss.ends, result.replications)
        | estimate_cells("days_if_ends_short", loss.given)
        for group, loss in shown
    ]
    return Table("chances", pd.DataFrame(rows))


def timing(result: Result, shown: Losses) -> Table:
    """Return when a material first holds a process back, and what binds it."""
    start = datetime.date.fromisoformat(result.labels.start)
    titles, rows = Titles(result), []
    for group, loss in shown:
        cover, material = result.lowest_cover(loss.process)
        cause, share = loss.causes[0] if loss.causes else ("", np.nan)
        rows.append(
            _who(group, loss)
            | _cells("first_short", *date_texts(loss.first, start))
            | {"lowest_cover": rounded(cover.mean, cover.unit)}
            | {"cover_of": material and titles.material(material)}
            | {"held_back_by": cause, "share_of_loss": rounded(100.0 * share, 1.0)}
        )
    return Table("timing", pd.DataFrame(rows))


def countries(result: Result, every: Losses) -> Table:
    """Return lost value by country and group."""
    names: dict[str, list[str]] = {}
    for group, loss in every:
        names.setdefault(group, []).append(loss.process)
    rows = [
        {"country": country, "group": GROUP_TITLES[group]}
        | estimate_cells("lost_value", value.scaled(MILLION))
        | {"error": significant_error(value.error / MILLION)}
        for group, members in names.items()
        for country, value in by_country(result, members).items()
    ]
    return Table("countries", pd.DataFrame(rows), result.labels.currency)


def licences(result: Result) -> Table:
    """Return counts and waits of licence files by material."""
    titles, start = Titles(result), datetime.date.fromisoformat(result.labels.start)
    rows: list[Row] = []
    for i, material in enumerate(result.labels.materials):
        values = {m: result.values("licence", m)[:, i] for m in result.labels.measures["licence"]}
        if not np.nansum(values["licences_filed"]):
            continue
        rows.append(
            {"material": material, "title": titles.material(material)}
            | estimate_cells("filed", summarise(values["licences_filed"]))
            | estimate_cells("granted", summarise(values["licences_granted"]))
            | estimate_cells("wait_days", summarise(values["mean_wait"]))
            | _cells("first_grant", *date_texts(values["first_grant_day"], start))
            | estimate_cells("lapsed", summarise(values["lapsed_share"]).scaled(0.01))
        )
    return Table("licences", pd.DataFrame(rows))


def demand(result: Result) -> Table:
    """Return how much of final demand is served, where it is ever short."""
    titles, document = Titles(result), result.scenario.document
    rate = result.values("demand", "fill_rate")
    rows = []
    for i, name in enumerate(result.labels.demands):
        hits = int((np.nan_to_num(1.0 - rate[:, i]) > LEAST_SHORTAGE).sum())
        if hits:
            entry = document.demand[name]
            rows.append(
                {"demand": name, "title": titles.material(entry.material), "buyer": titles.facility(entry.at)}
                | estimate_cells("served", summarise(rate[:, i]).scaled(0.01))
                | _chance_cells("ever_short", hits, result.replications)
            )
    return Table("demand", pd.DataFrame(rows))


def hinges(result: Result) -> list[Table]:
    """Return which given values the answer hinges on, and on which grades of sources it rests."""
    if result.replications < FEWEST_FOR_SHARES:
        return []
    values, grades = importance(result), importance(result, by="grade")
    texts = ("direction", "range", "status", "source", "grade")
    rows = [
        {"factor": row["factor"], "title": row["title"]}
        | _share_cells(row)
        | {key: str(row[key]) for key in texts}
        for row in records(values[values["low"] > 0.0].head(MOST_VALUES))  # told from 0 by its interval
    ]
    rests_on = [
        {"grade": row["grade"], "values": int(row["values"])} | _share_cells(row) for row in records(grades)
    ]
    tables = [Table("hinges", pd.DataFrame(rows)), Table("rests_on", pd.DataFrame(rests_on))]
    return [table for table in tables if len(table.frame)]


def structure(result: Result) -> list[Table]:
    """Return ranges over model structures, and what they come from."""
    if "structure" not in result.arrays:
        return []
    tables = [_ranges(result)]
    if result.replications >= fewest(result.labels.structure_levels):
        tables.append(_shares(result))
    return [table for table in tables if len(table.frame)]


def _in_order(result: Result, frame: pd.DataFrame) -> Iterator[tuple[str, Row]]:
    """Yield rows with the titles of their processes: users of controlled goods first, by loss."""
    rows = records(frame)
    for names in (result.labels.exposed, result.labels.suppliers):
        for loss in losses(result, names):
            yield from ((loss.title, row) for row in rows if row["who"] == loss.process)


def _ranges(result: Result) -> Table:
    rows = []
    for title, row in _in_order(result, structure_of(result)):
        unit = support(row["low"], row["high"], row["monte_carlo_error"])
        numbers = (rounded(row[name], unit) for name in ("estimate", "low", "high"))
        rows.append(
            {"process": row["who"], "title": title}
            | _cells("lost_days", *numbers)
            | {"error_days": significant_error(row["monte_carlo_error"])}
        )
    return Table("structure_ranges", pd.DataFrame(rows))


def _shares(result: Result) -> Table:
    rows = [
        {"process": row["who"], GROUP: title, "factor": row["factor"].replace("_", " ")} | _share_cells(row)
        for title, row in _in_order(result, structure_of(result, by="choice"))
    ]
    return Table("structure_shares", pd.DataFrame(rows), closed=True)
