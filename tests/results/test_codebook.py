"""The codebook beside the real tables: no column without a row, no row without a column."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.reporting.page import sections
from sim.results import codebook, store
from sim.results.result import Result
from sim.scenario import from_tree
from tests.experiments.test_calibration import FOUR, GRANT, SHIPPED, STOP, write_case
from tests.experiments.test_identification import COVER, cut
from tests.reporting.test_same_numbers import world
from tests.worlds import date

Frames = dict[str, pd.DataFrame]
LINE = "facilities.line.stocks.acid.cover"


@pytest.fixture(scope="module")
def result() -> Result:
    tree = world()
    ranges = {"low": "5 days", "mode": "20 days", "high": "80 days", "source": "estimate"}
    tree["uncertain"] = {"facilities.*.stocks.*.cover": ranges}
    return sim.run(from_tree(tree), replications=100, structure=True, jobs=1)


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return result.save(tmp_path_factory.mktemp("runs"), report=lambda place: write_tables(result, place))


def write_tables(result: Result, folder: Path) -> None:
    """Write the tables of the report without its figures."""
    (folder / "report_tables").mkdir()
    for table in (table for part in sections(result) for table in part.tables):
        table.write(folder / "report_tables", ("csv",))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    figures = {"grant": GRANT | {"observed": 40}, "stop": STOP | {"observed": 0}}
    figures["later"] = SHIPPED | {"observed": 100, "ledger": "out of sample", "observation_sd": ""}
    figures |= FOUR
    return sim.load(write_case(tmp_path_factory.mktemp("case"), figures))


def of_a_run(folder: Path) -> Frames:
    """Return the tables that a run folder has."""
    frames = {path.stem: pd.read_parquet(path) for path in (folder / "tables").glob("*.parquet")}
    frames |= {f"report_{path.stem}": pd.read_csv(path) for path in (folder / "report_tables").glob("*.csv")}
    return frames | {name: pd.read_csv(folder / f"{name}.csv") for name in ("summary", "horizons")}


def of_experiments(result: Result) -> Frames:
    """Return the tables of experiments on one scenario."""
    scenario = result.scenario
    others = [scenario.with_({LINE: f"{days} days"}) for days in (10, 60)]
    compared = sim.compare(scenario, *others, replications=3, jobs=1)
    grid = sim.sweep(scenario, {"model.order_inflation": [0, 0.5]}, replications=3, jobs=1)
    return {
        "differences": compared.table(),
        "best": compared.best(),
        "points": grid.table(),
        "countries": grid.groups(),
        "sobol": sim.sensitivity(scenario, points=2, jobs=1).table(),
        "morris": sim.sensitivity(scenario, method="morris", points=2, jobs=1).table(),
        "roles": sim.roles(scenario, replications=2, jobs=1),
        "structure_ranges": sim.structure(result),
        "structure_shares": sim.structure(result, by="choice"),
    }


def of_cases(case: sim.Scenario) -> Frames:
    """Return the tables of a case that was seen."""
    identified = sim.identify(case, case, replications=32, jobs=1)
    calibrated = sim.calibrate(case, points=64, waves=2, jobs=1)
    seen = sim.hindcast(case, origins=["2019-03-01"], replications=2, jobs=1)
    return {
        "hindcast": seen.table(),
        "hindcast_scores": seen.scores(),
        "hindcast_by_figure": seen.by_figure(),
        "sets_of_draws": identified.table(),
        "figures": identified.moments(),
        "hinges": identified.estimates(),
        "narrowed": calibrated.table(),
        "accepted": calibrated.sets().drop(columns=list(calibrated.factors)),
    }


def printed(result: Result) -> Frames:
    """Return the tables that are printed or returned, and not saved."""
    delay = {"events.cut.until": [date(60), date(70)]}
    stops = sim.threshold(cut(60), stock={COVER: ["10 days"]}, delay=delay, replications=1, jobs=1)
    first = {"headline": result.headline(), "first_days": result.first_days()}
    return first | {"rests_on": sim.importance(result, by="grade"), "threshold": stops}


def test_every_table_has_the_columns_of_the_codebook(
    result: Result, folder: Path, case: sim.Scenario
) -> None:
    frames = of_a_run(folder) | of_experiments(result) | of_cases(case) | printed(result)
    assert set(frames) == set(codebook.COLUMNS)
    varied = {"points": {"model.order_inflation"}, "countries": {"model.order_inflation"}}
    for name, frame in frames.items():
        columns = [column for column in frame if column not in varied.get(name, ())]
        assert set(columns) == set(codebook.COLUMNS[name]), name
    assert sim.importance(result).columns.tolist() == list(codebook.COLUMNS["hinges"])


def test_every_metric_of_the_codebook_is_measured(result: Result) -> None:
    talks = sim.run(sim.load("talks_go_nowhere"), replications=2, jobs=1)
    metrics = {*result.summary()["metric"], *talks.summary()["metric"]}
    named = {"lost_share_*" if name.startswith("lost_share_") else name for name in metrics}
    assert named == set(codebook.METRICS)


def test_a_run_folder_describes_what_it_has(folder: Path) -> None:
    written = pd.read_csv(folder / "codebook.csv", keep_default_na=False)
    assert list(written) == ["table", "column", "unit", "description"]
    assert written.to_dict("records") == codebook.rows()
    tables = {*of_a_run(folder)}
    assert set(written["table"]) == tables


def test_the_codebook_says_something_of_every_column_once() -> None:
    keys = [(row["table"], row["column"]) for row in codebook.ROWS]
    assert len(keys) == len(set(keys))
    assert all(row["description"] for row in codebook.ROWS)
    assert store.VARIED not in [
        codebook.COLUMNS[row["table"]][row["column"]]
        for row in codebook.ROWS
        if row["part"] not in codebook.OF_SUMMARY
    ]
