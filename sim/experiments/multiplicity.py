"""Several comparisons at once: intervals that hold together, adjusted p values, the best scenario."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.results.estimates import interval, student
from sim.types import Floats

ROUNDING = 1e-9  # of a mean: standard errors below are what rounding leaves


def together(frame: pd.DataFrame, replications: int) -> pd.DataFrame:
    """Return low_all, high_all, p_value and p_all for paired differences that are looked at side by side.

    Parameters
    ----------
    frame : DataFrame
        first, second, difference and monte_carlo_error of every row.

    Notes
    -----
    Student's t intervals by Bonferroni's inequality (Dunn 1961) over all rows that vary, and Holm's (1979)
    step down of the p values: both hold whatever the dependence between rows, which common draws make strong.
    A row that never varies is no question of chance and does not count.
    """
    from scipy import special

    error = frame["monte_carlo_error"].to_numpy(float)
    difference = frame["difference"].to_numpy(float)
    size = frame[["first", "second"]].abs().max(axis=1).to_numpy(float)
    varies = error > ROUNDING * size
    half = student(replications, int(varies.sum())) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(varies, np.abs(difference) / error, np.inf * (np.abs(difference) > ROUNDING * size))
    p = 2.0 * special.stdtr(replications - 1, -np.nan_to_num(t)) if replications > 1 else t * np.nan
    adjusted = np.array(p)
    adjusted[varies] = holm(p[varies])
    return pd.DataFrame(
        {"low_all": difference - half, "high_all": difference + half, "p_value": p, "p_all": adjusted},
        index=frame.index,
    )


def holm(p: Floats) -> Floats:
    """Return p values adjusted for looking at all of them (Holm 1979).

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, stepped)
    return found


def best(names: Sequence[str], losses: Sequence[Floats]) -> pd.DataFrame:
    """Return how far each scenario lies above the best of the others, with intervals that hold together.

    Parameters
    ----------
    losses : sequence of array [replication]
        One for each scenario, under the same draws.

    Returns
    -------
    DataFrame
        scenario, mean, excess (its mean less the smallest of the others), low, high, and may_be_best: whether
        the interval leaves that open.

    Notes
    -----
    Multiple comparisons with the best (Hsu 1984) under common draws (Nelson and Matejcik 1995), from paired t
    intervals of all pairs by Bonferroni's inequality.
    """
    number = len(names)
    pairs = number * (number - 1) // 2
    low, high = np.full((2, number, number), -np.inf)
    for i, j in itertools.permutations(range(number), 2):
        _, low[i, j], high[i, j], _ = interval(losses[i] - losses[j], pairs)
    means = np.array([loss.mean() for loss in losses])
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        least, most = float(low[i].max()), float(high[i].max())
        excess = float(means[i] - np.delete(means, i).min())
        rows.append(
            {"scenario": name, "mean": means[i], "excess": excess, "low": least, "high": most,
             "may_be_best": not least > 0.0}
        )  # fmt: skip
    return pd.DataFrame(rows)
