"""The audit: whatever comes in must be somewhere, on every day (VALIDATION.md section 4, I1 to I6).

An `Auditor` is called once after every day. It keeps what the state does not: goods shipped, started,
completed and sold since the run began, and the permission that was granted and drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.engine import state_rows
from sim.engine.events.quotas import next_boundary
from sim.engine.simulation import Licence, Simulation
from sim.engine.state import State
from sim.errors import CurbsimError
from sim.types import Floats, Ints

TOLERANCE = 1e-12  # of what has passed through the account
NEVER_NEGATIVE = (
    "stock",
    "order",
    "finished",
    "ordered",
    "shipped",
    "credit",
    "extra",
    "backlog",
    "served",
    "ring",
    "line",
    "pool_credit",
    "starts",
    "output",
    "expired",
    "used",
)


class InvariantError(CurbsimError):
    """A run has made or lost goods or permission: a fault of the engine, not of the scenario."""


@dataclass
class Permission:
    """The account of one credit: that of a curb on a link, or of a pool."""

    balance: float
    passed: float


@dataclass
class Auditor:
    """Accounts of one replication; call it with the simulation after every day, from the first one on.

    Attributes
    ----------
    tolerance : float
        Largest gap allowed, relative to what has passed through the account.
    days : int
        Days audited so far.
    worst : float
        Largest relative gap seen.
    """

    tolerance: float = TOLERANCE
    days: int = 0
    worst: float = 0.0
    _problems: list[str] = field(default_factory=list)
    _links: dict[tuple[int, Any, int], Permission] = field(default_factory=dict)  # link, curb, version
    _pools: dict[int, Permission] = field(default_factory=dict)
    _granted: set[int] = field(default_factory=set)
    _lapsed: dict[int, float] = field(default_factory=dict)
    _starts: list[Floats] = field(default_factory=list)

    def __call__(self, simulation: Simulation, day: int) -> None:
        """Check the evening of `day`; raise InvariantError with everything that is wrong."""
        if self.days == 0:
            self._open(simulation)
        self._problems = []
        self._stocks(simulation)
        self._processes(simulation)
        self._demands(simulation)
        self._transit(simulation, day)
        self._credit(simulation, day)
        self._signs(simulation)
        self.days += 1
        if self._problems:
            raise InvariantError(f"day {day}: " + "; ".join(self._problems))

    def _open(self, simulation: Simulation) -> None:
        """Take down the opening balances, those of the eve of the first day."""
        eve = State(simulation.network)
        self._received = eve.stock + eve.transit
        self._used, self._expired = eve.used.copy(), eve.expired.copy()
        self._made, self._sold = eve.finished.copy(), np.zeros_like(eve.finished)
        self._begun, self._completed = eve.in_process.copy(), np.zeros_like(eve.in_process)
        self._waiting = eve.backlog.copy()

    # accounts ---------------------------------------------------------------------------------

    def _stocks(self, simulation: Simulation) -> None:
        """I1: opening + shipped = stock + in transit + used + expired."""
        state, names = simulation.state, simulation.network.stocks
        buyer = simulation.network.arrays.stock
        self._received += add_up(buyer, state.shipped, len(names))
        goods = state.stock + state.transit + state.used + state.expired
        self._equal("goods of", names, self._received, goods, self._received)
        taken = state.used - self._used
        self._equal("use of", names, state.stocks[state_rows.TAKEN], taken, state.used)
        self._at_most("use of", names, taken, use_of_starts(state), self._received)
        self._at_most("expiry of", names, self._expired, state.expired, self._received)
        self._used, self._expired = state.used.copy(), state.expired.copy()

    def _processes(self, simulation: Simulation) -> None:
        """I2, I3: good output is finished or sold; starts are in process, good or lost, and on time."""
        state, arrays, names = simulation.state, simulation.network.arrays, simulation.network.processes
        at = np.repeat(np.arange(len(names)), np.diff(arrays.demand_ptr))
        self._sold += add_up(arrays.supplier, state.shipped, len(names))
        self._sold += add_up(at, state.served, len(names))
        self._made += state.output
        self._equal("finished goods of", names, self._made, state.finished + self._sold, self._made)
        good = state.processes[state_rows.YIELD_]  # events may change it
        self._begun += state.starts
        self._completed += state.output / good
        self._equal("starts of", names, self._begun, state.in_process + self._completed, self._begun)
        self._equal("line of", names, state.line.sum(axis=0), state.in_process, self._begun)
        self._at_most("starts of", names, state.starts, state.processes[state_rows.WANTED], self._begun)
        self._starts.append(state.starts.copy())
        due = [
            self._starts[self.days - c][p] if c <= self.days else arrays.base_starts[p]
            for p, c in enumerate(arrays.cycle.tolist())
        ]
        self._equal("output of", names, np.array(due) * good, state.output, self._made)

    def _demands(self, simulation: Simulation) -> None:
        """Unmet final demand waits whole or is lost whole."""
        state, names = simulation.state, simulation.network.demands
        asked = state.demands[state_rows.FINAL] + self._waiting
        self._at_most("sales to", names, state.served, asked, asked)
        left = np.where(simulation.network.arrays.demand_backlog == 1, asked - state.served, 0.0)
        self._equal("backlog of", names, left, state.backlog, asked)
        self._waiting = state.backlog.copy()

    def _transit(self, simulation: Simulation, day: int) -> None:
        """I5: goods in transit to a stock are those on its links; all arrivals of the day are taken in."""
        state, names = simulation.state, simulation.network.stocks
        on_links = state.ring.sum(axis=0)
        moving = add_up(simulation.network.arrays.stock, on_links, len(names))
        self._equal("transit to", names, state.transit, moving, self._received)
        today = state.ring[day % state.ring.shape[0]]
        self._at_most("arrivals on", simulation.network.links, today, 0.0 * today, today)

    def _credit(self, simulation: Simulation, day: int) -> None:
        """I4: opening + granted = credit + drawn + lapsed, for every curb on a link and every pool."""
        state, names = simulation.state, simulation.network.links
        licensed, passed = self._grants(simulation)
        book: dict[tuple[int, Any, int], Permission] = {}
        for link in np.flatnonzero(state.controlled).tolist():
            for key, credit in simulation.credits(link).items():
                files = isinstance(key, str)
                version = simulation.version.get(link, 0) if files else 0
                granted = passed.get(link, 0.0) + (licensed.get(link, 0.0) if files else 0.0)
                fresh = not files and refilled(simulation, key.owner, day)
                old = None if fresh else self._links.get((link, key, version))
                what = f"credit of {names[link]} ({key if files else key.name})"
                book[link, key, version] = self._draw(old, granted, float(state.shipped[link]), credit, what)
        self._links, pools = book, {}
        for pool in range(simulation.pools):
            members = (state.pools_of >> pool) & 1 == 1
            if members.any():
                holds = simulation.imposed[int(np.flatnonzero(members)[0])]
                owner = next(hold.regime.owner for hold in holds if hold.regime.pool == pool)
                old = None if refilled(simulation, owner, day) else self._pools.get(pool)
                drawn, credit = float(state.shipped[members].sum()), float(state.pool_credit[pool])
                pools[pool] = self._draw(old, 0.0, drawn, credit, f"credit of pool {pool}")
        self._pools = pools

    def _draw(
        self, account: Permission | None, granted: float, drawn: float, now: float, what: str
    ) -> Permission:
        """Enter a day into an account, one that begins anew where there is none, and compare."""
        if account is None:
            return Permission(now, now + drawn)
        account.balance += granted - drawn
        account.passed += abs(granted)
        gap = abs(account.balance - now) / (account.passed or 1.0)
        self.worst = max(self.worst, gap)
        if not gap <= self.tolerance:
            self._problems.append(f"{what} is {now!r} and should be {account.balance!r}")
        return account

    def _grants(self, simulation: Simulation) -> tuple[dict[int, float], dict[int, float]]:
        """Return, by link, what grants added to licences less what lapsed since the evening before.

        What own processes grant, without a filing, passes every curb of a link: it is returned apart.
        """
        licensed: dict[int, float] = {}
        passed: dict[int, float] = {}
        for number, file in enumerate(simulation.licences):
            if number not in self._granted and not math.isnan(file.usable):
                self._granted.add(number)
                to = passed if is_own(file) else licensed
                to[file.link] = to.get(file.link, 0.0) + file.granted
            if file.lapsed != self._lapsed.get(number, 0.0):
                gone = file.lapsed - self._lapsed.get(number, 0.0)
                licensed[file.link] = licensed.get(file.link, 0.0) - gone
                self._lapsed[number] = file.lapsed
        return licensed, passed

    def _signs(self, simulation: Simulation) -> None:
        """I6: nothing is negative, nothing is no number, and no link carries more than its order."""
        state, network = simulation.state, simulation.network
        for name in NEVER_NEGATIVE:
            values = getattr(state, name)
            if not (values >= 0.0).all():
                self._problems.append(f"{name} is negative or no number: {values.min()!r}")
        self._at_most("transit to", network.stocks, -state.transit, 0.0 * state.transit, self._received)
        self._at_most("work in", network.processes, -state.in_process, 0.0 * state.in_process, self._begun)
        self._at_most("shipments on", network.links, state.shipped, state.ordered, state.ordered)

    # comparisons ------------------------------------------------------------------------------

    def _equal(self, what: str, names: Sequence[str], left: Floats, right: Floats, scale: Floats) -> None:
        self._judge(what, names, np.abs(left - right), left, right, scale)

    def _at_most(self, what: str, names: Sequence[str], left: Floats, right: Floats, scale: Floats) -> None:
        self._judge(what, names, np.maximum(0.0, left - right), left, right, scale)

    def _judge(
        self, what: str, names: Sequence[str], gap: Floats, left: Floats, right: Floats, scale: Floats
    ) -> None:
        """Note the worst gap, relative to what has passed through the account."""
        if not len(gap):
            return
        relative = np.nan_to_num(gap / np.where(scale > 0.0, scale, 1.0), nan=math.inf)
        worst = int(np.argmax(relative))
        self.worst = max(self.worst, float(relative[worst]))
        if relative[worst] > self.tolerance:
            self._problems.append(f"{what} {names[worst]}: {float(left[worst])!r}, {float(right[worst])!r}")


def use_of_starts(state: State) -> Floats:
    """Return what today's starts would take of every stock without thrift or substitution."""
    first, last = state.process_ints[state_rows.IN_FIRST], state.process_ints[state_rows.IN_LAST]
    process = np.repeat(np.arange(len(first)), last - first)
    use = state.inputs[state_rows.IN_AMOUNT] * state.starts[process]
    return add_up(state.input_ints[state_rows.IN_STOCK], use, state.stocks.shape[1])


def add_up(place: Ints, amounts: Floats, number: int) -> Floats:
    """Return the sum of amounts at each place."""
    return np.asarray(np.bincount(place, weights=amounts, minlength=number), dtype=np.float64)


def is_own(file: Licence) -> bool:
    """Tell whether a process of a user granted a licence: nobody credited it."""
    return file.upto == 0.0


def refilled(simulation: Simulation, owner: str, day: int) -> bool:
    """Tell whether the curb of an event is a quota that was refilled this morning."""
    event = simulation.document.events.get(owner)
    if getattr(event, "period", None) is None or day == 0:
        return False
    today, eve = simulation.clock.date(day), simulation.clock.date(day - 1)
    steps = getattr(event, "steps", {})
    return next_boundary(eve, event.period) == today or today in steps or event.date == today
