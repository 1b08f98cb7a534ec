"""Every program on the same work in one run: curbsim, its day step in C, its SimPy oracle, and peers from PyPI.

Times are seconds of one processor, so that other work on the machine does not count, and those of the simulation,
networks built beforehand; replications of peers build afresh, as their users must. A program that would take longer
than LIMIT runs fewer days or replications, and says so.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine import simulate_one
from sim.engine.daystep import kernel
from tests import oracle
from tests.benchmarks import works
from tests.benchmarks.native import NativeKernel
from tests.benchmarks.peers import BOARIO, DEEPBULLWHIP, PEERS, STOCKPYL, SUPPLYNETPY, Peer
from tests.benchmarks.programs import timing
from tests.benchmarks.table import Table
from tests.benchmarks.timed import days_of, in_turn
from tests.runs import Prepared, prepare
from tests.verification import peer_ario
from tests.verification.peer_cases import CASES, Case

LIMIT, PATIENCE = 15.0, 60.0  # seconds of a processor that a program should take; seconds it may take in all
SIZES = [(30, 60), (1_000, 5_000), (10_000, 50_000)]
ANSWERS = 300.0  # seconds that an answer may take that is compared
REPLICATIONS = 1_000
ASSEMBLY = "every buyer uses one of each input"
SPLIT = "every buyer splits its orders over suppliers"
ARIO = "ARIO, one input-output table"


def require(peer: Peer) -> None:
    """Leave a test out, with a word, where a program cannot be installed.

    Programs come from a package index that a machine may not reach; curbsim itself is measured all the same.
    """
    if not peer.installed():
        pytest.skip(f"{peer.name} cannot be installed here")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answers_are_the_same(case: Case, table: Table) -> None:
    """What the program answers today is what is kept, and both are ours to 1e-9."""
    peer, work = PEERS[case.program], case.work()
    require(peer)
    answer = peer.ask("trajectory", work, ANSWERS)
    assert answer is not None
    parts = case.parts(answer)
    for name, series in case.read()["parts"].items():
        np.testing.assert_allclose(parts[name], series, rtol=1e-9, atol=1e-9)
    difference = case.difference(work, parts)
    assert difference < 1e-9
    table.say(f"{peer.name} {answer['version']}: {case.title}: largest difference {difference:.1e}")


@pytest.mark.parametrize(
    ("peer", "split", "since"),
    [(STOCKPYL, False, 0), (DEEPBULLWHIP, False, 30), (SUPPLYNETPY, True, 30)],
    ids=lambda given: getattr(given, "name", None),
)
def test_work_is_the_same(peer: Peer, split: bool, since: int) -> None:
    """Every store of every buyer is the same on every day, from the day on which the opening is forgotten."""
    require(peer)
    nodes = works.layered(*SIZES[0], split)
    ready = works.case(nodes, split)
    answer = peer.ask("trajectory", works.for_peers(nodes, works.demand(ready)), ANSWERS)
    assert answer is not None
    path = ready.run(works.DAYS, seed=works.SEED)
    for node in nodes:
        for j in node.suppliers:
            store = path.stock(f"{node.name}/{works.good(nodes[j], split)}")[since:]
            theirs = np.array(answer["nodes"][node.name]["level"])[since : works.DAYS]
            np.testing.assert_allclose(store, theirs, rtol=1e-9, atol=1e-9 * node.flow)


def test_ario_work_is_the_same() -> None:
    """Output of every industry is the same on every day."""
    require(BOARIO)
    work = works.economy(*SIZES[0])
    answer = BOARIO.ask("trajectory", work, ANSWERS)
    assert answer is not None
    output, _ = peer_ario.answer(work, prepare(peer_ario.document(work)).run(works.DAYS))
    np.testing.assert_allclose(output, answer["output"], rtol=1e-9)


def ours(ready: Prepared, replications: int = 1) -> float:
    """Return the seconds of one replication, the least of several, or of many one after the other."""

    def run(replication: int) -> float:
        begin = time.process_time()
        simulate_one(
            ready.document,
            ready.network,
            ready.plan,
            seed=works.SEED,
            replication=replication,
            days=works.DAYS,
            full=False,
        )
        return time.process_time() - begin

    run(0)
    if replications > 1:
        return sum(run(r) for r in range(replications))
    return min(run(0) for _ in range(20 if len(ready.network.links) < 1_000 else 3))


def ask(table: Table, peer: Peer, title: str, work: dict[str, Any], pilot: int = 1) -> None:
    """Let a peer do a work within the limit and enter what a whole year takes."""
    if not peer.installed():
        table.say(f"{peer.name}: left out, it cannot be installed here")
        return
    found = peer.ask("speed", work | {"limit": LIMIT, "pilot": pilot}, PATIENCE)
    if found is None:
        table.time(title, peer.name, PATIENCE, f"over {PATIENCE:.0f} s, building included")
        return
    days = int(found["days"])
    how = "measured" if days == works.DAYS else f"{days} days measured, scaled to {works.DAYS}"
    table.time(title, peer.name, found["seconds"] * works.DAYS / days, how)


def ask_many(table: Table, peer: Peer, title: str, work: dict[str, Any]) -> None:
    """Let a peer do as many replications as fit and enter what a thousand take."""
    if not peer.installed():
        return
    given = {"limit": LIMIT, "replications": 50}
    found = peer.ask("ensemble", work | given, PATIENCE)
    if found is None:
        table.say(f"{peer.name}: no replication in {PATIENCE:.0f} s")
        return
    done = found["replications"]
    table.time(title, peer.name, found["seconds"] / done * REPLICATIONS, f"{done} measured, scaled")


def words(nodes: int, links: int, what: str) -> str:
    return f"{nodes:,} nodes, {links:,} links, a year: {what}"


@pytest.mark.parametrize(("nodes", "links"), SIZES)
def test_base_stock(nodes: int, links: int, table: Table, native: NativeKernel) -> None:
    title, buyers = words(nodes, links, ASSEMBLY), works.layered(nodes, links, split=False)
    ready = works.case(buyers, split=False)
    table.time(title, "curbsim", ours(ready))
    steps = [days_of(ready.document, ready.network, step, works.DAYS) for step in (kernel, native)]
    for program, milliseconds in zip(("curbsim", "C"), in_turn(20 if nodes < 1_000 else 2, *steps)):
        table.time(title, f"{program}, the day step alone", milliseconds / 1e3)
    if nodes < 5_000:
        by_simpy(table, title, ready)
    work = works.for_peers(buyers, works.demand(ready))
    for peer in (STOCKPYL, DEEPBULLWHIP):
        ask(table, peer, title, work)


@pytest.mark.parametrize(("nodes", "links"), SIZES)
def test_split_orders(nodes: int, links: int, table: Table) -> None:
    title, buyers = words(nodes, links, SPLIT), works.layered(nodes, links, split=True)
    ready = works.case(buyers, split=True)
    table.time(title, "curbsim", ours(ready))
    ask(table, SUPPLYNETPY, title, works.for_peers(buyers, works.demand(ready)))


@pytest.mark.parametrize(("nodes", "links"), SIZES)
def test_ario(nodes: int, links: int, table: Table) -> None:
    title, work = words(nodes, links, ARIO), works.economy(nodes, links)
    table.time(title, "curbsim", ours(prepare(peer_ario.document(work))))
    if nodes > 5_000:
        table.say(
            f"boario: {nodes:,} industries left out: its tables are dense, {nodes**2 * 8e-9:.1f} GB each"
        )
    else:
        ask(table, BOARIO, title, work, pilot=8)


def test_ensembles(table: Table) -> None:
    for split, peers in ((False, (STOCKPYL, DEEPBULLWHIP)), (True, (SUPPLYNETPY,))):
        nodes = works.layered(*SIZES[0], split)
        ready = works.case(nodes, split)
        title = f"1,000 replications, 30 nodes, 60 links, a year: {SPLIT if split else ASSEMBLY}"
        table.time(title, "curbsim", ours(ready, REPLICATIONS), "measured, one after the other")
        work = works.for_peers(nodes, works.demand(ready, 50))
        for peer in peers:
            ask_many(table, peer, title, work)


def test_ensemble_of_shocks(table: Table) -> None:
    """BoARIO draws nothing: its replications differ in the size of the losses, put into events as draws are."""
    title, work = f"1,000 sizes of a shock, 30 nodes, 60 links, a year: {ARIO}", works.economy(*SIZES[0])
    ready = prepare(peer_ario.document(work))
    begin = time.process_time()
    for i in range(REPLICATIONS):
        events = {
            name: event.model_copy(update={"remaining": 1.0 - 0.5 * (0.5 + 0.4 * i / REPLICATIONS)})
            for name, event in ready.document.events.items()
        }
        document = ready.document.model_copy(update={"events": events})
        plan = tuple(replace(p, event=events[p.name]) for p in ready.plan)
        simulate_one(document, ready.network, plan, seed=0, replication=i, days=works.DAYS, full=False)
    table.time(title, "curbsim", time.process_time() - begin, "measured, one after the other")
    ask_many(table, BOARIO, title, work)


def test_vectorised_chain(table: Table) -> None:
    """deepbullwhip can do many paths of one serial chain at once, with levels that follow a forecast."""
    title, nodes = "1,000 replications, a serial chain of 30 nodes, a year", works.chain(30)
    ready = works.case(nodes, split=False)
    table.time(title, "curbsim", ours(ready, REPLICATIONS), "measured, one after the other")
    work = works.for_peers(nodes, works.demand(ready, REPLICATIONS))
    if DEEPBULLWHIP.installed() and (found := DEEPBULLWHIP.ask("vectorised", work, ANSWERS)):
        how = "all at once; other work: nobody waits for a supplier"
        table.time(title, "deepbullwhip, vectorised", found["seconds"], how)


def seconds_of(run: Any) -> float:
    begin = time.process_time()
    run()
    return time.process_time() - begin


def by_simpy(table: Table, title: str, ready: Prepared) -> None:
    """Run the oracle for as many days as fit."""

    def run(days: int) -> float:
        given = {"seed": works.SEED, "replication": 0, "days": days}
        return seconds_of(lambda: oracle.run(ready.document, ready.network, **given))

    found = timing.days_within(run, {"days": works.DAYS, "limit": LIMIT, "pilot": 1})
    how = "measured" if found["days"] == works.DAYS else f"{found['days']} days measured, scaled"
    table.time(title, "SimPy, our oracle", found["seconds"] * works.DAYS / found["days"], how)
