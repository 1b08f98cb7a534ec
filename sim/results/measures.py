"""Measures of one replication: losses, cover, time to survive and recover, fill rates, licences, trade.

MODEL.md section 10 defines them; all compare a scenario with its baseline under the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim.arguments import choice
from sim.engine import Trace
from sim.engine.daystep.production import BY_CAPACITY, BY_DEMAND
from sim.engine.simulation import Licence
from sim.network import Network
from sim.network.index import OUTSIDE
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import TalksEvent
from sim.types import Bools, Floats, Ints
from sim.units import Clock

STOPPED = 0.05  # starts below this share of the baseline count as a stop
SHORT = 1e-6  # starts, or output, below this share under the baseline count as short
RECOVERED, WINDOW = 0.02, 28  # recovery: within 2 % of the baseline for 28 days
# Gross: not made while output is below the baseline. Net: less what is made up by a date, the horizon.
LOSS_MEASURES = (
    "lost_output_net",
    "lost_output_gross",
    "lost_percent",
    "lost_days",
    "lost_days_gross",
    "lost_value",
    "lost_value_gross",
)
PROCESS_MEASURES = (
    *LOSS_MEASURES,
    "stopped_days",
    "first_short_day",
    "first_loss_day",
    "first_stop_day",
    "time_to_survive",
    "time_to_recover",
)
STOCK_MEASURES = ("minimum_cover",)
EVENT_MEASURES = ("event_day",)
DEMAND_MEASURES = ("fill_rate", "lost_demand")
WEEK = 7
WAIT_WEEKS = 53  # bins of waits; the last one holds whatever took longer than a year
LICENCE_MEASURES = ("licences_filed", "licences_granted", "first_grant_day", "mean_wait", "lapsed_share")


def require_measure(name: str) -> None:
    """Raise when there is no such measure of processes."""
    choice("measure", name, PROCESS_MEASURES)


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of one replication, as small arrays.

    Attributes
    ----------
    process : array [measure, process]
        In the order of PROCESS_MEASURES.
    stock : array [measure, stock]
    demand : array [measure, demand]
    licence : array [measure, material]
    by_material : array [process, material + 2]
        Starts lost by what bound them: each material, then demand, then capacity.
    trade : array [month, route]
        Quantities shipped.
    event : array [1, event]
        Day on which each event, or outcome of talks, first took place; nan for never.
    open_files : array [week, material]
        Licence files that wait for a decision at the end of each week.
    waits : array [material, bin]
        Files granted by weeks from filing to grant; the last bin is open.
    output : array [week, process]
        Good output relative to the baseline over each week.
    cover : array [week, stock]
        Days at the end of each week.
    horizon : array [horizon, measure, process]
        Losses up to each of the dates asked for, in the order of LOSS_MEASURES.
    """

    process: Floats
    stock: Floats
    demand: Floats
    licence: Floats
    by_material: Floats
    trade: Floats
    event: Floats
    open_files: Ints
    waits: Ints
    output: Floats
    cover: Floats
    horizon: Floats


def stacked(results: Sequence[Measures]) -> dict[str, Any]:
    """Return the measures of replications as arrays, replications first."""
    return {
        field.name: np.stack([getattr(result, field.name) for result in results])
        for field in fields(Measures)
    }


@dataclass(frozen=True, eq=False)
class MeasureContext:
    """What stays the same over replications: prices, months, routes, materials."""

    price: Floats  # [p], nan when unknown
    month_of: Ints  # [day]
    route_of: Ints  # [l]
    routes: tuple[tuple[str, str, str], ...]  # material, origin, destination
    materials: tuple[str, ...]
    material_of_stock: Ints
    start: int  # day of the first treatment, 0 when there is none
    events: tuple[str, ...]  # and outcomes of talks, as `talks: restored`
    horizons: tuple[int, ...] = ()  # days of the run up to which losses are added up, besides its end


def process_measures(context: MeasureContext, scenario: Trace, baseline: Trace) -> Floats:
    """Return losses and times of every process; days count from the start of the run."""
    output, usual = scenario.records.output, baseline.records.output
    stopped = is_stopped(scenario, baseline)
    first = first_short_day(scenario, baseline)
    return np.stack(
        [
            *losses(context, usual, output),
            stopped.sum(axis=0).astype(np.float64),
            first,
            first_true(output < usual * (1.0 - SHORT)),
            first_true(stopped),
            time_to_survive(context, scenario, baseline, first),
            time_to_recover(usual, usual - output),
        ]
    )


def losses(context: MeasureContext, usual: Floats, output: Floats) -> Floats:
    """Return what is lost over the days given, in the order of LOSS_MEASURES, [measure, process]."""
    gap = usual - output
    net, gross = gap.sum(axis=0), np.maximum(gap, 0.0).sum(axis=0)
    daily = usual.mean(axis=0)
    scale = np.where(daily > 0.0, daily, np.inf)  # an idle supplier has no days of output to lose
    percent, price = 100.0 * net / (scale * len(usual)), context.price
    return np.stack([net, gross, percent, net / scale, gross / scale, net * price, gross * price])


def losses_by_horizon(context: MeasureContext, scenario: Trace, baseline: Trace) -> Floats:
    """Return what is lost up to each horizon, as a run that ends on that day measures it."""
    output, usual = scenario.records.output, baseline.records.output
    by_horizon = [losses(context, usual[:days], output[:days]) for days in context.horizons]
    return np.stack(by_horizon) if by_horizon else np.empty((0, len(LOSS_MEASURES), usual.shape[1]))


def is_stopped(scenario: Trace, baseline: Trace) -> Bools:
    """Tell on which days starts are below a twentieth of the baseline, [day, process]."""
    return np.asarray(scenario.records.starts < STOPPED * baseline.records.starts)


def first_short_day(scenario: Trace, baseline: Trace) -> Floats:
    """Return the first day on which a material holds starts below the baseline; nan for never."""
    starts, usual = scenario.records.starts, baseline.records.starts
    return first_true((starts < usual * (1.0 - SHORT)) & (scenario.records.limiting >= 0))


def first_true(days: Bools) -> Floats:
    """Return the first day on which something holds, of [day, process]; nan for never.

    Examples
    --------
    >>> first_true(np.array([[False, False], [True, False]])).tolist()
    [1.0, nan]
    """
    return np.where(days.any(axis=0), days.argmax(axis=0).astype(np.float64), np.nan)


def time_to_survive(context: MeasureContext, scenario: Trace, baseline: Trace, first: Floats) -> Floats:
    """Return days from the first treatment to the first short day, with the part of it still covered."""
    index = np.nan_to_num(first).astype(np.int64)
    column = np.arange(len(first))
    usual = baseline.records.starts[index, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        covered = np.clip(scenario.records.starts[index, column] / usual, 0.0, 1.0)
    return first - context.start + np.nan_to_num(covered) + 0.0 * first


def time_to_recover(usual: Floats, gap: Floats) -> Floats:
    """Return days from the first loss to the day from which output is back for four weeks; nan when not."""
    days = np.full(gap.shape[1], np.nan)
    below = gap > RECOVERED * usual
    hit = np.flatnonzero(below.any(axis=0))
    if len(gap) < WINDOW or not len(hit):
        return days
    below = below[:, hit]
    first = below.argmax(axis=0)
    counts = np.zeros((len(gap) + 1, len(hit)), dtype=np.int64)  # days below before each day
    np.cumsum(below, axis=0, out=counts[1:])
    back = counts[WINDOW:] == counts[:-WINDOW]
    back &= np.arange(len(back))[:, None] > first
    days[hit] = np.where(back.any(axis=0), back.argmax(axis=0) - first, np.nan)
    return days


def minimum_cover(network: Network, scenario: Trace) -> Floats:
    """Return the lowest stock of each material, in days of baseline use; nan where none is used."""
    need = network.arrays.need
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(need > 0, scenario.records.stock.min(axis=0, initial=np.inf) / need, np.nan)


def demand_measures(scenario: Trace) -> Floats:
    """Return the fill rate of final demand and what was lost of it (or still waits at the end)."""
    served, unmet = scenario.records.served.sum(axis=0), scenario.records.unmet
    backlog = (
        scenario.simulation.network.arrays.demand_backlog if scenario.simulation else np.zeros(len(served))
    )
    short = lost = unmet.sum(axis=0)
    if backlog.any():
        waits = np.diff(unmet, axis=0, prepend=0.0)
        short = np.where(backlog == 1, np.maximum(waits, 0.0).sum(axis=0), short)
        lost = np.where(backlog == 1, unmet[-1], lost)
    asked = served + lost
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([np.where(asked > 0, 1.0 - short / asked, np.nan), lost])


def licence_measures(context: MeasureContext, network: Network, scenario: Trace) -> Floats:
    """Return counts and waits of licence files by material; waits run from filing to decision."""
    values = np.full((len(LICENCE_MEASURES), len(context.materials)), np.nan)
    values[:2] = 0.0
    of_link = context.material_of_stock[network.arrays.stock].tolist()
    by_material: dict[int, list[Licence]] = {}
    for file in (x for x in scenario.licences if x.required):
        by_material.setdefault(of_link[file.link], []).append(file)
    for index, files in by_material.items():
        decided = [x for x in files if not math.isnan(x.decided)]
        values[0, index], values[1, index] = len(files), len(decided)
        if decided:
            values[2, index] = min(x.decided for x in decided)
            values[3, index] = float(np.mean([x.decided - x.filed for x in decided]))
            amount = math.fsum(x.granted for x in decided)
            values[4, index] = math.fsum(x.lapsed for x in decided) / amount if amount else np.nan
    return values


def open_files(context: MeasureContext, network: Network, scenario: Trace) -> Ints:
    """Return how many files wait for a decision at the end of each week, [week, material].

    A file is open from its filing to its grant, or until it is given up or void with its regime.
    """
    days = len(context.month_of)
    ends = np.minimum(np.arange(0, days, WEEK) + WEEK, days) - 0.5
    counts = np.zeros((len(ends), len(context.materials)), dtype=np.int64)
    files = [x for x in scenario.licences if x.required]
    if not files:
        return counts
    material = context.material_of_stock[network.arrays.stock[[x.link for x in files]]]
    filed = np.array([x.filed for x in files])
    closed = np.fmin([x.decided for x in files], [x.closed for x in files])
    over = np.where(np.isnan(closed), np.inf, closed)
    waiting = (filed <= ends[:, None]) & (ends[:, None] < over)
    for index in np.unique(material):
        counts[:, index] = waiting[:, material == index].sum(axis=1)
    return counts


def waits(context: MeasureContext, network: Network, scenario: Trace) -> Ints:
    """Return how many files were granted after 0, 1, 2 ... whole weeks, [material, bin]."""
    counts = np.zeros((len(context.materials), WAIT_WEEKS), dtype=np.int64)
    files = [x for x in scenario.licences if x.required and not math.isnan(x.decided)]
    if files:
        material = context.material_of_stock[network.arrays.stock[[x.link for x in files]]]
        weeks = np.array([x.decided - x.filed for x in files]) // WEEK
        np.add.at(counts, (material, np.minimum(weeks, WAIT_WEEKS - 1).astype(np.int64)), 1)
    return counts


def lost_by_material(context: MeasureContext, scenario: Trace, baseline: Trace) -> Floats:
    """Return starts lost by what bound them on the day: each material, demand, capacity."""
    if scenario.lost is not None:
        return scenario.lost
    lost = np.maximum(baseline.records.starts - scenario.records.starts, 0.0)
    number = len(context.materials)
    # Limits of -2 and -1 count from the end of the table.
    table = np.concatenate((context.material_of_stock, [number + 1, number]))
    assert (BY_DEMAND, BY_CAPACITY) == (-1, -2)
    kind = table[scenario.records.limiting]
    processes = lost.shape[1]
    flat = (np.arange(processes)[None, :] * (number + 2) + kind).ravel()
    sums = np.bincount(flat, weights=lost.ravel(), minlength=processes * (number + 2))
    return np.asarray(sums.reshape(processes, number + 2), dtype=np.float64)


def trade(context: MeasureContext, shipped: Floats) -> Floats:
    """Return quantities by calendar month and route (material, origin, destination)."""
    months = int(context.month_of[-1]) + 1
    by_month = np.add.reduceat(shipped, np.searchsorted(context.month_of, np.arange(months)), axis=0)
    totals = np.zeros((months, len(context.routes)))
    np.add.at(totals.T, context.route_of, by_month.T)
    return totals


def first_days(names: tuple[str, ...], scenario: Trace) -> Floats:
    """Return the day of the run on which each event first took place; nan for never."""
    days: dict[str, float] = {}
    for time, name, what, _ in scenario.log:
        for key in (name, what.replace("talks", name, 1)):
            days[key] = min(time, days.get(key, math.inf))
    return np.array([days.get(name, math.nan) for name in names])


def measure(
    context: MeasureContext, network: Network, scenario: Trace, baseline: Trace, *, only: str = ""
) -> Measures:
    """Measure one replication against its baseline; with `only`, one group, the others being left empty."""
    groups: dict[str, Callable[[], Floats | Ints]] = {
        "process": lambda: process_measures(context, scenario, baseline),
        "stock": lambda: minimum_cover(network, scenario)[None, :],
        "demand": lambda: demand_measures(scenario),
        "licence": lambda: licence_measures(context, network, scenario),
        "by_material": lambda: lost_by_material(context, scenario, baseline),
        "trade": lambda: trade(context, scenario.records.shipped),
        "event": lambda: first_days(context.events, scenario)[None, :],
        "open_files": lambda: open_files(context, network, scenario),
        "waits": lambda: waits(context, network, scenario),
        "output": lambda: weekly_ratio(scenario, baseline),
        "cover": lambda: weekly_cover(network, scenario),
        "horizon": lambda: losses_by_horizon(context, scenario, baseline),
    }
    values: dict[str, Any] = {
        name: group() if only in ("", name) else np.empty(0) for name, group in groups.items()
    }
    return Measures(**values)


BAND_STEP = 7  # days between the points of bands over all replications


def weekly_ratio(scenario: Trace, baseline: Trace) -> Floats:
    """Return output over the baseline's by week; 1 where the baseline makes nothing."""
    weeks = np.arange(0, len(scenario.records.output), BAND_STEP)
    made = np.add.reduceat(scenario.records.output, weeks, axis=0)
    usual = np.add.reduceat(baseline.records.output, weeks, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usual > 0, made / usual, 1.0).astype(np.float32)


def weekly_cover(network: Network, scenario: Trace) -> Floats:
    """Return cover in days of baseline use, once a week."""
    need = network.arrays.need
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = scenario.records.stock[::BAND_STEP] / need
    return np.where(need > 0, cover, np.nan).astype(np.float32)


def make_frame(
    document: Document, network: Network, days: int, horizons: tuple[int, ...] = ()
) -> MeasureContext:
    """Collect prices, months, routes and materials."""
    clock = Clock(document.run.start)
    materials = tuple(sorted(document.materials))
    index = {name: i for i, name in enumerate(materials)}
    prices = [document.materials[m].price for m in network.process_material]
    of_link = [(material, origin or OUTSIDE, end) for material, origin, end in network.routes()]
    routes = tuple(sorted(set(of_link)))
    place = {route: i for i, route in enumerate(routes)}
    treatment_days = [
        clock.day(event.date)
        for event in document.events.values()
        if event.role == "treatment" and event.date is not None and event.acts_by_itself
    ]
    return MeasureContext(
        price=np.array([p.value if p is not None else np.nan for p in prices]),
        month_of=np.array([clock.month_index(day) for day in range(days)], dtype=np.int64),
        route_of=np.array([place[route] for route in of_link], dtype=np.int64),
        routes=routes,
        materials=materials,
        material_of_stock=np.array([index[m] for m in network.stock_material], dtype=np.int64),
        start=max(0, min(treatment_days, default=0)),
        events=occurrences(document),
        horizons=horizons,
    )


def occurrences(document: Document) -> tuple[str, ...]:
    """List the events, and the outcomes of talks."""
    talks = {name: event for name, event in document.events.items() if isinstance(event, TalksEvent)}
    outcomes = [f"{name}: {outcome}" for name, event in talks.items() for outcome in event.outcomes]
    return tuple(sorted([*document.events, *outcomes]))
