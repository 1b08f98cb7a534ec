"""Spreading replications over processes, with the same numbers whatever the number of processes."""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager

from sim.engine import warm
from sim.experiments.prepare import Outcome, Prepared

MANY = 20  # replications from which tidying up first pays
Task = tuple[Prepared, Sequence[int]]  # and which of its replications to run
_shared: dict[str, Sequence[Task]] = {}  # what a worker process works on; set once when it starts


def run_all(prepared: Prepared, jobs: int | None, done: Callable[[int], None]) -> tuple[list[Outcome], bool]:
    """Run every replication; return those finished, sorted, and whether the user stopped the rest.

    Parameters
    ----------
    jobs : int, optional
        Number of processes; all cores when left out.
    done : callable
        Called with the number of replications just finished.
    """
    (found,), stopped = run_each([(prepared, range(prepared.replications))], jobs, done)
    return found, stopped


def run_all_of(
    prepared: Prepared, replications: Sequence[int], jobs: int | None, done: Callable[[int], None]
) -> list[Outcome]:
    """Run some replications; a stop by the user leaves none of them."""
    (found,), stopped = run_each([(prepared, replications)], jobs, done)
    if stopped:
        raise KeyboardInterrupt
    return found


def run_each(
    tasks: Sequence[Task], jobs: int | None, done: Callable[[int], None]
) -> tuple[list[list[Outcome]], bool]:
    """Run some replications of several preparations; return the outcomes of each, sorted."""
    warm.announce(lambda text: sys.stderr.write(f"{text}\n"))
    total = sum(len(replications) for _, replications in tasks)
    number = min(jobs or os.cpu_count() or 1, total)
    found: list[list[Outcome]] = [[] for _ in tasks]
    stopped = False
    source = _serial(tasks) if number <= 1 else _processes(tasks, number, total)
    with long_lived(total):
        try:
            with closing(source):
                for place, outcomes in source:
                    found[place] += outcomes
                    done(len(outcomes))
        except KeyboardInterrupt:
            stopped = True
    return [sorted(outcomes, key=lambda outcome: outcome.replication) for outcomes in found], stopped


@contextmanager
def long_lived(replications: int) -> Iterator[None]:
    """Keep what is there from being searched for garbage over and over during a long run."""
    if replications < MANY:
        yield
        return
    gc.freeze()  # what is garbage already is freed afterwards
    try:
        yield
    finally:
        gc.unfreeze()


def _serial(tasks: Sequence[Task]) -> Generator[tuple[int, list[Outcome]], None, None]:
    for place, (prepared, replications) in enumerate(tasks):
        for replication in replications:
            yield place, [prepared.run(replication)]


def _processes(
    tasks: Sequence[Task], jobs: int, total: int
) -> Generator[tuple[int, list[Outcome]], None, None]:
    """Yield the outcomes of chunks as processes finish them."""
    prepared, replications = tasks[0]
    yield 0, [prepared.run(replications[0])]  # compiles the day step once, before the processes are forked
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    size = max(1, min(25, total // (4 * jobs)))
    chunks = [
        (place, one[i : i + size])
        for place, (_, whole) in enumerate(tasks)
        for one in [whole[1:] if place == 0 else whole]
        for i in range(0, len(one), size)
    ]
    pool = concurrent.futures.ProcessPoolExecutor(
        jobs, multiprocessing.get_context(method), initializer=_begin, initargs=(tasks,)
    )
    try:
        with _undisturbed():
            futures = [pool.submit(_work, *chunk) for chunk in chunks]
        for future in concurrent.futures.as_completed(futures):
            yield future.result()
    finally:
        with _undisturbed():
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put Ctrl-C off while a pool is set up or ended: one that is left half-way never ends."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(tasks: Sequence[Task]) -> None:
    """Set up a worker; the parent alone answers to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["tasks"] = tasks


def _work(place: int, replications: Sequence[int]) -> tuple[int, list[Outcome]]:
    prepared, _ = _shared["tasks"][place]
    return place, [prepared.run(replication) for replication in replications]
