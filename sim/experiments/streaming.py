"""One unit of work, and how units go to workers: few at a time, so that what is in flight stays bounded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from sim.experiments.prepare import Outcome, Prepared

Task = tuple[Prepared, Sequence[int]]  # and which of its replications to run
Chunk = tuple[int, tuple[int, ...]]  # the place of a task, and some of its replications
Finished = tuple[int, list[Outcome]]  # the place of a task, and outcomes of it
PATIENCE = 0.2  # seconds that Ctrl-C may have to wait while no chunk is done
AHEAD = 3  # chunks that a worker has before it: one at work, and more for when it is done


def work(prepared: Prepared, replications: Sequence[int]) -> list[Outcome]:
    """Run some replications: the one thing that every worker does."""
    return [prepared.run(replication) for replication in replications]


def stream(
    submit: Callable[[Chunk], Future[list[Outcome]]],
    chunks: Iterable[Chunk],
    workers: Callable[[], int],
    heed: Callable[[], None],
) -> Generator[tuple[Chunk, list[Outcome]], None, None]:
    """Submit chunks, no more than the workers can soon do, and yield each with its outcomes as it is done.

    `heed` is called where a stop by the user does no harm: outside of what futures do.
    """
    waiting = iter(chunks)
    running: dict[Future[list[Outcome]], Chunk] = {}
    while True:
        heed()
        for chunk in itertools.islice(waiting, max(0, AHEAD * workers() - len(running))):
            running[submit(chunk)] = chunk
        if not running:
            return
        for future in wait(running, PATIENCE, FIRST_COMPLETED).done:
            chunk = running.pop(future)
            yield chunk, future.result()
