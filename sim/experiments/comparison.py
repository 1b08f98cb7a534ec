"""Compare scenarios replication by replication, with common draws."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.estimates import interval
from sim.experiments import differences
from sim.experiments.runs import run
from sim.experiments.uncertainty import factors
from sim.network.arrays import Floats
from sim.results import Result
from sim.scenario import Change, Scenario


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several scenarios run with the same draws; the first is what the others are compared with.

    Attributes
    ----------
    results : tuple of Result
        One for each scenario.
    changes : tuple of list of Change
        In which values each scenario differs from the first.
    """

    results: tuple[Result, ...]
    changes: tuple[list[Change], ...]

    def table(self, measure: str = "lost_days") -> pd.DataFrame:
        """Return paired differences from the first scenario by process.

        `low` and `high` bound the mean difference (95 %, Student's t); `variance_ratio` is the
        variance of the paired difference over that of independent runs.
        """
        first = self.results[0]
        rows: list[dict[str, Any]] = []
        for number, other in enumerate(self.results[1:], 1):
            shared = [name for name in first.labels.processes if name in other.labels.processes]
            for name in shared:
                a = first.values("process", measure)[:, first.labels.processes.index(name)]
                b = other.values("process", measure)[:, other.labels.processes.index(name)]
                if np.abs(a).max(initial=0.0) + np.abs(b).max(initial=0.0) > 1e-6:
                    label = self.label(number)
                    exposed = name in first.labels.exposed or name in other.labels.exposed
                    more = {"exposed": exposed, "value": self._value(other, name)}
                    rows.append({"scenario": label, "who": name, **_paired(a, b), **more})
        columns = ["scenario", "who", "first", "second", "difference", "low", "high"]
        return pd.DataFrame(
            rows, columns=[*columns, "monte_carlo_error", "variance_ratio", "exposed", "value"]
        )

    def words(self) -> str:
        """Return the paired differences in sentences computed from the numbers, one paragraph a line.

        A difference whose 95 % interval holds 0 cannot be told from no difference, and it says so.
        """
        return differences.words(self)

    def label(self, number: int) -> str:
        """Return the name of a scenario, with what was changed where the first has the same name."""
        name = self.results[number].name
        if name != self.results[0].name:
            return name
        changed = [f"{change.path}={change.new}" for change in self.changes[number][:2]]
        more = ", ..." if len(self.changes[number]) > 2 else ""
        return f"{name}: {', '.join(changed)}{more}" if changed else f"{name} (unchanged)"

    def _value(self, other: Result, name: str) -> float:
        """Return how far the value lost by a process differs from the first scenario, without sign."""
        means = [
            np.nan_to_num(r.values("process", "lost_value")[:, r.labels.processes.index(name)]).mean()
            for r in (self.results[0], other)
        ]
        return float(abs(means[1] - means[0]))

    def __repr__(self) -> str:
        """Return the names of what is compared."""
        return f"<Comparison {', '.join(result.name for result in self.results)}>"

    def _repr_html_(self) -> str:
        return str(self.table().to_html(index=False))


def compare(
    *scenarios: Scenario,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    uncertainty: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run scenarios with common draws and return paired differences.

    Raises
    ------
    CurbsimError
        When fewer than two scenarios are given.
    """
    if len(scenarios) < 2:
        raise CurbsimError("compare needs two scenarios or more; write for example compare A B")
    columns: tuple[str, ...] = ()
    if uncertainty:
        columns = tuple(sorted({f.name for s in scenarios for f in factors(s) if f.named}))
    settings = scenarios[0].document.run
    results = tuple(
        run(
            scenario,
            replications=settings.replications if replications is None else replications,
            seed=settings.seed if seed is None else seed,
            jobs=jobs,
            uncertainty=uncertainty,
            columns=columns or None,
            progress=progress,
        )
        for scenario in scenarios
    )
    number = min(result.replications for result in results)
    results = tuple(_first(result, number) for result in results)
    return Comparison(results, tuple(scenarios[0].diff(s) for s in scenarios))


def _first(result: Result, number: int) -> Result:
    """Keep the first replications only, so that all pairs are whole after Ctrl-C."""
    if result.replications == number:
        return result
    arrays = {name: array[:number] for name, array in result.arrays.items()}
    return dataclasses.replace(result, arrays=arrays)


def _paired(a: Floats, b: Floats) -> dict[str, float]:
    """Return the mean of paired differences with its interval and what pairing saved."""
    difference = b - a
    several = len(difference) > 1
    apart = float(a.var(ddof=1) + b.var(ddof=1)) if several else np.nan
    mean, low, high, error = interval(difference)
    return {
        "first": float(a.mean()),
        "second": float(b.mean()),
        "difference": mean,
        "low": low,
        "high": high,
        "monte_carlo_error": error,
        "variance_ratio": float(difference.var(ddof=1)) / apart if several and apart > 0 else np.nan,
    }
