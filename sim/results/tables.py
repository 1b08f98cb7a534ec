"""What a result is asked for by name: rows and columns, measures, tables, daily means over replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments import choice
from sim.errors import CurbsimError, did_you_mean
from sim.results.codebook import COLUMNS

BY_DAY = ("production", "stocks", "shipments", "demand")  # the others list what happened, not every day
SUMS = ("shipments",)  # has a row only where something moves: elsewhere nothing did


@dataclass(frozen=True)
class Index:
    """Names of the rows and columns of the arrays of a result."""

    processes: tuple[str, ...]
    process_material: tuple[str, ...]
    stocks: tuple[str, ...]
    demands: tuple[str, ...]
    materials: tuple[str, ...]
    routes: tuple[tuple[str, str, str], ...]
    months: tuple[str, ...]
    measures: dict[str, tuple[str, ...]]
    units: dict[str, str]  # of materials
    hs: dict[str, str]
    price: dict[str, float]
    currency: str
    start: str
    days: int
    band_step: int
    exposed: tuple[str, ...]  # processes that use what a treatment acts on
    suppliers: tuple[str, ...] = ()  # processes that ship what a treatment acts on
    factors: tuple[str, ...] = ()
    events: tuple[str, ...] = ()  # and outcomes of talks
    structure_factors: tuple[str, ...] = ()  # choices of model structure that were varied
    structure_levels: tuple[tuple[str, ...], ...] = ()
    uses: tuple[tuple[int, ...], ...] = ()  # rows of the stocks that each process draws on
    horizons: tuple[str, ...] = ()  # dates up to which losses were added up, besides the end of the run


def daily_mean(tables: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """Return a daily table with one row for each day and place: means over the recorded replications.

    Parameters
    ----------
    tables : dict of str to DataFrame
        The daily tables of a result.
    name : str
        production, stocks, shipments or demand.

    Returns
    -------
    DataFrame
        The columns of the table, without those that have no mean, and `replications`: how many are recorded,
        and so in every mean. A cover that a stock has in some of them only is a mean over those.
    """
    if name not in BY_DAY:
        raise CurbsimError(f"daily_mean: '{name}' has no value for every day; {did_you_mean(name, BY_DAY)}")
    if name not in tables:
        raise CurbsimError("daily_mean: no replication is recorded by day; write run.record_replications: 5")
    table = tables[name]
    recorded = tables["production"]["replication"].nunique()
    keys = [column for column in COLUMNS[name] if column in table and column != "replication"]
    values = [c for c in table.select_dtypes("number") if c not in ("replication", "day")]
    keys = [column for column in keys if column not in values and column != "limiting_material"]
    groups = table.groupby(keys, observed=True, sort=False)[values]
    mean = groups.sum() / recorded if name in SUMS else groups.mean()
    frame = mean.reset_index().sort_values(["day", *keys[2:]], kind="stable", ignore_index=True)
    return frame.assign(replications=recorded)


def trade_table(labels: Index, arrays: Mapping[str, Any]) -> pd.DataFrame:
    """Return trade by month, hs, material, origin, destination, quantity, value, replication."""
    trade = arrays["trade"]
    reps, months, routes = trade.shape
    material = np.array([r[0] for r in labels.routes])
    frame = pd.DataFrame(
        {
            "month": np.tile(np.repeat(np.array(labels.months), routes), reps),
            "hs": np.tile(np.array([labels.hs[m] for m in material]), reps * months),
            "material": np.tile(material, reps * months),
            "origin": np.tile(np.array([r[1] for r in labels.routes]), reps * months),
            "destination": np.tile(np.array([r[2] for r in labels.routes]), reps * months),
            "quantity": trade.ravel(),
        }
    )
    price = np.array([labels.price.get(m, np.nan) for m in material])
    frame["value"] = frame["quantity"] * np.tile(price, reps * months)
    frame["replication"] = np.repeat(arrays["replication"], months * routes)
    return frame


def require_group(measures: Mapping[str, Sequence[str]], group: str, measure: str) -> None:
    """Raise when a result has no such measure, and say what to write.

    Parameters
    ----------
    measures : dict of str to sequence of str
        The measures of each group: process, stock, demand, licence, event.

    Examples
    --------
    >>> require_group({"process": ["lost_days"], "stock": ["minimum_cover"]}, "lost_days", "")
    Traceback (most recent call last):
    sim.errors.CurbsimError: values: 'lost_days' is a measure; write values('process', 'lost_days')
    """
    homes = [name for name, known in measures.items() if group in known]
    if homes and group not in measures:
        raise CurbsimError(f"values: '{group}' is a measure; write values('{homes[0]}', '{group}')")
    choice("group", group, list(measures))
    if not measure:
        example = f"values('{group}', '{measures[group][0]}')"
        raise CurbsimError(f"values: which measure of '{group}'? write for example {example}")
    if measure not in measures[group]:
        homes = [name for name, known in measures.items() if measure in known]
        remedy = f"write values('{homes[0]}', '{measure}')" if homes else ""
        remedy = remedy or did_you_mean(str(measure), measures[group])
        raise CurbsimError(f"values: '{group}' has no measure '{measure}'; {remedy}")
