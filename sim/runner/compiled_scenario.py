"""A scenario made ready to run: compiled once, then varied and replayed for every replication."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from sim.engine import OwnProcess, Trace, make_plan, simulate_one, simulate_pair
from sim.engine.large import Firms, read_firms
from sim.engine.plan import Planned
from sim.engine.user_processes import UserProcesses
from sim.errors import CurbsimError
from sim.network import Network
from sim.network.compile import derive
from sim.network.distributions import central
from sim.network.entries import Entries, make_entries
from sim.network.parameters import Parameters, read_parameters
from sim.results import measures
from sim.results.measures import PROCESS_MEASURES, MeasureContext, Measures
from sim.results.moments import Moment, TracePair, measure_moments
from sim.results.restricted import exposed_processes
from sim.runner.apply_draws import Overrides, Slots, bind, fill, override
from sim.runner.draws import Factor, draw, factors, unit_points
from sim.scenario import Scenario
from sim.scenario.schema.document import Document
from sim.types import Floats, Ints

ROLES = ("background", "treatment", "response")
WORLDS = 4  # whose baselines are kept; the least used is forgotten
LARGEST_BASELINE = 100_000_000  # bytes of daily records; larger ones are not worth their room


@functools.lru_cache(maxsize=WORLDS)
def baseline_cache(key: str) -> dict[str, Trace]:
    """Return where the baseline of a world is kept, by a digest of all that it rests on."""
    return {}


@dataclass(frozen=True, eq=False)
class ReplicationResult:
    """What one replication sends back."""

    replication: int
    measures: Measures
    moments: Floats  # single numbers that the compiled scenario asks for
    trace: Trace | None = None  # daily records, for the first replications only
    baseline_trace: Trace | None = None


def measured(results: Sequence[ReplicationResult], measure: str, processes: Sequence[int]) -> Floats:
    """Return a measure of some processes, [replication, process]."""
    row = PROCESS_MEASURES.index(measure)
    return np.array([result.measures.process[row][processes] for result in results])


@dataclass(eq=False, kw_only=True)
class CompiledScenario:
    """A scenario with its baseline, its uncertain factors and the draws of a whole run.

    What is measured of a world of tables are groups of firms: `document`, `network` and `plan` are theirs.
    """

    scenario: Scenario
    baseline: Scenario
    seed: int
    uncertain: bool = True
    replications: int = 1
    recorded: int = 0
    columns: tuple[str, ...] = ()  # of draws that stand in `cube`
    cube: Floats | None = None  # points of the unit cube [replication, column] in place of strata
    chance: Ints | None = None  # number of the random events that each replication sees; its own if left out
    processes: UserProcesses = UserProcesses()
    moments: tuple[Moment, ...] = ()
    roles: tuple[str, ...] = ROLES  # of events that take part
    horizons: tuple[int, ...] = ()  # days of the run up to which losses are added up, besides its end
    only: str = ""  # the part of results that is kept, `moments` or one of the measures; all when empty

    @functools.cached_property
    def firms(self) -> Firms | None:
        """Return all firms of a world of tables; None where the world has an entry for each."""
        return None if self.scenario.document.network is None else read_firms(self.scenario)

    @functools.cached_property
    def _centre(self) -> tuple[Document, Parameters]:
        """Return the document and its numbers, at central values when nothing is drawn."""
        document, values = self.scenario.document, read_parameters(self.entries)
        if self.uncertain or not document.uncertain:
            return document, values
        fixed = factors(self.scenario)
        slots, overrides = bind(self.entries, fixed)
        row = np.array([central(factor.law) for factor in fixed])
        return override(document, overrides, row), fill(values, slots, row)

    @property
    def document(self) -> Document:
        """Return the document that is replayed, or that of groups of firms."""
        return self._centre[0] if self.firms is None else self.firms.seen

    @functools.cached_property
    def days(self) -> int:
        """Return the length of the run."""
        run = self.scenario.document.run
        return (run.end - run.start).days + 1

    @functools.cached_property
    def entries(self) -> Entries:
        return make_entries(self.scenario.document)

    @property
    def values(self) -> Parameters:
        """Return the numbers that draws change."""
        return self._centre[1]

    @functools.cached_property
    def network(self) -> Network:
        """Return the network at central values, or that of groups of firms."""
        if self.firms is not None:
            return self.firms.coarse
        return derive(self.entries.index, self.values)

    @functools.cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Return what is drawn; nothing of tables."""
        if not self.uncertain:
            return ()
        if self.firms is None:
            return factors(self.scenario)
        if self.scenario.document.uncertain:
            raise CurbsimError("uncertain: a network in tables has no ranges; write variants instead")
        return ()

    @functools.cached_property
    def places(self) -> tuple[tuple[Slots, ...], Overrides]:
        return bind(self.entries, self.factors)

    @functools.cached_property
    def points(self) -> Floats:
        """Return where all factors stand in the unit cube, [replication, factor]."""
        given = {} if self.cube is None else dict(zip(self.columns, self.cube.T, strict=True))
        return unit_points(self.factors, self.replications, self.seed, given)

    @functools.cached_property
    def draws(self) -> Floats:
        """Return the values of all factors, [replication, factor]."""
        return draw(self.factors, self.points)

    @functools.cached_property
    def _events(self) -> tuple[Planned, ...]:
        """Return the events that take part, with what they act on: of firms, not of groups."""
        world = self if self.firms is None else self.firms
        plan = make_plan(world.document, world.network)
        return tuple(planned for planned in plan if planned.event.role in self.roles)

    @functools.cached_property
    def plan(self) -> tuple[Planned, ...]:
        """Return the events with the links, or the routes of groups, that they act on."""
        return self._events if self.firms is None else self.firms.by_route(self._events)

    @functools.cached_property
    def exposed(self) -> dict[str, int]:
        """Return the users, with their places in the network."""
        names = exposed_processes(self.plan, self.network)
        return {name: self.network.processes.index(name) for name in names}

    @functools.cached_property
    def other_world(self) -> CompiledScenario | None:
        """Return the compiled baseline, where the scenario names one."""
        if not self.document.baseline:
            return None
        return replace(
            self,
            scenario=self.baseline,
            baseline=self.baseline.baseline(),
            roles=ROLES,
            processes=UserProcesses(),
        )

    @functools.cached_property
    def frame(self) -> MeasureContext:
        """Return what measuring needs to know of the world."""
        return measures.make_frame(self.document, self.network, self.days, self.horizons)

    @functools.cached_property
    def _still(self) -> bool:
        """Tell whether all baselines are the same: no draws, no chance, no background events."""
        arrays = self.network.arrays
        varies = (arrays.lead_law >= 0).any() or (arrays.demand_profile >= 0).any()
        background = any(p.event.role == "background" for p in self.plan)
        return not (self.factors or varies or background or self.document.baseline)

    @functools.cached_property
    def _still_baseline(self) -> Trace:
        if self.firms is not None:
            return self.firms.steady(self.days)
        return _bare(self._trace(self.document, self.network, _background(self._events), 0))

    def run(self, replication: int) -> ReplicationResult:
        """Run one replication of the scenario and of its baseline, with the same draws."""
        document, network = self._drawn(replication)
        plan = self._events
        if self.factors and self.places[1].parts:
            plan = tuple(replace(p, event=document.events[p.name]) for p in plan)
        scenario, baseline = self._traces(document, network, plan, replication)
        return self._result_of(replication, TracePair(document, network, scenario, baseline))

    def run_alone(self, replication: int) -> Trace:
        """Run one replication without a baseline."""
        return self._trace(*self._drawn(replication), self._events, replication)

    def _drawn(self, replication: int) -> tuple[Document, Network]:
        """Return the document and the network with the draws of a replication in their places."""
        if not self.factors:
            return self.document, self.network
        row = self.draws[replication]
        slots, overrides = self.places
        network = derive(self.entries.index, fill(self.values, slots, row))
        return override(self.document, overrides, row), network

    def _result_of(self, replication: int, pair: TracePair) -> ReplicationResult:
        """Take from two traces what is kept of them."""
        scenario, baseline = pair.scenario, pair.baseline
        recorded = self._is_recorded(replication)
        return ReplicationResult(
            replication=replication,
            measures=measures.measure(self.frame, pair.network, scenario, baseline, only=self.only),
            moments=measure_moments(self.moments, pair) if self.only in ("", "moments") else np.empty(0),
            trace=_bare(scenario) if recorded else None,
            baseline_trace=_bare(baseline) if recorded else None,
        )

    def _is_recorded(self, replication: int) -> bool:
        """Tell whether daily tables are made of a replication."""
        return replication < self.recorded and not self.only

    def _traces(
        self, document: Document, network: Network, plan: tuple[Planned, ...], replication: int
    ) -> tuple[Trace, Trace]:
        """Run the scenario and its baseline."""
        kept, functions = self._is_recorded(replication), self.processes.functions
        scenario = functools.partial(
            self._trace, document, network, plan, replication, functions, capacity=kept
        )
        if self.other_world is not None:
            other = self.other_world
            return scenario(), reindex(other.run_alone(replication), other.network, network)
        if self._still:
            return scenario(), self._still_baseline
        if self.firms is not None:
            return scenario(), _bare(self._trace(document, network, _background(plan), replication))
        pair = functools.partial(
            simulate_pair, document, network, plan, _background(plan), capacity=kept, processes=functions
        )
        chance = self._chance(replication)
        if self.factors or replication > 0:
            return pair(**chance)
        world = (network, (self.baseline.hash, self.roles, self.seed, chance["replication"]))
        cache = baseline_cache(blake2b(pickle.dumps(world), digest_size=16).hexdigest())
        if "baseline" in cache:
            return scenario(), cache["baseline"]
        traces = pair(**chance)
        if sum(matrix.nbytes for matrix in traces[1].records) <= LARGEST_BASELINE:
            cache["baseline"] = _bare(traces[1])
        return traces

    def _trace(
        self,
        document: Document,
        network: Network,
        plan: tuple[Planned, ...],
        replication: int,
        functions: tuple[OwnProcess, ...] = (),
        *,
        capacity: bool = False,
    ) -> Trace:
        """Run one replication of these events."""
        chance = self._chance(replication)
        if self.firms is not None:
            return self.firms.run(plan, **chance, processes=functions)
        options: dict[str, Any] = {"full": False, "capacity": capacity, "processes": functions}
        return simulate_one(document, network, plan, **chance, **options)

    def _chance(self, replication: int) -> dict[str, Any]:
        number = replication if self.chance is None else int(self.chance[replication])
        return {"seed": self.seed, "replication": number, "days": self.days}


Task = tuple[CompiledScenario, Sequence[int]]  # and which of its replications to run
Chunk = tuple[int, tuple[int, ...]]  # the place of a task, and some of its replications
Finished = tuple[int, list[ReplicationResult]]  # the place of a task, and results of it
Submit = Callable[[int, Sequence[int]], Future[list[ReplicationResult]]]  # hands a chunk to a worker


def _background(plan: tuple[Planned, ...]) -> tuple[Planned, ...]:
    return tuple(planned for planned in plan if planned.event.role == "background")


def _bare(trace: Trace) -> Trace:
    """Drop the world, which cannot travel between processes."""
    return Trace(trace.records, trace.licences, trace.log, None)


def reindex(trace: Trace, source: Network, target: Network) -> Trace:
    """Bring the process columns of a trace into the order of another network; absent ones are 0."""
    place = {name: i for i, name in enumerate(source.processes)}
    records = trace.records

    def take(matrix: Floats) -> Floats:
        absent = np.zeros(len(matrix))
        columns = [matrix[:, place[name]] if name in place else absent for name in target.processes]
        return np.column_stack(columns)

    return Trace(records._replace(starts=take(records.starts), output=take(records.output)), [], [], None)
