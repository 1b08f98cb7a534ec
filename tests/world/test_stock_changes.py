"""Five days more of any stock of the case: its range keeps its width, and its holder does not lose more."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.network.distributions import quantiles
from sim.runner.draws import factors
from sim.scenario import Scenario
from sim.units import days

PROBABILITIES = np.array([0.01, 0.25, 0.5, 0.75, 0.99])
REPLICATIONS = 20  # all 63 stocks were run by hand with 100


@pytest.fixture(scope="module")
def curbs() -> Scenario:
    return sim.load("curbs_2019")


def stocks(scenario: Scenario) -> list[str]:
    return [
        f"facilities.{facility}.stocks.{material}.cover"
        for facility, entry in scenario.document.facilities.items()
        for material in entry.stocks
    ]


def covers(scenario: Scenario) -> dict[str, tuple[str, np.ndarray]]:
    """Return the key of the draws of every cover, and what it is at some probabilities."""
    drawn = {}
    for factor in factors(scenario):
        for _, facility, _, material, *field in (p for p in factor.paths if p[2:3] == ("stocks",)):
            if field == ["cover"]:
                cover = scenario.document.facilities[facility].stocks[material].cover
                numbers = quantiles(factor.law, PROBABILITIES)
                path = f"facilities.{facility}.stocks.{material}.cover"
                drawn[path] = factor.column, numbers * (cover if factor.relative else 1.0)
    return drawn


def test_the_range_of_every_stock_keeps_its_width_and_its_draws(curbs: Scenario) -> None:
    before, compared = covers(curbs), 0
    assert len(before) > 60
    for path in stocks(curbs):
        entry = curbs.document.facilities[path.split(".")[1]].stocks[path.split(".")[3]]
        changed = curbs.with_({path: "+5 days"})
        facility, material = path.split(".")[1:4:2]
        assert changed.document.facilities[facility].stocks[material].cover == entry.cover + days("5 days")
        if path in before:
            column, numbers = before[path]
            assert covers(changed)[path][0] == column
            np.testing.assert_allclose(covers(changed)[path][1], numbers + 5.0, rtol=1e-12)
            compared += 1
    assert compared == len(before)


@pytest.mark.parametrize("stock", ["samsung_memory.stocks.hf_liquid", "skhynix_korea.stocks.hf_gas"])
def test_five_days_more_lose_no_more(curbs: Scenario, stock: str) -> None:
    """On the mean over paired replications, of all that the holder makes."""
    path = f"facilities.{stock}.cover"
    usual, more = (sim.run(s, replications=REPLICATIONS) for s in (curbs, curbs.with_({path: "+5 days"})))
    own = [name for name in usual.labels.processes if name.startswith(stock.split(".")[0] + "/")]
    lost = [sum(r.values("process", "lost_days", name).mean() for name in own) for r in (usual, more)]
    assert lost[1] <= lost[0] + 0.01
    assert (stock.endswith("gas")) or lost[1] < lost[0] - 0.1
