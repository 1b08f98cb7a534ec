"""How fast curbsim is, next to the same arithmetic in C, a pure SimPy model, and what was wanted.

Run by `make bench`. Nothing here fails because it is slow: machines differ, so what counts are the ratios
of one run, measured in turn. What fails is a day step in C that no longer gives the same numbers.
"""

from __future__ import annotations

import gc
import pathlib
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

import sim
from sim.engine import Records, make_plan, replication, simulate_one
from sim.engine.daystep import kernel
from sim.network import Network, compile_network
from sim.runner.compiled_scenario import CompiledScenario
from sim.scenario import Scenario, from_tree
from sim.scenario.schema.document import Document
from tests import oracle
from tests.benchmarks.native import NativeKernel
from tests.benchmarks.table import Table
from tests.benchmarks.timed import best, days_of, in_turn
from tests.random_worlds import random_world
from tests.runs import simulate

DAYS, SEED = 731, 7


@pytest.fixture(scope="module")
def curbs() -> Scenario:
    return sim.load("curbs_2019")


@pytest.fixture(scope="module")
def prepared(curbs: Scenario) -> CompiledScenario:
    ready = CompiledScenario(scenario=curbs, baseline=curbs.baseline(), seed=SEED, replications=64)
    ready.run(0)
    return ready


def records_of(document: Document, network: Network, days: int) -> Records:
    plan = make_plan(document, network)
    return simulate_one(document, network, plan, seed=SEED, replication=1, days=days).records


def assert_same(document: Document, days: int, native: NativeKernel, patch: pytest.MonkeyPatch) -> None:
    """Run all days with all events on both kernels and compare every record to the last bit."""
    network = compile_network(document)
    expected = records_of(document, network, days)
    patch.setattr(replication, "kernel", native)
    found = records_of(document, network, days)
    patch.undo()
    for name in Records._fields:
        same = np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=name == "credit")
        assert same, f"{name} differs: kernel.c is to follow a change of sim/engine"


def test_c_gives_the_same_numbers_on_curbs_2019(
    curbs: Scenario, native: NativeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_same(curbs.document, DAYS, native, monkeypatch)


@pytest.mark.parametrize("seed", range(8))
def test_c_gives_the_same_numbers_in_random_worlds(
    seed: int, native: NativeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = from_tree(random_world(30, seed, cycles=True, stochastic=True, days=DAYS))
    assert_same(world.document, DAYS, native, monkeypatch)


def test_one_replication(
    prepared: CompiledScenario, table: Table, benchmark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[float] = []

    class Watched:
        @staticmethod
        def run_days(*given: Any) -> int:
            begin = time.perf_counter()
            reached = kernel.run_days(*given)
            spent[-1] += time.perf_counter() - begin
            return reached

    def run() -> None:
        spent.append(0.0)
        prepared._trace(prepared.document, prepared.network, prepared._events, 1)

    monkeypatch.setattr(replication, "kernel", Watched)
    whole, step = best(benchmark, run, 25), 1e3 * min(spent)
    table.add("one replication of curbs_2019, two years: kernel and events", whole, 5.0, "ms")
    table.add("  of which kernel, with the way into it", step, 2.5, "ms")
    table.add("  of which events, licences, setting up", whole - step, 2.5, "ms")


def test_paired_replication(prepared: CompiledScenario, table: Table, benchmark: Any) -> None:
    """Futures differ by half in what they take, as they differ in licences: a mean over the same ones."""
    futures = range(1, 17)
    whole = best(benchmark, lambda: [prepared.run(future) for future in futures], 6) / len(futures)
    table.add("paired replication of curbs_2019, mean of 16: draws, both runs, measures", whole, 20.0, "ms")


def test_thousand_paired_replications(curbs: Scenario, table: Table) -> None:
    begin = time.perf_counter()
    sim.run(curbs, replications=1000, jobs=2)
    whole = time.perf_counter() - begin
    table.add("1,000 paired replications of curbs_2019, two years, 2 processes", whole, 10.0, "s")


@pytest.mark.parametrize("world", ["curbs_2019", "1,000 processes", "1,000 processes, random lead times"])
def test_kernel_next_to_c(
    world: str, curbs: Scenario, native: NativeKernel, table: Table, benchmark: Any
) -> None:
    document, days, rounds = curbs.document, DAYS, 60
    if world != "curbs_2019":
        tree = random_world(800, 3, stochastic="random" in world, events=False)
        document, days, rounds = from_tree(tree).document, 365, 8
    network = compile_network(document)
    ours, theirs = (days_of(document, network, step, days) for step in (kernel, native))
    ours(), theirs()
    numba, c = in_turn(rounds, ours, theirs)
    benchmark.pedantic(ours, rounds=3)
    table.add(f"kernel / C, {world}", numba / c, 1.5, "x")
    print(f"\n{world}: {1e3 * numba / days:.1f} us a day, in C {1e3 * c / days:.1f}")


@pytest.mark.parametrize(("events", "what"), [(False, "flows alone"), (True, "with events of every kind")])
def test_next_to_pure_simpy(events: bool, what: str, table: Table, benchmark: Any) -> None:
    document = from_tree(random_world(50, 1, events=events, days=365)).document
    network = compile_network(document)

    def ours() -> object:
        return simulate(document, network, seed=SEED, days=365)

    def theirs() -> object:
        return oracle.run(document, network, seed=SEED, replication=0, days=365)

    ours()
    gc.collect()
    pure, hybrid = in_turn(3, theirs, ours)
    hybrid = min(hybrid, best(benchmark, ours, 10))
    table.add(f"pure SimPy / hybrid, 50 facilities, a year, {what}", pure / hybrid, 500.0, "x", least=True)


@pytest.mark.parametrize(
    ("what", "replications", "wanted"), [("deterministic", 1, 60.0), ("100 replications", 100, 700.0)]
)
def test_what_if_after_the_first(
    what: str, replications: int, wanted: float, curbs: Scenario, table: Table, benchmark: Any
) -> None:
    options = {"uncertainty": replications > 1, "replications": replications}
    sim.run(curbs, **options)
    days = iter(range(10, 60))

    def what_if() -> object:
        return sim.run(curbs.with_({"regimes.individual.resubmit": f"{next(days)} days"}), **options)

    table.add(f"what-if: one changed value, {what}", best(benchmark, what_if, 5), wanted, "ms")


@pytest.mark.parametrize(
    ("what", "command", "wanted"),
    [
        ("import sim", ["-c", "import sim"], 150.0),
        ("curbsim check curbs_2019", ["-m", "sim", "check", "curbs_2019"], 300.0),
    ],
)
def test_start(what: str, command: list[str], wanted: float, table: Table, benchmark: Any) -> None:
    folder = pathlib.Path(sim.__file__).parents[1]

    def start() -> None:
        subprocess.run([sys.executable, *command], cwd=folder, check=False, capture_output=True)

    table.add(f"{what}, as a command", best(benchmark, start, 6), wanted, "ms")
