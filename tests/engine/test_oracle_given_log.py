"""Given the log of what events wrote, the oracle moves goods as the engine does, whatever the policy."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.engine import Trace, make_plan, simulate_one
from sim.engine.events.registry import PROCESSES
from sim.engine.simulation import Licence
from sim.engine.user_processes import OwnProcess
from sim.network import Network, compile_network
from sim.runner.compiled_scenario import CompiledScenario
from sim.scenario import from_tree, load
from sim.scenario.schema.document import Document
from tests import oracle
from tests.oracle.compare import assert_same
from tests.oracle.log import WHATS, Row, record
from tests.random_events import meddle
from tests.random_worlds import policy_world

SEED = 20190704
DAYS = 100
SCENARIO = pathlib.Path(__file__).parents[2] / "scenarios" / "curbs_2019.yaml"
NOTED = {"own", "qualified", "talks: round", "talks: escalate", "talks: ease", "talks: restore"}
LIMITS = (12.0, 15.0)  # of the offices in the worlds


class Recorded(NamedTuple):
    """A world, a run of the engine in it, and the log of that run."""

    document: Document
    network: Network
    days: int
    run: Trace
    log: list[Row]

    def replay(self, log: list[Row]) -> dict[str, Any]:
        """Run the oracle with a log."""
        chance = {"seed": SEED, "replication": 0}
        return oracle.run(self.document, self.network, **chance, days=self.days, log=log)


def recorded(
    document: Document, network: Network, days: int, processes: tuple[OwnProcess, ...] = ()
) -> Recorded:
    run, log = record(document, network, seed=SEED, replication=0, days=days, processes=processes)
    return Recorded(document, network, days, run, log)


def in_policy_world(number: int, seed: int, stochastic: bool, days: int = DAYS) -> Recorded:
    document = from_tree(policy_world(number, seed, stochastic=stochastic, days=days)).document
    return recorded(document, compile_network(document), days, processes=(meddle,))


@pytest.fixture(scope="module")
def small() -> Recorded:
    return in_policy_world(12, 24, True, days=90)


@pytest.mark.parametrize(
    ("number", "seed", "stochastic"),
    [(12, 1, False), (12, 2, True), (12, 4, False), (50, 1, False), (50, 3, True)],
)
def test_engine_equals_oracle_whatever_the_policy(number: int, seed: int, stochastic: bool) -> None:
    recording = in_policy_world(number, seed, stochastic)
    assert_same(recording.run.records, recording.replay(recording.log))
    assert set(PROCESSES) | NOTED <= {what for _, _, what, _ in recording.run.log}
    assert WHATS - {row.what for row in recording.log} <= (set() if stochastic else {"law"})
    assert fates(recording.run.licences) == ALL_FATES


def test_a_pool_is_tight_however_little_orders_exceed_its_credit() -> None:
    """Here by 1e-12 of it: a slack in either of the two would let the excess ship."""
    recording = in_policy_world(12, 11, False, days=150)
    assert_same(recording.run.records, recording.replay(recording.log))


def test_engine_equals_oracle_in_the_case_of_2019() -> None:
    scenario = load(SCENARIO)
    case = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=SEED, uncertain=False)
    recording = recorded(case.document, case.network, days=300)
    assert_same(recording.run.records, recording.replay(recording.log))
    assert {"credited", "controlled", "max_share", "cover", "thrift_saving"} <= {
        r.what for r in recording.log
    }
    assert sum(file.granted > 0.0 for file in recording.run.licences) > 20


def test_to_record_changes_nothing(small: Recorded) -> None:
    plan, chance = make_plan(small.document, small.network), {"seed": SEED, "replication": 0}
    plain = simulate_one(small.document, small.network, plan, **chance, days=small.days, processes=(meddle,))
    for a, b in zip(plain.records, small.run.records, strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    assert [row.day for row in small.log] == sorted(row.day for row in small.log)


def test_a_change_of_one_row_is_seen(small: Recorded) -> None:
    """One licence is a millionth larger."""
    place = next(i for i, row in enumerate(small.log) if row.what == "credited")
    row = small.log[place]
    changed = [*small.log[:place], row._replace(value=row.value * 1.000001), *small.log[place + 1 :]]
    with pytest.raises(AssertionError, match="first on day"):
        assert_same(small.run.records, small.replay(changed))


@pytest.mark.parametrize("what", sorted(WHATS))
def test_no_word_of_the_log_can_be_left_out(what: str, small: Recorded) -> None:
    with pytest.raises(AssertionError, match="first on day"):
        assert_same(small.run.records, small.replay([row for row in small.log if row.what != what]))


ALL_FATES = {
    *("granted", "returned", "denied", "partial", "expedited", "queued", "lapsed", "free", "by limit"),
}


def fates(files: Iterable[Licence]) -> set[str]:
    """Return what happened to some file or other."""
    return {fate for file in files for fate, true in fate_of(file).items() if true}


def fate_of(file: Licence) -> dict[str, bool]:
    """Tell what happened to one file."""
    clock = file.queue_days + file.review_days
    undisturbed = file.required and file.rounds == 0
    return {
        "granted": file.usable > 0.0,
        "returned": file.returns > 0,
        "denied": file.denials > 0,
        "partial": file.part < 1.0,
        "expedited": file.expedited,
        "queued": file.queue_days > 0.0,
        "lapsed": file.lapsed > 0.0,
        "free": not file.required,
        "by limit": undisturbed and any(abs(clock - limit) < 1e-9 for limit in LIMITS),
    }
