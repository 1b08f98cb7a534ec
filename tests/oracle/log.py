"""The log of a run of the engine: everything that events write to what the day step reads.

Most of what events write they alone write: a difference of the state before the day step and after the last
one says it. Credit, pools, emergency purchases and reserves are drawn down by the day step as well: there
each write is traced and the log says what was added. Where the engine takes back what is left of something
the log says of what, so that the oracle has to know how much is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from sim.engine import Trace, make_plan, simulate_one, state_rows
from sim.engine import replication as replication_module
from sim.engine.daystep import kernel
from sim.engine.events import licence_lots
from sim.engine.licence_terms import Holder
from sim.engine.simulation import Licence, Simulation
from sim.engine.state import State
from sim.engine.user_processes import OwnProcess
from sim.network import Network
from sim.scenario.schema.document import Document
from tests.oracle.traced import Note, Traced


class Row(NamedTuple):
    """What events did to one thing on the morning of a day."""

    day: int
    what: str
    id: str
    value: float


# what only events write: matrix, row, name in the log
WRITTEN = {
    ("processes", state_rows.FACTOR): "factor",
    ("processes", state_rows.YIELD_): "yield",
    ("stocks", state_rows.COVER): "cover",
    ("stocks", state_rows.THRIFT_SAVING): "thrift_saving",
    ("stocks", state_rows.THRIFT_BELOW): "thrift_below",
    ("links", state_rows.MAX_SHARE): "max_share",
    ("links", state_rows.SHARE): "share",
    ("link_ints", state_rows.CONTROLLED): "controlled",
    ("link_ints", state_rows.POOLS_OF): "pool",  # a bit for each pool
    ("link_ints", state_rows.LEAD): "lead",
    ("link_ints", state_rows.LEAD_LAW): "law",  # -1: the lead time is certain
    ("demands", state_rows.DEMAND_FACTOR): "demand",
    ("pool_ints", state_rows.POOL_RULE): "first_come",
}
# what the day step moves, too: matrix, row, name when set, name when added to
TRACED = {
    "credit": ("links", state_rows.CREDIT, "credit", "credited"),
    "drawn": ("links", state_rows.DRAWN, "drawn", ""),
    "extra": ("links", state_rows.EXTRA, "", "bought"),
    "reserve": ("stocks", state_rows.RESERVE, "", ""),
    "pool_credit": ("pools", state_rows.POOL_CREDIT, "pool_credit", "pool_credited"),
}
# thresholds wake processes and move nothing
UNREAD = {("stocks", state_rows.ARM_COVER), ("links", state_rows.ARM_CREDIT)}
WHATS = frozenset(
    {*WRITTEN.values(), "lapsed", "lapsed_aside", "returned", *(w for t in TRACED.values() for w in t[2:])}
) - {""}
# where the names of the things in a matrix stand
NAMES = {
    "processes": "processes",
    "stocks": "stocks",
    "links": "links",
    "link_ints": "links",
    "demands": "demands",
}
MATRICES = (
    *("processes", "process_ints", "inputs", "input_ints", "stocks", "stock_ints", "links", "link_ints"),
    *("demands", "demand_ints", "pools", "pool_ints", "ring", "line", "receipts", "lead_cdf", "options"),
)


def record(
    document: Document,
    network: Network,
    *,
    seed: int,
    replication: int,
    days: int,
    processes: tuple[OwnProcess, ...] = (),
) -> tuple[Trace, list[Row]]:
    """Run the engine day by day; return the run and the log of what events wrote."""
    recorder = Recorder(network)
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(replication_module, "State", recorder.make_state))
        patches.enter_context(mock.patch.object(kernel, "run_days", recorder.run_day))
        patches.enter_context(mock.patch.object(licence_lots, "lapse", recorder.lapse))
        plan = make_plan(document, network)
        chance = {"seed": seed, "replication": replication}
        run = simulate_one(document, network, plan, **chance, days=days, daily=True, processes=processes)
    return run, recorder.log


class Recorder:
    """Stands between the events and the day step and writes down what passes."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.log: list[Row] = []
        self.notes: list[Note] = []
        self.lots: dict[int, float] = {}  # lots credited up to the one that a note takes back, by note
        # what has lapsed of lots under another curb, by the note before which it did
        self.aside: dict[int, list[tuple[str, str, float]]] = {}
        self.run_days, self.real_lapse = kernel.run_days, licence_lots.lapse

    def make_state(self, network: Network, pools: int = 0) -> State:
        """Make a state whose writers are watched."""
        self.state = State(network, pools)
        for row in TRACED:
            setattr(self.state, row, Traced.of(getattr(self.state, row), row, self.notes))
        self.before = self.copy()
        return self.state

    def copy(self) -> dict[str, np.ndarray]:
        return {name: getattr(self.state, name).copy() for name in MATRICES}

    def run_day(self, *given: Any) -> int:
        """Write down what events did before the day, then let it run."""
        day = int(given[len(self.state.matrices) + 2])  # after the parts and the records
        self.log += [Row(day, *write) for write in (*self.traced(), *self.written())]
        reached: int = self.run_days(*given)
        self.before = self.copy()
        return reached

    def lapse(self, simulation: Simulation, holder: Holder, file: Licence) -> None:
        """Note of a lot that lapses how much had been credited with it, not how much of it was left."""
        first = len(self.notes)
        self.real_lapse(simulation, holder, file)
        added = [number for number in range(first, len(self.notes)) if self.notes[number].added is not None]
        self.lots.update((number, file.upto) for number in added)
        if file.lapsed > 0.0 and not added:  # another curb bounds the link, and credit is less than licensed
            name = self.network.links[file.link]
            self.aside.setdefault(len(self.notes), []).append(("lapsed_aside", name, file.lapsed))

    def name(self, matrix: str, index: int) -> str:
        """Return the name of a thing; pools are numbered."""
        if matrix in ("pools", "pool_ints"):
            return pool_name(index)
        names: tuple[str, ...] = getattr(self.network, NAMES[matrix])
        return names[index]

    def written(self) -> list[tuple[str, str, float]]:
        """Return what events wrote that only events write; nothing else may have changed."""
        rows = []
        traced = {(matrix, row) for matrix, row, _, _ in TRACED.values()}
        for matrix, before in self.before.items():
            after = getattr(self.state, matrix)
            for place in np.argwhere((after != before) & ~(np.isnan(after) & np.isnan(before))).tolist():
                row, index = place[0], place[-1]
                if (matrix, row) in traced | UNREAD:
                    continue
                assert (matrix, row) in WRITTEN, f"an event wrote to row {row} of {matrix}: tell the log"
                rows.append((WRITTEN[matrix, row], self.name(matrix, index), float(after[row, index])))
        return rows

    def traced(self) -> Iterator[tuple[str, str, float]]:
        """Yield what events wrote that the day step moves, too, in the order in which they did."""
        self.account()
        notes = iter(enumerate(self.notes))
        for number, note in notes:
            yield from self.aside.get(number, ())
            if note.row == "reserve":
                yield self.returned(note, next(notes)[1])
                continue
            matrix, _, put, more = TRACED[note.row]
            what, value = (put, note.after) if note.added is None else (more, note.added)
            if number in self.lots:
                what, value = "lapsed", self.lots[number]
            assert what, f"the log has no word for this write to {note.row}"
            yield what, self.name(matrix, note.index), value
        yield from self.aside.get(len(self.notes), ())
        for done in (self.notes, self.lots, self.aside):
            done.clear()

    def returned(self, reserve: Note, extra: Note) -> tuple[str, str, float]:
        """Tell the end of a purchase: what has come is no reserve any longer, what has not is not wanted."""
        buyer = self.network.arrays.stock[extra.index]
        assert (extra.row, extra.after, buyer) == ("extra", 0.0, reserve.index) and reserve.added is not None
        return "returned", self.network.links[extra.index], extra.before - reserve.added

    def account(self) -> None:
        """Check that the notes explain every change of the rows that are traced."""
        for row, (matrix, number, _, _) in TRACED.items():
            known = self.before[matrix][number].copy()
            for note in self.notes:
                if note.row == row:
                    assert known[note.index] == note.before, f"a write to {row} was missed"
                    known[note.index] = note.after
            assert np.array_equal(known, getattr(self.state, matrix)[number]), f"a write to {row} was missed"


def pool_name(number: int) -> str:
    """Return what the log calls a pool."""
    return f"pool {number}"
