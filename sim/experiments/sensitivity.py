"""Sensitivity: which uncertain values an answer depends on, and how much is chance, by designs for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.importance import describe, outcome_of, patterns_of
from sim.deprecated import old_keywords
from sim.errors import CurbsimError, did_you_mean
from sim.experiments.sensitivity_designs import (
    CHANCE,
    METHODS,
    OTHERS,
    Design,
    DesignColumns,
    morris_effects,
    sobol_indices,
)
from sim.questions import ask
from sim.results.measures import PROCESS_MEASURES, require_measure
from sim.results.numbers import counted
from sim.results.result import NO_LOSS_TIMES, Result
from sim.runner.checkpoint import CheckpointStore, checkpointing
from sim.runner.options import Jobs, RunOptions
from sim.runner.parallel import Points
from sim.runner.replications import make_labels, prepare, require_sound
from sim.scenario import Scenario
from sim.types import Floats

LEADING = 12  # factors that Sobol' indices are for, when screening chooses them
POINTS = {"sobol": 256, "morris": 10}  # base points, trajectories
MOST = 2**16  # base points, or trajectories
ABOUT = ("factor", "title", "values", "range", "status", "source", "grade")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Which values an answer depends on.

    Attributes
    ----------
    title : str
        Of the scenario.
    method : str
        sobol or morris.
    about : str
        What the outcome is, in words.
    unit : str
        Of the outcome.
    points, runs : int
        Base points or trajectories, and simulated futures of this table.
    frame : DataFrame
        What `table` returns.
    screening : Sensitivity, optional
        By which the factors were chosen.
    """

    title: str
    method: str
    about: str
    unit: str
    points: int
    runs: int
    frame: pd.DataFrame
    screening: Sensitivity | None = None

    def table(self) -> pd.DataFrame:
        """Return a row for each factor, the most important first, with 95 % bootstrap intervals.

        factor (path; the members of a wildcard together; `others` for all values that have no row, `chance`
        for random events), title, values (how many), range, status, source and grade of the range. Of Sobol'
        indices: first and total (shares of the variance, by itself and with interactions) with their bounds.
        Of Morris: mu_star with its bounds and sigma. unit is that of the figures.
        """
        return self.frame.copy()

    def words(self) -> str:
        """Return what the answer depends on in sentences computed from the numbers, one paragraph a line."""
        return str(ask("Sensitivity.words", self))

    def __repr__(self) -> str:
        """Return the method and how much was run."""
        return (
            f"<Sensitivity {self.method}: {counted(len(self.frame), 'factor')}, {counted(self.runs, 'run')}>"
        )

    def _repr_html_(self) -> str:
        return str(ask("Sensitivity._repr_html_", self))


@old_keywords
def sensitivity(
    scenario: Scenario,
    paths: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    method: str = "sobol",
    measure: str = "lost_days",
    who: str | None = None,
    points: int | None = None,
    trajectories: int = POINTS["morris"],
    seed: int | None = None,
    jobs: Jobs = None,
    checkpoint: str | Path | CheckpointStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sensitivity:
    """Tell which uncertain values an answer depends on, and how much is chance.

    Parameters
    ----------
    paths : sequence of str, or dict, optional
        Factors: paths or wildcards of `uncertain:`, or new ranges by path as in a file. When left out, Morris
        screening of all uncertain values chooses the 12 that Sobol' indices are for.
    method : str
        sobol: shares of the variance by Sobol' indices; morris: screening by elementary effects.
    who, measure : str, optional
        A process and its measure; the value lost by all that use controlled goods when left out.
    points : int
        Base points of Sobol' indices, rounded up to a power of two (256), or trajectories of Morris (10).
    trajectories : int
        Of the screening before Sobol' indices.
    checkpoint : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Notes
    -----
    Nothing is held fixed: what has no row of its own moves as one factor `others`, and random events as one
    factor `chance` whose value is the random future, so that shares are of the whole variance (MODEL.md
    section 11).

    Raises
    ------
    CurbsimError
        When nothing is uncertain, or a path, process, measure or method is unknown.

    Examples
    --------
    >>> import sim
    >>> found = sensitivity(sim.load("hf_quota_steps"), method="morris", points=2, jobs=1)
    >>> list(found.table())[7:]
    ['mu_star', 'mu_star_low', 'mu_star_high', 'sigma', 'unit']
    """
    number = _checked(method, measure, points, trajectories)
    if isinstance(paths, Mapping):
        scenario = scenario.with_({"uncertain": dict(paths)})
    with checkpointing(checkpoint) as store:
        options = RunOptions(seed=seed, jobs=jobs, checkpoint=store, progress=progress)
        study = _Study(scenario, who, measure, options)
        chosen = study.chosen(paths)
        if method == "morris":
            return study.morris(chosen, number)
        screening = None
        if paths is None and len(chosen) > LEADING:
            screening = study.morris(chosen, trajectories)
            ranked = [name for name in screening.frame["factor"] if name in chosen]
            chosen = ranked[:LEADING]
        return replace(study.sobol(chosen, number), screening=screening)


def planned_runs(
    scenario: Scenario,
    paths: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    method: str = "sobol",
    points: int | None = None,
    trajectories: int = POINTS["morris"],
) -> int:
    """Return how many futures `sensitivity` will simulate."""
    number = _checked(method, "lost_days", points)
    free = [name for name, entry in scenario.document.uncertain.items() if not entry.fixed]
    known = {*free, *(paths or ())}
    chosen = len(known) if paths is None else len(paths)

    def factors(count: int) -> int:
        return count + (count < len(known))

    if method == "morris":
        return number * (factors(chosen) + 2)
    screened = paths is None and chosen > LEADING
    last = number * (factors(min(chosen, LEADING) if screened else chosen) + 3)
    return last + screened * trajectories * (chosen + 2)


def _checked(method: str, measure: str, points: int | None, trajectories: int = 2) -> int:
    """Return the number of base points or trajectories."""
    if trajectories < 2:
        raise CurbsimError(f"trajectories is {trajectories}; write 2 or more")
    if method not in METHODS:
        raise CurbsimError(f"unknown method '{method}'; write one of {', '.join(METHODS)}")
    require_measure(measure)
    if measure in NO_LOSS_TIMES:
        raise CurbsimError(f"{measure} is missing in futures without a loss; write lost_days or stopped_days")
    number = POINTS[method] if points is None else points
    if not 2 <= number <= MOST:
        raise CurbsimError(f"points is {number:,}; write 2 to {MOST:,}")
    return 1 << (number - 1).bit_length() if method == "sobol" else number


class _Study:
    """One question to a scenario, asked by one design or two."""

    def __init__(self, scenario: Scenario, who: str | None, measure: str, options: RunOptions) -> None:
        self.scenario, self.who, self.measure, self.options = scenario, who, measure, options
        self.prepared = prepare(scenario, replace(options, replications=1))
        require_sound(scenario, self.prepared)
        names = tuple(f.name for f in self.prepared.factors)
        self.patterns, self.home = patterns_of(scenario, names)
        if not self.patterns:
            raise CurbsimError(f"{scenario.name}: nothing is uncertain; write ranges under uncertain:")
        self.labels = make_labels(self.prepared)
        empty = self._result(np.zeros((1, len(PROCESS_MEASURES), len(self.labels.processes))))
        outcome_of(empty, who, measure)  # finds out before the long work whether there is such a process
        self.unit = (
            empty.lost_unit
            if who is None
            else empty.unit("process", measure, self.labels.processes.index(who))
        )

    def chosen(self, paths: Sequence[str] | Mapping[str, Any] | None) -> list[str]:
        """Return the factors asked for."""
        for path in paths or ():
            if path not in self.patterns:
                known = did_you_mean(path, self.patterns)
                raise CurbsimError(f"{path} is not under uncertain: of {self.scenario.name}; {known}")
        return list(dict.fromkeys(paths)) if paths is not None else self.patterns

    def sobol(self, chosen: list[str], points: int) -> Sensitivity:
        columns = self._columns(chosen)
        frame = sobol_indices(columns, self._simulate, points, self.prepared.seed)
        return self._told("sobol", chosen, columns, points, frame.assign(unit="share of variance"))

    def morris(self, chosen: list[str], number: int) -> Sensitivity:
        columns = self._columns(chosen)
        frame = morris_effects(columns, self._simulate, number, self.prepared.seed)
        return self._told("morris", chosen, columns, number, frame.assign(unit=self.unit))

    def _columns(self, chosen: list[str]) -> DesignColumns:
        """Return the columns of all uncertain values, those without a factor of their own in a last one."""
        place = {self.patterns.index(name): i for i, name in enumerate(chosen)}
        factor = np.array([place.get(int(home), len(chosen)) for home in self.home])
        found = self.prepared.factors
        return DesignColumns(tuple(f.name for f in found), tuple(f.name for f in found if f.named), factor)

    def _simulate(self, design: Design) -> Floats:
        """Return the outcome of every point of a design."""
        prepared = replace(
            self.prepared,
            replications=len(design),
            columns=tuple(f.name for f in self.prepared.factors),
            cube=design.cube,
            future=design.future,
        )
        points = Points(prepared, "process", self.options)
        return outcome_of(self._result(points.simulate(0, design.cube)), self.who, self.measure)

    def _result(self, process: Floats) -> Result:
        arrays: dict[str, Any] = {"process": process, "replication": np.arange(len(process))}
        scenario = self.scenario
        return Result(scenario.name, scenario.title, self.labels, arrays, {}, lambda: scenario)

    def _told(
        self, method: str, chosen: list[str], columns: DesignColumns, points: int, figures: pd.DataFrame
    ) -> Sensitivity:
        """Set the figures beside what each factor is, the most important first."""
        about = [self._about(name, int((columns.factor == i).sum())) for i, name in enumerate(chosen)]
        if columns.factors > len(chosen):
            left = int((columns.factor == len(chosen)).sum())
            about.append(_plain(OTHERS, f"All {counted(left, 'other value')} together", left))
        about.append(_plain(CHANCE, "Chance: random events", 0))
        frame = pd.concat([pd.DataFrame(about, columns=list(ABOUT)), figures], axis=1)
        by = "total" if method == "sobol" else "mu_star"
        frame = frame.sort_values([by, "factor"], ascending=[False, True], kind="stable")
        runs = points * (columns.factors + (3 if method == "sobol" else 2))
        named = f"{self.measure.replace('_', ' ')} of {self.who}"
        about_text = named if self.who else "what is lost by those that use controlled goods"
        return Sensitivity(
            self.scenario.title, method, about_text, self.unit, points, runs, frame.reset_index(drop=True)
        )

    def _about(self, name: str, values: int) -> dict[str, Any]:
        return {**describe(self.scenario, name), "values": values}


def _plain(factor: str, title: str, values: int) -> dict[str, Any]:
    return {**dict.fromkeys(ABOUT, ""), "factor": factor, "title": title, "values": values}
