"""Replications on this machine: one after the other, or on processes, of which any may die."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import signal
from collections.abc import Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

from sim.errors import CurbsimError
from sim.experiments import streaming
from sim.experiments.interrupts import undisturbed
from sim.experiments.prepare import Outcome
from sim.experiments.streaming import Chunk, Finished, Task

DEATHS = 3  # of processes in a row, with nothing finished in between, after which to give up
_shared: dict[str, Sequence[Task]] = {}  # what a worker process works on; set once when it starts


def serial(tasks: Sequence[Task]) -> Generator[Finished, None, None]:
    """Yield the outcome of one replication after the other."""
    for place, (prepared, replications) in enumerate(tasks):
        for replication in replications:
            yield place, streaming.work(prepared, [replication])


def stream(tasks: Sequence[Task], jobs: int, chunks: Sequence[Chunk]) -> Generator[Finished, None, None]:
    """Yield the outcomes of chunks as processes finish them.

    A process that dies takes its pool with it: a new one does what is missing.

    Raises
    ------
    CurbsimError
        When processes keep dying.
    """
    left = dict.fromkeys(chunks)
    deaths = 0
    while left:
        try:
            with closing(_from_pool(tasks, jobs, list(left))) as finished:
                for chunk, outcomes in finished:
                    del left[chunk]
                    deaths = 0
                    yield chunk[0], outcomes
        except BrokenProcessPool as error:
            deaths += 1
            if deaths == DEATHS:
                raise CurbsimError(
                    f"a process was killed {deaths} times in a row, most likely because memory ran out; "
                    f"write a smaller number than --jobs {jobs}"
                ) from error


def _from_pool(
    tasks: Sequence[Task], jobs: int, chunks: Sequence[Chunk]
) -> Generator[tuple[Chunk, list[Outcome]], None, None]:
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with undisturbed() as heed:
        pool = concurrent.futures.ProcessPoolExecutor(
            jobs, multiprocessing.get_context(method), initializer=_begin, initargs=(tasks,)
        )
        try:
            yield from streaming.stream(lambda chunk: pool.submit(_work, *chunk), chunks, lambda: jobs, heed)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(tasks: Sequence[Task]) -> None:
    """Set up a worker; the parent alone answers to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["tasks"] = tasks


def _work(place: int, replications: Sequence[int]) -> list[Outcome]:
    return streaming.work(_shared["tasks"][place][0], replications)
