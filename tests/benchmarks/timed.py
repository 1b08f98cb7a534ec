"""Functions that benchmarks time, and how they time them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from sim.engine.daystep.run import run_days
from sim.engine.partitions import make_parts
from sim.engine.replication import lead_streams, profiles
from sim.engine.state import State, make_records
from sim.network import Network
from sim.scenario.schema.document import Document

SEED = 7


def best(benchmark: Any, function: Callable[[], object], rounds: int) -> float:
    """Return the shortest of several rounds, in milliseconds."""
    benchmark.pedantic(function, rounds=rounds, warmup_rounds=1)
    return 1e3 * float(benchmark.stats.stats.min) if benchmark.stats else float("nan")


def in_turn(rounds: int, *functions: Callable[[], object]) -> list[float]:
    """Return the shortest time of each function, in milliseconds, taken in turn in the same conditions."""
    shortest = [float("inf")] * len(functions)
    for _ in range(rounds):
        for i, function in enumerate(functions):
            begin = time.process_time()
            function()
            shortest[i] = min(shortest[i], time.process_time() - begin)
    return [1e3 * seconds for seconds in shortest]


def days_of(document: Document, network: Network, step: Any, days: int) -> Callable[[], object]:
    """Return a function that takes a fresh state through all days without an event, on one core."""
    profile, streams = profiles(document, network, SEED, 0, days), lead_streams(network, SEED)
    records, state = make_records(network, days, full=False), State(network)
    state.parts = make_parts(network.arrays, sys.maxsize)
    opening = [matrix.copy() for matrix in state.matrices]

    def run() -> None:
        for matrix, values in zip(state.matrices, opening, strict=True):
            matrix[...] = values
        run_days(step, state, 0, days, records, profile, streams, 0)

    return run
