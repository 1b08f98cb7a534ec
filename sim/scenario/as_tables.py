"""What is in a scenario as tables, one row for each entry. The tables are made by a higher room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.questions import ask

if TYPE_CHECKING:
    from typing import TypeAlias

    Frame: TypeAlias = Any  # a pandas.DataFrame: checks of files do without pandas


class InTables:
    """Tables of a scenario, each with the ids of its entries as index.

    A column is a field of the format, with dots for what stands inside it; fields that no entry has are left
    out. Numbers are in base units: shares from 0 to 1, lengths of time in days (columns that end in `_days`),
    rates a day (`_per_day`); amounts, rates and prices have a column that ends in `_unit` beside them. Dates
    are dates. A distribution, and what is no number, is text as written.
    """

    @property
    def materials(self) -> Frame:
        """Return the materials."""
        return ask("Scenario.table", self, "materials")

    @property
    def firms(self) -> Frame:
        """Return the firms."""
        return ask("Scenario.table", self, "firms")

    @property
    def facilities(self) -> Frame:
        """Return the facilities, with the names of what they make and hold."""
        return ask("Scenario.table", self, "facilities")

    @property
    def processes(self) -> Frame:
        """Return what facilities make, by `facility/process`."""
        return ask("Scenario.table", self, "processes")

    @property
    def stocks(self) -> Frame:
        """Return what facilities hold of their inputs, by `facility/material`."""
        return ask("Scenario.table", self, "stocks")

    @property
    def links(self) -> Frame:
        """Return the links from suppliers to buyers."""
        return ask("Scenario.table", self, "links")

    @property
    def demand(self) -> Frame:
        """Return final demand."""
        return ask("Scenario.table", self, "demand")

    @property
    def events(self) -> Frame:
        """Return the events, in the order of their dates."""
        return ask("Scenario.table", self, "events")

    @property
    def variants(self) -> Frame:
        """Return the variants: what to write for each, and what it changes."""
        return ask("Scenario.table", self, "variants")

    def network(self) -> Any:
        """Return the compiled network: arrays in base units, with baseline flows."""
        return ask("Scenario.network", self)

    def to_networkx(self) -> Any:
        """Return the world as a `networkx.MultiDiGraph`: facilities, and a link for each edge, by its id.

        Nodes have title, firm, country, site and makes; edges have material, unit, share, flow (baseline, a
        day), lead_time_days, regime and value (of the flow, a day; nan without a price).
        """
        return ask("Scenario.to_networkx", self)
