"""Replications on a Dask cluster: the same work, sent to the workers of a scheduler."""

from __future__ import annotations

import asyncio
import logging
import pickle
import pkgutil
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.errors import CurbsimError
from sim.results.provenance import code_digest
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult, Submit, Task

if TYPE_CHECKING:  # not everybody has it
    from distributed import Client

ADDRESS = re.compile(r"(tcp|tls|ucx)://\S+:\d+")
TIMEOUT = 5.0  # seconds for the scheduler to answer and for a worker to be there
PATIENCE = 30.0  # seconds without any worker: one that died may come back
LOGGERS = re.compile(r"(distributed|dask|tornado|asyncio)(\..*)?")  # they print tracebacks of their own
LOADED = "sim.runner.dask_cluster:require_same"  # asked of workers before anything of ours is sent to them


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


def counting(client: Client, address: str) -> Callable[[], int]:
    """Return what tells how many tasks a cluster can work on at once; it raises when workers stay away."""
    seen = time.monotonic()

    def count() -> int:
        nonlocal seen
        there = int(sum(client.nthreads().values()))
        if there:
            seen = time.monotonic()
        elif time.monotonic() - seen > PATIENCE:
            raise CurbsimError(
                f"{address}: all workers are gone; start dask worker {address}, then the same command again"
            )
        return max(1, there)

    return count


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of a scheduler that has workers; raise when there is no Dask, scheduler or worker."""
    try:
        from distributed import Client
    except ImportError as error:
        raise CurbsimError("a cluster needs Dask; write pip install 'curbsim[cluster]'") from error
    with _quiet():
        try:
            client = Client(address, timeout=TIMEOUT, set_as_default=False)
        except Exception as error:  # whatever else answers at the address may fail in any way
            raise CurbsimError(_no_answer(address, error)) from error
        with client:
            _require_workers(client, address)
            yield client


def _no_answer(address: str, error: Exception) -> str:
    if address.startswith("tls:") and isinstance(error, TypeError):  # so Dask says that it has no certificate
        return (
            f"{address}: Dask has no certificates for TLS; write distributed.comm.tls into a file of its "
            "settings, such as ~/.config/dask/tls.yaml (docs/foreign_files.md)"
        )
    return (
        f"{address}: no scheduler answers within {TIMEOUT:.0f} s; start one with dask scheduler and "
        "write the address that it prints"
    )


def _require_workers(client: Client, address: str) -> None:
    """Raise when there is no worker, or one that cannot load this code: a task would end it, unanswered."""
    try:
        client.wait_for_workers(1, timeout=TIMEOUT)
    except TimeoutError as error:
        raise CurbsimError(f"{address}: the scheduler has no workers; start dask worker {address}") from error
    with _explained(address):
        answers = client.run(pkgutil.resolve_name, LOADED, on_error="return")
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise CurbsimError(
                    f"{address}: the workers cannot load curbsim ({answer}); install it there"
                ) from answer
        client.run(require_same, code_digest())


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Dask print nothing of its own: what a user can put right is told in a line of ours."""
    names = [name for name in logging.root.manager.loggerDict if LOGGERS.fullmatch(name)]
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"distributed(\..*)?")  # of versions: we compare ours
            yield
    finally:
        for logger in loggers:
            logger.disabled = False


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
