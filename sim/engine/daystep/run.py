"""Enter the compiled days: ahead of time, from the simulation, on several cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.daystep import kernel
from sim.engine.daystep.kernel import DRAWING, POOLING, STAGES
from sim.engine.partitions import Partition
from sim.engine.state import State, make_records
from sim.engine.state_rows import CROSSED
from sim.jit import newest_source
from sim.network import compile_network
from sim.randomness import compiled_uniforms
from sim.scenario.schema.document import Document

Evening = Callable[[State, int, Callable[..., Any]], None]
PER_CORE = 4  # pieces of a stage for each core, so that none waits long for another
ON_ALL_LINKS = (POOLING, DRAWING)  # stages that look at all links; they do nothing without a quota


def usable_cores() -> int:
    """Return how many cores one run may use: one in a worker process, whose neighbours use the others."""
    if multiprocessing.parent_process() is not None:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_days(
    step: Any, state: State, first: int, last: int, *rest: Any, evening: Evening | None = None
) -> int:
    """Run days `first` to `last` - 1, and return the day that comes next.

    Parameters
    ----------
    step : module
        `kernel`, or what stands in for it.
    rest : records, profile, streams, replication
        As `kernel.run_days` takes them.
    evening : callable, optional
        Called with the state, the day and a map over all cores at the end of every day.
    """
    number = usable_cores() if len(state.parts) > 1 else 1
    records, *others = rest
    if number == 1 and evening is None:
        reached: int = step.run_days(*state.matrices, state.parts, records, first, last, *others, 0)
        return reached
    pieces = np.array_split(state.parts, min(len(state.parts), PER_CORE * number))

    def run_stage(parts: Partition, day: int, stage: int) -> None:
        step.run_stage(*state.matrices, parts, records, day, day + 1, *others, stage)

    with ThreadPoolExecutor(number) as pool:
        for day in range(first, last):
            for stage in STAGES:
                todo = [state.parts] if stage in ON_ALL_LINKS else pieces
                list(pool.map(partial(run_stage, day=day, stage=stage), todo))
            if evening is not None:
                evening(state, day, pool.map)
            if state.flags[CROSSED]:
                return day + 1
    return last


SMALLEST_WORLD = {
    "format": 1,
    "run": {"start": "2019-01-01", "end": "2019-01-02"},
    "materials": {"a": {"unit": "t"}},
    "facilities": {"x": {"firm": "x", "country": "JP", "makes": {"a": {}}}},
    "demand": {"d": {"at": "x", "material": "a", "rate": "1 t/day"}},
}


WHOLE_DAYS = "run_days"
COMPILING_ONCE = "compiling the day step, once on this machine (about 20 s) ..."
COMPILING_ALWAYS = (
    "compiling the day step (about 20 s), in every process: set NUMBA_CACHE_DIR to a folder to keep it ..."
)


def is_compiled(name: str = WHOLE_DAYS) -> bool:
    """Tell whether compiled code of the day step is ready, or lies on disk and is newer than its sources."""
    step = getattr(kernel, name).function
    if step.signatures:
        return True
    folder = step.stats.cache_path
    files = Path(folder).glob(f"kernel.*{name}*.nbi") if folder else ()
    return max((file.stat().st_mtime for file in files), default=0.0) > newest_source()


def announce(say: Callable[[str], object], name: str = WHOLE_DAYS) -> None:
    """Say so when what comes next has to compile the day step: `run_days`, or `run_stage` for large runs."""
    if not is_compiled(name):
        say(COMPILING_ONCE if kernel.run_days.function.stats.cache_path else COMPILING_ALWAYS)


def compile_day_step() -> None:
    """Compile the day step, or load it from the cache, by running a world of one process for no day."""
    network = compile_network(Document.model_validate(SMALLEST_WORLD))
    state, records = State(network), make_records(network, 0, full=False)
    streams = np.zeros(1, dtype=np.uint64)
    run_days(kernel, state, 0, 0, records, np.ones((1, 1)), streams, 0)
    compiled_uniforms(streams, 0, 0)
