"""Spreading replications over processes, with the same numbers whatever the number of processes."""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.experiments.prepare import Outcome, Prepared

MANY = 20  # replications from which tidying up first pays
_shared: dict[str, Prepared] = {}  # what a worker process works on; set once when it starts


def run_all(prepared: Prepared, jobs: int | None, done: Callable[[int], None]) -> tuple[list[Outcome], bool]:
    """Run every replication; return those finished, sorted, and whether the user stopped the rest.

    Parameters
    ----------
    jobs : int, optional
        Number of processes; all cores when left out.
    done : callable
        Called with the number of replications just finished.
    """
    number = min(jobs or os.cpu_count() or 1, prepared.replications)
    found: list[Outcome] = []
    stopped = False
    source = _serial(prepared) if number <= 1 else _processes(prepared, number)
    with long_lived(prepared.replications):
        try:
            for outcomes in source:
                found += outcomes
                done(len(outcomes))
        except KeyboardInterrupt:
            stopped = True
    return sorted(found, key=lambda outcome: outcome.replication), stopped


@contextmanager
def long_lived(replications: int) -> Iterator[None]:
    """Keep what is there from being searched for garbage over and over during a long run."""
    if replications < MANY:
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _serial(prepared: Prepared) -> Iterator[list[Outcome]]:
    for replication in range(prepared.replications):
        yield [prepared.run(replication)]


def _processes(prepared: Prepared, jobs: int) -> Iterator[list[Outcome]]:
    """Yield the outcomes of chunks as processes finish them."""
    first = prepared.run(0)  # compiles the day step once, before the processes are forked
    yield [first]
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    rest = range(1, prepared.replications)
    size = max(1, min(25, len(rest) // (4 * jobs)))
    chunks = [rest[i : i + size] for i in range(0, len(rest), size)]
    pool = concurrent.futures.ProcessPoolExecutor(
        jobs, multiprocessing.get_context(method), initializer=_begin, initargs=(prepared,)
    )
    try:
        futures = [pool.submit(_work, chunk) for chunk in chunks]
        for future in concurrent.futures.as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(prepared: Prepared) -> None:
    """Set up a worker; the parent alone answers to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["prepared"] = prepared


def _work(replications: range) -> list[Outcome]:
    return [_shared["prepared"].run(replication) for replication in replications]
