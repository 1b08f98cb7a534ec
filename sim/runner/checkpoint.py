"""Finished replications of an experiment that is not whole yet, in files so that the same call can go on.

A study, one set of tasks, is known by a hash of everything that its numbers depend on, this code included:
a changed scenario, seed or version never finds the numbers of another.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.user_processes import UserProcesses
from sim.errors import CurbsimError
from sim.files import write_whole
from sim.results import store
from sim.results.measures import Measures
from sim.results.provenance import code_digest
from sim.runner import memory
from sim.runner.compiled_scenario import Finished, ReplicationResult, Task
from sim.scenario import Scenario

FOLDER = ".unfinished"
SECONDS_BETWEEN_FILES = 10.0  # what a crash may cost, and what a short run never pays


class CheckpointStore:
    """Finished replications of an experiment, under a folder of run folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.stopped = False  # by the user: what is finished stays for the next call
        self._checkpoints: list[Checkpoint] = []
        self._written = time.monotonic()

    def checkpoint(self, tasks: Sequence[Task]) -> Checkpoint:
        """Return the checkpoint of these tasks, with what is finished of them."""
        self._checkpoints.append(Checkpoint(self, tasks))
        return self._checkpoints[-1]

    def flush(self, *, after: float = 0.0) -> None:
        """Write what is not written yet, when the last time is so many seconds ago."""
        if time.monotonic() - self._written >= after:
            for checkpoint in self._checkpoints:
                checkpoint.write()
            self._written = time.monotonic()

    def clear(self) -> None:
        """Remove everything of this experiment: it is whole."""
        for checkpoint in self._checkpoints:
            shutil.rmtree(checkpoint.folder, ignore_errors=True)
        self.remove_empty()

    def remove_empty(self, *folders: Path) -> None:
        """Remove the folder of what is unfinished, after others in it, where nothing is left in them."""
        with suppress(OSError):  # something else is unfinished, or nothing was ever written
            for folder in (*folders, self.folder):
                folder.rmdir()


class Checkpoint:
    """A set of tasks, and the files of what is finished of it."""

    def __init__(self, checkpoints: CheckpointStore, tasks: Sequence[Task]) -> None:
        self.checkpoints, self.tasks = checkpoints, tasks
        self.folder = checkpoints.folder / key_of(tasks)
        self._new: dict[int, list[ReplicationResult]] = {}
        self._known: set[tuple[int, int]] = set()

    def finished(self) -> Iterator[Finished]:
        """Yield what files hold; one that is damaged is done again."""
        for path in sorted(self.folder.glob("*.npz")):
            with suppress(CurbsimError):
                for place, results in unpacked(store.read_arrays(path)):
                    self._known.update((place, result.replication) for result in results)
                    yield place, results

    def missing(self) -> list[Task]:
        """Return the tasks without what is finished."""
        return [
            (compiled, [number for number in numbers if (place, number) not in self._known])
            for place, (compiled, numbers) in enumerate(self.tasks)
        ]

    def add(self, place: int, results: list[ReplicationResult]) -> None:
        """Keep results; those with daily records, which are few and large, are run again after a stop."""
        self._new.setdefault(place, []).extend(result for result in results if result.trace is None)
        self.checkpoints.flush(after=SECONDS_BETWEEN_FILES)

    def write(self) -> None:
        """Write what is new into a file of its own, whole or not at all."""
        new = {place: results for place, results in self._new.items() if results}
        if new:
            place, results = next(iter(new.items()))
            path = self.folder / f"{place}-{results[0].replication}.npz"
            try:
                write_whole(path, lambda part: store.write_arrays(packed(new), part, compressed=False))
            except CurbsimError:
                self.checkpoints.remove_empty(self.folder)
                raise
        self._new = {}


@contextmanager
def checkpointing(place: str | Path | CheckpointStore | None) -> Iterator[CheckpointStore | None]:
    """Go on with an experiment that was stopped, and keep what is finished if it is stopped again.

    `place` is the folder of run folders; what another `checkpointing` has yielded is passed on, left to it.
    """
    if place is None or isinstance(place, CheckpointStore):
        yield place
        return
    checkpoints = CheckpointStore(Path(place))
    try:
        yield checkpoints
    except CurbsimError:
        with suppress(CurbsimError):  # what went wrong first is what to tell
            checkpoints.flush()
        raise
    except BaseException:
        checkpoints.flush()
        raise
    if checkpoints.stopped:
        checkpoints.flush()
    else:
        checkpoints.clear()


def key_of(tasks: Sequence[Task]) -> str:
    """Return a hash of everything that the results of tasks depend on."""
    digest = hashlib.sha256(code_digest().encode())
    for compiled, numbers in tasks:
        for field in dataclasses.fields(compiled):
            part = _as_bytes(getattr(compiled, field.name))
            digest.update(len(part).to_bytes(8, "little") + part)
        digest.update(np.asarray(numbers, dtype=np.int64).tobytes())
    return digest.hexdigest()[:16]


def _as_bytes(value: Any) -> bytes:
    """Return a field of a compiled scenario as bytes; of scenarios also what a changed structure changes."""
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value).tobytes()
    if isinstance(value, Scenario):
        value = (value.hash, value.document.model, sorted(value.document.uncertain))
    elif isinstance(value, UserProcesses):
        value = value.digests
    return repr(value).encode()


def packed(finished: dict[int, list[ReplicationResult]]) -> dict[str, Any]:
    """Return results by place as arrays with a row for each."""
    arrays: dict[str, Any] = {}
    for place, results in finished.items():
        rows = [memory.arrays_of(result) for result in results]
        arrays |= {f"{place}/{name}": np.stack([row[name] for row in rows]) for name in rows[0]}
    return arrays


def unpacked(arrays: dict[str, Any]) -> Iterator[Finished]:
    """Yield the results that were packed, by place."""
    columns: dict[str, dict[str, Any]] = {}
    for path, array in arrays.items():
        place, _, name = path.partition("/")
        columns.setdefault(place, {})[name] = array
    for place in sorted(columns):
        rows = [dict(zip(columns[place], row)) for row in zip(*columns[place].values(), strict=True)]
        yield int(place), [_unpacked(row) for row in rows]


def _unpacked(row: dict[str, Any]) -> ReplicationResult:
    measures = Measures(**{field.name: row.pop(field.name) for field in dataclasses.fields(Measures)})
    return ReplicationResult(**row | {"replication": int(row["replication"])}, measures=measures)
