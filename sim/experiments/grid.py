"""Sweep values of a scenario over a grid, every point under the same draws."""

from __future__ import annotations

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
from sim.results.estimates import LEVEL, interval
from sim.results.measures import require_measure
from sim.results.result import Result
from sim.runner.checkpoint import CheckpointStore
from sim.runner.options import Jobs, RunOptions
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
