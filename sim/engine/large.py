"""Worlds of tables: a million firms, recorded and measured by country and material."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.engine import OwnProcess, Trace, simulate_one
from sim.engine import state_rows as rows
from sim.engine.daystep.group_totals import Tally, steady
from sim.engine.plan import Planned
from sim.errors import CurbsimError
from sim.network import Network
from sim.network.large.assumptions import Assumptions, whole_tables
from sim.network.large.country_groups import Groups, coarse_document, make_groups
from sim.network.large.firm_tables import compile_tables, make_firm_tables, with_materials
from sim.scenario import Scenario, selection
from sim.scenario.schema.document import Document

NUMBER = 8  # bytes


@dataclass(frozen=True, eq=False)
class Firms:
    """All firms of a world of tables, and the groups in which they are recorded and measured.

    Attributes
    ----------
    document : Document
        Without entries of firms, which stand in the network.
    network : Network
        Of all firms.
    said : Assumptions
        What the tables leave open, in words.
    """

    document: Document
    network: Network
    said: Assumptions

    @functools.cached_property
    def groups(self) -> Groups:
        return make_groups(self.network)

    @functools.cached_property
    def seen(self) -> Document:
        """Return the document of the network of groups."""
        coarse = self.groups.network
        return coarse_document(
            self.document, coarse.processes, coarse.stocks, coarse.routes(), coarse.demands
        )

    @functools.cached_property
    def coarse(self) -> Network:
        """Return the network of groups, in which events select countries."""
        return replace(self.groups.network, selectable=selection.selectable(self.seen))

    def by_route(self, plan: Sequence[Planned]) -> tuple[Planned, ...]:
        """Return events with the routes, processes and demands of groups that they act on."""
        groups, network = self.groups, self.groups.network
        kinds = {
            "links": (groups.link, network.links),
            "processes": (groups.process, network.processes),
            "demands": (groups.demand, network.demands),
        }
        seen = []
        for planned in plan:
            group, names = kinds.get(planned.event.acts_on, ((), ()))
            acts = sorted({int(group[t]) for t in planned.targets}) if len(group) else []
            chosen = tuple(names[r] for r in acts)
            seen.append(replace(planned, targets=tuple(acts), names=chosen, facilities=chosen))
        return tuple(seen)

    def run(
        self,
        plan: tuple[Planned, ...],
        *,
        seed: int,
        replication: int,
        days: int,
        processes: tuple[OwnProcess, ...] = (),
    ) -> Trace:
        """Run the firms, and return what their groups did.

        Raises
        ------
        CurbsimError
            When memory runs out although there was enough before the run.
        """
        tally = Tally(self.groups, self.network, days, tuple(sorted(self.seen.materials)))
        chance: dict[str, Any] = {"seed": seed, "replication": replication, "days": days}
        try:
            run = simulate_one(self.document, self.network, plan, **chance, processes=processes, tally=tally)
        except MemoryError:
            needs = f"the run needs about {needed_by(self.network) / 1e9:.1f} GB"
            raise CurbsimError(
                f"memory ran out: {needs}; run one replication at a time, with --jobs 1"
            ) from None
        licences = [replace(file, link=int(self.groups.link[file.link])) for file in run.licences]
        return Trace(tally.records, licences, run.log, lost=tally.lost)

    def steady(self, days: int) -> Trace:
        """Return the baseline where nothing happens on it: it need not be run."""
        return Trace(steady(self.groups, self.network, days), [], [])


def read_firms(scenario: Scenario) -> Firms:
    """Read the tables of a scenario, check them and solve their baseline.

    Raises
    ------
    CurbsimError
        With all mistakes of the tables, or why no output meets final demand.
    """
    tables = scenario.document.network
    assert tables is not None
    whole = whole_tables(tables.edges, tables.firms)
    firms = make_firm_tables(whole.links, whole.firms)
    document = with_materials(scenario.document, firms)
    return Firms(document, compile_tables(document, firms), whole.said)


def planned_bytes(
    *, firms: int, stocks: int, links: int, demands: int = 0, lead_days: int = 7, cycle_days: int = 0
) -> int:
    """Return the bytes that a run of a network in tables takes at most, tables and program included.

    Parameters
    ----------
    stocks : int
        Materials held, over all firms.
    lead_days, cycle_days : int
        The longest lead time and the longest cycle.

    Examples
    --------
    >>> round(planned_bytes(firms=100_000, stocks=300_000, links=500_000) / 1e9, 1)
    0.7
    """
    state = (
        firms * (len(rows.PROCESSES) + len(rows.PROCESS_INTS) + cycle_days + 1)
        + stocks * (len(rows.STOCKS) + len(rows.STOCK_INTS) + len(rows.INPUTS) + 1)
        + links * (len(rows.LINKS) + len(rows.LINK_INTS) + lead_days + 1)
        + demands * (len(rows.DEMANDS) + len(rows.DEMAND_INTS))
    )
    network = firms * 22 + stocks * 22 + links * 12 + demands * 4
    tables = firms * 30 + links * 12  # columns as they were read, with texts
    return NUMBER * (state + network + tables) + 250_000_000


def needed_by(network: Network) -> int:
    """Return the bytes that a run of a network takes at most."""
    return planned_bytes(
        firms=len(network.processes),
        stocks=len(network.stocks),
        links=len(network.links),
        demands=len(network.demands),
        lead_days=network.horizon - 1,
        cycle_days=int(network.arrays.cycle.max(initial=0)),
    )
