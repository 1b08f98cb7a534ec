"""Runs of worlds of tables: a million firms, recorded and measured by country and material."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from sim.engine import Run, make_plan, run_once
from sim.engine.plan import Planned
from sim.engine.tally import Tally, steady
from sim.errors import CurbsimError
from sim.experiments.planning import needed_by, require_memory
from sim.experiments.prepare import Outcome, Prepared, weekly_cover, weekly_ratio
from sim.experiments.uncertainty import Factor
from sim.metrics import measure
from sim.network import Network
from sim.network.coarse import Groups, coarse_document, make_groups
from sim.network.columns import Columns, compile_tables, make_columns
from sim.network.edges import read_tables
from sim.network.views import with_views
from sim.scenario import Scenario
from sim.scenario.schema import Document

POLICY = ("licence", "quota", "embargo", "retaliation", "catch_all", "expedite")  # kinds that act on links


@dataclass(eq=False)
class PreparedTables(Prepared):
    """A world of tables made ready to run: `network`, `document` and `plan` are those of groups."""

    @functools.cached_property
    def world(self) -> Columns:
        """Return the tables, read and sorted."""
        told = self.scenario.document.network
        assert told is not None
        return make_columns(*read_tables(told.edges, told.firms))

    @functools.cached_property
    def whole(self) -> Document:
        """Return the document with an entry for every firm, made when it is asked for."""
        return with_views(self.scenario.document, self.world)

    @functools.cached_property
    def firms(self) -> Network:
        """Return the network of all firms."""
        network = compile_tables(self.whole, self.world)
        require_memory(network)
        return network

    def held(self) -> int:
        """Return the bytes that a process holds besides daily records: the state of all firms."""
        return needed_by(self.firms)

    @functools.cached_property
    def groups(self) -> Groups:
        return make_groups(self.firms)

    @functools.cached_property
    def network(self) -> Network:
        """Return the network of groups."""
        return self.groups.network

    @functools.cached_property
    def document(self) -> Document:
        """Return the document of the network of groups."""
        coarse = self.network
        return coarse_document(
            self.whole, coarse.processes, coarse.stocks, self.groups.routes(), coarse.demands
        )

    @functools.cached_property
    def days(self) -> int:
        run = self.scenario.document.run
        return (run.end - run.start).days + 1

    @functools.cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Return nothing: the numbers of tables are not drawn."""
        if self.scenario.document.uncertain and self.uncertain:
            raise CurbsimError("uncertain: a network in tables has no ranges; write variants instead")
        return ()

    @functools.cached_property
    def _events(self) -> tuple[Planned, ...]:
        return tuple(p for p in make_plan(self.whole, self.firms) if p.event.role in self.roles)

    @functools.cached_property
    def plan(self) -> tuple[Planned, ...]:
        """Return the events with the routes that they act on."""
        routes, names = self.groups.link, self.network.links
        plan = []
        for planned in self._events:
            acts = sorted({int(routes[t]) for t in planned.targets}) if planned.event.kind in POLICY else []
            chosen = tuple(names[r] for r in acts)
            plan.append(replace(planned, targets=tuple(acts), names=chosen, facilities=chosen))
        return tuple(plan)

    @functools.cached_property
    def _quiet(self) -> bool:
        """Tell whether nothing happens on the baseline."""
        return not any(p.event.role == "background" for p in self._events)

    def run(self, replication: int) -> Outcome:
        """Run one replication of the scenario; its baseline too, when something happens on it.

        Raises
        ------
        CurbsimError
            When memory runs out all the same.
        """
        try:
            return self._outcome(replication)
        except MemoryError:
            told = f"about {self.held() / 1e9:.1f} GB; run one replication at a time, with --jobs 1"
            raise CurbsimError(f"memory ran out: the run needs {told}") from None

    def _outcome(self, replication: int) -> Outcome:
        scenario, tally = self._sums(self._events, replication)
        if self._quiet:
            baseline = Run(steady(self.groups, self.firms, self.days), [], [])
        else:
            background = tuple(p for p in self._events if p.event.role == "background")
            baseline, _ = self._sums(background, replication)
        keep = replication < self.recorded
        measures = measure(self.frame, self.network, scenario, baseline)
        return Outcome(
            replication=replication,
            measures=replace(measures, by_material=tally.lost),
            output=weekly_ratio(scenario, baseline),
            cover=weekly_cover(self.network, scenario),
            moments=measures.stock[0, :0],
            run=scenario if keep else None,
            baseline=baseline if keep else None,
        )

    def _sums(self, plan: tuple[Planned, ...], replication: int) -> tuple[Run, Tally]:
        """Run the firms, and return what their groups did."""
        tally = Tally(self.groups, self.firms, self.days, self.frame.materials)
        run = run_once(
            self.whole,
            self.firms,
            plan,
            seed=self.seed,
            replication=replication,
            days=self.days,
            own=self.own.functions,
            tally=tally,
        )
        licences = [replace(file, link=int(self.groups.link[file.link])) for file in run.licences]
        return Run(tally.records, licences, run.log), tally


def solve_tables(scenario: Scenario) -> Network:
    """Read the tables of a scenario, check them and solve their baseline.

    Raises
    ------
    CurbsimError
        With all mistakes of the tables, or why no output meets final demand; or a selection of nothing.
    """
    prepared = PreparedTables(scenario, scenario.baseline(), 0, True, 1, 0)
    make_plan(prepared.whole, prepared.firms)
    return prepared.firms
