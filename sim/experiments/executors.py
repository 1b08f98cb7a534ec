"""Running replications serially, on local processes or on a Dask cluster: the same numbers from all three.

Whatever runs them, the work comes in chunks of replications of one preparation, and `work` does one of them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext

from sim.engine import warm
from sim.errors import CurbsimError
from sim.experiments import clusters, memory, pools
from sim.experiments.prepare import Outcome, Prepared
from sim.experiments.streaming import Chunk, Finished, Task
from sim.experiments.unfinished import Unfinished

Jobs = int | str | None  # a number of processes, the address of a Dask scheduler, or all cores
MANY = 20  # replications from which tidying up first pays
LARGEST = 25  # replications in a chunk


def run_all(
    prepared: Prepared, jobs: Jobs, done: Callable[[int], None], kept: Unfinished | None = None
) -> tuple[list[Outcome], bool]:
    """Run every replication; return those finished, sorted, and whether the user stopped the rest.

    Parameters
    ----------
    jobs : int or str, optional
        Number of processes, or the address of a Dask scheduler; all cores when left out.
    done : callable
        Called with the number of replications just finished.
    kept : Unfinished, optional
        Where finished replications are kept, and found again after a stop.
    """
    (found,), stopped = run_each([(prepared, range(prepared.replications))], jobs, done, kept)
    return found, stopped


def run_all_of(
    prepared: Prepared,
    replications: Sequence[int],
    jobs: Jobs,
    done: Callable[[int], None],
    kept: Unfinished | None = None,
) -> list[Outcome]:
    """Run some replications; a stop by the user leaves none of them."""
    (found,), stopped = run_each([(prepared, replications)], jobs, done, kept)
    if stopped:
        raise KeyboardInterrupt
    return found


def run_each(
    tasks: Sequence[Task], jobs: Jobs, done: Callable[[int], None], kept: Unfinished | None = None
) -> tuple[list[list[Outcome]], bool]:
    """Run some replications of several preparations; return the outcomes of each, sorted."""
    large = any(prepared.scenario.document.network is not None for prepared, _ in tasks)
    step = "run_stage" if large else "run_days"
    warm.announce(lambda text: sys.stderr.write(f"{text}\n"), step)
    jobs = read_jobs(jobs)
    found: list[list[Outcome]] = [[] for _ in tasks]
    stopped = False
    with long_lived(sum(len(replications) for _, replications in tasks)):
        try:
            with closing(_resumed(tasks, jobs, kept)) as source:
                for place, outcomes in source:
                    found[place] += outcomes
                    done(len(outcomes))
        except KeyboardInterrupt:
            stopped = True
            if kept is not None:
                kept.stopped = True
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


def _resumed(tasks: Sequence[Task], jobs: Jobs, kept: Unfinished | None) -> Generator[Finished, None, None]:
    """Yield what an earlier, stopped call has finished, then the rest, which is kept as it comes."""
    if kept is None:
        yield from _fresh(tasks, jobs)
        return
    study = kept.study(tasks)
    yield from study.finished()
    with closing(_fresh(study.missing(), jobs)) as source:
        for place, outcomes in source:
            study.add(place, outcomes)
            yield place, outcomes


def _fresh(tasks: Sequence[Task], jobs: Jobs) -> Generator[Finished, None, None]:
    """Run the first replication here, which compiles the day step and tells its size; then the rest."""
    todo = [(place, number) for place, (_, numbers) in enumerate(tasks) for number in numbers[:1]]
    if not todo:
        return
    place, number = todo[0]
    total = sum(len(numbers) for _, numbers in tasks)
    with clusters.connected(jobs) if isinstance(jobs, str) else nullcontext() as client:
        first = tasks[place][0].run(number)
        size = memory.size(first)
        memory.require(size, total)
        yield place, [first]
        rest = [(one, numbers[1:] if i == place else numbers) for i, (one, numbers) in enumerate(tasks)]
        if client is not None:
            yield from clusters.stream(client, str(jobs), rest, chunks(rest, clusters.workers(client), size))
            return
    workers = min(int(jobs or os.cpu_count() or 1), total, memory.most_processes(tasks[place][0]))
    if workers <= 1:
        yield from pools.serial(rest)
    else:
        yield from pools.stream(rest, workers, chunks(rest, workers, size))


def chunks(tasks: Sequence[Task], workers: int, size: int) -> list[Chunk]:
    """Share work out: several chunks for each worker, none too large to wait for, to lose or to send."""
    total = sum(len(numbers) for _, numbers in tasks)
    length = max(1, min(LARGEST, total // (4 * workers), memory.CHUNK // max(size, 1)))
    return [
        (place, tuple(numbers[i : i + length]))
        for place, (_, numbers) in enumerate(tasks)
        for i in range(0, len(numbers), length)
    ]


def read_jobs(jobs: Jobs) -> Jobs:
    """Return what replications are run on, once it is known to be one of the two.

    Raises
    ------
    CurbsimError
        When it is neither a number of processes nor an address.

    Examples
    --------
    >>> read_jobs("tcp://10.0.0.7:8786")
    'tcp://10.0.0.7:8786'
    """
    if isinstance(jobs, str) and not clusters.ADDRESS.fullmatch(jobs):
        raise CurbsimError(
            f"'{jobs}' is not the address of a cluster; write for example tcp://127.0.0.1:8786"
        )
    if isinstance(jobs, int) and jobs < 1:
        raise CurbsimError(f"jobs is {jobs}; write 1 or more")
    return jobs
