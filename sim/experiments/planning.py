"""Memory of a large run, planned before it begins."""

from __future__ import annotations

from sim.engine import rows
from sim.errors import CurbsimError
from sim.experiments.memory import available
from sim.network.arrays import Network

NUMBER = 8  # bytes
GIGA = 1e9


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


def require_memory(network: Network) -> None:
    """Raise when a run would not fit in memory.

    Raises
    ------
    CurbsimError
        With what is needed, what there is, and what to change.
    """
    needed, there = needed_by(network), available()
    if needed > there:
        days, a_day = network.horizon - 1, NUMBER * len(network.links) / GIGA
        raise CurbsimError(
            f"the run needs {needed / GIGA:.1f} GB of memory and {there / GIGA:.1f} GB are free; "
            f"close other programs, leave small links out, or cap lead times (the longest is {days} days, "
            f"each day takes {a_day:.2g} GB)"
        )
