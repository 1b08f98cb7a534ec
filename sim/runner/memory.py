"""How much memory replications take, known before it runs out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.large import NUMBER, needed_by
from sim.engine.state import make_records
from sim.errors import CurbsimError
from sim.network import Network
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult

CHUNK_BYTES = 32 << 20  # of results that travel at a time
GIGA = 1e9
SMALL = 50e6  # bytes that no machine lacks
COPIES = 2  # results are held one by one, then stacked
GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
LIMITS = ("memory.max", "memory.limit_in_bytes")  # of a group, by version of the system
USED = re.compile(r"^(?:anon|total_rss) (\d+)$", re.MULTILINE)
FREE = Path("/proc/meminfo")


def size(result: ReplicationResult) -> int:
    """Return the bytes that the result of a replication keeps, daily records left out."""
    return sum(array.nbytes for array in arrays_of(result).values())


def arrays_of(result: ReplicationResult) -> dict[str, Any]:
    """Return everything in a result but daily records, by name."""
    fields = {**vars(result), **vars(result.measures)}
    left_out = ("measures", "trace", "baseline_trace")
    return {name: np.asarray(value) for name, value in fields.items() if name not in left_out}


def working(compiled: CompiledScenario) -> int:
    """Return the bytes that a process holds: daily records of a replication and its baseline, all firms."""
    row = make_records(compiled.network, 1, full=False)
    firms = 0 if compiled.firms is None else needed_by(compiled.firms.network)
    return firms + 2 * compiled.days * sum(matrix.nbytes for matrix in row)


def require_one(compiled: CompiledScenario) -> None:
    """Raise before the first replication when even one would not fit in memory; say what makes it large."""
    needed, free = working(compiled) + _places(compiled.network), available()
    if needed <= max(free, SMALL):
        return
    arrays = compiled.network.arrays
    raise CurbsimError(
        f"a replication needs {size_text(needed)} of memory and {size_text(free)} are free; write an earlier "
        f"run.end (the run has {compiled.days:,} days) or shorter times (the longest lead time is "
        f"{compiled.network.horizon - 1:,} days, cycle {int(arrays.cycle.max(initial=0)):,} days, shelf life "
        f"{int(arrays.life.max(initial=0)):,} days)"
    )


def _places(network: Network) -> int:
    """Return the bytes of goods by day, of a replication and its baseline: on the way, in process, by age."""
    arrays = network.arrays
    days = network.horizon * len(network.links) + int(arrays.life_ptr[-1])
    return 2 * NUMBER * (days + (int(arrays.cycle.max(initial=0)) + 1) * len(network.processes))


def require(each: int, replications: int) -> None:
    """Raise when what replications keep does not fit in memory; the message says how many would."""
    free, needed = available(), COPIES * each * replications
    if needed > free:
        fit = int(free // (COPIES * each))
        raise CurbsimError(
            f"{replications:,} replications keep {size_text(needed)} ({size_text(each)} each, for a moment "
            f"twice) and {size_text(free)} of memory are free; write --replications {fit:,} or fewer"
        )


def require_room(network: Network) -> None:
    """Raise when a run of all firms would not fit in memory; the message says what to change."""
    needed, there = needed_by(network), available()
    if needed > there:
        days, a_day = network.horizon - 1, NUMBER * len(network.links) / GIGA
        raise CurbsimError(
            f"the run needs {needed / GIGA:.1f} GB of memory and {there / GIGA:.1f} GB are free; "
            f"close other programs, leave small links out, or cap lead times (the longest is {days} days, "
            f"each day takes {a_day:.2g} GB)"
        )


def most_processes(compiled: CompiledScenario) -> int:
    """Return how many processes have room to run a replication, at least one."""
    return int(max(1, available() // max(1, working(compiled) + CHUNK_BYTES)))


def available() -> float:
    """Return the bytes of memory that are free, as far as the system tells."""
    return min(limit for limit in (_free(), _group_limit(), float("inf")) if limit)


def _free() -> float:
    if FREE.exists():
        lines = dict(line.split(":", 1) for line in FREE.read_text().splitlines())
        return float(lines.get("MemAvailable", "0 kB").split()[0]) * 1024
    names = getattr(os, "sysconf_names", {})
    return (
        float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) if "SC_PHYS_PAGES" in names else 0.0
    )


def _group_limit() -> float:
    """Return what the limits of containers and services leave of memory, 0 where there is none."""
    left = [free for group in _groups() for name in LIMITS if (free := _left(group, name))]
    return min(left, default=0.0)


def _groups() -> list[Path]:
    """Return the folders of the groups that this process belongs to, and of those around them."""
    lines = OWN_GROUPS.read_text().splitlines() if OWN_GROUPS.exists() else []
    found = [GROUPS, GROUPS / "memory"]
    for _, kinds, path in (line.split(":", 2) for line in lines):
        if kinds in ("", "memory"):
            own = GROUPS / kinds / path.strip("/")
            found += [own, *(around for around in own.parents if GROUPS in around.parents)]
    return found


def _left(group: Path, name: str) -> float:
    try:
        limit = (group / name).read_text().strip()
        used = USED.search((group / "memory.stat").read_text()) if (group / "memory.stat").exists() else None
    except OSError:
        return 0.0
    return max(1.0, float(limit) - (float(used[1]) if used else 0.0)) if limit.isdigit() else 0.0


def size_text(number: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size_text(126_932), size_text(4.2e9)
    ('127 kB', '4.2 GB')
    """
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 1000 or unit == "GB":
            break
    return f"{number:.3g} {unit}"
