"""Where a plant begins to stop: the chance of a stop over days of stock, days of delay and alternatives."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.deprecated import old_keywords
from sim.errors import CurbsimError
from sim.experiments.grid import MOST
from sim.results import codebook
from sim.results.estimates import interval, proportion
from sim.results.measures import PROCESS_MEASURES
from sim.results.restricted import exposed_processes
from sim.runner.checkpoint import CheckpointStore
from sim.runner.compiled_scenario import Outcome, Prepared
from sim.runner.draws import number
from sim.runner.options import Jobs, RunOptions
from sim.runner.parallel import run_whole
from sim.runner.replications import prepare, require_sound, shared_columns
from sim.scenario import Scenario
from sim.types import Floats

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


def _tasks(scenarios: list[Scenario], options: RunOptions) -> list[tuple[Prepared, range]]:
    """Prepare every point with the same draws."""
    options, columns = options.settled(scenarios[0]), shared_columns(scenarios, options)
    points = [prepare(scenario, options, columns=columns) for scenario in scenarios]
    require_sound(scenarios[0], points[0])
    return [(point, range(point.replications)) for point in points]


def _process(prepared: Prepared, found: list[list[Outcome]], name: str | None) -> int:
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


def _measured(outcomes: list[Outcome], measure: str, processes: list[int]) -> Floats:
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


def _chance(outcomes: list[Outcome], process: int) -> dict[str, float | str | int]:
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
