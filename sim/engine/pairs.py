"""A run and its baseline side by side: the days before anything tells the two apart run once."""

from __future__ import annotations

import numpy as np

from sim.engine.conductor import Play, Run, quotas
from sim.engine.door import OwnProcess
from sim.engine.plan import Planned
from sim.network.arrays import Network
from sim.scenario.schema import Document


def run_pair(
    document: Document,
    network: Network,
    plan: tuple[Planned, ...],
    background: tuple[Planned, ...],
    *,
    seed: int,
    replication: int,
    days: int,
    own: tuple[OwnProcess, ...] = (),
) -> tuple[Run, Run]:
    """Run a replication with all events and one with `background` only; records as for `full=False`.

    The days before anything tells the two apart run once; both runs are what `run_once` gives.
    """
    scenario, baseline = (
        Play(
            *(document, network, events),
            seed=seed,
            replication=replication,
            days=days,
            full=False,
            own=processes,
            pools=quotas(plan),
        )
        for events, processes in ((plan, own), (background, ()))
    )
    day = _side_by_side(scenario, baseline)
    return scenario.finish(day), baseline.finish(day)


def _side_by_side(one: Play, other: Play) -> int:
    """Run two for as long as their states are the same to the last bit; return the day that comes next."""
    day = 0
    while day < one.days:
        stop = min(one.morning(day), other.morning(day))
        pairs = list(zip(one.state.matrices, other.state.matrices, strict=True))
        if not all(np.array_equal(mine.view(np.int64), its.view(np.int64)) for mine, its in pairs):
            break
        reached = one.flow(day, stop)
        for mine, its in pairs:
            its[...] = mine
        for mine, its in zip(one.records, other.records, strict=True):
            its[day:reached] = mine[day:reached]
        one.wake(reached)
        other.wake(reached)
        day = reached
    return day
