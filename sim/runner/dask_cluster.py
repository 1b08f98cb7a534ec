"""Replications on a Dask cluster: the same work, sent to the workers of a scheduler."""

from __future__ import annotations

import asyncio
import pickle
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.errors import CurbsimError
from sim.results.provenance import code_digest
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult, Submit, Task

if TYPE_CHECKING:  # not everybody has it
    from distributed import Client

ADDRESS = re.compile(r"[a-z]+://\S+:\d+")
TIMEOUT = 5.0  # seconds for the scheduler to answer and for a worker to be there


@contextmanager
def submitting(client: Client, address: str, tasks: Sequence[Task]) -> Iterator[Submit]:
    """Yield what submits a chunk to the workers; the scheduler gives what a dead one had to others."""
    executor = client.get_executor(pure=False)
    sent: dict[int, Any] = {}

    def submit(place: int, numbers: Sequence[int]) -> Future[list[ReplicationResult]]:
        if place not in sent:
            sent.clear()  # the scheduler keeps what its tasks need
            # unpacked by a task: when the worker that holds it dies, another one unpacks it again
            sent[place] = client.submit(_unpack, pickle.dumps(tasks[place][0]), code_digest(), pure=False)
        future: Future[list[ReplicationResult]] = executor.submit(_work, sent[place], numbers, code_digest())
        return future

    with _explained(address):
        try:
            yield submit
        finally:
            executor.shutdown(wait=False)  # cancels what is under way


def workers(client: Client) -> int:
    """Return how many tasks a cluster can work on at once."""
    return sum(client.nthreads().values())


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of a scheduler that has workers; raise when there is no Dask, scheduler or worker."""
    try:
        from distributed import Client
    except ImportError as error:
        raise CurbsimError("a cluster needs Dask; write pip install 'curbsim[cluster]'") from error
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except Exception as error:  # whatever else answers at the address may fail in any way
        raise CurbsimError(
            f"{address}: no scheduler answers within {TIMEOUT:.0f} s; start one with dask scheduler and "
            "write the address that it prints"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError as error:
            raise CurbsimError(
                f"{address}: the scheduler has no workers; start dask worker {address}"
            ) from error
        yield client


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn what goes wrong on a cluster into a line that says what to do."""
    from distributed import KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise CurbsimError(
            f"{address}: workers died several times over the same task, most likely because memory ran out; "
            "give them more of it (dask worker --memory-limit), or start fewer"
        ) from error
    except ImportError as error:
        raise CurbsimError(
            f"{address}: the workers cannot load curbsim ({error}); install it there"
        ) from error
    except (CancelledError, asyncio.CancelledError, OSError) as error:
        raise CurbsimError(
            f"{address}: the scheduler is gone; start it, then the same command again"
        ) from error


def _unpack(packed: bytes, code: str) -> CompiledScenario:
    """Unpack a compiled scenario on a worker."""
    require_same(code)
    compiled: CompiledScenario = pickle.loads(packed)  # noqa: S301 - from the client whose scheduler this is
    return compiled


def _work(compiled: CompiledScenario, numbers: Sequence[int], code: str) -> list[ReplicationResult]:
    require_same(code)
    return [compiled.run(number) for number in numbers]


def require_same(code: str) -> None:
    """Raise when a worker runs other code than the one that asks: its numbers might differ."""
    if code != code_digest():
        raise CurbsimError(
            "the workers run another version of curbsim, numpy, scipy, numba or simpy than this machine; "
            "install the same ones on both"
        )
