"""Baselines that what-ifs share: found again where nothing differs, and the same to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.runner import compiled_scenario
from sim.scenario import Scenario, from_tree
from tests.worlds import chain, event


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Begin with nothing kept; return what collects each call that runs a baseline, too."""
    compiled_scenario.baseline_cache.cache_clear()
    pairs_run: list[Any] = []
    pair = compiled_scenario.simulate_pair
    monkeypatch.setattr(
        compiled_scenario,
        "simulate_pair",
        lambda *given, **more: (pairs_run.append(given), pair(*given, **more))[1],
    )
    return pairs_run


def world(date: str = "2019-07-04", **changes: object) -> Scenario:
    fire = event(
        "outage", role="background", date="2019-03-01", until="2019-03-20", select={"facility": "plant"}
    )
    stop = event("embargo", role="treatment", date=date)
    return from_tree(chain(events={"fire": fire, "stop": stop}), changes=changes)


def run(scenario: Scenario, **options: Any) -> Any:
    return sim.run(scenario, **{"uncertainty": False, "replications": 1, "jobs": 1, **options})


def test_another_date_of_the_treatment_takes_the_baseline_that_is_there(pairs: list[Any]) -> None:
    run(world())
    result = run(world("2019-08-01"))
    assert len(pairs) == 1
    compiled_scenario.baseline_cache.cache_clear()
    again = run(world("2019-08-01"))
    assert len(pairs) == 2
    for name, array in again.arrays.items():
        np.testing.assert_array_equal(result.arrays[name], array)
    assert result.table("production").equals(again.table("production"))


@pytest.mark.parametrize(
    "changes",
    [
        {"events.fire.until": "2019-03-25"},
        {"facilities.line.stocks.acid.cover": "31 days"},
        {"run.end": "2019-12-30"},
        {"run.seed": 2},
        {
            "events.more": event(
                "emergency_purchase", amount="1 t", outside={"capacity": "30 t/month", "lead_time": "9 days"}
            )
        },
    ],
)
def test_what_changes_the_baseline_runs_it_anew(pairs: list[Any], changes: dict[str, object]) -> None:
    run(world())
    run(world(**changes))
    assert len(pairs) == 2


def test_few_and_small_ones_are_kept(pairs: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    run(world(), replications=3)
    assert len(pairs) == 3 and compiled_scenario.baseline_cache.cache_info().currsize == 1
    monkeypatch.setattr(compiled_scenario, "LARGEST_BASELINE", 10)
    for _ in range(2):
        run(world(), seed=7)
    assert len(pairs) == 5
