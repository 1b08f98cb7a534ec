"""Which uncertain values an answer hinges on, and how good their sources are, from the draws of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import codebook
from sim.errors import CurbsimError
from sim.rank_effects import Effects, effects
from sim.results import Result
from sim.scenario import Scenario
from sim.scenario.grades import GRADES, range_grade
from sim.scenario.naming import range_text, readable
from sim.scenario.paths import expand, join, shared_out
from sim.types import Floats, Ints

FEWEST = 20  # replications
BY = ("value", "grade")
REST = "interactions and chance, not attributed"
COLUMNS = tuple(codebook.COLUMNS["hinges"])


def importance(
    result: Result,
    who: str | None = None,
    measure: str = "lost_days",
    *,
    by: str = "value",
    top: int | None = None,
) -> pd.DataFrame:
    """Return which uncertain values an answer hinges on, the largest share first.

    Parameters
    ----------
    who : str, optional
        A process; the value lost by all that use what is curbed when left out.
    by : str
        value: a row for each; grade: how much of the variance rests on values of each grade.
    top : int, optional
        So many rows only.

    Returns
    -------
    DataFrame
        By value: factor (path; the members of a wildcard together), title, share of the variance of ranks
        with its 95 % interval (`sim.rank_effects`), direction (+ raises the loss), values (how many), range,
        status, source and grade. By grade: grade, values (that are uncertain) and share with its 95 %
        interval; shares add up to 1. Empty when nothing is uncertain or nothing varies.

    Raises
    ------
    CurbsimError
        With fewer than 20 replications.
    """
    if by not in BY:
        raise CurbsimError(f"importance by '{by}'; write one of {', '.join(BY)}")
    outcome = _enough(result, who, measure)
    explained = explain if by == "value" else _by_grade
    frame = explained(result.scenario, result.labels.factors, result.arrays["draws"], outcome)
    return frame.head(top if top is not None else len(frame))


def explain(scenario: Scenario, factors: tuple[str, ...], draws: Floats, outcome: Floats) -> pd.DataFrame:
    """Return the table of `importance` for draws [replication, factor] and an outcome [replication]."""
    patterns, groups = patterns_of(scenario, factors)
    if not patterns or not outcome.std() > 0.0:
        return pd.DataFrame(columns=list(COLUMNS))
    found = effects(draws, outcome)
    rows = [_row(scenario, pattern, found, groups == i) for i, pattern in enumerate(patterns)]
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
    found = effects(draws, outcome)
    rows = [_share_row(GRADES[g], found, by_grade == g) for g in present]
    total = sum(row["share"] for row in rows)
    for row in rows:
        row["share"] /= max(1.0, total)
    _, low, high = found.share(np.ones(len(groups), dtype=bool))
    rest = max(0.0, 1.0 - total)
    rows.append(
        {
            "grade": REST,
            "values": 0,
            "share": rest,
            "low": min(rest, 1.0 - high),
            "high": max(rest, 1.0 - low),
        }
    )
    return pd.DataFrame(rows)


def _share_row(grade: str, found: Effects, members: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the share of some values together; noise below 0 counts as 0."""
    share, low, high = found.share(members)
    return {"grade": grade, "values": int(members.sum()), "share": max(0.0, share), "low": low, "high": high}


def _enough(result: Result, who: str | None, measure: str) -> Floats:
    """Return what is explained, where there are replications enough to explain it."""
    if result.replications < FEWEST:
        raise CurbsimError(
            f"importance needs {FEWEST} replications, the run has {result.replications}; run it with more"
        )
    return outcome_of(result, who, measure)


def outcome_of(result: Result, who: str | None, measure: str) -> Floats:
    """Return what is explained, by replication: a measure of a process, or what all users lose."""
    labels = result.labels
    if who is not None:
        if who not in labels.processes:
            raise CurbsimError(f"unknown process '{who}'; write one of {', '.join(labels.processes[:8])} ...")
        return np.nan_to_num(result.values("process", measure)[:, labels.processes.index(who)])
    return result.lost_by_users()


def patterns_of(scenario: Scenario, factors: tuple[str, ...]) -> tuple[list[str], Ints]:
    """Return the paths and wildcards of the file, and to which of them each factor belongs."""
    paths = shared_out(scenario.tree, scenario.document.uncertain)
    homes = {join(path): pattern for pattern, found in paths.items() for path in found}
    owners = [name if name in paths else homes[name] for name in factors]
    patterns = [pattern for pattern in paths if pattern in set(owners)]
    place = {pattern: i for i, pattern in enumerate(patterns)}
    return patterns, np.array([place[owner] for owner in owners], dtype=np.int64)


def _row(scenario: Scenario, pattern: str, found: Effects, members: NDArray[np.bool_]) -> dict[str, Any]:
    about = describe(scenario, pattern)
    told = _share_row(about["grade"], found, members)
    direction = found.direction(members) if told["low"] > 0.0 else ""
    return {**about, **told, "direction": direction}


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
