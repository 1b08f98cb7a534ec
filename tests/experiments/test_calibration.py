"""Calibration: posteriors known in advance, coverage of a simulated truth, resuming, mistakes."""

from __future__ import annotations

import csv
import pathlib
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.errors import CurbsimError
from sim.experiments.calibration import Calibration, band, calibrate, surfaces_of
from sim.experiments.hindcast import compile_case, observed_figures
from sim.experiments.history_matching import (
    Matched,
    Seen,
    accept,
    fit,
    implausibility,
    log_kernel,
    match,
    plausible,
    sequence,
)
from sim.experiments.scoring.figures import COLUMNS as SCORE_COLUMNS
from sim.runner.options import RunOptions
from sim.runner.parallel import run_all
from sim.scenario import from_tree, load
from sim.scenario.yaml_files import to_yaml
from tests.worlds import event, one_plant, ranged

COLUMNS = ("id", "target", "title", "measure", "material", "origin", "destination", "facility", "begin", "end", "observed",
           "unit", "observation_sd", "discrepancy_sd", "ledger", *SCORE_COLUMNS, "status", "source", "note")  # fmt: skip
GRANT = {"measure": "first grant", "begin": "2019-02-20", "observation_sd": 5, "unit": "days"}
SHIPPED = {
    "measure": "quantity",
    "begin": "2019-02-20",
    "end": "2019-06-30",
    "observation_sd": 2,
    "unit": "u",
}
STOP = {"measure": "stop", "material": "", "origin": "", "destination": "", "facility": "plant", "begin": "2019-02-20",
        "end": "2019-10-01", "unit": "days", "ledger": "acceptance"}  # fmt: skip
SCORED = {
    "group": "grants",
    "scale_sd": 0.1,
    "series": "grants",
    "known_on": "2019-06-01",
    "ledger": "out of sample",
}
FOUR = {f"scored_{i}": GRANT | SCORED | {"observed": 45 + 5 * i} for i in range(4)}  # after 2019-03-01
HISTORY = "series,date,value,known_on\ngrants,2019-05-30,1,2019-06-01\n"
RANGES = {
    "regimes.individual.review.m": ranged("20 days", "80 days", "50 days"),
    "facilities.plant.stocks.m.cover": ranged("10 days", "60 days", "20 days"),
}


def write_case(folder: pathlib.Path, figures: dict[str, dict[str, Any]]) -> pathlib.Path:
    """Write a chain under licences with two uncertain values, and a table of observed figures."""
    tree = one_plant(
        supplier_headroom=2.0,
        events={"curb": event("licence", 50, {"material": "m"}, regime="individual")},
        regimes={"individual": {"review": {"m": "50 days"}, "lot": "20 days", "dispatch": "0 days"}},
    )
    tree["uncertain"] = RANGES
    tree["run"] |= {"end": "2019-10-31", "replications": 4, "seed": 5}
    base = {"material": "m", "origin": "JP", "destination": "KR", "ledger": "fitted", "status": "estimate"}
    rows = [{"id": name, "title": name, "source": "estimate", **base, **row} for name, row in figures.items()]
    with (folder / "hindcast.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")
    path = folder / "case.yaml"
    path.write_text(to_yaml(tree), encoding="utf-8")
    return path


def toy(variance: float, observed: float, slope: float = 10.0, points: int = 4096) -> tuple[Matched, Seen]:
    seen = Seen(("y",), np.array([observed]), np.array([variance]))
    matched = match(
        lambda first, cube: slope * cube[:, :1],
        surfaces_of,
        seen,
        columns=3,
        points=points,
        waves=2,
        seed=1,
    )
    return matched, seen


def test_linear_gaussian_posterior_is_the_analytic_one() -> None:
    """y = 10 u observed with error 0.8 at 9.5: a normal around 0.95 with sd 0.08, cut at 0 and 1."""
    matched, seen = toy(0.8**2, 9.5)
    inside = plausible(matched.cube, matched.waves, seen)
    accepted = matched.cube[inside][accept(log_kernel(matched.values[inside], seen), 1)]
    law = stats.truncnorm((0.0 - 0.95) / 0.08, (1.0 - 0.95) / 0.08, 0.95, 0.08)
    assert len(accepted) > 1000
    assert accepted[:, 0].mean() == pytest.approx(law.mean(), abs=0.005)
    assert accepted[:, 0].std() == pytest.approx(law.std(), abs=0.005)
    assert stats.kstest(accepted[:, 0], law.cdf).pvalue > 0.01
    assert np.abs(accepted[:, 1:].mean(axis=0) - 0.5).max() < 0.03  # what does not matter stays as it was


def test_a_wave_rules_out_what_is_three_deviations_off() -> None:
    matched, seen = toy(0.5**2, 5.0)
    surface = matched.waves[0][0]
    points = np.array([[0.34, 0.5, 0.5], [0.36, 0.5, 0.5]])
    assert surface(points) == pytest.approx([3.4, 3.6], abs=1e-9)
    assert implausibility(points, [surface], seen)[:, 0] == pytest.approx([3.2, 2.8], abs=1e-6)
    assert matched.shares[1] == pytest.approx(0.3, abs=0.01)  # |u - 0.5| < 0.15
    assert (np.abs(matched.cube[matched.wave == 2, 0] - 0.5) < 0.15).all()


def test_a_figure_that_says_nothing_leaves_the_prior() -> None:
    matched, seen = toy(1e12, 5.0, points=512)
    assert plausible(matched.cube, matched.waves, seen).all()
    assert accept(log_kernel(matched.values, seen), 1).all()
    assert matched.cube[:512].tobytes() == next(sequence(3, 1))[:512].tobytes()


def test_a_surface_knows_how_wrong_it_is() -> None:
    rng = np.random.default_rng(2)
    cube = rng.random((400, 6))
    y = 3.0 * cube[:, 2] - 4.0 * cube[:, 2] * cube[:, 4] + 0.3 * rng.standard_normal(400)
    surface = fit(cube, y)
    assert set(surface.active) == {2, 4}
    assert surface.variance == pytest.approx(0.09, rel=0.2)
    assert fit(cube, np.full(400, 7.0))(cube) == pytest.approx(np.full(400, 7.0))


def test_a_simulated_truth_lies_in_its_interval_as_often_as_stated(tmp_path: pathlib.Path) -> None:
    """100 truths from the prior, each with figures of its own chance and error; 90 % intervals."""
    scenario = load(write_case(tmp_path, {"grant": GRANT, "shipped": SHIPPED}))
    rows = observed_figures(scenario)
    compiled = compile_case(scenario, rows, RunOptions(replications=1100))
    outcomes, _ = run_all(compiled, RunOptions(jobs=1))
    values = np.array([outcome.moments for outcome in outcomes])
    truths, design = slice(0, 100), slice(100, 1100)
    sd = rows["observation_sd"].to_numpy(float)
    noise = np.random.default_rng(7).standard_normal((100, 2)) * sd
    hits = np.zeros(2, dtype=int)
    widths, numbers = [], []
    for truth, observed in zip(compiled.draws[truths], values[truths] + noise, strict=True):
        seen = Seen(("grant", "shipped"), observed, sd**2)
        accepted = accept(log_kernel(values[design], seen), 1)
        low, _, high = band(compiled.draws[design][accepted])
        hits += (low <= truth) & (truth <= high)
        widths.append(high - low)
        numbers.append(int(accepted.sum()))
    assert np.median(numbers) > 30
    assert (hits >= 85).all(), hits
    prior = np.subtract(*np.quantile(compiled.draws, [0.95, 0.05], axis=0))
    names = [factor.name for factor in compiled.factors]
    narrow = np.median(widths, axis=0) / prior
    assert narrow[names.index("regimes.individual.review.m")] < 0.35  # and they are not wide for nothing


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    figures = {"grant": GRANT | {"observed": 40}, "stop": STOP | {"observed": 0}}
    figures["later"] = SHIPPED | {"observed": 100, "ledger": "out of sample", "observation_sd": ""}
    return write_case(tmp_path_factory.mktemp("case"), figures)


def run_case(case: pathlib.Path, **options: Any) -> Calibration:
    return calibrate(load(case), **{"points": 64, "waves": 2, "jobs": 1} | options)


def test_the_accepted_set_narrows_what_figures_speak_of(case: pathlib.Path) -> None:
    calibration = run_case(case)
    table = calibration.table().set_index("factor")
    review = table.loc["regimes.individual.review.m"]
    assert review["accepted_5"] <= 40.0 <= review["accepted_95"]
    assert review["narrowed"] > 0.5
    assert table.loc["facilities.plant.stocks.m.cover", "narrowed"] < 0.3
    assert len(calibration.sets()) == calibration.accepted.sum() == len(calibration.figures().values)
    strict = run_case(case, no_stop=True)
    assert (strict.figures().values[:, 1] == 0.0).all()
    assert (calibration.figures().values[:, 1] > 0.0).any()


def test_out_of_sample_figures_are_never_used(case: pathlib.Path, tmp_path: pathlib.Path) -> None:
    other = {"grant": GRANT | {"observed": 40}, "stop": STOP | {"observed": 0}}
    other["later"] = SHIPPED | {"observed": -1e6, "ledger": "out of sample", "observation_sd": ""}
    calibration = run_case(write_case(tmp_path, other))
    assert calibration.sets().equals(run_case(case).sets())


def test_a_stopped_study_goes_on_where_it_stopped(case: pathlib.Path, tmp_path: pathlib.Path) -> None:
    done: list[int] = []
    again: list[int] = []

    def stop(count: int) -> None:
        done.append(count)
        if sum(done) > 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_case(case, checkpoint=tmp_path, progress=stop)
    assert len(list(tmp_path.glob(".unfinished/*/*.npz"))) == 2  # of two waves
    whole = run_case(case, checkpoint=tmp_path, progress=again.append)
    assert again[:2] == [64, 7]  # what was finished comes at once
    assert sum(again) == 128
    assert whole.sets().equals(run_case(case, jobs=2).sets())
    assert list(tmp_path.iterdir()) == []


def test_mistakes_say_what_is_missing(tmp_path: pathlib.Path, case: pathlib.Path) -> None:
    with pytest.raises(CurbsimError, match="no figure is fitted; write fitted"):
        calibrate(load(write_case(tmp_path, {"a": GRANT | {"observed": 1, "ledger": "input"}})), points=8)
    with pytest.raises(CurbsimError, match="a: fitted without an error; write observation_sd"):
        calibrate(load(write_case(tmp_path, {"a": GRANT | {"observed": 1, "observation_sd": ""}})), points=8)
    far = write_case(tmp_path, {"a": GRANT | {"observed": 500}})
    with pytest.raises(CurbsimError, match=r"a rules out 100 %, and comes no nearer than \d+"):
        calibrate(load(far), points=32, waves=2, jobs=1)
    with pytest.raises(CurbsimError, match=r"no hindcast.csv"):
        calibrate(from_tree(one_plant()), points=8)


def test_the_points_of_a_calibration_are_scrambled_by_the_seed_and_stay_even() -> None:
    """Without scrambling every seed has the same points, the first of them a corner of the cube."""
    first, second = (next(sequence(3, seed))[:256] for seed in (1, 2))
    assert (first != second).all()
    assert (first > 0.0).all()
    assert len(np.unique(first * 256 % 1.0)) > 256  # not the middles or edges of strata
    for column in first.T:
        assert sorted(np.floor(column * 256)) == list(range(256))  # one in each of equally likely strata
    assert (next(sequence(3, 1))[:256] == first).all()
