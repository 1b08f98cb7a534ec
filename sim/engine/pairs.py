"""A run and its baseline side by side: the days before anything tells the two apart run once."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.conductor import Play, Run, make_opening, quotas
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
    chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
    opening = make_opening(document, network, **chance, pools=quotas(plan))
    starts = (plan, own, opening.twin()), (background, (), opening)
    scenario, baseline = (
        Play(document, network, events, **chance, full=False, own=processes, opening=start)
        for events, processes, start in starts
    )
    day = _side_by_side(scenario, baseline)
    return scenario.finish(day), baseline.finish(day)


def _side_by_side(one: Play, other: Play) -> int:
    """Run two for as long as their states are the same to the last bit; return the day that comes next."""
    own, day = other.records, 0
    other.world.records = one.records
    while day < one.days:
        stop = min(one.morning(day), other.morning(day))
        if not np.array_equal(one.state.words, other.state.words):
            break
        day = one.flow(day, stop)
        other.state.words[:] = one.state.words
        one.wake(day)
        other.wake(day)
    for mine, its in zip(one.records, own, strict=True):
        its[:day] = mine[:day]
    other.world.records = own
    return day
