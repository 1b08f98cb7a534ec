"""One replication of a scenario: SimPy decides when things happen, the day step moves what flows between."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from sim.engine.daystep import kernel
from sim.engine.daystep.run import Evening, run_days
from sim.engine.events.registry import launch
from sim.engine.plan import Planned, make_plan
from sim.engine.simulation import Licence, Simulation
from sim.engine.state import Records, State, make_records
from sim.engine.state_rows import CROSSED
from sim.engine.user_processes import OwnProcess, World, guarded
from sim.network.arrays import Network
from sim.randomness import key, stream, uniforms
from sim.scenario.schema.document import Demand, Document, Noise
from sim.types import Floats, Ints


def profiles(document: Document, network: Network, seed: int, replication: int, days: int) -> Floats:
    """Return the factor of every varying demand on every day, shape [days, varying demands]."""
    rows = network.arrays.demand_profile
    matrix = np.ones((days, max(1, int(rows.max(initial=-1)) + 1)))
    for d in np.flatnonzero(rows >= 0):
        name = network.demands[int(d)]
        entry = document.demand[name]
        factor = _course(entry, document.run.start, days)
        if entry.noise is not None:
            u = uniforms(key(seed, f"demand/{name}"), replication, days)
            factor = factor * _noise(entry.noise, u, network.arrays.demand_rate[d] * factor)
        matrix[:, rows[d]] = factor
    return matrix


@functools.lru_cache(maxsize=8)
def months(start: datetime.date, days: int) -> Ints:
    """Return the month of the year, 1 to 12, of every day of a run."""
    return np.array([(start + datetime.timedelta(days=day)).month for day in range(days)], dtype=np.int64)


def _course(entry: Demand, start: datetime.date, days: int) -> Floats:
    """Return growth x season by day."""
    time = np.arange(days)
    factor = (1.0 + entry.growth) ** (time / 365.0)
    if entry.season:
        by_month = np.array([entry.season.get(month, 1.0) for month in range(1, 13)])
        factor = factor * by_month[months(start, days) - 1]
    return np.asarray(factor, dtype=np.float64)


def _noise(noise: Noise, u: Floats, mean: Floats) -> Floats:
    """Return factors with mean 1 by inverse distribution function."""
    if noise.law == "poisson":
        return _poisson(u, mean) / np.where(mean > 0, mean, 1.0)
    cv = noise.cv
    if cv == 0.0:
        return np.ones_like(u)
    if noise.law == "gamma":
        return np.asarray(special.gammaincinv(1.0 / cv**2, u) * cv**2)
    normal = special.ndtri(u)
    if noise.law == "normal":
        return np.asarray(np.maximum(0.0, 1.0 + cv * normal))
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * normal - 0.5 * sigma**2))


def _poisson(u: Floats, mean: Floats) -> Floats:
    """Return the smallest count whose distribution function exceeds `u`."""
    count = np.maximum(0.0, np.floor(special.pdtrik(np.maximum(u, 1e-300), mean)) - 2.0)
    while (low := special.pdtr(count, mean) <= u).any():
        count = np.where(low, count + 1.0, count)
    return np.asarray(count, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Trace:
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
    lost : array [process, material + 2], optional
        Of groups of firms: starts lost by what bound them, added up over firms.
    """

    records: Records
    licences: list[Licence]
    log: list[tuple[float, str, str, int]] = field(default_factory=list)
    world: Simulation | None = None
    lost: Floats | None = None


class InitialState(NamedTuple):
    """What a replication begins with, whatever its events are.

    Attributes
    ----------
    state : State
        On the eve of day 0.
    profile : array [day, varying demand]
        The course of final demand.
    streams : array [random lead time]
        Streams of draws.
    """

    state: State
    profile: Floats
    streams: np.ndarray

    def twin(self) -> InitialState:
        """Return an opening for a second run."""
        return self._replace(state=self.state.twin())


def make_opening(
    document: Document, network: Network, *, seed: int, replication: int, days: int, pools: int
) -> InitialState:
    """Set up what a replication begins with; `pools` is how many quota pools there is room for."""
    return InitialState(
        State(network, pools),
        profiles(document, network, seed, replication, days),
        lead_streams(network, seed),
    )


class Replication:
    """One replication under way: what happens in the morning, then days of flow.

    Parameters
    ----------
    full : bool
        Keep every record.
    own : tuple of callable
        SimPy generators `f(env, world)` that users bring, started after the events of the file.
    opening : InitialState, optional
        Where another run begins, too; made afresh when left out.
    """

    def __init__(
        self,
        document: Document,
        network: Network,
        plan: tuple[Planned, ...],
        *,
        seed: int,
        replication: int,
        days: int,
        full: bool = True,
        own: tuple[OwnProcess, ...] = (),
        opening: InitialState | None = None,
        tally: Evening | None = None,
    ) -> None:
        self.tally = tally
        self.days, self.replication = days, replication
        chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
        opening = opening or make_opening(document, network, **chance, pools=quotas(plan))
        self.state, self.profile, self.streams = opening
        self.records = make_records(network, 0 if tally else days, full=full)
        self.world = Simulation(document, network, self.state, seed, replication, days, records=self.records)
        launch(self.world, plan)
        for process in own:
            self.world.env.process(guarded(process, self.world.env, World(self.world)))

    def morning(self, day: int) -> int:
        """Let happen what acts on `day`; return the next day on which anything does."""
        env = self.world.env
        while (following := env.peek()) < day + 0.5:
            env.step()
        return _stop(following, day, self.days)

    def flow(self, day: int, stop: int) -> int:
        """Run the day step up to `stop` or a crossed threshold; return the day that comes next."""
        rest = (self.records, self.profile, self.streams, self.replication)
        return run_days(kernel, self.state, day, stop, *rest, evening=self.tally)

    def wake(self, day: int) -> None:
        """Wake whoever waits for a threshold that was crossed on the evening before `day`."""
        if self.state.flags[CROSSED]:
            self.world.wake(day)

    def finish(self, day: int = 0, *, daily: bool = False) -> Trace:
        """Run from `day` to the end, in blocks of days or one by one."""
        while day < self.days:
            stop = self.morning(day)
            day = self.flow(day, day + 1 if daily else stop)
            self.wake(day)
        return self.run

    @property
    def run(self) -> Trace:
        """What the run leaves behind."""
        return Trace(self.records, self.world.licences, self.world.log, self.world)


def quotas(plan: tuple[Planned, ...]) -> int:
    """Count the events of a plan that may make a pool."""
    return sum(1 for planned in plan if planned.event.makes_pool)


def simulate_one(
    document: Document,
    network: Network,
    plan: tuple[Planned, ...],
    *,
    seed: int,
    replication: int,
    days: int,
    full: bool = True,
    daily: bool = False,
    audit: Callable[[Simulation, int], None] | None = None,
    own: tuple[OwnProcess, ...] = (),
    tally: Evening | None = None,
) -> Trace:
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
    tally : callable, optional
        Takes down every evening in place of the daily records, which are not kept then.
    """
    chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
    play = Replication(document, network, plan, **chance, full=full, own=own, tally=tally)
    if audit is None:
        return play.finish(daily=daily)
    for day in range(days):
        play.morning(day)
        play.flow(day, day + 1)
        play.wake(day + 1)
        audit(play.world, day)
    return play.run


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
        streams[rows[link]] = stream(seed, f"lead/{network.links[int(link)]}")
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
    return simulate_one(
        document, network, plan, seed=seed, replication=replication, days=horizon, daily=daily
    ).records


def simulate_pair(
    document: Document,
    network: Network,
    plan: tuple[Planned, ...],
    background: tuple[Planned, ...],
    *,
    seed: int,
    replication: int,
    days: int,
    own: tuple[OwnProcess, ...] = (),
) -> tuple[Trace, Trace]:
    """Run a replication with all events and one with `background` only; records as for `full=False`.

    The days before anything tells the two apart run once; both runs are what `simulate_one` gives.
    """
    chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
    opening = make_opening(document, network, **chance, pools=quotas(plan))
    starts = (plan, own, opening.twin()), (background, (), opening)
    scenario, baseline = (
        Replication(document, network, events, **chance, full=False, own=processes, opening=start)
        for events, processes, start in starts
    )
    day = _side_by_side(scenario, baseline)
    return scenario.finish(day), baseline.finish(day)


def _side_by_side(one: Replication, other: Replication) -> int:
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
