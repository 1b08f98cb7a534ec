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
from sim.engine.plan import Planned
from sim.engine.simulation import Licence, Simulation
from sim.engine.state import Records, State, make_records
from sim.engine.state_rows import CROSSED
from sim.engine.user_processes import OwnProcess, World, guarded
from sim.network.arrays import Network
from sim.network.distributions import STILL, cut_normal
from sim.randomness import key, stream, uniforms
from sim.scenario.schema.document import Demand, Document, Noise
from sim.types import Floats, Ints

Audit = Callable[[Simulation, int], None]  # looks at the evening of a day


def profiles(document: Document, network: Network, seed: int, replication: int, days: int) -> Floats:
    """Return the factor of every varying demand on every day, shape [days, varying demands]."""
    columns = network.arrays.demand_profile
    matrix = np.ones((days, max(1, int(columns.max(initial=-1)) + 1)))
    for d in np.flatnonzero(columns >= 0):
        name = network.demands[int(d)]
        entry = document.demand[name]
        factor = _course(entry, document.run.start, days)
        if entry.noise is not None:
            u = uniforms(key(seed, f"demand/{name}"), replication, days)
            factor = factor * _noise(entry.noise, u, network.arrays.demand_rate[d] * factor)
        matrix[:, columns[d]] = factor
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
    if cv < STILL:
        return np.ones_like(u)
    if noise.law == "gamma":
        return np.asarray(special.gammaincinv(1.0 / cv**2, u) * cv**2)
    normal = special.ndtri(u)
    if noise.law == "normal":
        centre, spread = cut_normal(cv)
        return np.asarray(np.maximum(0.0, centre + spread * normal))
    sigma = np.sqrt(np.log1p(cv**2))
    return np.asarray(np.exp(sigma * normal - 0.5 * sigma**2))


def _poisson(u: Floats, mean: Floats) -> Floats:
    """Return the smallest count whose distribution function exceeds `u`."""
    count = np.maximum(0.0, np.floor(special.pdtrik(np.maximum(u, 1e-300), mean)) - 2.0)
    while (low := special.pdtr(count, mean) <= u).any():
        count = np.where(low, count + 1.0, count)
    return np.asarray(count, dtype=np.float64)


def lead_streams(network: Network, seed: int) -> np.ndarray:
    """Return the random stream of every link with a random lead time."""
    rows = network.arrays.lead_law
    streams = np.zeros(max(1, int(rows.max(initial=-1)) + 1), dtype=np.uint64)
    for link in np.flatnonzero(rows >= 0):
        streams[rows[link]] = stream(seed, f"lead/{network.links[int(link)]}")
    return streams


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
    simulation : Simulation
        The state at the end.
    lost : array [process, material + 2], optional
        Of groups of firms: starts lost by what bound them, added up over firms.
    """

    records: Records
    licences: list[Licence]
    log: list[tuple[float, str, str, int]] = field(default_factory=list)
    simulation: Simulation | None = None
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

    def copy(self) -> InitialState:
        """Return the same for a second run, which goes its own way."""
        return self._replace(state=self.state.copy())


def make_initial_state(
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
    capacity : bool
        Keep daily capacities in any case.
    processes : tuple of callable
        SimPy generators `f(env, world)` that users bring, started after the events of the file.
    initial : InitialState, optional
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
        capacity: bool = False,
        processes: tuple[OwnProcess, ...] = (),
        initial: InitialState | None = None,
        tally: Evening | None = None,
    ) -> None:
        self.tally = tally
        self.days, self.replication = days, replication
        chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
        initial = initial or make_initial_state(document, network, **chance, pools=quotas(plan))
        self.state, self.profile, self.streams = initial
        self.records = make_records(network, 0 if tally else days, full=full, capacity=capacity)
        self.simulation = Simulation(
            document, network, self.state, seed, replication, days, records=self.records
        )
        launch(self.simulation, plan)
        for process in processes:
            self.simulation.env.process(guarded(process, self.simulation.env, World(self.simulation)))

    def morning(self, day: int) -> int:
        """Let happen what acts on `day`; return the next day on which anything does."""
        env = self.simulation.env
        while (following := env.peek()) < day + 0.5:
            env.step()
        if math.isinf(following):
            return self.days
        return min(self.days, max(day + 1, math.floor(following + 0.5)))

    def flow(self, day: int, stop: int) -> int:
        """Run the day step up to `stop` or a crossed threshold; return the day that comes next."""
        rest = (self.records, self.profile, self.streams, self.replication)
        return run_days(kernel, self.state, day, stop, *rest, evening=self.tally)

    def wake(self, day: int) -> None:
        """Wake whoever waits for a threshold that was crossed on the evening before `day`."""
        if self.state.flags[CROSSED]:
            self.simulation.wake(day)

    def finish(self, day: int = 0, *, daily: bool = False, audit: Audit | None = None) -> Trace:
        """Run from `day` to the end, in blocks of days or one by one, then with an audit of every day."""
        while day < self.days:
            stop = self.morning(day)
            day = self.flow(day, day + 1 if daily or audit else stop)
            self.wake(day)
            if audit is not None:
                audit(self.simulation, day - 1)
        return self.trace

    @property
    def trace(self) -> Trace:
        """What the replication has left behind so far."""
        return Trace(self.records, self.simulation.licences, self.simulation.log, self.simulation)


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
    capacity: bool = False,
    daily: bool = False,
    audit: Audit | None = None,
    processes: tuple[OwnProcess, ...] = (),
    tally: Evening | None = None,
) -> Trace:
    """Run one replication.

    Parameters
    ----------
    days : int
        Length of the run.
    full : bool
        Keep every record.
    capacity : bool
        Keep daily capacities in any case.
    daily : bool
        Advance day by day instead of in blocks; the result is the same to the last bit.
    audit : callable, optional
        Called after every day (implies `daily`).
    processes : tuple of callable
        SimPy generators `f(env, world)` that users bring, started after the events of the file.
    tally : callable, optional
        Takes down every evening in place of the daily records, which are not kept then.
    """
    chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
    kept: dict[str, Any] = {"full": full, "capacity": capacity}
    run = Replication(document, network, plan, **chance, **kept, processes=processes, tally=tally)
    return run.finish(daily=daily, audit=audit)


def simulate_pair(
    document: Document,
    network: Network,
    plan: tuple[Planned, ...],
    background: tuple[Planned, ...],
    *,
    seed: int,
    replication: int,
    days: int,
    capacity: bool = False,
    processes: tuple[OwnProcess, ...] = (),
) -> tuple[Trace, Trace]:
    """Run a replication with all events and one with `background` only; records as for `full=False`.

    The days before anything tells the two apart run once; both runs are what `simulate_one` gives.
    """
    chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
    initial = make_initial_state(document, network, **chance, pools=quotas(plan))
    starts = (plan, processes, initial.copy()), (background, (), initial)
    kept: dict[str, Any] = {"full": False, "capacity": capacity}
    scenario, baseline = (
        Replication(document, network, events, **chance, **kept, processes=users, initial=start)
        for events, users, start in starts
    )
    day = _side_by_side(scenario, baseline)
    return scenario.finish(day), baseline.finish(day)


def _side_by_side(scenario: Replication, baseline: Replication) -> int:
    """Run two for as long as their states are the same to the last bit; return the day that comes next."""
    records, day = baseline.records, 0
    baseline.simulation.records = scenario.records
    while day < scenario.days:
        stop = min(scenario.morning(day), baseline.morning(day))
        if not np.array_equal(scenario.state.words, baseline.state.words):
            break
        day = scenario.flow(day, stop)
        baseline.state.words[:] = scenario.state.words
        scenario.wake(day)
        baseline.wake(day)
    for copy, matrix in zip(records, scenario.records, strict=True):
        copy[:day] = matrix[:day]
    baseline.simulation.records = records
    return day
