"""Values varied over a grid: sweeps, and thresholds from which a line stops."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.deprecated import old_keywords
from sim.engine import OwnProcess
from sim.errors import CurbsimError
from sim.experiments.comparison import compare_with
from sim.questions import ask
from sim.results import codebook
from sim.results.estimates import LEVEL, interval, proportion
from sim.results.measures import PROCESS_MEASURES, require_measure
from sim.results.restricted import exposed_processes
from sim.results.result import Result
from sim.runner.checkpoint import CheckpointStore
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult
from sim.runner.draws import number
from sim.runner.options import Jobs, RunOptions
from sim.runner.parallel import run_whole
from sim.runner.replications import prepare, require_sound, shared_columns
from sim.scenario import Scenario
from sim.scenario.scenario import changed
from sim.types import Floats

MOST = 10_000  # points; more would not be a table
GROUPS = {"uses what is curbed": "exposed", "ships what is curbed": "suppliers"}


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
    """

    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    results: tuple[Result, ...]

    def table(self, measure: str = "lost_days") -> pd.DataFrame:
        """Return a measure by point and process that uses or ships what is curbed.

        `estimate` is the mean over replications and `low`, `high` their middle 95 %; `step` is the paired
        difference from the value before of the last path, with its own interval (95 %, Student's t). Times
        are over the replications in which they occur, as `replications` counts.
        """
        require_measure(measure)

        def values(result: Result, name: str) -> Floats:
            return result.values("process", measure, name)

        labels = [result.labels for result in self.results]
        named = dict.fromkeys(name for one in labels for name in (*one.exposed, *one.suppliers))
        shared = [name for name in named if all(name in one.processes for one in labels)]
        first = self.results[0]
        units = {name: first.unit("process", measure, first.labels.processes.index(name)) for name in shared}
        return self._rows(shared, values, lambda name: {"measure": measure, "unit": units[name]})

    def summary(self) -> pd.DataFrame:
        """Return everything that was measured at every point: the summaries of the runs, one below the other.

        The values of the point, then metric, scope, estimate, median, low, high, unit, monte_carlo_error and
        replications (`Result.summary`).
        """
        parts = []
        for point, result in zip(self.points, self.results, strict=True):
            part = result.summary()
            for place, (path, value) in enumerate(zip(self.paths, point, strict=True)):
                part.insert(place, path, [value] * len(part))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def groups(self) -> pd.DataFrame:
        """Return lost value at base prices, by point, country and what processes do with what is curbed."""
        named = dict.fromkeys(group for result in self.results for group in _groups(result))

        def values(result: Result, group: str) -> Floats:
            lost = np.nan_to_num(result.values("process", "lost_value"))
            return np.asarray(lost[:, _groups(result).get(group, [])].sum(axis=1))

        about = {"measure": "lost_value", "unit": self.results[0].labels.currency}
        return self._rows(sorted(named), values, lambda group: about)

    def _rows(
        self,
        scopes: Iterable[str],
        values: Callable[[Result, str], Floats],
        about: Callable[[str], dict[str, str]],
    ) -> pd.DataFrame:
        rows = []
        for scope in scopes:
            before: Floats | None = None
            for point, result in zip(self.points, self.results, strict=True):
                if point[-1] == self.points[0][-1]:
                    before = None  # the last path begins anew
                now = values(result, scope)
                place = dict(zip(self.paths, point, strict=True))
                rows.append({**place, "who": scope, **about(scope), **_row(now, before)})
                before = now
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """Return what varies and over how many points."""
        return f"<Sweep {len(self.points)} points of {', '.join(self.paths)}>"

    def _repr_html_(self) -> str:
        return str(ask("Sweep._repr_html_", self))


@old_keywords
def sweep(
    scenario: Scenario,
    vary: Mapping[str, Sequence[Any]],
    *,
    replications: int | None = None,
    seed: int | None = None,
    jobs: Jobs = None,
    uncertainty: bool = True,
    processes: Sequence[OwnProcess] = (),
    checkpoint: str | Path | CheckpointStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sweep:
    """Run a scenario with every combination of values, all under the same draws.

    Parameters
    ----------
    vary : dict of str to list
        Values by path; wildcards are allowed.
    processes : sequence of callable
        Your own SimPy generators `f(env, world)`; they act at every point, not in the baseline.
    checkpoint : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Raises
    ------
    CurbsimError
        When there are fewer than two points, or far too many.

    Examples
    --------
    >>> import sim
    >>> amounts = {"events.cap.allow": ["30 % of baseline", "60 % of baseline"]}
    >>> grid = sweep(sim.load("hf_quota_steps"), amounts, replications=2, jobs=1)
    >>> list(grid.table())[:3]
    ['events.cap.allow', 'who', 'measure']
    """
    points = tuple(itertools.product(*vary.values()))
    if not 2 <= len(points) <= MOST:
        raise CurbsimError(
            f"a sweep of {len(points):,} points; write two values or more, {MOST:,} points at most"
        )
    paths = tuple(vary)
    scenarios = [changed(scenario, dict(zip(paths, point, strict=True)), "vary") for point in points]
    options = RunOptions(
        replications=replications,
        seed=seed,
        jobs=jobs,
        uncertainty=uncertainty,
        checkpoint=checkpoint,
        progress=progress,
    )
    return Sweep(paths, points, compare_with(scenarios, options, processes).results)


def _groups(result: Result) -> dict[str, list[int]]:
    """Return the columns of processes by what they do and where, for example `KR uses what is curbed`."""
    found: dict[str, list[int]] = {}
    facilities = result.scenario.document.facilities
    for words, group in GROUPS.items():
        for name in getattr(result.labels, group):
            country = facilities[name.partition("/")[0]].country
            found.setdefault(f"{country} {words}", []).append(result.labels.processes.index(name))
    return found


def _row(now: Floats, before: Floats | None) -> dict[str, Any]:
    """Return a mean with the range of replications, and the step from the point before."""
    known = now[np.isfinite(now)]
    tails = [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]
    low, high = np.quantile(known, tails) if len(known) else (np.nan, np.nan)
    step = now - before if before is not None else np.full(1, np.nan)
    mean, less, more, _ = interval(step)
    estimate, _, _, error = interval(now)
    return {
        "estimate": estimate,
        "low": float(low),
        "high": float(high),
        "monte_carlo_error": error,
        "step": mean,
        "step_low": less,
        "step_high": more,
        "replications": len(known),
    }


Axis = Mapping[str, Sequence[Any]]
COLUMNS = tuple(codebook.COLUMNS["threshold"])


@old_keywords
def threshold(
    scenario: Scenario,
    *,
    stock: Axis,
    delay: Axis,
    share: Axis | None = None,
    process: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: Jobs = None,
    uncertainty: bool = True,
    checkpoint: str | Path | CheckpointStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Return the chance that a plant stops over a grid of stock, delay and share of alternatives.

    Parameters
    ----------
    stock, delay, share : dict of str to list
        One path each, wildcards allowed, and its values; all points run under the same draws.
    process : str, optional
        `facility/process`; when left out, of those that use what is curbed the one that loses most value.
    checkpoint : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Returns
    -------
    DataFrame
        process, stock (days), delay (days), share (0-1, nan when it does not vary), estimate (chance of a day
        with starts below 5 % of the baseline) with its exact binomial interval, and stopped_days with the
        interval of the mean.

    Examples
    --------
    >>> import sim
    >>> found = threshold(
    ...     sim.load("embargo_hf"),
    ...     stock={"facilities.*.stocks.hf_liquid.cover": ["30 days", "90 days"]},
    ...     delay={"events.embargo.until": ["2019-07-14", "2019-12-31"]},
    ...     replications=1, jobs=1, uncertainty=False,
    ... )
    >>> found["estimate"].tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    axes = [_axis("stock", stock), _axis("delay", delay), *([_axis("share", share)] if share else [])]
    points = list(itertools.product(*(values for _, values in axes)))
    if len(points) > MOST:
        raise CurbsimError(f"a grid of {len(points):,} points; write {MOST:,} at most")
    names = tuple(path for path, _ in axes)
    scenarios = [scenario.with_(dict(zip(names, point, strict=True))) for point in points]
    options = RunOptions(
        replications=replications,
        seed=seed,
        jobs=jobs,
        uncertainty=uncertainty,
        checkpoint=checkpoint,
        progress=progress,
    )
    tasks = _tasks(scenarios, options)
    found = run_whole(tasks, options)
    p = _process(tasks[0][0], found, process)
    label = tasks[0][0].network.processes[p]
    start = scenario.document.run.start
    return pd.DataFrame(
        [
            {"process": label, **_place(point, scenario, start), **_chance(outcomes, p)}
            for point, outcomes in zip(points, found, strict=True)
        ],
        columns=list(COLUMNS),
    )


def _axis(name: str, axis: Axis) -> tuple[str, list[Any]]:
    if len(axis) != 1 or not all(len(values) for values in axis.values()):
        raise CurbsimError(f"threshold: {name} has {len(axis)} paths; write one path with its values")
    ((path, values),) = axis.items()
    return path, list(values)


def _tasks(scenarios: list[Scenario], options: RunOptions) -> list[tuple[CompiledScenario, range]]:
    """Prepare every point with the same draws."""
    options, columns = options.settled(scenarios[0]), shared_columns(scenarios, options)
    points = [prepare(scenario, options, columns=columns) for scenario in scenarios]
    require_sound(scenarios[0], points[0])
    return [(point, range(point.replications)) for point in points]


def _process(prepared: CompiledScenario, found: list[list[ReplicationResult]], name: str | None) -> int:
    """Return the place of a process: the one named, or the exposed one that loses most value."""
    names = prepared.network.processes
    if name is not None:
        if name not in names:
            raise CurbsimError(f"unknown process '{name}'; write one of {', '.join(names[:8])} ...")
        return names.index(name)
    exposed = [names.index(one) for one in exposed_processes(prepared.plan, prepared.network)]
    if not exposed:
        raise CurbsimError(f"{prepared.scenario.name}: no treatment acts on what anybody uses")
    lost = [_measured(outcomes, "lost_value", exposed) for outcomes in found]
    return exposed[int(np.nan_to_num(lost).sum(axis=(0, 1)).argmax())]


def _measured(outcomes: list[ReplicationResult], measure: str, processes: list[int]) -> Floats:
    row = PROCESS_MEASURES.index(measure)
    return np.array([outcome.measures.process[row, processes] for outcome in outcomes])


def _place(point: tuple[Any, ...], scenario: Scenario, start: Any) -> dict[str, float]:
    """Return a point as numbers: days, days, share; a date counts from the first treatment."""
    first = min(
        (e.date for e in scenario.document.events.values() if e.role == "treatment" and e.date is not None),
        default=start,
    )
    stock, delay, share = (*point, None)[:3]
    return {
        "stock": _days(stock, first),
        "delay": _days(delay, first),
        "share": float("nan") if share is None else number(share),
    }


def _days(value: Any, first: Any) -> float:
    try:
        return float((datetime.date.fromisoformat(str(value)) - first).days)
    except ValueError:
        return number(value)


def _chance(outcomes: list[ReplicationResult], process: int) -> dict[str, float | str | int]:
    days = _measured(outcomes, "stopped_days", [process])[:, 0]
    hits = int((days > 0.0).sum())
    low, high = proportion(hits, len(days))
    mean, least, most, _ = interval(days)
    return {
        "estimate": hits / len(days),
        "low": low,
        "high": high,
        "unit": "share",
        "stopped_days": mean,
        "stopped_days_low": least,
        "stopped_days_high": most,
        "replications": len(days),
    }
