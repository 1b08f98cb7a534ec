"""Daily tables of the recorded replications, tidy: one row per observation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.clock import Clock
from sim.engine import Trace
from sim.network import Network
from sim.results.codebook import COLUMNS
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult


def daily_tables(compiled: CompiledScenario, outcomes: list[ReplicationResult]) -> dict[str, pd.DataFrame]:
    """Return production, stocks, shipments, licences, demand and events of the recorded replications."""
    kept = [o for o in outcomes if o.run is not None and o.baseline is not None]
    builders = {
        "production": _production,
        "stocks": _stocks,
        "shipments": _shipments,
        "demand": _demand,
        "licences": _licences,
        "events": _events,
    }
    return {
        name: pd.concat([build(compiled, o) for o in kept], ignore_index=True)
        for name, build in builders.items()
        if kept
    }


def _grid(
    compiled: CompiledScenario, outcome: ReplicationResult, ids: Sequence[str], name: str
) -> dict[str, Any]:
    """Return the key columns of a table with one row per day and id."""
    clock = Clock(compiled.document.run.start)
    days = np.arange(compiled.days)
    dates = np.array([clock.iso(int(day)) for day in days], dtype=object)
    number = len(ids)
    parts = [i.rpartition("/") for i in ids]
    return {
        "replication": np.full(len(days) * number, outcome.replication),
        "day": np.repeat(days, number),
        "date": pd.Categorical(np.repeat(dates, number)),
        "facility": pd.Categorical(np.tile([p[0] for p in parts], len(days))),
        name: pd.Categorical(np.tile([p[2] for p in parts], len(days))),
    }


def _run(outcome: ReplicationResult) -> tuple[Trace, Trace]:
    assert outcome.run is not None
    assert outcome.baseline is not None
    return outcome.run, outcome.baseline


def _production(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    run, baseline = _run(outcome)
    network = compiled.network
    frame = pd.DataFrame(_grid(compiled, outcome, network.processes, "process"))
    frame["material"] = pd.Categorical(np.tile(network.process_material, compiled.days))
    frame["output"] = run.records.output.ravel()
    frame["baseline_output"] = baseline.records.output.ravel()
    frame["starts"] = run.records.starts.ravel()
    frame["capacity"] = np.tile(network.arrays.capacity, compiled.days)
    names = np.array([*network.stock_material, "capacity", ""], dtype=object)
    frame["limiting_material"] = pd.Categorical(names[run.records.limiting.ravel()])
    return frame


def _stocks(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    run, _ = _run(outcome)
    network: Network = compiled.network
    frame = pd.DataFrame(_grid(compiled, outcome, network.stocks, "material"))
    frame["stock"] = run.records.stock.ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = run.records.stock / network.arrays.need
    frame["cover"] = np.where(network.arrays.need > 0, cover, np.nan).ravel()
    return frame


def _shipments(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    """List shipments that are not zero."""
    run, _ = _run(outcome)
    network = compiled.network
    clock = Clock(compiled.document.run.start)
    day, link = np.nonzero(run.records.shipped > 0.0)
    arrays = network.arrays
    dates = np.array([clock.iso(int(d)) for d in range(compiled.days)], dtype=object)
    suppliers = np.array(network.process_facility, dtype=object)[arrays.supplier]
    return pd.DataFrame(
        {
            "replication": outcome.replication,
            "day": day,
            "date": pd.Categorical(dates[day]),
            "link": pd.Categorical(np.array(network.links, dtype=object)[link]),
            "material": pd.Categorical(np.array(network.stock_material, dtype=object)[arrays.stock[link]]),
            "supplier": pd.Categorical(suppliers[link]),
            "buyer": pd.Categorical(np.array(network.stock_facility, dtype=object)[arrays.stock[link]]),
            "quantity": run.records.shipped[day, link],
        }
    )


def _demand(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    run, _ = _run(outcome)
    clock = Clock(compiled.document.run.start)
    ids = compiled.network.demands
    days = np.arange(compiled.days)
    return pd.DataFrame(
        {
            "replication": outcome.replication,
            "day": np.repeat(days, len(ids)),
            "date": pd.Categorical(np.repeat([clock.iso(int(d)) for d in days], len(ids))),
            "demand": pd.Categorical(np.tile(ids, len(days))),
            "served": run.records.served.ravel(),
            "unmet": run.records.unmet.ravel(),
        }
    )


def _licences(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    run, _ = _run(outcome)
    clock = Clock(compiled.document.run.start)
    network = compiled.network

    def date(time: float) -> str:
        return "" if np.isnan(time) else clock.iso(time)

    rows = [
        {
            "replication": outcome.replication,
            "link": network.links[x.link],
            "material": network.stock_material[network.arrays.stock[x.link]],
            "amount": x.amount,
            "filed": date(x.filed),
            "decided": date(x.decided),
            "usable": date(x.usable),
            "wait_days": x.decided - x.filed,
            "filing_days": x.filing_days,
            "queue_days": x.queue_days,
            "stop_days": x.stop_days,
            "review_days": x.review_days,
            "returns": x.returns,
            "denials": x.denials,
            "granted": 0.0 if np.isnan(x.decided) else x.granted,
            "lapsed": x.lapsed,
        }
        for x in run.licences
        if x.required
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["licences"]))


def _events(compiled: CompiledScenario, outcome: ReplicationResult) -> pd.DataFrame:
    run, _ = _run(outcome)
    clock = Clock(compiled.document.run.start)
    events = compiled.document.events
    rows = [
        {
            "replication": outcome.replication,
            "date": clock.iso(time),
            "event": name,
            "kind": kind,
            "role": events[name].role if name in events else "own",
            "targets": targets,
        }
        for time, name, kind, targets in run.log
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["events"]))
