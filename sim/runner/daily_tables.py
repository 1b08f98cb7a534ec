"""Daily tables of the recorded replications, tidy: one row per observation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.engine import Trace
from sim.network import Network
from sim.results.codebook import COLUMNS
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult
from sim.scenario.schema.document import Document
from sim.units import Clock

Dates: TypeAlias = npt.NDArray[np.datetime64]


def daily_tables(compiled: CompiledScenario, results: list[ReplicationResult]) -> dict[str, pd.DataFrame]:
    """Return production, stocks, shipments, licences, demand and events of the recorded replications."""
    recorded = [
        _Recorded(
            compiled.document, compiled.network, result.replication, result.trace, result.baseline_trace
        )
        for result in results
        if result.trace is not None and result.baseline_trace is not None
    ]
    makers = (_production, _stocks, _shipments, _demand, _licences, _events)
    if not recorded:
        return {}
    return {
        make.__name__.strip("_"): pd.concat([make(traces) for traces in recorded], ignore_index=True)
        for make in makers
    }


@dataclass(frozen=True, eq=False)
class _Recorded:
    """A replication with its daily records."""

    document: Document
    network: Network
    replication: int
    trace: Trace
    baseline: Trace

    @property
    def clock(self) -> Clock:
        return Clock(self.document.run.start)

    @property
    def days(self) -> int:
        return len(self.trace.records.output)

    def dates(self) -> Dates:
        first = np.datetime64(self.document.run.start, "ms")
        return np.arange(first, first + np.timedelta64(self.days, "D"), np.timedelta64(1, "D"))

    def keys(self, ids: Sequence[str], *names: str) -> dict[str, Any]:
        """Return the key columns of a table with one row per day and id; two names split `facility/name`."""
        parts = [name.rpartition("/")[::2] if len(names) == 2 else (name,) for name in ids]
        return {
            "replication": np.full(self.days * len(ids), self.replication),
            "day": np.repeat(np.arange(self.days), len(ids)),
            "date": np.repeat(self.dates(), len(ids)),
            **{name: _category(np.tile(part, self.days)) for name, part in zip(names, zip(*parts))},
        }


def _dates(values: Iterable[Any]) -> Dates:
    """Return dates as numpy has them, in the unit that Parquet keeps; NaT is no date."""
    return np.array(list(values), dtype="datetime64[D]").astype("datetime64[ms]")


def _category(values: Any) -> pd.Categorical:
    return pd.Categorical(np.asarray(values, dtype=object))


def _production(of: _Recorded) -> pd.DataFrame:
    network, records = of.network, of.trace.records
    limits = np.array([*network.stock_material, "capacity", ""], dtype=object)
    return pd.DataFrame(
        {
            **of.keys(network.processes, "facility", "process"),
            "material": _category(np.tile(network.process_material, of.days)),
            "output": records.output.ravel(),
            "baseline_output": of.baseline.records.output.ravel(),
            "starts": records.starts.ravel(),
            "capacity": records.capacity.ravel(),
            "limiting_material": _category(limits[records.limiting.ravel()]),
        }
    )


def _stocks(of: _Recorded) -> pd.DataFrame:
    stock, need = of.trace.records.stock, of.network.arrays.need
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = np.where(need > 0, stock / need, np.nan)
    keys = of.keys(of.network.stocks, "facility", "material")
    return pd.DataFrame({**keys, "stock": stock.ravel(), "cover": cover.ravel()})


def _shipments(of: _Recorded) -> pd.DataFrame:
    """List shipments that are not zero."""
    network, shipped = of.network, of.trace.records.shipped
    day, link = np.nonzero(shipped > 0.0)
    supplier, stock = network.arrays.supplier[link], network.arrays.stock[link]

    def named(names: Sequence[str], places: Any) -> pd.Categorical:
        return _category(np.array(names, dtype=object)[places])

    return pd.DataFrame(
        {
            "replication": of.replication,
            "day": day,
            "date": of.dates()[day],
            "link": named(network.links, link),
            "material": named(network.stock_material, stock),
            "supplier": named(network.process_facility, supplier),
            "buyer": named(network.stock_facility, stock),
            "quantity": shipped[day, link],
        }
    )


def _demand(of: _Recorded) -> pd.DataFrame:
    ids, records = of.network.demands, of.trace.records
    served, unmet = records.served.ravel(), records.unmet.ravel()
    return pd.DataFrame({**of.keys(ids, "demand"), "served": served, "unmet": unmet})


def _licences(of: _Recorded) -> pd.DataFrame:
    network = of.network

    def date(time: float) -> str:
        return "NaT" if np.isnan(time) else of.clock.iso(time)

    rows = [
        {
            **{name: getattr(licence, name) for name in COLUMNS["licences"] if hasattr(licence, name)},
            "replication": of.replication,
            "link": network.links[licence.link],
            "material": network.stock_material[network.arrays.stock[licence.link]],
            **{name: date(getattr(licence, name)) for name in ("filed", "decided", "usable")},
            "wait_days": licence.decided - licence.filed,
            "granted": 0.0 if np.isnan(licence.decided) else licence.granted,
        }
        for licence in of.trace.licences
        if licence.required
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS["licences"]))
    return frame.assign(**{name: _dates(frame[name]) for name in ("filed", "decided", "usable")})


def _events(of: _Recorded) -> pd.DataFrame:
    events = of.document.events
    rows = [
        {
            "replication": of.replication,
            "date": of.clock.iso(time),
            "event": name,
            "kind": kind,
            "role": events[name].role if name in events else "own",
            "targets": targets,
        }
        for time, name, kind, targets in of.trace.log
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS["events"]))
    return frame.assign(date=_dates(frame["date"]))
