"""A network in parts, on one core or several, gives the same numbers to the last bit."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from sim.engine import make_plan, simulate_one, state
from sim.engine.daystep import run
from sim.engine.partitions import (
    D_LAST,
    K_FIRST,
    K_LAST,
    L_LAST,
    P_FIRST,
    P_LAST,
    S_FIRST,
    S_LAST,
    make_parts,
)
from sim.engine.state import Records
from sim.network import Network, compile_network
from sim.scenario import from_tree
from sim.scenario.schema.document import Document
from tests.random_worlds import policy_world, random_world

DAYS = 150


def records_of(document: Document, network: Network) -> Records:
    plan = make_plan(document, network)
    return simulate_one(document, network, plan, seed=3, replication=1, days=DAYS).records


@pytest.mark.parametrize("sharing", ["alike", "margin"])
def test_numbers_do_not_depend_on_parts_or_cores(sharing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = policy_world(30, 5, stochastic=True, days=DAYS)
    tree["model"]["sharing"] = sharing
    document = from_tree(tree).document
    network = compile_network(document)
    expected = records_of(document, network)
    assert expected.credit[np.isfinite(expected.credit)].min() >= 0.0, "no credit was ever needed"
    for size, number in ((40, 1), (1, 2), (40, 3)):
        monkeypatch.setattr(state, "PART", size)
        monkeypatch.setattr(run, "usable_cores", lambda n=number: n)
        assert len(make_parts(network.arrays, size)) > 2
        records = records_of(document, network)
        for name in Records._fields:
            same = np.array_equal(getattr(records, name), getattr(expected, name), equal_nan=name == "credit")
            assert same, f"{name} on {number} cores in parts of {size}"


@pytest.mark.parametrize("size", [1, 25, 10**9])
def test_parts_follow_each_other_and_cut_no_stock_from_its_processes(size: int) -> None:
    network = compile_network(from_tree(random_world(30, 2, cycles=True)).document)
    arrays = network.arrays
    parts = make_parts(arrays, size).astype(int)
    assert (parts[1:, ::2] == parts[:-1, 1::2]).all() and (parts[0, ::2] == 0).all()
    ends = [parts[-1, i] for i in (P_LAST, S_LAST, L_LAST, K_LAST, D_LAST)]
    assert ends == [
        len(x) for x in (network.processes, network.stocks, network.links, arrays.in_stock, network.demands)
    ]
    for part in parts:
        stocks = arrays.in_stock[part[K_FIRST] : part[K_LAST]]
        assert ((stocks >= part[S_FIRST]) & (stocks < part[S_LAST])).all()
        assert part[P_LAST] > part[P_FIRST] or part[S_LAST] > part[S_FIRST]
    places = {
        name: i
        for i, part in enumerate(parts)
        for name in network.stock_facility[part[S_FIRST] : part[S_LAST]]
    }
    for i, part in enumerate(parts):
        for name in network.process_facility[part[P_FIRST] : part[P_LAST]]:
            assert places.get(name, i) == i, "a facility lies in two parts"
    assert len(parts) == (1 if size == 10**9 else len(parts)) and (size > 25 or len(parts) > 3)


def test_a_worker_process_uses_one_core() -> None:
    assert run.usable_cores() >= 1
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        assert pool.submit(run.usable_cores).result() == 1
