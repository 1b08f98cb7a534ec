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
from sim.results.restricted import group_words
from sim.results.result import Result
from sim.types import Row

LEAST_DAYS_OF_OTHERS = 0.5  # mean gross loss from which neither users nor suppliers are named
LEAST_SHORTAGE = 1e-6  # of final demand; below lies what rounding leaves
FEWEST_FOR_SHARES = 100  # replications; the shares of fewer say nothing
MOST_VALUES = 15  # of those that the answer hinges on
Losses = Sequence[tuple[str, Loss]]  # by group


def group_titles(result: Result) -> dict[str, str]:
    """Return what the rows of each group have in common."""
    words = group_words(result.scenario.document)
    return {"user": words.user, "supplier": words.supplier, "other": "other"}


def net_head(result: Result) -> str:
    """Return the head of columns of net losses: until when they count.

    What is made up after the curbs is deducted, so that net losses shrink as a run ends later.
    """
    return f"net loss to {result.horizon}"


def loss_heads(result: Result) -> dict[str, str]:
    """Return the heads of columns of losses and of first days, whose names do not say all."""
    gross, net = "gross loss", net_head(result)
    return {
        "gross_days": gross,
        "gross_median_days": "median",
        "gross_error_days": "MC error",
        "gross_value": gross,
        "gross_error": "MC error",
        "lost_days": net,
        "lost_value": net,
        "ends_short": net,
        "days_if_ever_short": "gross loss if ever short",
        "days_if_ends_short": f"{net} if any",
        **FIRST_DAY_HEADS,
        "stops": "stops",
    }


FIRST_DAY_HEADS = {
    "first_short": "starts first held back",
    "first_lost": "output first lost",
    "first_stopped": "first day stopped",
}


def grouped(result: Result) -> Losses:
    """Return the group and the loss of every process in the tables, by money lost in each group."""
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


def _table(name: str, rows: list[Row], result: Result) -> Table:
    """Return a table of losses, with the horizon in the heads of net ones."""
    return Table(name, pd.DataFrame(rows), result.labels.currency, heads=loss_heads(result))


def _who(result: Result, shown: Losses) -> Iterator[tuple[Row, Loss]]:
    """Yield the cells that say of whom a row tells, and the loss."""
    titles = group_titles(result)
    for group, loss in shown:
        names = {"process": loss.process, "title": loss.title, "country": loss.country}
        yield names | {GROUP: titles[group]}, loss


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
    """Return who loses how much: gross days and value first, then net ones."""
    return _table("losses", [who | lost_cells(loss) for who, loss in _who(result, shown)], result)


def lost_cells(loss: Loss) -> Row:
    """Return what a process loses, rounded: gross days and value first, then net ones."""
    gross, net = loss.gross, loss.net
    return (
        estimate_cells("gross_days", gross)
        | {"gross_median_days": rounded(gross.median, gross.unit)}
        | {"gross_error_days": significant_error(gross.error)}
        | estimate_cells("gross_value", loss.gross_value.scaled(MILLION))
        | estimate_cells("lost_days", net)
        | estimate_cells("lost_value", loss.value.scaled(MILLION))
    )


def chances(result: Result, shown: Losses) -> Table:
    """Return the chance of a loss and, apart from it, its size: gross first, then net."""
    rows = [
        who
        | _chance_cells("ever_short", loss.ever, result.replications)
        | estimate_cells("days_if_ever_short", loss.given)
        | _chance_cells("ends_short", loss.ends, result.replications)
        | estimate_cells("days_if_ends_short", loss.net_given)
        for who, loss in _who(result, shown)
    ]
    return _table("chances", rows, result)


def timing(result: Result, shown: Losses) -> Table:
    """Return when starts are first held back, output is first lost and starts first stop, and what binds."""
    start = datetime.date.fromisoformat(result.labels.start)
    titles, rows = Titles(result), []
    for who, loss in _who(result, shown):
        cover, material = result.lowest_cover(loss.process)
        cause, share = loss.causes[0] if loss.causes else ("", np.nan)
        days = zip(FIRST_DAY_HEADS, (loss.held_back, loss.lost, loss.stopped), strict=True)
        row = dict(who)
        for name, on in days:
            row |= _cells(name, *date_texts(on, start))
        rows.append(
            row
            | _chance_cells("stops", loss.stops, result.replications)
            | {"lowest_cover": rounded(cover.mean, cover.unit)}
            | {"cover_of": material and titles.material(material)}
            | {"held_back_by": cause, "share_of_loss": rounded(100.0 * share, 1.0)}
        )
    return _table("timing", rows, result)


def countries(result: Result, every: Losses) -> Table:
    """Return lost value by country and group, gross first."""
    names: dict[str, list[str]] = {}
    for group, loss in every:
        names.setdefault(group, []).append(loss.process)
    titles, rows = group_titles(result), []
    for group, members in names.items():
        net = by_country(result, members, "lost_value")
        by_money = sorted(by_country(result, members).items(), key=lambda pair: -pair[1].mean)
        rows += [
            {"country": country, "group": titles[group]}
            | estimate_cells("gross_value", value.scaled(MILLION))
            | {"gross_error": significant_error(value.error / MILLION)}
            | estimate_cells("lost_value", net[country].scaled(MILLION))
            for country, value in by_money
        ]
    return _table("countries", rows, result)


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
    """Yield rows with the titles of their processes: users first, by money lost."""
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
            | _cells("gross_days", *numbers)
            | {"gross_error_days": significant_error(row["monte_carlo_error"])}
        )
    return _table("structure_ranges", rows, result)


def _shares(result: Result) -> Table:
    rows = [
        {"process": row["who"], GROUP: title, "factor": row["factor"].replace("_", " ")} | _share_cells(row)
        for title, row in _in_order(result, structure_of(result, by="choice"))
    ]
    return Table("structure_shares", pd.DataFrame(rows), closed=True)
