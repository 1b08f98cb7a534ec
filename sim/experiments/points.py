"""Simulating points of the unit cube that an experiment chooses itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.experiments import memory
from sim.experiments.executors import Jobs, run_all_of
from sim.experiments.prepare import Prepared
from sim.experiments.unfinished import Unfinished
from sim.network.arrays import Floats


class Points:
    """Runs points of the unit cube through a prepared case.

    `what` is kept of each: the moments, or the measures of a group such as `process`.
    """

    def __init__(
        self,
        prepared: Prepared,
        what: str,
        jobs: Jobs,
        done: Callable[[int], None],
        kept: Unfinished | None = None,
    ) -> None:
        self.prepared, self.what = replace(prepared, only=what), what
        self.jobs, self.done, self.kept = jobs, done, kept

    def draws(self, cube: Floats) -> Floats:
        """Return the values of all factors at points, the first of which is the first of the study."""
        return self._at(0, cube).draws[: len(cube)]

    def simulate(self, first: int, cube: Floats) -> Floats:
        """Return the figures of points [point, ...]; `first` is the number of the first in the study."""
        numbers = range(first, first + len(cube))
        outcomes = run_all_of(self._at(first, cube), numbers, self.jobs, self.done, self.kept)
        return np.array([memory.arrays_of(outcome)[self.what] for outcome in outcomes])

    def _at(self, first: int, cube: Floats) -> Prepared:
        """Return the case with these points in their places; others are not run."""
        whole = np.full((self.prepared.replications, cube.shape[1]), 0.5)
        whole[first : first + len(cube)] = cube
        return replace(self.prepared, cube=whole)
