"""What an answer hinges on: known shares, intervals, grouping, grades of sources."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.analysis.importance import UNATTRIBUTED, effects, importance
from sim.errors import CurbsimError
from sim.results.result import Result, read
from sim.runner.replications import run
from sim.scenario import Scenario, from_tree, load, scenarios
from sim.scenario.provenance import GRADES, UNGRADED, range_grade, values_by_grade
from tests.worlds import COVER, JP_TO_KR, LEADS, RANGES, chain, event


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    tree = chain(
        uncertain=RANGES,
        events={"cut": event("embargo", select=JP_TO_KR, role="treatment", until="2019-11-01")},
    )
    tree["meta"]["sources"]["press"]["grade"] = "press"
    tree["meta"]["sources"]["estimate"]["status"] = "estimate"
    return from_tree(tree)


@pytest.fixture(scope="module")
def result(scenario: Scenario) -> Result:
    return run(scenario, replications=100, jobs=1)


def share_of(draws: np.ndarray, outcome: np.ndarray, *members: int) -> tuple[float, float, float]:
    return effects(draws, outcome).share(np.array(members))


def test_shares_of_a_sum_are_those_of_its_variances() -> None:
    """y = 3 a + 2 b + 1 c with normal terms: 9/14, 4/14 and 1/14 of the variance, in ranks nearly the same."""
    x = np.random.default_rng(4).standard_normal((4000, 4))
    ranked = effects(x, x @ np.array([3.0, -2.0, 1.0, 0.0]))
    for i, pearson in enumerate(np.array([9.0, 4.0, 1.0, 0.0]) / 14.0):
        spearman = (6.0 / np.pi * np.arcsin(np.sqrt(pearson) / 2.0)) ** 2  # Kruskal 1958, for normals
        assert ranked.share(np.array([i]))[0] == pytest.approx(spearman, abs=0.015)
    assert [ranked.direction(np.array([i])) for i in range(3)] == ["+", "-", "+"]


def test_intervals_hold_the_share_as_often_as_they_say() -> None:
    """A noisy sum of 3 among 300 columns, n = 200: the shares of a large sample lie in the intervals."""

    def outcome(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.exp(2.0 * x[:, 0] + 1.2 * x[:, 1] - 0.8 * x[:, 2] + rng.standard_normal(len(x)))

    rng = np.random.default_rng(0)
    x = rng.random((40000, 3))
    truth = [share_of(x, outcome(x, rng), i)[0] for i in range(3)]
    hits = np.zeros(3)
    for seed in range(60):
        rng = np.random.default_rng(seed + 1)
        x = rng.random((200, 300))
        ranked = effects(x, outcome(x, rng))
        for i in range(3):
            _, low, high = ranked.share(np.array([i]))
            hits[i] += low <= truth[i] <= high
    assert (hits >= 51).all(), hits  # of 60, at 95 %


def test_many_values_without_effect_add_up_to_nothing() -> None:
    sums = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        sums.append(share_of(rng.random((200, 500)), rng.random(200), *range(500))[0])
    assert abs(np.mean(sums)) < 4 * np.std(sums) / np.sqrt(30)
    assert np.max(np.abs(sums)) < 0.6  # without the correction they would add up to 2.5


def test_what_turns_round_is_not_seen() -> None:
    x = np.random.default_rng(1).uniform(-1.0, 1.0, (2000, 1))
    assert abs(share_of(x, x[:, 0] ** 2, 0)[0]) < 0.01


def test_the_stock_decides_how_long_a_plant_lasts(result: Result) -> None:
    table = importance(result)
    first = table.iloc[0]
    assert (first["factor"], first["direction"], first["grade"]) == (COVER, "-", "press")
    assert first["title"] == "Cover of acid at line"
    assert first["range"] == "low 15 days, mode 30 days, high 90 days"
    assert first["share"] > 0.9
    assert table.set_index("factor").loc[LEADS, "values"] == 2
    assert sim.importance(result, "line/chip", top=1)["factor"].tolist() == [COVER]


def test_shares_by_grade_add_up_to_one(result: Result) -> None:
    table = importance(result, by="grade")
    assert table["grade"].tolist() == ["press", "estimate", UNATTRIBUTED]
    assert table["values"].tolist() == [1, 3, 0]
    assert table["share"].sum() == pytest.approx(1.0)
    assert table.set_index("grade").loc["press", "share"] > 0.9


def test_a_run_folder_gives_the_same_table(result: Result, tmp_path: object) -> None:
    assert importance(read(result.save(tmp_path))).equals(importance(result))


def test_nothing_to_explain_gives_an_empty_table(scenario: Scenario) -> None:
    quiet = run(scenario.with_({"events.cut": None}), replications=20, jobs=1)
    assert importance(quiet).empty
    assert importance(quiet, by="grade").empty


def test_mistakes_say_what_to_write(result: Result, scenario: Scenario) -> None:
    with pytest.raises(CurbsimError, match="unknown process 'mill/x'; write one of line/chip"):
        importance(result, "mill/x")
    with pytest.raises(CurbsimError, match="importance needs 20 replications, the run has 2"):
        importance(run(scenario, replications=2, jobs=1))


def test_a_value_has_the_grade_of_its_source_or_its_own(scenario: Scenario) -> None:
    assert range_grade(scenario, COVER) == ("sourced", "press", "press")
    assert range_grade(scenario, LEADS) == ("estimate", "estimate", "estimate")
    grades = {value.path: value for value in values_by_grade(scenario)}
    assert grades["events.cut.until"].grade == "estimate"
    assert grades["links.acid/plant-line.lead_time"].value == "7 days"


def test_a_value_within_an_entry_may_have_a_source_of_its_own() -> None:
    values = {value.path: value for value in values_by_grade(load("korea_2019"))}
    after = values["links.hf_gas/skmaterials_yeongju-samsung_memory.stages.first.after"]
    share = values["links.hf_gas/skmaterials_yeongju-samsung_memory.share"]
    assert (after.status, after.source) != (share.status, share.source)


@pytest.mark.parametrize("name", [one.name for one in scenarios()])
def test_no_value_of_the_library_is_ungraded(name: str) -> None:
    scenario = load(name)
    values = values_by_grade(scenario)
    assert values
    assert [value.path for value in values if value.grade == UNGRADED] == []
    ranges = [pattern for pattern, entry in scenario.document.uncertain.items() if not entry.fixed]
    assert {range_grade(scenario, pattern)[2] for pattern in ranges} <= set(GRADES[:-1])
    assert {source.grade for source in scenario.document.meta.sources.values()} <= set(GRADES[:-1])
