"""Daily tables as means over the replications that are recorded by day."""

from __future__ import annotations

import pandas as pd

from sim.errors import CurbsimError, did_you_mean
from sim.results.codebook import COLUMNS

BY_DAY = ("production", "stocks", "shipments", "demand")  # the others list what happened, not every day
SUMS = ("shipments",)  # has a row only where something moves: elsewhere nothing did


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
