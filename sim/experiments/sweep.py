"""Values varied over a grid: sweeps, and thresholds from which a line stops."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import pandas as pd

from sim import arguments
from sim.analysis.importance import process_place
from sim.deprecated import old_keywords
from sim.engine import OwnProcess
from sim.errors import CurbsimError
from sim.experiments.comparison import run_paired
from sim.questions import ask
from sim.results import codebook
from sim.results.estimates import LEVEL, interval, proportion
from sim.results.measures import require_measure
from sim.results.restricted import group_words
from sim.results.result import Result
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult, measured
from sim.runner.draws import number
from sim.runner.options import RunKeywords, RunOptions, takes
from sim.runner.parallel import run_whole
from sim.runner.replications import compile_scenario, require_sound
from sim.scenario import Scenario, ScenarioLike, as_scenario
from sim.scenario.changes import UNTOLD
from sim.scenario.paths import expand, get, split
from sim.scenario.scenario import changed
from sim.types import Floats

Axis = Mapping[str, Sequence[Any]]
COLUMNS = tuple(codebook.COLUMNS["threshold"])
OPTIONS = ("run.seed", "run.replications")  # of a sweep, not values of a point
MOST_POINTS = 10_000  # points; more would not be a table


@dataclass(frozen=True, eq=False)
class Sweep:
    """A grid of values, run with common draws.

    Attributes
    ----------
    paths : tuple of str
        What varies; the last path varies fastest.
    points : tuple of tuple
        The values of each point, in the order of `paths`.
    results : tuple of Result
        One for each point.
    title : str
        Of the scenario before its values were varied.
    notes : tuple of str
        What is to be known beside the numbers: an interruption.
    """

    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    results: tuple[Result, ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    def table(self, measure: str = "lost_days_gross") -> pd.DataFrame:
        """Return a measure by point and process that is a user or a supplier, gross lost days when left out.

        `estimate` is the mean over replications and `low`, `high` their middle 95 %; `step` is the paired
        difference from the value before of the last path, with its own interval (95 %, Student's t). Times
        are over the replications in which they occur, as `replications` counts.
        """
        require_measure(measure)

        labels = [result.labels for result in self.results]
        named = dict.fromkeys(name for index in labels for name in (*index.exposed, *index.suppliers))
        shared = [name for name in named if all(name in index.processes for index in labels)]
        first = self.results[0]
        units = {name: first.unit("process", measure, first.labels.processes.index(name)) for name in shared}
        values = {name: [r.values("process", measure, name) for r in self.results] for name in shared}
        return self._rows(measure, values, units)

    def summary(self) -> pd.DataFrame:
        """Return everything that was measured at every point: the summaries of the runs, one below the other.

        The values of the point, then metric, scope, estimate, median, low, high, unit, monte_carlo_error and
        replications (`Result.summary`).
        """
        parts = []
        for point, result in zip(self.points, self.results, strict=True):
            parts.append(result.summary())
            for place, (path, value) in enumerate(zip(self.paths, point, strict=True)):
                parts[-1].insert(place, path, [value] * len(parts[-1]))
        return pd.concat(parts, ignore_index=True)

    def groups(self) -> pd.DataFrame:
        """Return gross lost value at base prices, by point, country and group: users and suppliers."""
        columns = [_groups(result) for result in self.results]
        lost = [np.nan_to_num(result.values("process", "lost_value_gross")) for result in self.results]
        values = {
            group: [x[:, places.get(group, [])].sum(axis=1) for x, places in zip(lost, columns, strict=True)]
            for group in sorted({group for places in columns for group in places})
        }
        return self._rows("lost_value_gross", values, dict.fromkeys(values, self.results[0].labels.currency))

    def _rows(self, measure: str, values: dict[str, list[Floats]], units: dict[str, str]) -> pd.DataFrame:
        rows = []
        for scope, by_point in values.items():
            before: Floats | None = None
            for point, now in zip(self.points, by_point, strict=True):
                if point[-1] == self.points[0][-1]:
                    before = None  # the last path begins anew
                place = dict(zip(self.paths, point, strict=True))
                about = {"who": scope, "measure": measure, "unit": units[scope]}
                rows.append({**place, **about, **_row(now, before)})
                before = now
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        points = f"{len(self.points)} points of {', '.join(self.paths)}"
        return f"<Sweep {points}{''.join(f'; {note}' for note in self.notes)}>"

    def _repr_html_(self) -> str:
        return str(ask("Sweep._repr_html_", self))


@old_keywords
@takes(RunKeywords)
def sweep(
    scenario: ScenarioLike,
    vary: Mapping[str, Sequence[Any]],
    *,
    processes: Sequence[OwnProcess] = (),
    **keywords: Unpack[RunKeywords],
) -> Sweep:
    """Run a scenario with every combination of values, all under the same draws.

    Parameters
    ----------
    vary : dict of str to list
        Values by path; wildcards are allowed.
    processes : sequence of callable
        Your own SimPy generators `f(env, world)`; they act at every point, not in the baseline.
    replications, seed, jobs, uncertainty, checkpoint, progress
        As in `run`.

    Raises
    ------
    CurbsimError
        When there are fewer than two points, or far too many; when a value stands twice, or a path
        such as `run.seed` varies, which all points share.

    Examples
    --------
    >>> import sim
    >>> amounts = {"events.cap.allow": ["30 % of baseline", "60 % of baseline"]}
    >>> grid = sweep(sim.load("hf_quota_steps"), amounts, replications=2, jobs=1)
    >>> list(grid.table())[:3]
    ['events.cap.allow', 'who', 'measure']
    """
    scenario = as_scenario(scenario, "sweep")
    arguments.lists_by_path("vary", vary, "{'model.switching': [0, 0.5]}")
    _require_courses("sweep", vary, scenario)
    points = tuple(itertools.product(*vary.values()))
    if not 2 <= len(points) <= MOST_POINTS:
        raise CurbsimError(
            f"a sweep of {len(points):,} points; write two values or more, {MOST_POINTS:,} points at most"
        )
    paths = tuple(vary)
    scenarios = [changed(scenario, dict(zip(paths, point, strict=True)), "vary") for point in points]
    paired = run_paired(scenarios, processes, **keywords)
    notes = (*paired.notes, *_other_days(scenarios))
    return Sweep(paths, points, paired.results, scenario.title, notes)


def _other_days(scenarios: Sequence[Scenario]) -> list[str]:
    """Say of points that begin or end on different days that their losses add up over different days."""
    runs = {(one.document.run.start, one.document.run.end) for one in scenarios}
    if len(runs) < 2:
        return []
    shortest, longest = (pick(runs, key=lambda days: days[1] - days[0]) for pick in (min, max))
    days = f"from {shortest[0]} to {shortest[1]} at one, from {longest[0]} to {longest[1]} at another"
    return [
        f"The points run over other days ({days}): steps between them hold the losses of the days between."
    ]


def _require_courses(what: str, vary: Axis, scenario: Scenario) -> None:
    """Refuse paths that change no course of a run, and values that are there twice."""
    for path, values in vary.items():
        for one in UNTOLD:
            if path == one or split(one) in expand(scenario.tree, path):
                option = f"--{one.removeprefix('run.')}"
                remedy = f"write {option} for the whole {what}, and vary another path"
                if one not in OPTIONS:
                    remedy = "vary another path"
                raise CurbsimError(f"{what}: all points run with one {one}, so that it cannot vary; {remedy}")
        texts = [str(value) for value in values]
        twice = next((text for text in texts if texts.count(text) > 1), None)
        if twice is not None:
            raise CurbsimError(f"{what}: {path} has the value {twice} twice; write each value once")


def _groups(result: Result) -> dict[str, list[int]]:
    """Return the columns of processes by what they do and where, for example `KR uses controlled goods`."""
    groups: dict[str, list[int]] = {}
    document = result.scenario.document
    facilities, about = document.facilities, group_words(document)
    for words, group in ((about.user, "exposed"), (about.supplier, "suppliers")):
        for name in getattr(result.labels, group):
            country = facilities[name.partition("/")[0]].country
            groups.setdefault(f"{country} {words}", []).append(result.labels.processes.index(name))
    return groups


def _row(now: Floats, before: Floats | None) -> dict[str, Any]:
    """Return a mean with the range of replications, and the step from the point before."""
    known = now[np.isfinite(now)]
    tails = [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]
    low, high = np.quantile(known, tails) if len(known) else (np.nan, np.nan)
    estimate, _, _, error = interval(now)
    step = interval(now - before if before is not None else np.full(1, np.nan))
    return {
        "estimate": estimate,
        "low": float(low),
        "high": float(high),
        "monte_carlo_error": error,
        **dict(zip(("step", "step_low", "step_high"), step)),
        "replications": len(known),
    }


@old_keywords
@takes(RunKeywords)
def threshold(
    scenario: ScenarioLike,
    *,
    stock: Axis,
    delay: Axis,
    share: Axis | None = None,
    process: str | None = None,
    **keywords: Unpack[RunKeywords],
) -> pd.DataFrame:
    """Return the chance that a plant stops over a grid of stock, delay and share of alternatives.

    Parameters
    ----------
    stock, delay, share : dict of str to list
        One path each, wildcards allowed, and its values; all points run under the same draws.
    process : str, optional
        `facility/process`; when left out, the user that loses most value, gross.
    replications, seed, jobs, uncertainty, checkpoint, progress
        As in `run`.

    Returns
    -------
    DataFrame
        process, stock (days), delay (days), share (0-1, nan when it does not vary), estimate (chance of a day
        with starts below 5 % of the baseline) with its exact binomial interval, and stopped_days with the
        interval of the mean.

    Examples
    --------
    >>> import sim
    >>> chances = threshold(
    ...     sim.load("embargo_hf").with_({"model.production": "leontief"}),
    ...     stock={"facilities.*.stocks.hf_liquid.cover": ["30 days", "90 days"]},
    ...     delay={"events.embargo.until": ["2019-07-14", "2019-12-31"]},
    ...     replications=1, jobs=1, uncertainty=False,
    ... )
    >>> chances["estimate"].tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    scenario = as_scenario(scenario, "threshold")
    axes = [_axis("stock", stock), _axis("delay", delay), *([_axis("share", share)] if share else [])]
    _require_courses("threshold", dict(axes), scenario)
    points = list(itertools.product(*(values for _, values in axes)))
    if len(points) > MOST_POINTS:
        raise CurbsimError(f"a grid of {len(points):,} points; write {MOST_POINTS:,} at most")
    names = tuple(path for path, _ in axes)
    scenarios = [scenario.with_(dict(zip(names, point, strict=True))) for point in points]
    options = RunOptions(**keywords).settled(scenarios[0])
    cases = [compile_scenario(point, options) for point in scenarios]
    require_sound(cases[0])
    by_point = run_whole([(case, range(case.replications)) for case in cases], options)
    p = _process(cases[0], by_point, process)
    label = cases[0].network.processes[p]
    rows = [
        {"process": label, **_place(_written(point, names), scenario), **_chance(results, p)}
        for point, results in zip(scenarios, by_point, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _axis(name: str, axis: Axis) -> tuple[str, list[Any]]:
    arguments.lists_by_path(name, axis, "{'facilities.*.stocks.*.cover': ['30 days', '60 days']}")
    if len(axis) != 1 or not all(len(values) for values in axis.values()):
        raise CurbsimError(f"threshold: {name} has {len(axis)} paths; write one path with its values")
    ((path, values),) = axis.items()
    return path, list(values)


def _process(compiled: CompiledScenario, by_point: list[list[ReplicationResult]], name: str | None) -> int:
    """Return the place of a process: the one named, or the exposed one that loses most value."""
    if name is not None:
        return process_place(compiled.network.processes, name)
    exposed = list(compiled.exposed.values())
    if not exposed:
        raise CurbsimError(f"{compiled.scenario.name}: no treatment acts on what anybody uses")
    lost = [measured(results, "lost_value_gross", exposed) for results in by_point]
    return exposed[int(np.nan_to_num(lost).sum(axis=(0, 1)).argmax())]


def _written(point: Scenario, paths: Sequence[str]) -> tuple[Any, ...]:
    """Return what stands at some paths, also where the change was relative to what stood there."""
    found = []
    for path in paths:
        values = list(dict.fromkeys(str(get(point.tree, one)) for one in expand(point.tree, path)))
        if len(values) > 1:
            wrong = f"threshold: {path} has {len(values)} values at one point ({', '.join(values[:2])}, ...)"
            raise CurbsimError(f"{wrong}; write values that are the same everywhere, or one path")
        found += values
    return tuple(found)


def _place(point: tuple[Any, ...], scenario: Scenario) -> dict[str, float]:
    """Return a point as numbers: days, days, share; a date counts from the first treatment."""
    events = scenario.document.events.values()
    dates = [event.date for event in events if event.role == "treatment" and event.date is not None]
    first = min(dates, default=scenario.document.run.start)
    stock, delay, share = (*point, None)[:3]
    return {
        "stock": _days(stock, first),
        "delay": _days(delay, first),
        "share": np.nan if share is None else number(share),
    }


def _days(value: Any, first: Any) -> float:
    try:
        return float((datetime.date.fromisoformat(str(value)) - first).days)
    except ValueError:
        return number(value)


def _chance(results: list[ReplicationResult], process: int) -> dict[str, float | str | int]:
    days = measured(results, "stopped_days", [process])[:, 0]
    hits = int((days > 0.0).sum())
    low, high = proportion(hits, len(days))
    return {
        "estimate": hits / len(days),
        "low": low,
        "high": high,
        "unit": "share",
        **dict(zip(("stopped_days", "stopped_days_low", "stopped_days_high"), interval(days))),
        "replications": len(days),
    }
