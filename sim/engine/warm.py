"""Compile the day step ahead of time, and tell whether that is still to be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sim.engine import cores, kernel
from sim.engine.records import make_records
from sim.engine.state import State
from sim.jit import newest_source
from sim.network import compile_network
from sim.randomness import compiled_uniforms
from sim.scenario.schema import Document

TINY = {
    "format": 1,
    "run": {"start": "2019-01-01", "end": "2019-01-02"},
    "materials": {"a": {"unit": "t"}},
    "facilities": {"x": {"firm": "x", "country": "JP", "makes": {"a": {}}}},
    "demand": {"d": {"at": "x", "material": "a", "rate": "1 t/day"}},
}


WHOLE = "run_days"
KEPT = "compiling the day step, once on this machine (about 20 s) ..."
NOT_KEPT = (
    "compiling the day step (about 20 s), in every process: set NUMBA_CACHE_DIR to a folder to keep it ..."
)


def is_compiled(name: str = WHOLE) -> bool:
    """Tell whether compiled code of the day step is ready, or lies on disk and is newer than its sources."""
    step = getattr(kernel, name).function
    if step.signatures:
        return True
    folder = step.stats.cache_path
    files = Path(folder).glob(f"kernel.*{name}*.nbi") if folder else ()
    return max((file.stat().st_mtime for file in files), default=0.0) > newest_source()


def announce(say: Callable[[str], object], name: str = WHOLE) -> None:
    """Say so when what comes next has to compile the day step: `run_days`, or `run_stage` for large runs."""
    if not is_compiled(name):
        say(KEPT if kernel.run_days.function.stats.cache_path else NOT_KEPT)


def compile_day_step() -> None:
    """Compile the day step, or load it from the cache, by running a world of one process for no day."""
    network = compile_network(Document.model_validate(TINY))
    state, records = State(network), make_records(network, 0, full=False)
    streams = np.zeros(1, dtype=np.uint64)
    cores.run_days(kernel, state, 0, 0, records, np.ones((1, 1)), streams, 0)
    compiled_uniforms(streams, 0, 0)
