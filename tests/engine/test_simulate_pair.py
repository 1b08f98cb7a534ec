"""A pair of runs gives what the two give one after the other, to the last bit."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

import sim
from sim.engine import Records, Trace, make_plan, simulate_one, simulate_pair
from sim.engine.daystep import kernel
from sim.engine.plan import Planned
from sim.network import Network, compile_network
from sim.scenario import from_tree
from sim.scenario.schema.document import Document
from tests.random_events import meddle
from tests.random_worlds import policy_world

CHANCE = {"seed": 7, "replication": 3}


def assert_same(trace: Trace, expected: Trace) -> None:
    for name in Records._fields:
        pair = getattr(trace.records, name), getattr(expected.records, name)
        assert np.array_equal(*pair, equal_nan=name == "credit"), name
    assert repr(trace.licences) == repr(expected.licences)
    assert trace.log == expected.log


def parted(document: Document, network: Network) -> tuple[tuple[Planned, ...], tuple[Planned, ...]]:
    """Return the plan and the part of it that is background."""
    plan = make_plan(document, network)
    return plan, tuple(p for p in plan if p.event.role == "background")


@pytest.mark.parametrize("seed", range(4))
def test_a_pair_equals_two_runs_in_worlds_with_every_policy(seed: int) -> None:
    document = from_tree(policy_world(12, seed, stochastic=True)).document
    network = compile_network(document)
    plan, background = parted(document, network)
    pair = simulate_pair(document, network, plan, background, **CHANCE, days=150, processes=(meddle,))
    expected = (
        simulate_one(document, network, plan, **CHANCE, days=150, full=False, processes=(meddle,)),
        simulate_one(document, network, background, **CHANCE, days=150, full=False),
    )
    assert not np.array_equal(pair[0].records.stock, pair[1].records.stock)
    for trace, alone in zip(pair, expected, strict=True):
        assert_same(trace, alone)


def test_days_before_the_curbs_run_once() -> None:
    document = sim.load("curbs_2019").document
    network = compile_network(document)
    plan, background = parted(document, network)
    with mock.patch.object(kernel, "run_days", wraps=kernel.run_days) as step:
        scenario, baseline = simulate_pair(document, network, plan, background, **CHANCE, days=300)
    spans = [[x for x in call.args if type(x) is int][:2] for call in step.call_args_list]
    first = (document.events["rush_gas"].date - document.run.start).days
    assert sum(last - begin for begin, last in spans if begin < first) == first
    for trace, events in ((scenario, plan), (baseline, background)):
        assert_same(trace, simulate_one(document, network, events, **CHANCE, days=300, full=False))
