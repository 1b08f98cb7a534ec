"""The ministry of 2019: reported grants hold in every draw, and exports to buyers do not move in step."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest

import sim
from sim.engine.replication import Trace
from sim.network import Network
from sim.runner.options import RunOptions
from sim.runner.replications import compile_scenario

DRAWS = 12
START = datetime.date(2019, 1, 1)
Runs = tuple[Network, list[Trace]]


def runs(name: str, draws: int = DRAWS) -> Runs:
    compiled = compile_scenario(sim.load(name), RunOptions(replications=draws, jobs=1))
    return compiled.network, [compiled.run_alone(number) for number in range(draws)]


@pytest.fixture(scope="module")
def released() -> Runs:
    return runs("curbs_2019")


def firsts(network: Network, run: Trace, prefix: str) -> dict[str, float]:
    """Return the day of 2019 of the first grant on each link of a kind that has had one."""
    days: dict[str, float] = {}
    for file in run.licences:
        name = network.links[file.link]
        if name.startswith(prefix) and not math.isnan(file.decided):
            days[name] = min(file.decided, days.get(name, math.inf))
    return days


def day(date: str) -> int:
    return (datetime.date.fromisoformat(date) - START).days


def test_reported_grants_hold_in_every_draw(released: Runs) -> None:
    network, drawn = released
    for run in drawn:
        liquid = firsts(network, run, "hf_liquid/")
        assert min(liquid.values()) >= day("2019-10-02")
        stella = {name: when for name, when in liquid.items() if "stella" in name}
        assert min(w for name, w in stella.items() if "-samsung_m" in name or "-samsung_f" in name) == (
            pytest.approx(day("2019-11-15"))
        )
        assert stella["hf_liquid/stella_osaka-skhynix_korea"] == pytest.approx(day("2019-11-15"))
        gas = firsts(network, run, "hf_gas/showadenko")
        assert min(gas.values()) == pytest.approx(day("2019-08-29"))
        assert gas["hf_gas/showadenko_kawasaki-skhynix_korea"] == pytest.approx(day("2019-09-30"))
        resist = sorted(firsts(network, run, "resist_euv/").values())
        assert day("2019-08-07") - 1e-6 <= resist[0] <= day("2019-08-19")
        assert sum(when <= day("2019-08-19") for when in resist) <= 2


def test_monthly_changes_of_grants_to_buyers_do_not_move_together(released: Runs) -> None:
    """From the seventh month on, inside a draw; the licences of before did so by month of filing."""
    network, drawn = released
    found = []
    for run in drawn:
        months = np.zeros((len(network.links), 18))
        for file in run.licences:
            if not math.isnan(file.decided):
                date = START + datetime.timedelta(days=math.floor(file.decided + 0.5))
                months[file.link, 12 * (date.year - 2019) + date.month - 7] += file.amount
        changes = np.diff(months, axis=1)[:, 6:]
        together = np.corrcoef(changes[changes.std(axis=1) > 0.0])
        found.append(together[np.triu_indices(len(together), 1)].mean())
    assert np.mean(found) < 0.2


@pytest.mark.parametrize(
    "rival", ["law_by_file", "law_by_exporter", "budget", "staged_office", "review_2019"]
)
def test_rivals_grant_in_their_own_way(rival: str, released: Runs) -> None:
    network, drawn = runs(f"curbs_2019+{rival}", 2)
    for run, other in zip(drawn, released[1], strict=False):
        assert firsts(network, run, "") and firsts(network, run, "") != firsts(network, other, "")


def test_the_view_of_4_july_knows_no_grant() -> None:
    network, drawn = runs("known_4_july", 6)
    dates = {
        firsts(network, run, "hf_liquid/stella_osaka-skhynix")["hf_liquid/stella_osaka-skhynix_korea"]
        for run in drawn
    }
    assert len(dates) == 6
