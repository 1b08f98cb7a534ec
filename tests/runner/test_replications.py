"""Runs: pairing, processes, uncertainty, and what a saved run says when it is read back."""

from __future__ import annotations

import concurrent.futures
import inspect
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import CurbsimError, PartialRunWarning
from sim.reporting.main_table import run_answer
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import RunOptions
from sim.runner.parallel import run_all
from sim.scenario import from_tree
from tests.worlds import chain, event, ranged

RAW = "facilities.plant.stocks.raw.cover"


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        *((name, set()) for name in ("run", "compare", "sweep", "threshold", "roles")),
        *((name, {"uncertainty"}) for name in ("hindcast", "identify")),
        *((name, {"replications", "uncertainty"}) for name in ("calibrate", "sensitivity")),
    ],
)
def test_the_signature_of_an_experiment_shows_the_options_of_a_run(name: str, left_out: set[str]) -> None:
    parameters = inspect.signature(getattr(sim, name)).parameters
    assert set(RunOptions().keywords()) & set(parameters) == set(RunOptions().keywords()) - left_out
    assert "keywords" not in parameters


def curbed(**changes: object) -> sim.Scenario:
    """Return the chain under individual licences with a random review."""
    review = {"low": "60 days", "mode": "90 days", "high": "140 days"}
    tree = chain(
        run={"end": "2020-06-30", "replications": 6, "seed": 5},
        regimes={"individual": {"review": review, "lot": "30 days"}},
        events={"curb": event("licence", role="treatment", regime="individual")},
    )
    return from_tree(tree | changes)


def test_one_and_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    folders = [sim.run(curbed(), jobs=jobs).save(tmp_path / str(jobs)) for jobs in (1, 2)]
    again = sim.run(curbed(), jobs=2).save(tmp_path / "again")
    summaries = {(folder / "summary.csv").read_bytes() for folder in [*folders, again]}
    assert len(summaries) == 1


def test_a_world_without_treatment_loses_nothing_exactly() -> None:
    result = sim.run(curbed(events={}), jobs=1)
    assert np.all(result.values("process", "lost_output_net") == 0.0)
    assert np.all(result.values("process", "lost_output_gross") == 0.0)


def test_licences_cost_output_and_the_cause_is_named() -> None:
    result = sim.run(curbed(), jobs=1)
    loss = result.values("process", "lost_days").max(axis=1)
    assert (loss > 5.0).all()
    material = next(iter(curbed().document.links.values())).material
    causes = {cause for kinds in result.limiting().values() for cause in kinds}
    assert material in causes


def test_values_of_one_scope_are_a_column_and_a_wrong_one_is_told() -> None:
    result = sim.run(curbed(), jobs=1, replications=2)
    name = result.labels.processes[1]
    assert np.array_equal(
        result.values("process", "lost_days", name), result.values("process", "lost_days")[:, 1]
    )
    stock = result.labels.stocks[0]
    with pytest.raises(CurbsimError, match=f"unknown stock '{stock}s'; did you mean '{stock}'"):
        result.values("stock", "minimum_cover", f"{stock}s")


def test_seed_changes_draws_and_nothing_else() -> None:
    first, second = (sim.run(curbed(), jobs=1, seed=seed) for seed in (1, 2))
    assert not np.array_equal(first.arrays["process"], second.arrays["process"], equal_nan=True)
    assert first.manifest["hash"] == second.manifest["hash"]


def test_ranges_move_results_only_when_asked() -> None:
    ranges = {RAW: ranged("5 days", "80 days", "20 days")}
    scenario = curbed(uncertain=ranges)
    wide = sim.run(scenario, jobs=1)
    assert wide.arrays["draws"].shape == (6, 1)
    assert wide.arrays["draws"].min() >= 5.0
    assert wide.arrays["draws"].max() <= 80.0
    assert len(np.unique(wide.arrays["draws"])) == 6
    narrow = sim.run(scenario, jobs=1, uncertainty=False)
    median = 80.0 - float(np.sqrt(0.5 * 75.0 * 60.0))
    plain, mode = (sim.run(curbed().with_({RAW: f"{days!r} days"}), jobs=1) for days in (median, 20.0))
    np.testing.assert_allclose(narrow.arrays["cover"], plain.arrays["cover"], rtol=1e-9)
    assert not np.allclose(narrow.arrays["cover"], mode.arrays["cover"], rtol=1e-2)


def test_a_drawn_value_equals_the_same_value_written() -> None:
    drawn = sim.run(curbed(uncertain={RAW: ranged("12 days", "12 days")}), jobs=1)
    written = sim.run(curbed().with_({RAW: "12 days"}), jobs=1)
    np.testing.assert_allclose(drawn.arrays["process"], written.arrays["process"], rtol=1e-12, equal_nan=True)


def test_a_new_firm_changes_no_draw_of_a_wildcard() -> None:
    tree = chain()
    ranges = {"facilities.*.stocks.*.cover": ranged(0.5, 2, 1, draw="each") | {"as": "factor"}}
    more = {"firm": "maker", "country": "JP", "makes": {"acid": {"capacity": "1 t/day"}}}
    small = curbed(uncertain=ranges)
    large = curbed(uncertain=ranges, facilities={**tree["facilities"], "aaa_alone": more})
    a, b = (
        CompiledScenario(scenario=s, baseline=s.baseline(), seed=3, replications=16) for s in (small, large)
    )
    np.testing.assert_array_equal(a.draws, b.draws)


def test_compare_pairs_replications() -> None:
    early = curbed().with_({"events.curb.date": "2019-06-01"})
    differences = sim.compare(curbed(), early, replications=4, jobs=1)
    same = sim.compare(curbed(), curbed(), replications=4, jobs=1)
    assert (same.table()["difference"] == 0.0).all()
    assert [change.path for change in differences.changes[1]] == ["events.curb.date"]


def test_compare_needs_two() -> None:
    with pytest.raises(CurbsimError, match="two scenarios or more"):
        sim.compare(curbed())


def test_a_saved_run_reads_back(tmp_path: Path) -> None:
    result = sim.run(curbed(), jobs=1)
    again = sim.read(result.save(tmp_path))
    pd.testing.assert_frame_equal(result.summary(), again.summary())
    pd.testing.assert_frame_equal(result.table("trade"), again.table("trade"))
    assert set(again.tables) == {"production", "stocks", "shipments", "licences", "demand", "events"}
    assert again.headline().equals(result.headline())


def test_tables_have_the_columns_of_the_codebook(tmp_path: Path) -> None:
    from sim.results.codebook import COLUMNS

    result = sim.run(curbed(), jobs=1)
    for name in ("production", "stocks", "shipments", "licences", "demand", "events", "trade"):
        assert list(result.table(name).columns) == list(COLUMNS[name]), name
        assert all(len(column) <= 32 for column in result.table(name).columns)
    assert list(result.summary().columns) == list(COLUMNS["summary"])


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(CurbsimError, match="there is no table 'stock'; did you mean 'stocks'?"):
        sim.run(curbed(), jobs=1).table("stock")


def test_trade_equals_shipments() -> None:
    result = sim.run(curbed(), jobs=1)
    trade, shipments = result.table("trade"), result.table("shipments")
    for replication in shipments["replication"].unique():
        a = trade.query("replication == @replication")["quantity"].sum()
        b = shipments.query("replication == @replication")["quantity"].sum()
        assert a == pytest.approx(b, rel=1e-12)


def test_monte_carlo_error_is_apart_from_the_range() -> None:
    summary = sim.run(curbed(), jobs=1).summary().query("metric == 'lost_days'")
    lossy = summary[summary["estimate"] > 1]
    assert (lossy["monte_carlo_error"] < lossy["high"] - lossy["low"]).all()


def test_drawn_noise_and_growth_reach_demand() -> None:
    demand = {"chip/line": chain()["demand"]["chip/line"] | {"noise": {"cv": 0.1}, "growth": 0.0}}
    for path, value in (("demand.chip/line.noise.cv", 0.4), ("demand.chip/line.growth", 0.2)):
        fixed = ranged(value, value)
        drawn = sim.run(curbed(demand=demand, uncertain={path: fixed}), jobs=1, replications=2)
        written = sim.run(curbed(demand=demand).with_({path: value}), jobs=1, replications=2)
        plain = sim.run(curbed(demand=demand), jobs=1, replications=2)
        np.testing.assert_allclose(
            drawn.arrays["process"], written.arrays["process"], rtol=1e-9, equal_nan=True
        )
        assert not np.allclose(drawn.arrays["process"], plain.arrays["process"], equal_nan=True)


def test_a_changed_value_is_certain_from_then_on() -> None:
    ranges = {"facilities.*.stocks.*.cover": ranged("5 days", "80 days", "20 days")}
    scenario = curbed(uncertain=ranges)
    changed = scenario.with_({RAW: "40 days"})
    assert [c.path for c in scenario.diff(changed)] == [RAW, f"uncertain.{RAW}"]
    network = CompiledScenario(scenario=changed, baseline=changed.baseline(), seed=1, replications=4)
    assert not any(RAW == ".".join(keys) for factor in network.factors for keys in factor.paths)
    assert (
        len(network.factors)
        == len(
            CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=4).factors
        )
        - 1
    )


def test_every_metric_of_a_summary_is_in_the_codebook() -> None:
    from sim.results.codebook import METRICS

    names = {
        m if not m.startswith("lost_share_") else "lost_share_*"
        for m in sim.run(curbed(), jobs=1).summary()["metric"]
    }
    assert names <= set(METRICS)


def test_compared_scenarios_of_one_name_are_told_apart_by_what_was_changed() -> None:
    base = sim.load("hf_quota_steps")
    changes = [{"events.cap.allow": f"{share} % of baseline"} for share in (40, 50)]
    differences = sim.compare(
        base, *(base.with_(change) for change in changes), replications=2, jobs=1
    ).table()
    assert list(differences["scenario"].unique()) == [
        "hf_quota_steps: events.cap.allow=40 % of baseline",
        "hf_quota_steps: events.cap.allow=50 % of baseline",
    ]


def test_a_second_ctrl_c_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that came while the pool was ended kept its processes, and the command, for ever."""
    pool = concurrent.futures.ProcessPoolExecutor
    shutdown, landed = pool.shutdown, []

    def interrupted(self: concurrent.futures.ProcessPoolExecutor, **options: bool) -> None:
        if not landed:
            landed.append(True)
            os.kill(os.getpid(), signal.SIGINT)
        shutdown(self, **options)

    def stop(count: int) -> None:
        if count > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(pool, "shutdown", interrupted)
    scenario = from_tree(chain())
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=40)
    outcomes, stopped = run_all(compiled, RunOptions(jobs=2, progress=stop))
    assert landed and stopped
    assert 0 < len(outcomes) < 40
    assert multiprocessing.active_children() == []


def interrupt_after(number: int) -> Callable[[int], None]:
    """Return what stops a run, as Ctrl-C does, when so many replications are finished."""
    done = [0]

    def stop(count: int) -> None:
        done[0] += count
        if done[0] >= number:
            raise KeyboardInterrupt

    return stop


def test_an_interrupted_run_says_so_wherever_it_is_shown(tmp_path: Path) -> None:
    said = "interrupted: 4 of 9 replications"
    with pytest.warns(PartialRunWarning, match=f"{said}; all numbers are of these") as told:
        result = sim.run(curbed(), replications=9, jobs=1, progress=interrupt_after(4))
    assert told[0].filename == __file__
    assert repr(result) == f"<Result chain: {said}, seed 5>"
    folder = result.save(tmp_path, report=lambda place: sim.report.write(result, place))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["stopped_early"], manifest["replications"], manifest["replications_asked"]) == (
        True,
        4,
        9,
    )
    again = sim.read(folder)
    caption = next(iter(run_answer(again)))
    page = (folder / "report.html").read_text(encoding="utf-8")
    for text in (again.words(), again._repr_html_(), caption, page, repr(again)):
        assert said in text


def test_a_whole_run_is_not_called_interrupted(recwarn: pytest.WarningsRecorder) -> None:
    result = sim.run(curbed(), replications=2, jobs=1)
    assert result.interrupted == "" and "interrupted" not in result.words() + repr(result)
    assert not [w for w in recwarn if issubclass(w.category, PartialRunWarning)]


def test_a_run_without_the_structures_that_were_asked_for_says_so() -> None:
    with pytest.warns(PartialRunWarning, match="other model structures are missing"):
        result = sim.run(
            curbed(),
            replications=4,
            jobs=1,
            structure={"model.switching": [0, 1]},
            progress=interrupt_after(6),
        )
    assert result.replications == 4 and "other model structures are missing" in result.words()


def test_a_comparison_that_was_interrupted_says_so() -> None:
    with pytest.warns(PartialRunWarning):
        compared = sim.compare(curbed(), curbed(), replications=4, jobs=1, progress=interrupt_after(6))
    said = "Interrupted: 2 of 4 replications."
    assert compared.notes == (said,)
    assert said in repr(compared) and said in compared.words() and said in compared._repr_html_()
    assert {result.replications for result in compared.results} == {2}
