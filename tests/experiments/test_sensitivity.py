"""Sensitivity: exact indices, chance as a factor, agreement with shares of given data, resuming."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analysis.importance import importance
from sim.cli.options import CommandOptions
from sim.cli.study_actions import sensitivity_command
from sim.errors import CurbsimError
from sim.experiments.sensitivity import planned_runs
from sim.experiments.sensitivity_designs import (
    Design,
    DesignColumns,
    morris_effects,
    saltelli,
    sobol_indices,
    trajectories,
)
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import RunOptions
from sim.scenario import from_tree
from tests.worlds import COVER, HEADROOM, LEADS, chain, ranged, uncertain_chain

THREE = DesignColumns(("a", "b", "c"), ("a", "b", "c"), np.arange(3))


def ishigami(design: Design) -> np.ndarray:
    x = np.pi * (2.0 * design.cube - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_the_ishigami_function() -> None:
    """Exact values: Ishigami and Homma 1990; V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = 8 b^2 pi^8 / 225."""
    a, b = 7.0, 0.1
    v1, v2, v13 = (
        0.5 * (1 + b * np.pi**4 / 5) ** 2,
        a**2 / 8,
        b**2 * np.pi**8 * (1 / 18 - 1 / 50),
    )
    total = v1 + v2 + v13
    indices = sobol_indices(THREE, ishigami, 2048, seed=3)
    assert indices["first"].to_numpy() == pytest.approx(np.array([v1, v2, 0, 0]) / total, abs=0.01)
    assert indices["total"].to_numpy() == pytest.approx(np.array([v1 + v13, v2, v13, 0]) / total, abs=0.01)
    for name in ("first", "total"):
        assert (indices[f"{name}_low"] <= indices[name] + 1e-12).all()
        assert (indices[f"{name}_high"] >= indices[name] - 1e-12).all()


def test_chance_is_a_factor_with_a_share_of_its_own() -> None:
    """y = a + 2 e + a e, centred, with a uniform and e normal by future: shares from the variances of the terms."""

    def noise(future: np.ndarray) -> np.ndarray:
        return np.random.default_rng(8).standard_normal(5000)[future]

    def model(design: Design) -> np.ndarray:
        u, e = design.cube[:, 0] - 0.5, noise(design.chance)
        return 4.0 * u + e + 4.0 * u * e

    one = DesignColumns(("a", "none"), ("a",), np.arange(2))
    indices = sobol_indices(one, model, 2048, seed=1)
    parts = np.array([16 / 12, 0.0, 1.0]), 16 / 12
    whole = parts[0].sum() + parts[1]
    assert indices["first"].to_numpy() == pytest.approx(parts[0] / whole, abs=0.06)
    assert indices["total"].to_numpy() == pytest.approx(
        (parts[0] + parts[1] * np.array([1, 0, 1])) / whole, abs=0.06
    )
    assert indices["total_high"][1] == 0.0


def test_elementary_effects_of_a_sum_are_its_slopes() -> None:
    one = DesignColumns(("a", "b", "c", "d"), ("a",), np.array([0, 1, 1, 2]))

    def model(design: Design) -> np.ndarray:
        return design.cube @ np.array([8.0, -4.0, 4.0, 0.0]) + 3.0 * (design.chance % 2)

    indices = morris_effects(one, model, 20, seed=1)
    # Over the levels from 1/8 to 7/8 of the law, 3/4 of the slope; the two of a group add up or cancel.
    assert indices["mu_star"][[0, 2, 3]].tolist() == pytest.approx([6.0, 0.0, 3.0])
    assert 0.0 <= indices["mu_star"][1] <= 6.0
    assert indices["sigma"][[0, 2]].tolist() == pytest.approx([0.0, 0.0])
    assert np.isnan(indices["sigma"][1])


def test_designs_change_one_factor_at_a_time() -> None:
    one = DesignColumns(("a", "b", "c"), ("a",), np.array([0, 1, 1]))
    design = saltelli(one, 4, seed=2)
    cube = design.cube.reshape(4, 5, 3)
    assert (cube[:, 1, 1:] == cube[:, 0, 1:]).all()
    assert (cube[:, 1, 0] == cube[:, 4, 0]).all()
    assert (cube[:, 3] == cube[:, 0]).all()
    assert (design.chance.reshape(4, 5)[:, :3] < 4).all()
    more = DesignColumns(("a", "b", "c", "d"), ("a",), np.array([0, 1, 1, 2]))
    assert (saltelli(more, 4, seed=2).cube.reshape(4, 6, 4)[:, [0, -1], :3] == cube[:, [0, -1]]).all()
    path = trajectories(one, 3, seed=2)
    steps = np.abs(np.diff(path.cube.reshape(3, 4, 3), axis=1)) > 0
    assert steps[:, :, 0].sum() == 3
    assert (steps[:, :, 1] == steps[:, :, 2]).all()


def test_sobol_indices_agree_with_shares_of_given_data() -> None:
    """Two ways to one thing: indices by a design made for them, and ranks of the draws that a run has anyway."""
    scenario = uncertain_chain()
    given = importance(sim.run(scenario, replications=200, jobs=1), "line/chip").set_index("factor")
    answer = sim.sensitivity(scenario, [COVER, HEADROOM, LEADS], who="line/chip", points=64, jobs=1)
    table = answer.table().set_index("factor")
    assert list(table.index[:1]) == [COVER]
    for name in (COVER, HEADROOM, LEADS):
        assert table["first_low"][name] <= given["high"][name]
        assert given["low"][name] <= table["first_high"][name]
    assert table["first"][COVER] > 0.8
    assert table["first"]["chance"] == 0.0
    assert table["values"].to_dict() == {COVER: 1, HEADROOM: 1, LEADS: 2, "chance": 0}
    assert table["grade"].drop("chance").to_dict() == given["grade"].to_dict()
    assert answer.words().startswith(
        "Most of the uncertainty about gross lost days of line/chip is due to: Cover of acid at"
    )


def test_events_by_chance_have_a_share() -> None:
    answer = sim.sensitivity(uncertain_chain(probability=0.5), [COVER], points=32, jobs=1)
    table = answer.table().set_index("factor")
    assert set(table.index) == {COVER, "others", "chance"}
    assert table["title"]["others"] == "All 3 other values together"
    assert table["first"]["chance"] > 0.3
    assert table["total"]["others"] < 0.2


def test_screening_goes_on_where_it_stopped(tmp_path: Path) -> None:
    done: list[int] = []

    def stop(count: int) -> None:
        done.append(count)
        if sum(done) == 12:
            raise KeyboardInterrupt

    def screened(progress: Callable[[int], None]) -> sim.experiments.Sensitivity:
        return sim.sensitivity(
            uncertain_chain(), method="morris", points=4, jobs=1, checkpoint=tmp_path, progress=progress
        )

    with pytest.raises(KeyboardInterrupt):
        screened(stop)
    done.clear()
    first = screened(done.append)
    assert done == [12] + 8 * [1]  # what was finished comes at once
    assert sum(done) == first.runs == planned_runs(uncertain_chain(), method="morris", points=4) == 4 * 5
    assert screened(done.append).table().equals(first.table())
    assert list(tmp_path.iterdir()) == []
    assert first.table()["factor"].tolist()[0] == COVER
    assert first.words().startswith(
        "Of 3 factors, these change the gross loss of those that use controlled goods"
    )


def test_new_ranges_and_planned_runs() -> None:
    world_ = uncertain_chain()
    ranges = {"facilities.line.makes.chip.headroom": ranged("5 %", "10 %")}
    answer = sim.sensitivity(world_, ranges, method="morris", points=2, jobs=1)
    assert set(answer.table()["factor"]) == {*ranges, "others", "chance"}
    assert answer.runs == planned_runs(world_, ranges, method="morris", points=2) == 2 * 4
    assert planned_runs(world_, points=16) == 16 * 6
    assert planned_runs(sim.load("curbs_2019")) == 256 * (13 + 3) + 10 * (92 + 2)


def test_a_point_sees_the_random_events_that_the_design_names() -> None:
    scenario = uncertain_chain(probability=0.5)
    cube = np.full((4, 1), 0.5)
    own = CompiledScenario(
        scenario=scenario,
        baseline=scenario.baseline(),
        seed=1,
        replications=4,
        columns=(COVER,),
        cube=cube,
    )
    same = replace(own, chance=np.zeros(4, dtype=np.int64))
    assert same._chance(3)["replication"] == 0
    assert own._chance(3)["replication"] == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "fast"}, "unknown method 'fast'; write one of sobol, morris"),
        ({"trajectories": 1}, "trajectories is 1; write 2 or more"),
        ({"points": 1}, "points is 1; write 2 or more"),
        ({"paths": ["links.*.lead_times"]}, "is not under uncertain: of chain; did you mean"),
        ({"who": "mill/x"}, "unknown process 'mill/x'"),
        ({"measure": "cost"}, "unknown measure 'cost'"),
        (
            {"measure": "time_to_survive"},
            "time_to_survive is missing in replications without a loss; write lost_days",
        ),
    ],
)
def test_mistakes_say_what_to_write(options: dict[str, object], message: str) -> None:
    with pytest.raises(CurbsimError, match=message):
        sim.sensitivity(uncertain_chain(), **{"points": 2, "jobs": 1, **options})


def test_nothing_uncertain_is_told() -> None:
    with pytest.raises(CurbsimError, match="nothing is uncertain; write ranges under uncertain:"):
        sim.sensitivity(from_tree(chain()), jobs=1)


def test_the_command_prints_words_and_keeps_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question: dict[str, str | None] = {"method": "sobol", "who": "line/chip", "measure": "lost_days_gross"}
    options = CommandOptions(RunOptions(jobs=1), tmp_path)
    sensitivity_command(uncertain_chain(), [COVER], question, 8, options)
    out = capsys.readouterr().out
    assert "One chain: Sobol' indices of gross lost days of line/chip, 8 base points, 40 replications." in out
    assert "All 3 other values together" in out
    assert (
        "Most of the uncertainty about gross lost days of line/chip is due to: Cover of acid at line" in out
    )
    (folder,) = tmp_path.glob("sensitivity-chain-*")
    files = {str(file.relative_to(folder)) for file in folder.rglob("*.*")}
    assert files == {
        "manifest.json", "codebook.csv", "scenario_1.yaml", "tables/sobol.csv", "tables/sobol.parquet",
        "figures/sensitivity.png", "figures/sensitivity.pdf",
    }  # fmt: skip
    codebook = pd.read_csv(folder / "codebook.csv")
    assert list(codebook["column"]) == list(pd.read_csv(folder / "tables" / "sobol.csv"))
    assert json.loads((folder / "manifest.json").read_text())["inputs"]["who"] == "line/chip"
