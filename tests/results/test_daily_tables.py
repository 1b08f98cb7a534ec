"""Daily tables: dates are dates in memory and in every file, and means over replications are those by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import CurbsimError
from tests.runner.test_replications import curbed
from tests.worlds import COVER, ranged

DATES = {
    **{name: ["date"] for name in ("production", "stocks", "shipments", "demand", "events")},
    "licences": ["filed", "decided", "usable"],
}


@pytest.fixture(scope="module")
def result() -> sim.Result:
    ranges = {COVER: ranged("5 days", "60 days")}
    scenario = curbed(uncertain=ranges).with_({"run.record_replications": 2})
    return sim.run(scenario, replications=3, jobs=1)


@pytest.fixture(scope="module")
def folder(result: sim.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return result.save(tmp_path_factory.mktemp("runs"), formats=("parquet", "csv", "dta"))


@pytest.mark.parametrize("name", DATES)
def test_dates_are_dates_in_memory_and_in_files(result: sim.Result, folder: Path, name: str) -> None:
    table, again = result.table(name), sim.read(folder).table(name)
    assert len(table)
    pd.testing.assert_frame_equal(table[DATES[name]], again[DATES[name]])
    stata = pd.read_stata(folder / "tables" / f"{name}.dta")
    text = pd.read_csv(folder / "tables" / f"{name}.csv", keep_default_na=False)
    for column in DATES[name]:
        assert pd.api.types.is_datetime64_dtype(table[column])
        assert stata[column].dropna().tolist() == table[column].dropna().tolist()
        assert text[column].tolist() == table[column].dt.strftime("%Y-%m-%d").fillna("").tolist()


def test_days_of_a_month_are_counted_by_date(result: sim.Result) -> None:
    made = result.table("production")
    processes, recorded = len(result.labels.processes), 2
    december = made[(made["date"] >= "2019-12-01") & (made["date"] < "2020-01-01")]
    assert len(december) == 31 * processes * recorded
    assert made["date"].iloc[0] == pd.Timestamp("2019-01-01") and made["day"].iloc[0] == 0
    files = result.table("licences")
    assert files["decided"].isna().sum() == (files["granted"] == 0.0).sum()  # under review at the end


def test_the_mean_by_day_is_that_by_hand(result: sim.Result) -> None:
    covers, mean = result.table("stocks"), result.daily_mean("stocks")
    one, two = (covers[covers["replication"] == number] for number in (0, 1))
    assert not np.allclose(one["cover"], two["cover"])
    by_hand = (one["cover"].to_numpy() + two["cover"].to_numpy()) / 2
    order = one.assign(mean=by_hand).sort_values(["day", "facility", "material"])
    np.testing.assert_allclose(mean["cover"], order["mean"], rtol=1e-12)
    assert mean["date"].tolist() == order["date"].tolist()
    assert set(mean["replications"]) == {2}  # recorded, of three that were run


def test_a_day_without_a_shipment_counts_as_nothing_shipped(result: sim.Result) -> None:
    sent, mean = result.table("shipments"), result.daily_mean("shipments")
    days = sent.groupby(["day", "link"], observed=True)["replication"].nunique()
    assert (days == 1).any() and (days == 2).any()
    assert mean["quantity"].sum() * 2 == pytest.approx(sent["quantity"].sum(), rel=1e-12)


@pytest.mark.parametrize("name", ["production", "demand"])
def test_means_have_the_numbers_of_the_table(result: sim.Result, name: str) -> None:
    mean, table = result.daily_mean(name), result.table(name)
    assert len(mean) * 2 == len(table)
    for column in set(mean) & {"output", "baseline_output", "starts", "served", "unmet"}:
        assert mean[column].sum() * 2 == pytest.approx(table[column].sum(), rel=1e-12)
    assert "limiting_material" not in mean


def test_a_table_without_days_has_no_mean_by_day(result: sim.Result) -> None:
    with pytest.raises(CurbsimError, match="'licences' has no value for every day; known are 'demand'"):
        result.daily_mean("licences")
    with pytest.raises(CurbsimError, match="did you mean 'stocks'?"):
        result.daily_mean("stock")
