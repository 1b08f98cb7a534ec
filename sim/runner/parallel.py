"""Running replications one by one, on local processes or on a Dask cluster: the same numbers from all three.

Work goes out in chunks of replications of one scenario, few at a time, so that what is under way stays
bounded. A process that dies ends the run; what is finished is in the checkpoint, and the same call goes on.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, nullcontext

from sim import signals
from sim.engine.daystep.run import announce
from sim.errors import CurbsimError
from sim.progress import in_notebook
from sim.runner import dask_cluster, memory
from sim.runner.checkpoint import CheckpointStore, checkpointing
from sim.runner.compiled_scenario import Chunk, CompiledScenario, Finished, ReplicationResult, Submit, Task
from sim.runner.options import Jobs, RunOptions

LARGEST_CHUNK = 25  # replications
CHUNKS_AHEAD = 3  # that a worker has before it: one at work, and more for when it is done
PATIENCE = 0.2  # seconds that Ctrl-C may have to wait while no chunk is done
_shared: dict[str, Sequence[Task]] = {}  # what a worker process works on; set once when it starts


def run_all(compiled: CompiledScenario, options: RunOptions) -> tuple[list[ReplicationResult], bool]:
    """Run every replication; return those finished, sorted, and whether the user stopped the rest."""
    (results,), stopped = run_each([(compiled, range(compiled.replications))], options)
    return results, stopped


def run_whole(tasks: Sequence[Task], options: RunOptions) -> list[list[ReplicationResult]]:
    """Run some replications of several compiled scenarios; a stop by the user leaves none of them."""
    results, stopped = run_each(tasks, options)
    if stopped:
        raise KeyboardInterrupt
    return results


def run_each(tasks: Sequence[Task], options: RunOptions) -> tuple[list[list[ReplicationResult]], bool]:
    """Run replications of several scenarios; return the results of each, and whether the user stopped it."""
    jobs = read_jobs(options.jobs)
    large = any(compiled.scenario.document.network is not None for compiled, _ in tasks)
    announce(lambda text: sys.stderr.write(f"{text}\n"), "run_stage" if large else "run_days")
    by_task: list[list[ReplicationResult]] = [[] for _ in tasks]
    stopped = False
    total, label = sum(len(numbers) for _, numbers in tasks), tasks[0][0].scenario.name if tasks else ""
    shown = in_notebook(total, label, options.progress)
    with checkpointing(options.checkpoint) as store, long_lived(), shown as progress:
        try:
            with closing(_resumed(tasks, jobs, store)) as finished:
                for place, results in finished:
                    by_task[place] += results
                    if progress is not None:
                        progress(len(results))
        except KeyboardInterrupt:
            stopped = True
            if store is not None:
                store.stopped = True
    return [sorted(results, key=lambda result: result.replication) for results in by_task], stopped


@contextmanager
def long_lived() -> Iterator[None]:
    """Keep what is there from being searched for garbage over and over during a long run.

    60 replications of `curbs_2019` take 1.65 s of one processor in place of 1.84 s.
    """
    gc.freeze()  # what is garbage already is freed afterwards
    try:
        yield
    finally:
        gc.unfreeze()


def _resumed(
    tasks: Sequence[Task], jobs: Jobs, store: CheckpointStore | None
) -> Generator[Finished, None, None]:
    """Yield what an earlier, stopped call has finished, then the rest, which is kept as it comes."""
    if store is None:
        yield from _fresh(tasks, jobs)
        return
    checkpoint = store.checkpoint(tasks)
    yield from checkpoint.finished()
    with closing(_fresh(checkpoint.missing(), jobs)) as finished:
        for place, results in finished:
            checkpoint.add(place, results)
            yield place, results


def _fresh(tasks: Sequence[Task], jobs: Jobs) -> Generator[Finished, None, None]:
    """Run the first replication here, which compiles the day step and tells its size; then the rest."""
    place = next((place for place, (_, numbers) in enumerate(tasks) if numbers), None)
    if place is None:
        return
    compiled, numbers = tasks[place]
    total = sum(len(numbers) for _, numbers in tasks)
    with dask_cluster.connected(jobs) if isinstance(jobs, str) else nullcontext() as client:
        first = compiled.run(numbers[0])
        size = memory.size(first)
        memory.require(size, total)
        yield place, [first]
        rest = [*tasks[:place], (compiled, numbers[1:]), *tasks[place + 1 :]]
        if client is not None:
            with signals.postponed() as heed, dask_cluster.submitting(client, str(jobs), rest) as submit:
                workers = dask_cluster.counting(client, str(jobs))
                yield from _stream(submit, chunks(rest, workers(), size), workers, heed)
            return
    processes = min(int(jobs or os.cpu_count() or 1), total, memory.most_processes(compiled))
    if processes > 1:
        with signals.postponed() as heed, _submitting(rest, processes) as submit:
            yield from _stream(submit, chunks(rest, processes, size), lambda: processes, heed)
    else:
        for place, (compiled, numbers) in enumerate(rest):
            for number in numbers:
                yield place, [compiled.run(number)]


def chunks(tasks: Sequence[Task], workers: int, size: int) -> list[Chunk]:
    """Share work out: several chunks for each worker, none too large to wait for, to lose or to send."""
    total = sum(len(numbers) for _, numbers in tasks)
    length = max(1, min(LARGEST_CHUNK, total // (4 * workers), memory.CHUNK_BYTES // max(size, 1)))
    return [
        (place, tuple(numbers[i : i + length]))
        for place, (_, numbers) in enumerate(tasks)
        for i in range(0, len(numbers), length)
    ]


def _stream(
    submit: Submit, work: Sequence[Chunk], workers: Callable[[], int], heed: Callable[[], None]
) -> Generator[Finished, None, None]:
    """Submit chunks, no more than the workers can soon do, and yield the results of each as it is done.

    `heed` is called where a stop by the user does no harm: outside of what futures do.
    """
    waiting = iter(work)
    running: dict[Future[list[ReplicationResult]], int] = {}
    while True:
        heed()
        for place, numbers in itertools.islice(waiting, max(0, CHUNKS_AHEAD * workers() - len(running))):
            running[submit(place, numbers)] = place
        if not running:
            return
        for future in wait(running, PATIENCE, FIRST_COMPLETED).done:
            yield running.pop(future), future.result()


@contextmanager
def _submitting(tasks: Sequence[Task], processes: int) -> Iterator[Submit]:
    """Yield what submits a chunk to processes of this machine, which have the tasks from their start."""
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(tasks,))
    try:
        yield lambda place, numbers: pool.submit(_work, place, numbers)
    except BrokenProcessPool as error:
        raise CurbsimError(
            "a process was killed, most likely because memory ran out; write a smaller number than "
            f"--jobs {processes}; the same command, or call with checkpoint=, goes on with what is finished"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(tasks: Sequence[Task]) -> None:
    """Set up a worker with the tasks."""
    signals.leave_to_parent()
    _shared["tasks"] = tasks


def _work(place: int, numbers: Sequence[int]) -> list[ReplicationResult]:
    compiled = _shared["tasks"][place][0]
    return [compiled.run(number) for number in numbers]


def read_jobs(jobs: Jobs) -> Jobs:
    """Return what replications are run on; raise when it is neither a number of processes nor an address.

    Examples
    --------
    >>> read_jobs("tcp://10.0.0.7:8786")
    'tcp://10.0.0.7:8786'
    """
    if isinstance(jobs, str) and not dask_cluster.ADDRESS.fullmatch(jobs):
        raise CurbsimError(
            f"'{jobs}' is not the address of a cluster; write for example tcp://127.0.0.1:8786, or the same "
            "with tls:// or ucx://"
        )
    return jobs
