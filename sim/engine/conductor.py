"""The conductor: SimPy decides when things happen, the compiled day step moves what flows in between."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.engine import kernel
from sim.engine.demand import profiles
from sim.engine.door import Door, OwnProcess, guarded
from sim.engine.kinds import launch
from sim.engine.plan import Planned, make_plan
from sim.engine.records import Records, make_records
from sim.engine.rows import CROSSED
from sim.engine.state import State
from sim.engine.world import Licence, World
from sim.network.arrays import Network
from sim.randomness import key
from sim.scenario.schema import Document


@dataclass(frozen=True, eq=False)
class Run:
    """What one replication leaves behind.

    Attributes
    ----------
    records : Records
        Daily matrices.
    licences : list of Licence
        Every application.
    log : list of (time, event, what, targets)
        What events did.
    world : World
        The state at the end.
    """

    records: Records
    licences: list[Licence]
    log: list[tuple[float, str, str, int]] = field(default_factory=list)
    world: World | None = None


def run_once(
    document: Document,
    network: Network,
    plan: tuple[Planned, ...],
    *,
    seed: int,
    replication: int,
    days: int,
    full: bool = True,
    daily: bool = False,
    audit: Callable[[World, int], None] | None = None,
    own: tuple[OwnProcess, ...] = (),
) -> Run:
    """Run one replication.

    Parameters
    ----------
    days : int
        Length of the run.
    full : bool
        Keep every record.
    daily : bool
        Advance day by day instead of in blocks; the result is the same to the last bit.
    audit : callable, optional
        Called after every day (implies `daily`).
    own : tuple of callable
        SimPy generators `f(env, world)` that users bring, started after the events of the file.
    """
    pools = sum(1 for p in plan if p.event.kind in ("quota", "retaliation"))
    state, records = State(network, pools), make_records(network, days, full=full)
    world = World(document, network, state, seed, replication, days)
    profile = profiles(document, network, seed, replication, days)
    streams = lead_streams(network, seed)
    world.records = records
    launch(world, plan)
    for process in own:
        world.env.process(guarded(process, world.env, Door(world)))
    day = 0
    while day < days:
        while world.env.peek() < day + 0.5:
            world.env.step()
        stop = day + 1 if daily or audit else _stop(world.env.peek(), day, days)
        reached = kernel.run_days(*state.matrices, records, day, stop, profile, streams, replication)
        if state.flags[CROSSED]:
            world.wake(reached)
        if audit:
            audit(world, day)
        day = reached
    return Run(records, world.licences, world.log, world)


def _stop(next_event: float, day: int, days: int) -> int:
    """Return the day before which the next event acts."""
    if math.isinf(next_event):
        return days
    return min(days, max(day + 1, math.floor(next_event + 0.5)))


def lead_streams(network: Network, seed: int) -> np.ndarray:
    """Return the random stream of every link with a random lead time."""
    rows = network.arrays.lead_law
    streams = np.zeros(max(1, int(rows.max(initial=-1)) + 1), dtype=np.uint64)
    for link in np.flatnonzero(rows >= 0):
        streams[rows[link]] = key(seed, f"lead/{network.links[link]}")
    return streams


def simulate(
    document: Document,
    network: Network,
    *,
    seed: int = 0,
    replication: int = 0,
    days: int | None = None,
    daily: bool = False,
) -> Records:
    """Run one replication of a document and return its daily records."""
    horizon = days or (document.run.end - document.run.start).days + 1
    plan = make_plan(document, network)
    return run_once(
        document, network, plan, seed=seed, replication=replication, days=horizon, daily=daily
    ).records
