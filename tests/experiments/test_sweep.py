"""Sweeps: tidy frames with units over grids of paths, wildcards too, all points under the same draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.errors import CurbsimError
from sim.experiments.sweep import Sweep
from sim.results.codebook import MEASURE_UNITS
from tests.worlds import COVER, LEADS, uncertain_chain


@pytest.fixture(scope="module")
def grid() -> Sweep:
    vary = {LEADS: ["5 days", "9 days"], COVER: ["20 days", "30 days", "40 days"]}
    return sim.sweep(uncertain_chain(), vary, replications=4, jobs=1)


def test_a_table_has_a_row_for_each_point_and_process_with_its_unit(grid: Sweep) -> None:
    table = grid.table()
    assert list(table)[:5] == [LEADS, COVER, "who", "measure", "unit"]
    assert len(table) == 6 * table["who"].nunique()
    assert not table.duplicated([LEADS, COVER, "who"]).any()
    assert table["unit"].unique().tolist() == ["days"]
    assert grid.table("lost_value")["unit"].unique().tolist() == ["USD"]
    made = grid.table("lost_output_net").set_index("who")["unit"]
    assert made["line/chip"].unique().tolist() == ["wafer"]
    assert made["plant/acid"].unique().tolist() == ["t"]


@pytest.mark.parametrize(
    "measure", [name for name in MEASURE_UNITS if name.startswith(("lost_", "time_", "stopped"))]
)
def test_every_measure_of_processes_may_be_asked_for(grid: Sweep, measure: str) -> None:
    if measure == "lost_demand":
        with pytest.raises(CurbsimError, match="unknown measure 'lost_demand'"):
            grid.table(measure)
        return
    table = grid.table(measure)
    assert set(table["measure"]) == {measure}
    assert (table["replications"] <= 4).all()


def test_steps_are_paired_within_a_value_of_the_other_path(grid: Sweep) -> None:
    table = grid.table().set_index(["who", LEADS, COVER])
    chip = table.loc["line/chip"]
    assert np.isnan(chip["step"].xs("20 days", level=COVER)).all()
    for lead in ("5 days", "9 days"):
        assert chip["step"][lead, "30 days"] == pytest.approx(
            chip["estimate"][lead, "30 days"] - chip["estimate"][lead, "20 days"]
        )
    assert chip["step"]["5 days", "30 days"] == pytest.approx(-10.0)  # ten days of stock, ten days of output


def test_a_summary_has_everything_that_was_measured_at_every_point(grid: Sweep) -> None:
    rows = grid.summary()
    assert list(rows)[:4] == [LEADS, COVER, "metric", "scope"]
    assert len(rows.drop_duplicates([LEADS, COVER])) == 6
    one = grid.results[4].summary()
    part = rows[(rows[LEADS] == "9 days") & (rows[COVER] == "30 days")]
    assert part.drop(columns=[LEADS, COVER]).reset_index(drop=True).equals(one)
    assert (rows["unit"] != "").all()


def test_a_sweep_takes_two_points_and_not_ten_thousand() -> None:
    with pytest.raises(CurbsimError, match="a sweep of 1 points; write two values or more"):
        sim.sweep(uncertain_chain(), {COVER: ["20 days"]})
    with pytest.raises(CurbsimError, match="10,000 points at most"):
        sim.sweep(uncertain_chain(), {COVER: range(101), LEADS: range(100)})


def test_a_sweep_takes_relative_values_and_keeps_the_range(grid: Sweep) -> None:
    """-10 days, nothing and +10 days around a range of 15 to 90 days: one cover moved, three paired points."""
    around = sim.sweep(
        uncertain_chain(), {COVER: ["-10 days", "+0 days", "+10 days"]}, replications=4, jobs=1
    )
    draws = [result.arrays["draws"] for result in around.results]
    assert all(np.ptp(now - before, axis=0).max() < 1e-12 for now, before in pairwise(draws))
    assert np.sort((draws[2] - draws[0])[0]).tolist() == pytest.approx(
        [0.0] * (draws[0].shape[1] - 1) + [20.0]
    )
    unchanged = sim.run(uncertain_chain(), replications=4, jobs=1)
    assert (around.results[1].arrays["draws"] == unchanged.arrays["draws"]).all()


def test_a_threshold_shows_the_cover_that_a_relative_change_makes() -> None:
    axes = {"delay": {"events.cut.until": ["2019-08-01", "+10 days"]}}
    table = sim.threshold(
        uncertain_chain(), stock={COVER: ["40 days", "+5 days"]}, **axes, replications=1, jobs=1
    )
    assert table["stock"].tolist() == [40.0, 40.0, 35.0, 35.0]
    assert table["delay"].tolist()[0] == table["delay"].tolist()[1] - 102.0 == 28.0  # to 11 November
    wild = {"facilities.*.stocks.*.cover": ["+5 days", "+6 days"]}
    with pytest.raises(CurbsimError, match="has 2 values at one point .*; write values that are the same"):
        sim.threshold(uncertain_chain(), stock=wild, **axes, replications=1, jobs=1)


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({"run.seed": [7, 8]}, "all points run with one run.seed, so that it cannot vary; write --seed"),
        ({"run.replic*": [2, 4]}, "all points run with one run.replications"),
        ({COVER: ["20 days", "20 days"]}, "the value 20 days twice"),
    ],
)
def test_points_that_would_be_the_same_are_refused(vary: dict[str, list[object]], words: str) -> None:
    with pytest.raises(CurbsimError, match=words):
        sim.sweep(uncertain_chain(), vary, replications=2, jobs=1)


def test_points_over_other_days_are_told() -> None:
    grid = sim.sweep(uncertain_chain(), {"run.end": ["2019-06-30", "2019-12-31"]}, replications=2, jobs=1)
    assert "from 2019-01-01 to 2019-06-30 at one, from 2019-01-01 to 2019-12-31 at another" in grid.notes[-1]
