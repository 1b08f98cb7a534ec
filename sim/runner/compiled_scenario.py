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

from sim.engine import Trace, make_plan, simulate_one, simulate_pair
from sim.engine.large import Firms, read_firms
from sim.engine.plan import Planned
from sim.engine.user_processes import UserProcesses
from sim.errors import CurbsimError
from sim.network import Network
from sim.network.compile import derive
from sim.network.distributions import central
from sim.network.entries import Entries, make_entries
from sim.network.parameters import Parameters, read_parameters
from sim.results.measures import MeasureContext, Measures, make_frame, measure, weekly_cover, weekly_ratio
from sim.results.moments import Moment, TracePair, measure_moments
from sim.runner.apply_draws import Overrides, Slots, bind, fill, override
from sim.runner.draws import Factor, draw, factors, sobol
from sim.scenario import Scenario
from sim.scenario.schema.document import Document
from sim.types import Floats, Ints

WORLDS = 4  # the least used is forgotten
LARGEST = 100_000_000  # bytes of daily records; larger ones are not worth their room


def world_key(network: Network, *others: object) -> str:
    """Return a text that tells worlds apart: everything compiled, and what else the baseline rests on."""
    return blake2b(pickle.dumps((network, others)), digest_size=16).hexdigest()


@functools.lru_cache(maxsize=WORLDS)
def shelf(key: str) -> dict[str, Trace]:
    """Return where the baseline of a world is kept."""
    return {}


def put(key: str, run: Trace) -> None:
    """Keep a baseline, without what does not outlive its replication, unless it is too large."""
    if sum(matrix.nbytes for matrix in run.records) <= LARGEST:
        shelf(key)["baseline"] = Trace(run.records, run.licences, run.log, None)


@dataclass(frozen=True, eq=False)
class ReplicationResult:
    """What one replication sends back.

    Attributes
    ----------
    measures : Measures
        Small tables.
    output, cover : arrays [week, process], [week, stock]
        Good output relative to the baseline over each week; cover in days at its end.
    moments : array [moment]
        Single numbers that the preparation asks for.
    run, baseline : Run, optional
        Daily records, for the first replications only.
    """

    replication: int
    measures: Measures
    output: Floats
    cover: Floats
    moments: Floats
    run: Trace | None = None
    baseline: Trace | None = None


@dataclass(eq=False, kw_only=True)
class CompiledScenario:
    """A compiled scenario with its baseline, its uncertain factors and the draws of a whole run.

    What is measured of a world of tables are groups of firms: `document`, `network` and `plan` are theirs.
    """

    scenario: Scenario
    baseline: Scenario
    seed: int
    uncertain: bool = True
    replications: int = 1
    recorded: int = 0
    columns: tuple[str, ...] | None = None
    cube: Floats | None = None  # points of the unit cube [replication, column] in place of Sobol' points
    future: Ints | None = None  # whose random events each replication sees [replication]; its own if left out
    processes: UserProcesses = UserProcesses()
    moments: tuple[Moment, ...] = ()
    roles: tuple[str, ...] = ("background", "treatment", "response")  # events that take part
    only: str = ""  # the part of outcomes that is kept, `moments` or one of the measures; all when empty

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
        found = factors(self.scenario)
        slots, overrides = bind(self.entries, found)
        row = np.array([central(f.law) for f in found])
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
        """Return where the named factors stand in the unit cube, [replication, column]."""
        if self.cube is not None:
            return self.cube
        return sobol(len(self.named), self.replications, self.seed)

    @property
    def named(self) -> tuple[str, ...]:
        """Return the factors that share the Sobol' sequence."""
        return self.columns or tuple(f.name for f in self.factors if f.named)

    @functools.cached_property
    def draws(self) -> Floats:
        """Return the values of all factors, [replication, factor]."""
        return draw(self.factors, self.named, self.points, self.seed)

    @functools.cached_property
    def _events(self) -> tuple[Planned, ...]:
        """Return the events that take part, with what they act on: of firms, not of groups."""
        world = (
            (self.document, self.network) if self.firms is None else (self.firms.document, self.firms.network)
        )
        return tuple(p for p in make_plan(*world) if p.event.role in self.roles)

    @functools.cached_property
    def plan(self) -> tuple[Planned, ...]:
        """Return the events with the links, or the routes of groups, that they act on."""
        return self._events if self.firms is None else self.firms.by_route(self._events)

    @functools.cached_property
    def other_world(self) -> CompiledScenario | None:
        """Return the baseline prepared by itself, where the scenario names one."""
        if not self.document.baseline:
            return None
        return CompiledScenario(
            scenario=self.baseline,
            baseline=self.baseline.baseline(),
            seed=self.seed,
            uncertain=self.uncertain,
            replications=self.replications,
            columns=self.named,
            cube=self.cube,
            future=self.future,
        )

    @functools.cached_property
    def frame(self) -> MeasureContext:
        """Return what measuring needs to know of the world."""
        return make_frame(self.document, self.network, self.days)

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
        return _bare(self._replay(self.document, self.network, 0, background=True))

    def run(self, replication: int) -> ReplicationResult:
        """Run one replication of the scenario and of its baseline, with the same draws."""
        document, network = self._varied(replication)
        plan = self._events
        if self.factors and self.places[1].parts:
            plan = tuple(replace(p, event=document.events[p.name]) for p in plan)
        scenario, baseline = self._pair(document, network, plan, replication)
        return self._outcome_of(replication, TracePair(document, network, scenario, baseline))

    def _varied(self, replication: int) -> tuple[Document, Network]:
        """Return the document and the network with the draws of a replication in their places."""
        if not self.factors:
            return self.document, self.network
        row = self.draws[replication]
        slots, overrides = self.places
        network = derive(self.entries.index, fill(self.values, slots, row))
        return override(self.document, overrides, row), network

    def _outcome_of(self, replication: int, replay: TracePair) -> ReplicationResult:
        """Take from two runs what is kept of them."""
        network, scenario, baseline = replay.network, replay.scenario, replay.baseline
        nothing = np.empty(0)
        if self.only:  # experiments that run many and read little
            moments = measure_moments(self.moments, replay) if self.only == "moments" else nothing
            part = measure(self.frame, network, scenario, baseline, only=self.only)
            return ReplicationResult(replication, part, nothing, nothing, moments)
        keep = replication < self.recorded
        return ReplicationResult(
            replication=replication,
            measures=measure(self.frame, network, scenario, baseline),
            output=weekly_ratio(scenario, baseline),
            cover=weekly_cover(network, scenario),
            moments=measure_moments(self.moments, replay),
            run=_bare(scenario) if keep else None,
            baseline=_bare(baseline) if keep else None,
        )

    def _pair(
        self, document: Document, network: Network, plan: tuple[Planned, ...], replication: int
    ) -> tuple[Trace, Trace]:
        """Run the scenario and its baseline."""
        future = self._future(replication)
        if self.other_world is not None or self._still or self.firms is not None:
            scenario = self._replay(document, network, future, plan=plan, processes=self.processes)
            return scenario, self._separate_baseline(document, network, replication)
        if self.factors or replication > 0:
            return self._run_pair(document, network, plan, future)
        key = world_key(network, self.baseline.hash, self.roles, self.seed, future)
        baseline = shelf(key).get("baseline")
        if baseline is not None:
            return self._replay(document, network, future, plan=plan, processes=self.processes), baseline
        pair = self._run_pair(document, network, plan, future)
        put(key, pair[1])
        return pair

    def _run_pair(
        self, document: Document, network: Network, plan: tuple[Planned, ...], future: int
    ) -> tuple[Trace, Trace]:
        background = tuple(p for p in plan if p.event.role == "background")
        chance = {"seed": self.seed, "replication": future, "days": self.days}
        return simulate_pair(document, network, plan, background, **chance, own=self.processes.functions)

    def _separate_baseline(self, document: Document, network: Network, replication: int) -> Trace:
        """Return the baseline where it is another world, the same in all replications, or of firms."""
        other = self.other_world
        if other is None and self._still:
            return self._still_baseline
        if other is None:
            return _bare(self._replay(document, network, self._future(replication), background=True))
        return reindex(other.run_alone(replication), other.network, network)

    def run_alone(self, replication: int) -> Trace:
        """Run one replication without a baseline."""
        document, network = self._varied(replication)
        return self._replay(document, network, self._future(replication))

    def _future(self, replication: int) -> int:
        return replication if self.future is None else int(self.future[replication])

    def _replay(
        self,
        document: Document,
        network: Network,
        replication: int,
        *,
        plan: tuple[Planned, ...] | None = None,
        background: bool = False,
        processes: UserProcesses | None = None,
    ) -> Trace:
        events = self._events if plan is None else plan
        if background:
            events = tuple(p for p in events if p.event.role == "background")
        chance: dict[str, Any] = {"seed": self.seed, "replication": replication, "days": self.days}
        functions = processes.functions if processes else ()
        if self.firms is not None:
            return self.firms.run(events, **chance, own=functions)
        return simulate_one(document, network, events, **chance, full=False, own=functions)


Task = tuple[CompiledScenario, Sequence[int]]  # and which of its replications to run
Chunk = tuple[int, tuple[int, ...]]  # the place of a task, and some of its replications
Finished = tuple[int, list[ReplicationResult]]  # the place of a task, and outcomes of it
Submit = Callable[[int, Sequence[int]], Future[list[ReplicationResult]]]  # hands a chunk to a worker


def _bare(run: Trace) -> Trace:
    """Drop the world, which cannot travel between processes."""
    return Trace(run.records, run.licences, run.log, None)


def reindex(run: Trace, source: Network, target: Network) -> Trace:
    """Bring the process columns of a run into the order of another network; absent ones are 0."""
    place = {name: i for i, name in enumerate(source.processes)}
    records = run.records

    def take(matrix: Floats) -> Floats:
        found = np.zeros((len(matrix), len(target.processes)))
        for column, name in enumerate(target.processes):
            if name in place:
                found[:, column] = matrix[:, place[name]]
        return found

    return Trace(records._replace(starts=take(records.starts), output=take(records.output)), [], [], None)
