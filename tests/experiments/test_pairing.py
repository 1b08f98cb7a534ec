"""Comparisons are of like with like: the same days, draws and replications, or they are refused, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import CurbsimError
from tests.worlds import COVER, uncertain_chain

FEW: dict[str, Any] = {"replications": 4, "jobs": 1}


@pytest.mark.parametrize("name", ["rollback_2019", "talks_go_nowhere"])
def test_a_shorter_run_is_the_first_part_of_a_longer_one(name: str) -> None:
    """Nothing looks ahead: talks, offices, draws and demand of the days before are the same to the last bit."""
    long = sim.load(name).with_({"run.record_replications": 2})
    short = long.with_({"run.end": "2020-06-30"})
    whole, part = (sim.run(scenario, replications=2, jobs=1) for scenario in (long, short))
    assert whole.labels.days > part.labels.days
    for table in ("production", "stocks", "demand"):
        until = whole.table(table)
        until = until[until["day"] < part.labels.days].reset_index(drop=True)
        numbers = until.select_dtypes("number")
        np.testing.assert_array_equal(numbers, part.table(table)[numbers.columns])
    files, fewer = (result.table("licences").dropna(subset="decided") for result in (whole, part))
    files = files[files["decided"] <= "2020-06-30"]
    assert files["wait_days"].sum() == pytest.approx(fewer["wait_days"].sum(), rel=1e-12)


def test_scenarios_that_end_on_different_days_are_refused_with_the_day_to_write() -> None:
    with pytest.raises(
        CurbsimError, match="curbs_2019 ends on 2020-12-31, rollback_2019 on 2021-12-31: "
    ) as told:
        sim.compare("curbs_2019", "rollback_2019", replications=2)
    assert str(told.value).endswith("write run.end=2020-12-31 for both (--set run.end=2020-12-31, or with_)")
    chain = uncertain_chain()
    longer = chain.with_({"run.end": "2020-12-31"})
    assert chain.document.run.end < longer.document.run.end
    same = sim.compare(chain, longer.with_({"run.end": str(chain.document.run.end)}), **FEW)
    assert (same.table()["difference"] == 0.0).all()


def test_days_seed_and_baseline_stand_first_among_differences() -> None:
    chain = uncertain_chain()
    other = chain.with_(
        {"run.seed": 9, "run.end": "2019-12-01", "demand.*.rate": "900 wafer/month", COVER: "9 days"}
    )
    paths = [change.path for change in chain.diff(other)]
    assert paths[:2] == ["run.end", "run.seed"]
    assert paths[2:] == sorted(paths[2:]) and len(paths) > 3
    other = other.with_({"run.end": str(chain.document.run.end)})
    assert "All have seed" in sim.compare(chain, other, **FEW).notes[0]


def test_scenarios_that_begin_on_different_days_are_refused() -> None:
    chain = uncertain_chain()
    with pytest.raises(
        CurbsimError, match="begins on 2019-01-01, .* on 2019-02-01: .* write run.start=2019-01-01"
    ):
        sim.compare(chain, chain.with_({"run.start": "2019-02-01"}), **FEW)


def test_a_sweep_of_the_end_keeps_every_end() -> None:
    ends = ["2019-09-30", "2019-12-31"]
    grid = sim.sweep(uncertain_chain(), {"run.end": ends}, **FEW)
    assert [result.labels.days for result in grid.results] == [273, 365]


def test_a_named_baseline_has_the_days_of_the_scenario() -> None:
    scenario = sim.load("no_curbs").with_({"run.end": "2019-12-31"})
    assert scenario.baseline().document.run.end == scenario.document.run.end
    assert sim.load("no_curbs").baseline().hash == sim.load("korea_2019").hash


def test_two_finished_runs_are_compared_as_both_together_would_be(tmp_path: Path) -> None:
    one = uncertain_chain()
    two = one.with_({"events.cut.until": "2019-09-01"})
    runs = [sim.run(scenario, **FEW) for scenario in (one, two)]
    folders = [runs[0].save(tmp_path), str(runs[1].save(tmp_path / "other"))]
    together = sim.compare(one, two, **FEW)
    for given in (runs, folders):
        compared = sim.compare(*given)
        numbers = compared.table().select_dtypes("number")
        np.testing.assert_allclose(numbers, together.table()[numbers.columns], rtol=1e-9)
        assert [change.path for change in compared.changes[1]] == ["events.cut.until"]


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({"run.end": "2019-10-31"}, {}, "other days .*2019-10-31.* run both with --set run.start=2019-01-01"),
        ({}, {"seed": 3}, r"other seeds \(\d+ and 3\) and are no pairs; run both again with the same --seed"),
        ({}, {"replications": 3}, "other numbers of replications"),
        ({}, {"uncertainty": False}, "other treatments of uncertain values"),
    ],
)
def test_runs_that_are_no_pairs_are_refused(changes: Any, options: Any, words: str) -> None:
    one = uncertain_chain()
    first = sim.run(one, **FEW)
    with pytest.raises(CurbsimError, match=words):
        sim.compare(first, sim.run(one.with_(changes), **{**FEW, **options}))


def test_runs_whose_common_values_have_other_draws_are_refused() -> None:
    run = sim.run(uncertain_chain(), **FEW)
    draws = np.column_stack([run.arrays["draws"][::-1], np.zeros(4)])
    labels = replace(run.labels, factors=(*run.labels.factors, "links.*.share"))
    other = replace(run, labels=labels, arrays={**run.arrays, "draws": draws})
    with pytest.raises(CurbsimError, match="vary other values, so that .* has other draws and are no pairs"):
        sim.compare(run, other)


def test_processes_that_one_scenario_lacks_are_named() -> None:
    one = uncertain_chain()
    plant = {"firm": "maker", "country": "JP", "makes": {"acid": {"capacity": "1 t/month", "initial": "1 t"}}}
    sold = {"at": "other", "material": "acid", "rate": "0.5 t/month"}
    (note,) = sim.compare(one, one.with_({"facilities.other": plant, "demand.other": sold}), **FEW).notes
    assert note.startswith(
        "Only in One chain, changed: facilities.other = {...}; demand.other = {...}, not in One chain"
    )
    assert note.endswith(", and so not compared: other/acid.")


def test_a_finished_run_beside_a_scenario_is_refused() -> None:
    with pytest.raises(CurbsimError, match="1 of 2 are finished runs, the others scenarios"):
        sim.compare(sim.run(uncertain_chain(), **FEW), uncertain_chain())
