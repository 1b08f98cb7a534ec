"""How much of the variance of a result each uncertain value explains, and how good its sources are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments import choice
from sim.errors import CurbsimError
from sim.results import codebook
from sim.results.estimates import LEVEL
from sim.results.result import Result, as_result
from sim.scenario import Scenario
from sim.scenario.paths import expand, join, shared_out
from sim.scenario.provenance import GRADES, range_grade
from sim.scenario.titles import range_text, readable
from sim.types import Floats, Ints

ALPHA = 0.05  # of taking chance for a leading value, over all values together
TINY = 1e-9
LEANS = 0.5  # of the effect of a group that must point one way
FEWEST = 20  # replications
UNATTRIBUTED = "interactions and chance, not attributed"
COLUMNS = tuple(codebook.COLUMNS["hinges"])


@dataclass(frozen=True, eq=False)
class Effects:
    """What each value does to an outcome, by ranks."""

    slope: Floats  # [factor], change of the outcome for one of the value, both in standard deviations
    error: Floats  # [factor], variance of the slope by chance

    def share(self, members: Ints | NDArray[np.bool_]) -> tuple[float, float, float]:
        """Return the share of variance of some of the values together, with bounds of 95 %."""
        slope, error = self.slope[members], self.error[members]
        noisy = error > TINY**2
        sure = float((slope[~noisy] ** 2).sum())
        share = sure + float((slope[noisy] ** 2 - error[noisy]).sum())
        if not noisy.any():
            return share, sure, sure
        low, high = _noncentral(float((slope[noisy] ** 2 / error[noisy]).sum()), int(noisy.sum()))
        scale = float(error[noisy].mean())
        return share, min(1.0, sure + scale * low), min(1.0, sure + scale * high)

    def direction(self, members: Ints | NDArray[np.bool_]) -> str:
        """Return + where the outcome rises with the values, - where it falls, nothing where they differ."""
        slope = self.slope[members]
        lean = float((slope * np.abs(slope)).sum() / max(TINY**2, float((slope**2).sum())))
        return "+" if lean > LEANS else "-" if lean < -LEANS else ""


def effects(draws: Floats, outcome: Floats) -> Effects:
    """Return what each of many independent values does to an outcome.

    Parameters
    ----------
    draws : array [replication, factor]
    outcome : array [replication]

    Notes
    -----
    Standardised rank regression (Saltelli and Marivoet 1990). For independent values the squared slope is
    the first-order share of the variance of ranks, as far as the response is monotone; its expected noise
    is taken off, so that hundreds of irrelevant values sum to about 0. The leading values (forward selection,
    5 % over all values, Bonferroni) stand together in the regression, every other one beside them: what they
    explain is then no noise for the others. The variance is that of independent values, which chance
    correlation of a sample does not touch. Not seen: responses that rise and fall again, and interactions.

    Examples
    --------
    >>> x = np.random.default_rng(1).random((200, 3))
    >>> ranked = effects(x, 2 * x[:, 0] - x[:, 1])
    >>> [round(ranked.share(np.array([i]))[0], 1) for i in range(2)], ranked.direction(np.array([1]))
    ([0.8, 0.1], '-')
    """
    x, y = _standard(draws), _standard(outcome[:, None])[:, 0]
    chosen: list[int] = []
    slope, error, left = _partial(x, y, chosen)
    while left > TINY and len(chosen) < len(y) // 10:
        strength = np.where(error > 0.0, slope**2 / np.maximum(error, TINY**2), 0.0)
        strength[chosen] = 0.0
        best = int(np.argmax(strength))
        if not _beyond_chance(float(strength[best]), len(y) - len(chosen) - 2, x.shape[1]):
            break
        chosen.append(best)
        slope, error, left = _partial(x, y, chosen)
    total = float((slope[chosen] ** 2 - error[chosen]).sum()) + left
    return Effects(slope / np.sqrt(total), error / total)


def _standard(values: Floats) -> Floats:
    """Return ranks with mean 0 and variance 1; columns that do not vary are 0."""
    ranks = pd.DataFrame(values).rank().to_numpy()
    ranks = ranks - ranks.mean(axis=0)
    spread = ranks.std(axis=0)
    return np.asarray(ranks / np.where(spread > 0.0, spread, 1.0))


def _partial(x: Floats, y: Floats, chosen: list[int]) -> tuple[Floats, Floats, float]:
    """Regress on the chosen columns, and on each other column beside them.

    Returns the slope of every column, its variance, and the variance that the chosen ones leave.
    """
    basis = np.linalg.qr(x[:, chosen])[0]
    others, rest = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
    size = (others**2).sum(axis=0)
    usable = size > TINY * len(y)
    size = np.where(usable, size, 1.0)
    slope = np.where(usable, others.T @ rest / size, 0.0)
    free = len(y) - len(chosen) - 1
    error = np.where(usable, (rest @ rest / size - slope**2) / (free - 1), 0.0)
    left = float(rest @ rest) / free
    if chosen:
        inverse = np.linalg.inv(x[:, chosen].T @ x[:, chosen])
        slope[chosen] = inverse @ (x[:, chosen].T @ y)
        error[chosen] = left * np.diag(inverse)
    return slope, np.maximum(error, 0.0), left


def _beyond_chance(strength: float, free: int, number: int) -> bool:
    """Tell whether the largest of many squared t values is more than chance gives."""
    from scipy import special

    return 2.0 * float(special.stdtr(free, -np.sqrt(strength))) * number <= ALPHA


def _noncentral(statistic: float, number: int) -> tuple[float, float]:
    """Return bounds of 95 % on the noncentrality of a chi-square value."""
    from scipy import special

    tail = 0.5 - LEVEL / 2
    low, high = (
        float(special.chndtrinc(statistic, number, chance))
        if special.chdtr(number, statistic) > chance
        else 0.0
        for chance in (1.0 - tail, tail)
    )
    return low, high


def importance(
    result: Result | str | Path,
    who: str | None = None,
    measure: str = "lost_days_gross",
    *,
    by: str = "value",
    top: int | None = None,
) -> pd.DataFrame:
    """Return which uncertain values an answer hinges on, the largest share first.

    Parameters
    ----------
    who : str, optional
        A process; the value that all users lose, gross, when left out.
    by : str
        value: a row for each; grade: how much of the variance rests on values of each grade.
    top : int, optional
        So many rows only.

    Returns
    -------
    DataFrame
        By value: factor (path; the members of a wildcard together), title, share of the variance of ranks
        with its 95 % interval (`sim.analysis.importance`), direction (+ raises the loss), values (how many),
        range, status, source and grade. By grade: grade, values (that are uncertain) and share with its 95 %
        interval; shares add up to 1. Empty when nothing is uncertain or nothing varies.

    Raises
    ------
    CurbsimError
        With fewer than 20 replications.
    """
    tables = {"value": explain, "grade": _by_grade}
    result = as_result(result, "importance")
    choice("value of by", by, tables)
    if result.replications < FEWEST:
        raise CurbsimError(
            f"importance needs {FEWEST} replications, the run has {result.replications}; run it with more"
        )
    outcome = outcome_of(result, who, measure)
    frame = tables[by](result.scenario, result.labels.factors, result.arrays["draws"], outcome)
    return frame.head(top if top is not None else len(frame))


def explain(scenario: Scenario, factors: tuple[str, ...], draws: Floats, outcome: Floats) -> pd.DataFrame:
    """Return the table of `importance` for draws [replication, factor] and an outcome [replication]."""
    patterns, groups = patterns_of(scenario, factors)
    if not patterns or not outcome.std() > 0.0:
        return pd.DataFrame(columns=list(COLUMNS))
    ranked = effects(draws, outcome)
    rows = [_row(scenario, pattern, ranked, groups == i) for i, pattern in enumerate(patterns)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = frame.sort_values(["share", "factor"], ascending=[False, True], kind="stable")
    return order.reset_index(drop=True)


def _by_grade(scenario: Scenario, factors: tuple[str, ...], draws: Floats, outcome: Floats) -> pd.DataFrame:
    """Return how much of the variance of an answer rests on values of each grade."""
    patterns, groups = patterns_of(scenario, factors)
    if not patterns or not outcome.std() > 0.0:
        return pd.DataFrame(columns=["grade", "values", "share", "low", "high"])
    grades = np.array([GRADES.index(range_grade(scenario, pattern)[2]) for pattern in patterns])
    present = sorted(set(grades.tolist()))
    by_grade = grades[groups]
    ranked = effects(draws, outcome)
    rows = [_share_row(GRADES[grade], ranked, by_grade == grade) for grade in present]
    total = math.fsum(row["share"] for row in rows)
    for row in rows:
        row["share"] /= max(1.0, total)
    _, low, high = ranked.share(np.ones(len(groups), dtype=bool))
    rest = max(0.0, 1.0 - total)
    bounds = {"low": min(rest, 1.0 - high), "high": max(rest, 1.0 - low)}
    return pd.DataFrame([*rows, {"grade": UNATTRIBUTED, "values": 0, "share": rest, **bounds}])


def _share_row(grade: str, ranked: Effects, members: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the share of some values together; noise below 0 counts as 0."""
    share, low, high = ranked.share(members)
    return {"grade": grade, "values": int(members.sum()), "share": max(0.0, share), "low": low, "high": high}


def outcome_of(result: Result, who: str | None, measure: str) -> Floats:
    """Return what is explained, by replication: a measure of a process, or what all users lose."""
    if who is None:
        return result.lost_by_users()
    return np.nan_to_num(result.values("process", measure)[:, process_place(result.labels.processes, who)])


def process_place(processes: Sequence[str], name: str) -> int:
    """Return the place of a process among others."""
    if name not in processes:
        raise CurbsimError(f"unknown process '{name}'; write one of {', '.join(processes[:8])} ...")
    return processes.index(name)


def patterns_of(scenario: Scenario, factors: tuple[str, ...]) -> tuple[list[str], Ints]:
    """Return the paths and wildcards of the file, and to which of them each factor belongs."""
    paths = shared_out(scenario.tree, scenario.document.uncertain)
    homes = {join(path): pattern for pattern, members in paths.items() for path in members}
    owners = [name if name in paths else homes[name] for name in factors]
    patterns = [pattern for pattern in paths if pattern in set(owners)]
    place = {pattern: i for i, pattern in enumerate(patterns)}
    return patterns, np.array([place[owner] for owner in owners], dtype=np.int64)


def _row(scenario: Scenario, pattern: str, ranked: Effects, members: NDArray[np.bool_]) -> dict[str, Any]:
    about = describe(scenario, pattern)
    share = _share_row(about["grade"], ranked, members)
    direction = ranked.direction(members) if share["low"] > 0.0 else ""
    return {**about, **share, "direction": direction}


def describe(scenario: Scenario, pattern: str) -> dict[str, str]:
    """Return what an uncertain value is, what is known of it, and how good the source is."""
    status, source, grade = range_grade(scenario, pattern)
    return {
        "factor": pattern,
        "title": readable(scenario.document, expand(scenario.tree, pattern)),
        "range": range_text(scenario.document.uncertain[pattern]),
        "status": status,
        "source": source,
        "grade": grade,
    }
