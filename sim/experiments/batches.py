"""Simulating points in batches that are kept as they finish, so that a long study can go on after a stop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim import store
from sim.experiments.executors import Jobs, run_all_of
from sim.experiments.prepare import Outcome, Prepared
from sim.network.arrays import Floats

SIZE = 64  # points; what a stop may cost


def moments(outcome: Outcome) -> Floats:
    """Return the moments of a point."""
    return outcome.moments


def process_measures(outcome: Outcome) -> Floats:
    """Return all measures of processes, [measure, process]."""
    return outcome.measures.process


class Batches:
    """Runs points of the unit cube through a prepared case and keeps what is finished.

    `kept` says what is kept of a point. A batch is known by a hash of everything that went in, so that a
    folder may hold several studies and a changed scenario never finds the numbers of another.
    """

    def __init__(
        self,
        prepared: Prepared,
        folder: str | Path | None,
        jobs: Jobs,
        done: Callable[[int], None],
        kept: Callable[[Outcome], Floats] = moments,
        size: int = SIZE,
    ) -> None:
        self.prepared, self.jobs, self.done, self.kept, self.size = prepared, jobs, done, kept, size
        self.folder = None if folder is None else Path(folder)

    def draws(self, cube: Floats) -> Floats:
        """Return the values of all factors at points, the first of which is the first of the study."""
        return self._at(0, cube).draws[: len(cube)]

    def simulate(self, first: int, cube: Floats) -> Floats:
        """Return the figures of points [point, figure]; `first` is the number of the first in the study."""
        prepared = self._at(first, cube)
        starts = range(0, len(cube), self.size)
        parts = [range(first + i, first + min(i + self.size, len(cube))) for i in starts]
        return np.concatenate([self._batch(prepared, part, cube[part.start - first :]) for part in parts])

    def _at(self, first: int, cube: Floats) -> Prepared:
        """Return the case with these points in their places; others are not run."""
        whole = np.full((self.prepared.replications, cube.shape[1]), 0.5)
        whole[first : first + len(cube)] = cube
        return replace(self.prepared, cube=whole)

    def _batch(self, prepared: Prepared, part: range, cube: Floats) -> Floats:
        file = None
        if self.folder is not None:
            file = self.folder / f"batch-{self._hash(part, cube[: len(part)])}.npz"
            if file.exists():
                self.done(len(part))
                return np.asarray(store.read_arrays(file)["figures"])
        outcomes = run_all_of(prepared, part, self.jobs, self.done)
        found = np.array([self.kept(outcome) for outcome in outcomes])
        if file is not None:
            store.write_whole(file, lambda place: store.write_arrays({"figures": found}, place))
        return found

    def _hash(self, part: range, cube: Floats) -> str:
        prepared = self.prepared
        inputs = (prepared.scenario.hash, prepared.baseline.hash, prepared.seed, prepared.replications)
        future = [] if prepared.future is None else prepared.future[part.start : part.stop].tolist()
        what = (self.kept.__name__, prepared.moments, prepared.columns, future)
        text = "|".join(str(x) for x in (*inputs, part.start, part.stop, *what))
        return hashlib.sha256(text.encode() + np.ascontiguousarray(cube).tobytes()).hexdigest()[:16]
