"""What other programs answered, to 1e-9; their answers were made by `make bench` in their own environments."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.runs import prepare
from tests.verification import peer_base_stock
from tests.verification.peer_cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answers_of_other_programs_are_reproduced(case: Case) -> None:
    """Stores and backlogs of stockpyl's base-stock nodes, output and unmet demand of BoARIO, day by day, to 1e-9."""
    kept = case.read()
    parts = {name: np.array(series) for name, series in kept["parts"].items()}
    assert case.difference(kept["work"], parts) < 1e-9


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answers_belong_to_the_cases(case: Case) -> None:
    """The inputs that are kept beside an answer are those of the case."""
    kept, now = leaves(case.read()["work"]), leaves(json.loads(json.dumps(case.work())))
    assert kept.keys() == now.keys()
    for path, value in kept.items():
        assert now[path] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), path


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Return every value of nested maps and lists under its path."""
    if isinstance(value, dict | list):
        named = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for name, inner in named for k, v in leaves(inner, f"{path}/{name}").items()}
    return {path: value}


def test_a_store_that_runs_empty_is_where_base_stock_differs() -> None:
    """E10: a store that owes its own plant orders no more than its level, as an inventory position would."""
    plants = peer_base_stock.CHAIN | {"maker": (8.0, 3, {"source": (20.0, 2)})}
    path = prepare(peer_base_stock.document(plants)).run(peer_base_stock.DAYS, seed=peer_base_stock.SEED)
    level = 20.0 + (2 + 1) * peer_base_stock.RATE
    store, shipped = path.stock("maker/m_source"), path.shipped("m_source/source-maker")
    transit = np.array([shipped[max(0, t - 1) : t + 1].sum() for t in range(1, len(shipped))])
    assert store.min() == 0.0
    np.testing.assert_allclose(path.order("maker/m_source")[1:], level - store[1:] - transit, rtol=1e-9)
