"""How many replications: blocks are added until means are as precise as was asked.

The number of replications then depends on the draws, and an interval that was waited for holds its mean less
often than it says: it tends to stop when the variance happens to look small (Chow and Robbins 1965; Law
2015, section 9.4.1). The bias is small when it starts with many and looks rarely: 32, then powers of two,
each at least twice the one before (MODEL.md section 10 measures coverage).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.arguments import shown
from sim.errors import CurbsimError
from sim.results.estimates import student
from sim.results.measures import PROCESS_MEASURES
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult
from sim.runner.options import RunOptions
from sim.runner.parallel import run_each
from sim.types import RELATIVE_SLACK, Floats

FIRST_STAGE, MOST_SEQUENTIAL = 32, 4096  # replications
FLOOR_DAYS = 0.1  # of output: half-widths below are precise enough, also around zero
Sample = Callable[[int], Floats]  # measures of the first replications [replication, measure]


@dataclass(frozen=True)
class Rule:
    """When to stop."""

    precision: float  # half-width of the 95 % interval (Student's t) over the mean, 0-1
    most: int = MOST_SEQUENTIAL

    def __post_init__(self) -> None:
        number = isinstance(self.precision, int | float)
        if not number or not 0.0 < self.precision < 1.0:
            given = f"{self.precision:g}" if number else shown(self.precision)
            raise CurbsimError(f"precision is {given}; write a share between 0 and 1, such as 0.05")

    def misses(self, values: Floats, floor: Floats) -> Floats:
        """Return by what factor half-widths of [replication, measure] are too wide; 1 is precise enough.

        The bound is precision / (1 + precision) of the estimate, which is precision of the mean where the
        interval holds it (Law 2015), or the floor where that is more.
        """
        number = len(values)
        if number < 2:
            return np.full(len(floor), np.inf)
        half = student(number) * values.std(axis=0, ddof=1) / np.sqrt(number)
        bound = np.maximum(floor, self.precision / (1.0 + self.precision) * np.abs(values.mean(axis=0)))
        return np.asarray(np.where(half > 0.0, half / np.maximum(bound, 1e-300), 0.0))

    def following(self, number: int, misses: Floats) -> int:
        """Return how many replications to try next: what the variance so far asks for, at least double."""
        wanted = max(2.0, float(misses.max()) ** 2) * number
        return min(self.most, 1 << int(np.ceil(np.log2(min(wanted, 2.0**40)))))

    def stages(self, sample: Sample, floor: Floats) -> tuple[list[int], Floats]:
        """Sample until all measures are precise enough; return the numbers tried and the last factors."""
        tried = [min(FIRST_STAGE, self.most)]
        misses = self.misses(sample(tried[0]), floor)
        while (misses > 1.0).any() and tried[-1] < self.most:
            tried.append(self.following(tried[-1], misses))
            misses = self.misses(sample(tried[-1]), floor)
        return tried, misses


def run_until(
    compiled: CompiledScenario, rule: Rule, options: RunOptions
) -> tuple[CompiledScenario, list[ReplicationResult], bool, dict[str, Any]]:
    """Run until the headline losses are precise enough, or the user stops it.

    Those are the gross lost days of each user, and the value that users lose together.

    Replications are 0 to n - 1 as in a run of n from the start, with the same bytes. Strata depend on n, so
    that those run before are run again where anything is uncertain: numbers jump to what the variance asks
    for. Also returns whether the user stopped it, and why it ended.
    """
    results: list[ReplicationResult] = []
    columns, floor, names = _measures(compiled)

    def sample(number: int) -> Floats:
        nonlocal compiled, results
        larger, done = replace(compiled, replications=number), len(results)
        if not np.array_equal(larger.draws[:done], compiled.draws[:done]):
            results = []
        compiled = larger
        (new,), stopped = run_each([(compiled, range(len(results), number))], options)
        results = [*results, *new]
        if stopped:
            raise KeyboardInterrupt
        return np.array([columns(result) for result in results]).reshape(number, len(floor))

    try:
        tried, misses = rule.stages(sample, floor)
    except KeyboardInterrupt:
        return compiled, results, True, {}
    why = {
        "precision": rule.precision,
        "floor_days": FLOOR_DAYS,
        "stopped": "maximum" if (misses > 1.0).any() else "reached",
        "stages": tried,
        "measures": len(names),
        "within": int((misses <= 1.0).sum()),
        "widest": names[_widest(misses)] if names else "",
        "widest_over_bound": round(float(misses.max(initial=0.0)), 4),
    }
    return compiled, results, False, why


def _widest(misses: Floats) -> int:
    """Return the place of the largest factor, the first of those that differ by rounding alone."""
    return int((misses >= misses.max() * (1.0 - RELATIVE_SLACK)).argmax())


def _measures(
    compiled: CompiledScenario,
) -> tuple[Callable[[ReplicationResult], Floats], Floats, list[str]]:
    """Return what is to be precise: how to measure it, its floor and its name."""
    arrays, users = compiled.network.arrays, list(compiled.exposed.values())
    days, value = (PROCESS_MEASURES.index(f"lost_{unit}_gross") for unit in ("days", "value"))
    daily = (arrays.base_starts * arrays.yield_ * compiled.frame.price)[users]
    priced = bool(users) and bool(np.isfinite(daily).all())

    def columns(result: ReplicationResult) -> Floats:
        process = result.measures.process
        sums = [process[value, users].sum()] if priced else []
        return np.array([*process[days, users], *sums])

    floor = FLOOR_DAYS * np.array([*np.ones(len(users)), *([daily.sum()] if priced else [])])
    return columns, floor, [*compiled.exposed, *(["value lost by all users"] if priced else [])]
