"""Finished replications of an experiment that is not whole yet, in files so that the same call can go on.

A study, one set of tasks, is known by a hash of everything that its numbers depend on, this code included:
a changed scenario, seed or version never finds the numbers of another. While a command works on a study it is
locked: a second command of the same study keeps nothing and reads nothing. A file whose digest is not that of
its arrays, or whose replications are not those of the tasks, is deleted and its work done again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from sim.engine.user_processes import UserProcesses
from sim.errors import CurbsimError
from sim.files import remove, write_whole
from sim.results import store
from sim.results.measures import Measures
from sim.results.provenance import code_digest
from sim.runner import memory
from sim.runner.compiled_scenario import Finished, ReplicationResult, Task
from sim.scenario import Scenario

FOLDER = ".unfinished"
DIGEST = "digest"
SECONDS_BETWEEN_FILES = 10.0  # what a crash may cost, and what a short run never pays


class CheckpointStore:
    """Finished replications of an experiment, under a folder of run folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.stopped = False  # by the user: what is finished stays for the next call
        self._checkpoints: list[Checkpoint] = []
        self._locks: dict[str, FileLock | None] = {}  # by study; None where another command has it
        self._written = time.monotonic()

    def checkpoint(self, tasks: Sequence[Task]) -> Checkpoint:
        """Return the checkpoint of these tasks, with what is finished of them."""
        key = key_of(tasks)
        if key not in self._locks:
            self._locks[key] = self._lock(key)
        self._checkpoints.append(Checkpoint(self, tasks, key, is_ours=self._locks[key] is not None))
        return self._checkpoints[-1]

    def _lock(self, key: str) -> FileLock | None:
        lock = FileLock(self.folder / f"{key}.lock")
        while True:
            make_private(self.folder)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                sys.stderr.write(
                    "another command works on the same study: this one keeps nothing for later\n"
                )
                return None
            except FileNotFoundError:  # another command, now whole, has removed the empty folder
                continue
            except OSError as error:
                raise CurbsimError(
                    f"{lock.lock_file}: cannot be locked ({error.strerror or error})"
                ) from error
            return lock

    def flush(self, *, after: float = 0.0) -> None:
        """Write what is not written yet, when the last time is so many seconds ago."""
        if time.monotonic() - self._written >= after:
            for checkpoint in self._checkpoints:
                checkpoint.write()
            self._written = time.monotonic()

    def clear(self) -> None:
        """Remove everything of this experiment: it is whole."""
        for checkpoint in self._checkpoints:
            if checkpoint.is_ours:
                remove(checkpoint.folder)

    def release(self) -> None:
        """Let other commands have the studies, and leave no empty folder."""
        for lock in filter(None, self._locks.values()):
            remove(Path(lock.lock_file))
            lock.release()
        self._locks.clear()
        self.remove_empty()

    def remove_empty(self, *folders: Path) -> None:
        """Remove the folder of what is unfinished, after others in it, where nothing is left in them."""
        with suppress(OSError):  # something else is unfinished, or nothing was ever written
            for folder in (*folders, self.folder):
                folder.rmdir()


class Checkpoint:
    """A set of tasks, and the files of what is finished of it."""

    def __init__(
        self, checkpoints: CheckpointStore, tasks: Sequence[Task], key: str, *, is_ours: bool
    ) -> None:
        self.checkpoints, self.tasks, self.key, self.is_ours = checkpoints, tasks, key, is_ours
        self.folder = checkpoints.folder / key
        self._new: dict[int, list[ReplicationResult]] = {}
        self._known: set[tuple[int, int]] = set()

    def finished(self) -> Iterator[Finished]:
        """Yield what files hold, each replication once; a file that is not of these tasks is deleted."""
        for path in sorted(self.folder.glob("*.npz")) if self.is_ours else ():
            results = self._read(path)
            if results is None:
                remove(path)
                continue
            for place, group in results:
                new = [result for result in group if (place, result.replication) not in self._known]
                self._known.update((place, result.replication) for result in new)
                yield place, new

    def _read(self, path: Path) -> list[Finished] | None:
        """Return what a file holds, None when it is damaged or of something else."""
        if path.is_symlink():
            return None
        try:
            arrays = store.read_arrays(path)
            if _digest(self.key, arrays) != bytes(arrays.pop(DIGEST)):
                return None
            results = list(unpacked(arrays))
        except (CurbsimError, LookupError, TypeError, ValueError):
            return None
        return results if all(self._fits(place, group) for place, group in results) else None

    def _fits(self, place: int, results: list[ReplicationResult]) -> bool:
        return 0 <= place < len(self.tasks) and {r.replication for r in results} <= {*self.tasks[place][1]}

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
        if new and self.is_ours:
            place, results = next(iter(new.items()))
            path = self.folder / f"{place}-{results[0].replication}.npz"
            arrays = packed(new)
            arrays[DIGEST] = np.frombuffer(_digest(self.key, arrays), dtype=np.uint8)
            try:
                make_private(self.folder)
                write_whole(path, lambda part: store.write_arrays(arrays, part, compressed=False))
            except CurbsimError:
                self.checkpoints.remove_empty(self.folder)
                raise
        self._new = {}


def make_private(folder: Path) -> None:
    """Make a folder that nobody else may write into; its files are read again as numbers."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CurbsimError(f"{folder}: cannot be made ({error.strerror or error})") from error


def _digest(key: str, arrays: dict[str, Any]) -> bytes:
    """Return a digest of the arrays of a file, and of the study that they belong to."""
    digest = hashlib.sha256(key.encode())
    for name in sorted(arrays.keys() - {DIGEST}):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    return digest.digest()


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
        with _kept_on_failure(checkpoints):
            yield checkpoints
        if checkpoints.stopped:
            checkpoints.flush()
        else:
            checkpoints.clear()
    finally:
        checkpoints.release()


@contextmanager
def _kept_on_failure(checkpoints: CheckpointStore) -> Iterator[None]:
    """Write what is finished when something goes wrong, and tell what went wrong first."""
    try:
        yield
    except CurbsimError:
        with suppress(CurbsimError):
            checkpoints.flush()
        raise
    except BaseException:
        checkpoints.flush()
        raise


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
