"""The engine and the oracle are written from MODEL.md independently; their records are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.network import compile_network
from sim.scenario import from_tree
from tests import oracle
from tests.oracle.compare import assert_same
from tests.random_worlds import random_world
from tests.runs import simulate

SEED = 20190704


def assert_equal(tree: dict[str, Any], days: int, replication: int = 0) -> dict[str, Any]:
    """Run both and compare every record of every day; return the records of the oracle."""
    document = from_tree(tree).document
    network = compile_network(document)
    expected = oracle.run(document, network, seed=SEED, replication=replication, days=days)
    records = simulate(document, network, seed=SEED, replication=replication, days=days)
    assert_same(records, expected)
    return expected


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("cycles", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_engine_equals_oracle_in_small_worlds(seed: int, cycles: bool, stochastic: bool) -> None:
    assert_equal(random_world(5, seed, cycles=cycles, stochastic=stochastic), 150)


@pytest.mark.parametrize(
    ("seed", "cycles", "stochastic"), [(0, False, False), (2, True, False), (3, True, True)]
)
def test_engine_equals_oracle_with_50_facilities(seed: int, cycles: bool, stochastic: bool) -> None:
    expected = assert_equal(random_world(50, seed, cycles=cycles, stochastic=stochastic), 150)
    assert any(granted for _, _, _, granted, _, _ in expected["files"])
    assert expected["expired"].max() > 0.0 and expected["unmet"].max() > 0.0


def test_engine_equals_oracle_with_400_facilities() -> None:
    expected = assert_equal(random_world(400, 1, cycles=True, stochastic=True, days=60), 60)
    assert any(granted for _, _, _, granted, _, _ in expected["files"])


@pytest.mark.parametrize("family", ["ario", "leontief", "ces", "linear"])
@pytest.mark.parametrize("sharing", ["alike", "margin"])
def test_every_family_equals_oracle_where_stocks_are_shared(family: str, sharing: str) -> None:
    tree = random_world(12, 7, cycles=True)
    tree["model"] |= {"production": family, "sharing": sharing}
    assert_equal(tree, 120)


@pytest.mark.parametrize("seed", range(4))
def test_an_office_that_releases_equals_oracle(seed: int) -> None:
    """With files, gaps, a pace, a faster one when cover is low, denials, and lots that lapse."""
    tree = random_world(12, seed, stochastic=seed > 1)
    tree["regimes"]["individual"] = {
        "release": {
            "standard": "15 days",
            "spread": 0.5,
            "common": {"office": 0.2, "material": 0.3},
            "pair_gap": {"at_once": 0.3, "other": {"low": "3 days", "high": "30 days", "law": "loguniform"}},
            "pace": {"full": 0.3, "low": 0.2, "high": 1},
            "need": {"values": [0, 5], "cover_below": "8 days"},
            "lot": {"low": "4 days", "mode": "9 days", "high": "20 days"},
        },
        "denial": 0.2,
        "resubmit": "3 days",
        "dispatch": "2 days",
        "validity": "25 days",
    }
    expected = assert_equal(tree, 150, replication=seed)
    assert len(expected["files"]) > 5


@pytest.mark.parametrize("rule", ["proportional", "priority", "relative", "uniform"])
def test_every_rule_of_rationing_equals_oracle(rule: str) -> None:
    tree = random_world(12, 8, stochastic=True)
    tree["model"]["rationing"] = rule
    assert_equal(tree, 120)


def test_baseline_world_stays_where_it_is() -> None:
    tree = random_world(20, 3, events=False, cycles=True)
    for demand in tree["demand"].values():
        demand.pop("growth", None)
        demand.pop("season", None)
    for facility in tree["facilities"].values():
        for stock in facility["stocks"].values():
            stock.pop("initial", None)
    for material in tree["materials"].values():
        material.pop("shelf_life", None)
    expected = assert_equal(tree, 60)
    first, last = expected["starts"][0], expected["starts"][-1]
    assert np.allclose(first, last, rtol=1e-9, atol=1e-9)


def test_two_purchases_on_one_link_equal_oracle() -> None:
    """What has come over the link belongs to the first as far as it goes; its end creates no reserve."""
    tree = random_world(5, 1)
    first = tree["events"]["buy"] = tree["events"]["buy"] | {"amount": "5 days"}
    tree["events"]["buy_more"] = first | {"amount": "40 days", "date": "2019-02-10", "until": "2019-05-20"}
    assert_equal(tree, 150)


@pytest.mark.parametrize("stochastic", [False, True])
def test_inflated_orders_and_full_stores_equal_oracle(stochastic: bool) -> None:
    tree = random_world(14, 9, cycles=True, stochastic=stochastic)
    tree["model"] |= {"order_inflation": 0.7, "inflation_max": 2.5, "availability_exponent": 1.0}
    for number, facility in enumerate(tree["facilities"].values()):
        for process in facility["makes"].values():
            process["storage"] = f"{12 + 3 * (number % 4)} days"
            process["steady"] = 0.3 * (number % 4)
        for held in facility["stocks"].values():
            held["order_inflation"] = [0.0, 1.0, 0.4][number % 3]
    assert_equal(tree, 120)
