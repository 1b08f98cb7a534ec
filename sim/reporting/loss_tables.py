"""Tables of the page: losses, timing, licences, demand; what the answer rests on; model structure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.importance import importance
from sim.analysis.structure import fewest
from sim.analysis.structure import structure as structure_of
from sim.reporting.notes import MOST_OTHERS
from sim.reporting.table import GROUP, Table
from sim.results.estimates import Estimate, proportion, rounded, significant_error, summarise, support
from sim.results.loss_summary import Loss, Titles, by_country, losses
from sim.results.numbers import date_texts
from sim.results.result import Result

GROUPS = {"user": "uses what is curbed", "supplier": "ships what is curbed", "other": "other"}
MILLION = 1e6


def grouped(result: Result) -> list[tuple[str, Loss]]:
    """Return what every process in the tables loses, with its group; the dearest first in each group."""
    labels = result.labels
    other = [
        name
        for p, name in enumerate(labels.processes)
        if result.group(name) == "other" and result.is_touched(p)
    ]
    suppliers = [name for name in labels.suppliers if name not in labels.exposed]
    found = [("user", x) for x in losses(result, labels.exposed)]
    found += [("supplier", x) for x in losses(result, suppliers)]
    return found + [("other", x) for x in losses(result, other)]


def findings(result: Result) -> list[Table]:
    """Return the tables of what was found, without those that would be empty."""
    found = grouped(result)
    shown = [pair for pair in found if pair[0] != "other"] + [x for x in found if x[0] == "other"][
        :MOST_OTHERS
    ]
    tables = [maker(result, shown) for maker in (lost, chances, timing)]
    tables += [countries(result, found), licences(result), demand(result)]
    return [table for table in tables if len(table.frame)]


def _who(group: str, loss: Loss) -> dict[str, Any]:
    return {"process": loss.process, "title": loss.title, "country": loss.country, GROUP: GROUPS[group]}


def numbers(found: Estimate, prefix: str) -> dict[str, Any]:
    """Return mean and range, rounded to what they support."""
    keys = (prefix, f"{prefix}_low", f"{prefix}_high")
    values = (found.mean, found.low, found.high)
    return {key: rounded(value, found.unit) for key, value in zip(keys, values, strict=True)}


def lost(result: Result, found: Iterable[tuple[str, Loss]]) -> Table:
    """Return who loses how much: net days first, then gross days and value."""
    rows = []
    for group, loss in found:
        rows.append(_who(group, loss) | lost_cells(loss))
    return Table("losses", pd.DataFrame(rows), result.labels.currency)


def lost_cells(loss: Loss) -> dict[str, Any]:
    """Return what a process loses, rounded: net days first, then gross days and value."""
    net, value = loss.net, loss.value.scaled(MILLION)
    return (
        numbers(net, "lost_days")
        | {"median_days": rounded(net.median, net.unit), "error_days": significant_error(net.error)}
        | {"gross_days": rounded(loss.gross.mean, loss.gross.unit)}
        | numbers(value, "lost_value")
    )


def chances(result: Result, found: Iterable[tuple[str, Loss]]) -> Table:
    """Return the chance of a loss and, apart from it, its size."""
    rows = []
    for group, loss in found:
        ever, ends = (_percent_range(hits, result.replications) for hits in (loss.ever, loss.ends))
        rows.append(
            _who(group, loss)
            | {"ever_short": loss.ever, "ever_short_low": ever[0], "ever_short_high": ever[1]}
            | {"ends_short": loss.ends, "ends_short_low": ends[0], "ends_short_high": ends[1]}
            | numbers(loss.given, "days_if_ends_short")
        )
    return Table("chances", pd.DataFrame(rows))


def _percent_range(hits: int, futures: int) -> tuple[float, float]:
    low, high = (100.0 * x for x in proportion(hits, futures))
    return rounded(low, 1.0), rounded(high, 1.0)


def timing(result: Result, found: Iterable[tuple[str, Loss]]) -> Table:
    """Return when a material first holds a process back, and what binds it."""
    start = datetime.date.fromisoformat(result.labels.start)
    titles, rows = Titles(result), []
    for group, loss in found:
        middle, low, high = date_texts(loss.first, start)
        cover, material = result.lowest_cover(loss.process)
        cause, share = loss.causes[0] if loss.causes else ("", np.nan)
        rows.append(
            _who(group, loss)
            | {"first_short": middle, "first_short_low": low, "first_short_high": high}
            | {
                "lowest_cover": rounded(cover.mean, cover.unit),
                "cover_of": material and titles.material(material),
            }
            | {"held_back_by": cause, "share_of_loss": rounded(100.0 * share, 1.0)}
        )
    return Table("timing", pd.DataFrame(rows))


def countries(result: Result, found: Iterable[tuple[str, Loss]]) -> Table:
    """Return lost value by country and group."""
    names: dict[str, list[str]] = {}
    for group, loss in found:
        names.setdefault(group, []).append(loss.process)
    rows = []
    for group, members in names.items():
        for country, value in by_country(result, members).items():
            millions = value.scaled(MILLION)
            error = significant_error(millions.error)
            rows.append(
                {
                    "country": country,
                    "group": GROUPS[group],
                    **numbers(millions, "lost_value"),
                    "error": error,
                }
            )
    return Table("countries", pd.DataFrame(rows), result.labels.currency)


def licences(result: Result) -> Table:
    """Return counts and waits of licence files by material."""
    titles, start = Titles(result), datetime.date.fromisoformat(result.labels.start)
    rows: list[dict[str, Any]] = []
    for i, material in enumerate(result.labels.materials):
        values = {m: result.values("licence", m)[:, i] for m in result.labels.measures["licence"]}
        if not np.nansum(values["licences_filed"]):
            continue
        middle, low, high = date_texts(values["first_grant_day"], start)
        rows.append(
            {"material": material, "title": titles.material(material)}
            | numbers(summarise(values["licences_filed"]), "filed")
            | numbers(summarise(values["licences_granted"]), "granted")
            | numbers(summarise(values["mean_wait"]), "wait_days")
            | {"first_grant": middle, "first_grant_low": low, "first_grant_high": high}
            | numbers(summarise(values["lapsed_share"]).scaled(0.01), "lapsed")
        )
    return Table("licences", pd.DataFrame(rows))


def demand(result: Result) -> Table:
    """Return how much of final demand is served, where it is ever short."""
    titles, document = Titles(result), result.scenario.document
    rate = result.values("demand", "fill_rate")
    rows = []
    for i, name in enumerate(result.labels.demands):
        hits = int((np.nan_to_num(1.0 - rate[:, i]) > 1e-6).sum())
        if hits:
            entry, (low, high) = document.demand[name], _percent_range(hits, result.replications)
            rows.append(
                {"demand": name, "title": titles.material(entry.material), "buyer": titles.facility(entry.at)}
                | numbers(summarise(rate[:, i]).scaled(0.01), "served")
                | {"ever_short": hits, "ever_short_low": low, "ever_short_high": high}
            )
    return Table("demand", pd.DataFrame(rows))


ENOUGH = 100  # futures; the shares of fewer say nothing
MOST = 15  # values, of those that the answer hinges on


def hinges(result: Result) -> list[Table]:
    """Return which given values the answer hinges on, and on which grades of sources it rests."""
    if result.replications < ENOUGH:
        return []
    tables = [importance_table(importance(result)), rests_on_table(importance(result, by="grade"))]
    return [table for table in tables if len(table.frame)]


def importance_table(frame: pd.DataFrame) -> Table:
    """Return the values that explain most of the spread of the answer, if their share can be told from 0."""
    rows = []
    for row in frame[frame["low"] > 0.0].head(MOST).to_dict("records"):
        numbers = {"share": row["share"], "share_low": row["low"], "share_high": row["high"]}
        words = {key: str(row[key]) for key in ("direction", "range", "status", "source", "grade")}
        rows.append({"factor": row["factor"], "title": row["title"]} | _percents(numbers) | words)
    return Table("hinges", pd.DataFrame(rows))


def rests_on_table(frame: pd.DataFrame) -> Table:
    """Return how many values each grade of source gives, and how much of the answer."""
    rows = [
        {"grade": row["grade"], "values": int(row["values"])}
        | _percents({"share": row["share"], "share_low": row["low"], "share_high": row["high"]})
        for row in frame.to_dict("records")
    ]
    return Table("rests_on", pd.DataFrame(rows))


def _percents(shares: dict[str, float]) -> dict[str, Any]:
    return {name: rounded(100.0 * share, 1.0) for name, share in shares.items()}


def structure(result: Result) -> list[Table]:
    """Return ranges over model structures, and what they come from."""
    if "structure" not in result.arrays:
        return []
    tables = [_ranges(result)]
    if result.replications >= fewest(result.labels.structure_levels):
        tables.append(_shares(result))
    return [table for table in tables if len(table.frame)]


def _in_order(result: Result, frame: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows with the titles of their processes: users of what is curbed first, the dearest first."""
    rows = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    for names in (result.labels.exposed, result.labels.suppliers):
        for loss in losses(result, names):
            yield from ((loss.title, row) for row in rows if row["who"] == loss.process)


def _ranges(result: Result) -> Table:
    rows = []
    for title, row in _in_order(result, structure_of(result)):
        unit = support(row["low"], row["high"], row["monte_carlo_error"])
        told = {"lost_days": row["estimate"], "lost_days_low": row["low"], "lost_days_high": row["high"]}
        rows.append(
            {"process": row["who"], "title": title}
            | {name: rounded(value, unit) for name, value in told.items()}
            | {"error_days": significant_error(row["monte_carlo_error"])}
        )
    return Table("structure_ranges", pd.DataFrame(rows))


def _shares(result: Result) -> Table:
    rows = [
        {"process": row["who"], GROUP: title, "factor": row["factor"].replace("_", " ")}
        | _percents({"share": row["share"], "share_low": row["low"], "share_high": row["high"]})
        for title, row in _in_order(result, structure_of(result, by="choice"))
    ]
    return Table("structure_shares", pd.DataFrame(rows), closed=True)
