"""Which uncertain values an answer hinges on, from the draws that a run already has: no new runs.

The share of a value is its squared rank correlation with the outcome, less what chance alone would give
(Saltelli and Marivoet 1990; Ezekiel 1930 for the correction): the part of the variance of ranks that goes
with it alone. It sees effects that rise or fall throughout, and neither interactions nor effects that turn
round; what it does not see stays in the remainder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.estimates import LEVEL
from sim.network.arrays import Floats, Ints
from sim.results import Result
from sim.scenario import Scenario
from sim.scenario.grades import GRADES, range_grade
from sim.scenario.naming import name_path
from sim.scenario.paths import expand, join

GROUPS = 20  # of replications, of which the jackknife leaves out one
FEWEST = 20  # replications
REST = "interactions and chance, not attributed"
COLUMNS = (
    "factor",
    "title",
    "share",
    "low",
    "high",
    "direction",
    "values",
    "range",
    "status",
    "source",
    "grade",
)


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the variance of ranks, by group of factors.

    Attributes
    ----------
    share, low, high : array [group]
        With 95 % intervals (delete-group jackknife, Efron 1982; Student's t). A share within chance may lie
        below 0.
    sign : array [group]
        Sum of the rank correlations over the sum of their sizes: 1 when all members raise the outcome.
    """

    share: Floats
    low: Floats
    high: Floats
    sign: Floats


def rank_shares(draws: Floats, outcome: Floats, groups: Ints) -> Shares:
    """Return the share of each group of factors in the variance of an outcome.

    Parameters
    ----------
    draws : array [replication, factor]
    outcome : array [replication]
    groups : array [factor]
        Number of the group of each factor.

    Examples
    --------
    >>> u = (np.arange(400.0) * 0.618) % 1.0
    >>> found = rank_shares(np.column_stack([u, np.arange(400.0) * 0.755 % 1.0]), u**3, np.array([0, 1]))
    >>> bool(found.share[0] > 0.99), bool(abs(found.share[1]) < 0.01)
    (True, True)
    """
    from scipy import special, stats

    x, y = stats.rankdata(draws, axis=0), stats.rankdata(outcome)
    share, sign = _grouped(x, y, groups)
    number = min(GROUPS, len(y))
    place = np.arange(len(y)) % number
    again = np.array([_grouped(x[place != g], y[place != g], groups)[0] for g in range(number)])
    half = float(special.stdtrit(number - 1, 0.5 + LEVEL / 2)) * np.sqrt((number - 1) * again.var(axis=0))
    return Shares(share, share - half, share + half, sign)


def _grouped(x: Floats, y: Floats, groups: Ints) -> tuple[Floats, Floats]:
    """Return shares and signs by group; what does not vary has none."""
    x, y = x - x.mean(axis=0), y - y.mean()
    size = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    r = np.divide(y @ x, size, out=np.zeros(x.shape[1]), where=size > 0.0)
    chance = 1.0 / (len(y) - 1)
    adjusted = np.where(size > 0.0, (r**2 - chance) / (1.0 - chance), 0.0)
    number = int(groups.max(initial=-1)) + 1
    total = np.asarray(np.bincount(groups, adjusted, number), dtype=np.float64)
    sign = np.bincount(groups, r, number) / np.maximum(np.bincount(groups, np.abs(r), number), 1e-300)
    return total, sign


def importance(
    result: Result, who: str | None = None, measure: str = "lost_days", *, top: int | None = None
) -> pd.DataFrame:
    """Return which uncertain values an answer hinges on, the largest share first.

    Parameters
    ----------
    who : str, optional
        A process; the value lost by all that use what is curbed when left out.
    top : int, optional
        So many rows only.

    Returns
    -------
    DataFrame
        factor (path; the members of a wildcard together), title, share of the variance of ranks with its 95 %
        interval, direction (+ raises the loss), values (how many), range, status, source and grade. Empty
        when nothing is uncertain or nothing varies.

    Raises
    ------
    CurbsimError
        With fewer than 20 replications.
    """
    outcome = _outcome(result, who, measure)
    frame = explain(result.scenario, result.labels.factors, result.arrays["draws"], outcome)
    return frame.head(top if top is not None else len(frame))


def explain(scenario: Scenario, factors: tuple[str, ...], draws: Floats, outcome: Floats) -> pd.DataFrame:
    """Return the table of `importance` for draws [replication, factor] and an outcome [replication]."""
    patterns, groups = _patterns(scenario, factors)
    if not patterns or not outcome.std() > 0.0:
        return pd.DataFrame(columns=list(COLUMNS))
    found = rank_shares(draws, outcome, groups)
    sizes = np.bincount(groups)
    rows = [_row(scenario, pattern, found, i, int(sizes[i])) for i, pattern in enumerate(patterns)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = frame.sort_values(["share", "factor"], ascending=[False, True], kind="stable")
    return order.reset_index(drop=True)


def rests_on(result: Result, who: str | None = None, measure: str = "lost_days") -> pd.DataFrame:
    """Return how much of the variance of an answer rests on values of each grade.

    Returns
    -------
    DataFrame
        grade, values (that are uncertain) and share with its 95 % interval; shares add up to 1.
    """
    outcome = _outcome(result, who, measure)
    patterns, groups = _patterns(result.scenario, result.labels.factors)
    if not patterns or not outcome.std() > 0.0:
        return pd.DataFrame(columns=["grade", "values", "share", "low", "high"])
    grades = np.array([GRADES.index(range_grade(result.scenario, pattern)[2]) for pattern in patterns])
    present = sorted(set(grades.tolist()))
    by_grade = np.array([present.index(g) for g in grades])[groups]
    found = rank_shares(result.arrays["draws"], outcome, by_grade)
    rows = [
        {
            "grade": GRADES[g],
            "values": int((by_grade == i).sum()),
            "share": found.share[i],
            "low": found.low[i],
            "high": found.high[i],
        }
        for i, g in enumerate(present)
    ]
    whole = rank_shares(result.arrays["draws"], outcome, np.zeros_like(groups))
    rest = {"grade": REST, "values": 0, "share": 1.0 - whole.share[0]}
    rows.append(rest | {"low": 1.0 - whole.high[0], "high": 1.0 - whole.low[0]})
    return pd.DataFrame(rows)


def _outcome(result: Result, who: str | None, measure: str) -> Floats:
    """Return what is explained, by replication."""
    labels = result.labels
    if result.replications < FEWEST:
        raise CurbsimError(
            f"importance needs {FEWEST} replications, the run has {result.replications}; run it with more"
        )
    if who is not None:
        if who not in labels.processes:
            raise CurbsimError(f"unknown process '{who}'; write one of {', '.join(labels.processes[:8])} ...")
        return np.nan_to_num(result.values("process", measure)[:, labels.processes.index(who)])
    return result.lost_by_users()


def _patterns(scenario: Scenario, factors: tuple[str, ...]) -> tuple[list[str], Ints]:
    """Return the paths and wildcards of the file, and to which of them each factor belongs."""
    ranges = scenario.document.uncertain
    names = {name: i for i, name in enumerate(factors)}
    group = np.full(len(names), -1, dtype=np.int64)
    found: list[str] = []
    for pattern in sorted(ranges, key=lambda p: ("*" in p, -len(p), p)):  # as `factors` hands them out
        members = [pattern, *(join(path) for path in expand(scenario.tree, pattern))]
        mine = [names[name] for name in members if name in names and group[names[name]] < 0]
        if mine:
            group[mine] = len(found)
            found.append(pattern)
    assert (group >= 0).all()
    return found, group


def _row(scenario: Scenario, pattern: str, found: Shares, i: int, values: int) -> dict[str, object]:
    entry = scenario.document.uncertain[pattern]
    status, source, grade = range_grade(scenario, pattern)
    told = (
        [entry.low, entry.mode, entry.high]
        if entry.low is not None
        else [entry.median, entry.p90, entry.mean]
    )
    sign = found.sign[i]
    return {
        "factor": pattern,
        "title": name_path(scenario, pattern),
        "share": found.share[i],
        "low": found.low[i],
        "high": found.high[i],
        "direction": "+" if sign > 0.5 else "-" if sign < -0.5 else "",
        "values": values,
        "range": " to ".join(str(one) for one in told if one is not None)
        + (" times" if entry.as_ == "factor" else ""),
        "status": status,
        "source": source,
        "grade": grade,
    }
