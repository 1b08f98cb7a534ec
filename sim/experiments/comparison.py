"""Scenarios compared with the same draws, with intervals for one row and for all at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack, cast

import numpy as np
import pandas as pd

from sim.deprecated import old_keywords
from sim.engine import OwnProcess
from sim.errors import CurbsimError
from sim.experiments.pairing import (
    common_options,
    in_common,
    only_in_one,
    require_paired,
    require_same_days,
)
from sim.questions import ask
from sim.results import codebook
from sim.results.estimates import interval, student
from sim.results.result import Result, finished_run
from sim.runner.checkpoint import checkpointing
from sim.runner.options import RunKeywords, RunOptions, takes
from sim.runner.replications import run
from sim.scenario import PathChange, Scenario, ScenarioLike, as_scenario
from sim.types import Floats, Ints

ROUNDING = 1e-9  # of a mean: standard errors below are what rounding leaves
COLUMNS = tuple(codebook.COLUMNS["differences"])


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
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, stepped)
    return adjusted


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
    excess = [means[i] - np.delete(means, i).min() for i in range(number)]
    bounds = {"low": low.max(axis=1), "high": high.max(axis=1)}
    frame = pd.DataFrame({"scenario": names, "mean": means, "excess": excess, **bounds})
    return frame.assign(may_be_best=~(frame["low"] > 0.0))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several scenarios run with the same draws; the first is what the others are compared with.

    Attributes
    ----------
    results : tuple of Result
        One for each scenario.
    changes : tuple of list of PathChange
        In which values each scenario differs from the first, as they were given.
    notes : tuple of str
        What is to be known beside the numbers: another seed or baseline, an interruption.
    """

    results: tuple[Result, ...]
    changes: tuple[list[PathChange], ...]
    notes: tuple[str, ...] = ()

    def table(self, measure: str = "lost_days_gross") -> pd.DataFrame:
        """Return paired differences from the first scenario by process.

        `low` and `high` bound the mean difference (95 %, Student's t); `low_all` and `high_all` bound those
        of all rows at once, and `p_all` is `p_value` adjusted for their number (Holm 1979).
        `variance_ratio` is the variance of the paired difference over that of independent runs.
        """
        first = self.results[0]
        rows: list[dict[str, Any]] = []
        for number, other in enumerate(self.results[1:], 1):
            label = self.label(number)
            for name in first.labels.processes:
                if name not in other.labels.processes:
                    continue
                a, b = (result.values("process", measure, name) for result in (first, other))
                if np.abs(a).max(initial=0.0) + np.abs(b).max(initial=0.0) > 1e-6:
                    exposed = name in first.labels.exposed or name in other.labels.exposed
                    more = {"exposed": exposed, "value": self._value(other, name)}
                    rows.append({"scenario": label, "who": name, **_paired(a, b), **more})
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.assign(**together(frame, first.replications))

    def best(self) -> pd.DataFrame:
        """Return which scenarios may lose least, by what users lose, gross.

        scenario, mean, excess over the best of the others with bounds that hold for all scenarios at once
        (95 %), may_be_best and unit: the currency, or days where a price is missing in one of them.
        """
        units = {result.lost_unit for result in self.results}
        names = [self.label(number) for number in range(len(self.results))]
        lost = Result.lost_by_users if len(units) == 1 else _lost_days
        losses = [lost(result) for result in self.results]
        return best(names, losses).assign(unit=units.pop() if len(units) == 1 else "days")

    def words(self) -> str:
        """Return the paired differences in sentences computed from the numbers, one paragraph a line.

        A difference whose interval holds 0 cannot be told from no difference, and it says so; intervals hold
        for all rows of the table at once.
        """
        return str(ask("Comparison.words", self))

    def label(self, number: int) -> str:
        """Return the name of a scenario, with what was changed where the first has the same name."""
        first, other = self.results[0], self.results[number]
        same = other.name == first.name and number > 0
        values, more = _label_texts(self.changes[number] if same else [])
        changed = [*values, *(["..."] if more else [])]
        changed += [f"with {name}" for name in _own_names(other, first)]
        changed += [f"without {name}" for name in _own_names(first, other)]
        return f"{other.name}: {', '.join(changed)}" if changed else other.name + " (unchanged)" * same

    def _value(self, other: Result, name: str) -> float:
        """Return how far the value lost by a process differs from the first scenario, without sign."""
        first, second = (r.values("process", "lost_value_gross", name) for r in (self.results[0], other))
        return float(abs(np.nan_to_num(second).mean() - np.nan_to_num(first).mean()))

    def __repr__(self) -> str:
        names = ", ".join(self.label(number) for number in range(len(self.results)))
        return f"<Comparison {names}{''.join(f'; {note}' for note in self.notes)}>"

    def _repr_html_(self) -> str:
        return str(ask("Comparison._repr_html_", self))


@old_keywords
@takes(RunKeywords)
def compare(
    *scenarios: ScenarioLike | Result,
    processes: Sequence[OwnProcess] | Sequence[Sequence[OwnProcess]] = (),
    **keywords: Unpack[RunKeywords],
) -> Comparison:
    """Run scenarios with common draws and return paired differences.

    Parameters
    ----------
    scenarios : Scenario, str, Path or Result
        Scenarios or their names; or runs that were made before, as results or run folders, of the same days,
        seed and number of replications.
    processes : sequence of callable, or one such sequence for each scenario
        Your own SimPy generators `f(env, world)`. They act in the scenarios, not in their baselines:
        `compare(curbs, curbs, processes=[[], [strike]])` tells what the strike does.
    replications, seed, jobs, uncertainty, checkpoint, progress
        As in `run`; replications and seed are those of the first scenario when left out.

    Raises
    ------
    CurbsimError
        When fewer than two scenarios are given, or lists of processes for another number of scenarios; when
        scenarios begin or end on different days, or finished runs are no pairs.
    """
    if len(scenarios) == 1 and isinstance(scenarios[0], list | tuple):
        raise CurbsimError("compare takes scenarios one by one; write them without brackets: compare(a, b)")
    if len(scenarios) < 2:
        raise CurbsimError("compare needs two scenarios or more; write for example compare A B")
    finished = [finished_run(given) for given in scenarios]
    if any(finished):
        return compare_finished([result for result in finished if result], len(scenarios))
    loaded = [as_scenario(cast("ScenarioLike", given), "compare") for given in scenarios]
    require_same_days(loaded)
    notes = common_options(loaded, RunOptions(**keywords))
    compared = run_paired(loaded, processes, **keywords)
    notes += only_in_one(compared.results)
    return replace(compared, notes=(*notes, *compared.notes))


def compare_finished(results: Sequence[Result], given: int) -> Comparison:
    """Return the paired differences of runs that were made before.

    Raises
    ------
    CurbsimError
        When they are no pairs, or some of those given are scenarios that were not run.
    """
    if len(results) < given:
        remedy = "write scenarios only, or run folders only"
        raise CurbsimError(
            f"compare: {len(results)} of {given} are finished runs, the others scenarios; {remedy}"
        )
    notes = [*require_paired(results), *only_in_one(results)]
    numbers = in_common(results)
    first = results[0].scenario
    changes = tuple(first.diff(result.scenario) for result in results)
    return Comparison(tuple(_with_replications(result, numbers) for result in results), changes, tuple(notes))


def run_paired(
    scenarios: Sequence[Scenario],
    processes: Sequence[OwnProcess] | Sequence[Sequence[OwnProcess]],
    **keywords: Unpack[RunKeywords],
) -> Comparison:
    """Run scenarios with common draws, each over its own days."""
    own = _for_each(processes, len(scenarios))
    options = RunOptions(**keywords).settled(scenarios[0])
    results: list[Result] = []
    with checkpointing(options.checkpoint) as store:
        common = replace(options, checkpoint=store).keywords()
        for scenario, acting in zip(scenarios, own, strict=True):
            if results and results[-1].manifest["stopped_early"]:
                raise KeyboardInterrupt  # there is no pair
            results.append(run(scenario, processes=acting, **common))
    pairs = tuple(_with_replications(result, in_common(results)) for result in results)
    changes = tuple(scenarios[0].diff(scenario) for scenario in scenarios)
    stopped = results[-1].interrupted
    return Comparison(pairs, changes, (f"{stopped.capitalize()}.",) if stopped else ())


def _label_texts(changes: Sequence[PathChange]) -> tuple[list[str], bool]:
    """Return the first two changed values as a label shows them, and whether there are more.

    The range of a value that is shown goes with it, or is told to be gone.
    """
    paths = {change.path for change in changes}
    certain = {change.path.removeprefix("uncertain.") for change in changes if change.new == "certain"}
    shown = [
        change
        for change in changes
        if change.path.removeprefix("uncertain.") not in paths or not change.path.startswith("uncertain.")
    ]
    texts = [
        f"{change.path}={change.new}{' without its range' if change.path in certain else ''}"
        for change in shown[:2]
    ]
    return texts, len(shown) > 2


def _for_each(
    processes: Sequence[OwnProcess] | Sequence[Sequence[OwnProcess]], number: int
) -> list[Sequence[OwnProcess]]:
    """Return the processes of each scenario: one list is for all of them."""
    lists = [part for part in processes if not callable(part)]
    if not lists:
        return [[part for part in processes if callable(part)]] * number
    if len(lists) != len(processes) or len(lists) != number:
        wrong = f"processes has {len(processes)} entries for {number} scenarios"
        raise CurbsimError(f"{wrong}; write one list for all, or a list for each, such as [[], [strike]]")
    return lists


def _with_replications(result: Result, numbers: Ints) -> Result:
    both = np.isin(result.arrays["replication"], numbers)
    manifest = {**result.manifest, "replications": int(both.sum())}
    return replace(
        result, arrays={name: array[both] for name, array in result.arrays.items()}, manifest=manifest
    )


def _lost_days(result: Result) -> Floats:
    """Return the days that all users lose, gross, by replication."""
    users = [result.labels.processes.index(name) for name in result.labels.exposed]
    return np.asarray(result.values("process", "lost_days_gross")[:, users].sum(axis=1))


def _own_names(here: Result, there: Result) -> list[str]:
    """Return the names of processes that users brought to one run only."""
    others = there.manifest.get("processes", ())
    return [line.partition(" ")[0] for line in here.manifest.get("processes", ()) if line not in others]


def _paired(a: Floats, b: Floats) -> dict[str, float]:
    """Return the mean of paired differences with its interval and what pairing saved."""
    difference = b - a
    several = len(difference) > 1
    apart = float(a.var(ddof=1) + b.var(ddof=1)) if several else np.nan
    return {
        "first": float(a.mean()),
        "second": float(b.mean()),
        **dict(zip(("difference", "low", "high", "monte_carlo_error"), interval(difference))),
        "variance_ratio": float(difference.var(ddof=1)) / apart if several and apart > 0 else np.nan,
    }
