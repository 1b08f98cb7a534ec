"""The main table of a run: who loses how much, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.estimates import ANY_LOSS, estimate
from sim.words import spread as words_spread

if TYPE_CHECKING:
    from sim.results import Result


def headline(result: Result) -> pd.DataFrame:
    """Return the rows of the main table; times are medians over the replications in which they occur."""
    labels = result.labels
    net, gross = result.values("process", "lost_days"), result.values("process", "lost_days_gross")
    first = result.values("process", "first_short_day")
    limiting = result.limiting()
    rows = []
    for p, name in enumerate(labels.processes):
        group = "user" if name in labels.exposed else "supplier" if name in labels.suppliers else "other"
        if group == "other" and np.abs(gross[:, p]).mean() < 0.1:
            continue
        spread = estimate("lost_days", name, net[:, p], "days")
        value = words_spread(result.values("process", "lost_value")[:, p])
        known = first[:, p][~np.isnan(first[:, p])]
        cover, material = _lowest_cover(result, name)
        cause, share = next(iter(limiting.get(name, {}).items()), ("", np.nan))
        rows.append(
            {
                "group": group,
                "who": name,
                "lost_value": float(np.nan_to_num(value.mean)),
                "lost_value_low": value.low,
                "lost_value_high": value.high,
                "lost_days": spread["estimate"],
                "median": spread["median"],
                "low": spread["low"],
                "high": spread["high"],
                "monte_carlo_error": spread["monte_carlo_error"],
                "loss_probability": float((gross[:, p] > ANY_LOSS).mean()),
                "first_day_short": result.date(float(np.median(known))) if len(known) else "",
                "minimum_cover": cover,
                "minimum_cover_material": material,
                "limiting_material": cause,
                "limiting_share": share,
            }
        )
    order = {"user": 0, "supplier": 1, "other": 2}
    rows.sort(key=lambda row: (order[row["group"]], -row["lost_value"], -row["lost_days"], row["who"]))
    return pd.DataFrame(rows)


def _lowest_cover(result: Result, process: str) -> tuple[float, str]:
    """Return the lowest mean minimum cover among a facility's stocks, and of which material."""
    facility = process.rpartition("/")[0]
    means = result.arrays["stock"][:, 0, :].mean(axis=0)
    found = [
        (float(means[i]), stock.rpartition("/")[2])
        for i, stock in enumerate(result.labels.stocks)
        if stock.rpartition("/")[0] == facility and not np.isnan(means[i])
    ]
    return min(found, default=(np.nan, ""))
