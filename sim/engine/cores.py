"""The day step on several cores: the parts of a large network side by side, stage by stage.

Threads are enough, because the compiled day step lets go of Python's lock. A stage begins when all parts
have finished the one before, so that the numbers are the same to the last bit on any number of cores.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from sim.engine.kernel import DRAWING, POOLING, STAGES
from sim.engine.parts import Part
from sim.engine.rows import CROSSED
from sim.engine.state import State

Evening = Callable[[State, int, Callable[..., Any]], None]
PER_CORE = 4  # pieces of a stage for each core, so that none waits long for another
WHOLE = (POOLING, DRAWING)  # stages that look at all links; they do nothing without a quota


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
    if number == 1 and evening is None:
        records, *others = rest
        reached: int = step.run_days(*state.matrices, state.parts, records, first, last, *others, 0)
        return reached
    pieces = np.array_split(state.parts, min(len(state.parts), PER_CORE * number))
    with ThreadPoolExecutor(number) as pool:
        for day in range(first, last):
            for stage in STAGES:
                todo = [state.parts] if stage in WHOLE else pieces
                list(pool.map(partial(_stage, step, state, day, rest, stage), todo))
            if evening is not None:
                evening(state, day, pool.map)
            if state.flags[CROSSED]:
                return day + 1
    return last


def _stage(step: Any, state: State, day: int, rest: tuple[Any, ...], stage: int, parts: Part) -> None:
    """Run one stage of a day on some parts."""
    records, *others = rest
    step.run_stage(*state.matrices, parts, records, day, day + 1, *others, stage)
