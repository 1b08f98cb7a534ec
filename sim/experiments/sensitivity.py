"""Sensitivity: which uncertain values an answer depends on, and how much is chance, by designs for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from sim import arguments
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
from sim.results.numbers import counted, measure_words
from sim.results.restricted import group_words
from sim.results.result import NO_LOSS_TIMES, Result
from sim.runner.checkpoint import checkpointing
from sim.runner.draws import columns_of
from sim.runner.options import RunOptions, StudyKeywords, takes
from sim.runner.parallel import run_whole
from sim.runner.replications import compile_scenario, make_labels, require_sound
from sim.scenario import Scenario, ScenarioLike, as_scenario
from sim.types import Floats

LEADING = 12  # factors that Sobol' indices are for, when screening chooses them
POINTS = {"sobol": 256, "morris": 10}  # base points, trajectories
MOST_POINTS = 2**16  # base points, or trajectories
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
        Base points or trajectories, and replications of this table.
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
        factors, runs = counted(len(self.frame), "factor"), counted(self.runs, "run")
        return f"<Sensitivity {self.method}: {factors}, {runs}>"

    def _repr_html_(self) -> str:
        return str(ask("Sensitivity._repr_html_", self))


@old_keywords
@takes(StudyKeywords)
def sensitivity(
    scenario: ScenarioLike,
    paths: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    method: str = "sobol",
    measure: str = "lost_days_gross",
    who: str | None = None,
    points: int | None = None,
    trajectories: int = POINTS["morris"],
    **keywords: Unpack[StudyKeywords],
) -> Sensitivity:
    """Return which uncertain values an answer depends on, and how much is chance.

    Parameters
    ----------
    paths : sequence of str, or dict, optional
        Factors: paths or wildcards of `uncertain:`, or new ranges by path as in a file. When left out, Morris
        screening of all uncertain values chooses the 12 that Sobol' indices are for.
    method : str
        sobol: shares of the variance by Sobol' indices; morris: screening by elementary effects.
    who, measure : str, optional
        A process and its measure; the value that all users lose, gross, when left out.
    points : int
        Base points of Sobol' indices, rounded up to a power of two (256), or trajectories of Morris (10).
    trajectories : int
        Of the screening before Sobol' indices.
    seed, jobs, checkpoint, progress
        As in `run`.

    Notes
    -----
    Nothing is held fixed: what has no row of its own moves as one factor `others`, and random events as one
    factor `chance`, so that shares are of the whole variance (MODEL.md section 11).

    Raises
    ------
    CurbsimError
        When nothing is uncertain, or a path, process, measure or method is unknown.

    Examples
    --------
    >>> import sim
    >>> screened = sensitivity(sim.load("hf_quota_steps"), method="morris", points=2, jobs=1)
    >>> list(screened.table())[7:]
    ['mu_star', 'mu_star_low', 'mu_star_high', 'sigma', 'unit']
    """
    number = _checked(method, measure, points, trajectories)
    scenario = as_scenario(scenario, "sensitivity")
    if isinstance(paths, str):
        raise CurbsimError(f"paths is '{paths}', which is not a list; write ['{paths}']")
    if isinstance(paths, Mapping):
        scenario = scenario.with_({"uncertain": dict(paths)})
    options = RunOptions(replications=1, **keywords)
    with checkpointing(options.checkpoint) as store:
        study = _Study(scenario, who, measure, replace(options, checkpoint=store))
        chosen = study.chosen(paths)
        if method == "morris":
            return study.answer("morris", chosen, number)
        screening = None
        if paths is None and len(chosen) > LEADING:
            screening = study.answer("morris", chosen, trajectories)
            ranked = [name for name in screening.frame["factor"] if name in chosen]
            chosen = ranked[:LEADING]
        return replace(study.answer("sobol", chosen, number), screening=screening)


def planned_runs(
    scenario: Scenario,
    paths: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    method: str = "sobol",
    points: int | None = None,
    trajectories: int = POINTS["morris"],
) -> int:
    """Return how many replications `sensitivity` will simulate."""
    number = _checked(method, "lost_days_gross", points)
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
    arguments.whole_number("trajectories", trajectories, least=2, example=10)
    arguments.choice("method", method, METHODS)
    require_measure(measure)
    if measure in NO_LOSS_TIMES:
        raise CurbsimError(
            f"{measure} is missing in replications without a loss; write lost_days_gross or stopped_days"
        )
    number = POINTS[method] if points is None else points
    number = arguments.whole_number("points", number, least=2, most=MOST_POINTS, example=POINTS[method])
    return 1 << (number - 1).bit_length() if method == "sobol" else number


class _Study:
    """An outcome of a scenario, whose factors one design or two rank."""

    def __init__(self, scenario: Scenario, who: str | None, measure: str, options: RunOptions) -> None:
        self.scenario, self.who, self.measure, self.options = scenario, who, measure, options
        self.compiled = compile_scenario(scenario, options)
        require_sound(self.compiled)
        first = {factor.column: factor.name for factor in reversed(self.compiled.factors)}
        self.names = columns_of(self.compiled.factors)
        self.patterns, self.home = patterns_of(scenario, tuple(first[column] for column in self.names))
        if not self.patterns:
            raise CurbsimError(f"{scenario.name}: nothing is uncertain; write ranges under uncertain:")
        self.labels = make_labels(self.compiled)
        empty = self._result(np.zeros((1, len(PROCESS_MEASURES), len(self.labels.processes))))
        outcome_of(empty, who, measure)  # finds out before the long work whether there is such a process
        self.unit = empty.lost_unit
        if who is not None:
            self.unit = empty.unit("process", measure, self.labels.processes.index(who))

    def chosen(self, paths: Sequence[str] | Mapping[str, Any] | None) -> list[str]:
        """Return the factors asked for."""
        for path in paths or ():
            if path not in self.patterns:
                known = did_you_mean(path, self.patterns)
                raise CurbsimError(f"{path} is not under uncertain: of {self.scenario.name}; {known}")
        return list(dict.fromkeys(paths)) if paths is not None else self.patterns

    def answer(self, method: str, chosen: list[str], points: int) -> Sensitivity:
        """Return the indices of the chosen factors beside what each of them is, the most important first."""
        columns, sobol = self._columns(chosen), method == "sobol"
        indices = (sobol_indices if sobol else morris_effects)(
            columns, self._simulate, points, self.compiled.seed
        )
        figures = indices.assign(unit="share of variance" if sobol else self.unit)
        frame = pd.concat([self._about(chosen, columns), figures], axis=1)
        by = ["total" if sobol else "mu_star", "factor"]
        frame = frame.sort_values(by, ascending=[False, True], kind="stable").reset_index(drop=True)
        measure = f"{measure_words(self.measure)} of {self.who}"
        words = group_words(self.scenario.document)
        return Sensitivity(
            title=self.scenario.title,
            method=method,
            about=measure if self.who else f"the gross loss of those that {words.users}",
            unit=self.unit,
            points=points,
            runs=points * (columns.factors + (3 if sobol else 2)),
            frame=frame,
        )

    def _columns(self, chosen: list[str]) -> DesignColumns:
        """Return the columns of all uncertain values, those without a factor of their own in a last one."""
        place = {self.patterns.index(name): i for i, name in enumerate(chosen)}
        factor = np.array([place.get(int(home), len(chosen)) for home in self.home])
        alone = np.bincount(factor) == 1  # factors of one column, which gain most from even points
        named = tuple(name for name, home in zip(self.names, factor.tolist()) if alone[home])
        return DesignColumns(self.names, named, factor)

    def _simulate(self, design: Design) -> Floats:
        """Return the outcome of every point of a design."""
        compiled = replace(
            self.compiled,
            replications=len(design),
            columns=self.names,
            cube=design.cube,
            chance=design.chance,
            only="process",
        )
        (results,) = run_whole([(compiled, range(len(design)))], self.options)
        process = np.array([result.measures.process for result in results])
        return outcome_of(self._result(process), self.who, self.measure)

    def _result(self, process: Floats) -> Result:
        arrays: dict[str, Any] = {"process": process, "replication": np.arange(len(process))}
        scenario = self.scenario
        return Result(scenario.name, scenario.title, self.labels, arrays, {}, lambda: scenario)

    def _about(self, chosen: list[str], columns: DesignColumns) -> pd.DataFrame:
        """Return what each factor is, those for other values and for chance last."""
        sizes = np.bincount(columns.factor, minlength=len(chosen) + 1).tolist()
        rows = [{**describe(self.scenario, name), "values": number} for name, number in zip(chosen, sizes)]
        if sizes[len(chosen)]:
            others = counted(sizes[-1], "other value")
            rows.append(_plain(OTHERS, f"All {others} together", sizes[-1]))
        rows.append(_plain(CHANCE, "Chance: random events", 0))
        return pd.DataFrame(rows, columns=list(ABOUT))


def _plain(factor: str, title: str, values: int) -> dict[str, Any]:
    return {**dict.fromkeys(ABOUT, ""), "factor": factor, "title": title, "values": values}
