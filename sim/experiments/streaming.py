"""One unit of work, and how units go to workers: few at a time, so that what is in flight stays bounded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from sim.experiments.prepare import Outcome, Prepared

Task = tuple[Prepared, Sequence[int]]  # and which of its replications to run
Chunk = tuple[int, tuple[int, ...]]  # the place of a task, and some of its replications
Finished = tuple[int, list[Outcome]]  # the place of a task, and outcomes of it
AHEAD = 3  # chunks that a worker has before it: one at work, and more for when it is done


def work(prepared: Prepared, replications: Sequence[int]) -> list[Outcome]:
    """Run some replications: the one thing that every worker does."""
    return [prepared.run(replication) for replication in replications]


def stream(
    submit: Callable[[Chunk], Future[list[Outcome]]],
    chunks: Iterable[Chunk],
    workers: Callable[[], int],
) -> Generator[tuple[Chunk, list[Outcome]], None, None]:
    """Submit chunks, no more than the workers can soon do, and yield each with its outcomes as it is done."""
    waiting = iter(chunks)
    running: dict[Future[list[Outcome]], Chunk] = {}
    while True:
        for chunk in itertools.islice(waiting, max(0, AHEAD * workers() - len(running))):
            running[submit(chunk)] = chunk
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            chunk = running.pop(future)
            yield chunk, future.result()
