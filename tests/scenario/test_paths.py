"""Paths, clock and the words of errors."""

from __future__ import annotations

import datetime

import pytest

from sim.errors import Problem, ScenarioError, did_you_mean
from sim.scenario import paths
from sim.units import Clock

TREE = {"links": {"acid/a-b": {"share": 1}, "acid/c-b": {"share": 0, "stages": {}}}, "run": {"seed": 1}}


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("run.seed", 1),
        ("links.*.share", 2),
        ("links.acid/*-b.share", 2),
        ("links.acid/a-?", 1),
        ("links.*.stages", 1),
        ("links.*", 2),
        ("*.seed", 1),
        ("run.seed.x", 0),
        ("nothing", 0),
        ("", 0),
    ],
)
def test_expand(pattern: str, count: int) -> None:
    assert len(paths.expand(TREE, pattern)) == count


def test_put_and_remove_share_what_they_do_not_touch() -> None:
    changed = paths.put(TREE, ("run", "seed"), 2)
    assert (changed["run"]["seed"], TREE["run"]["seed"]) == (2, 1)
    assert changed["links"] is TREE["links"]
    gone = paths.remove(TREE, ("links", "acid/a-b"))
    assert list(gone["links"]) == ["acid/c-b"]
    assert len(TREE["links"]) == 2
    assert paths.remove(TREE, ("x", "y")) is TREE


def test_problem_reads_like_a_compiler_message() -> None:
    problem = Problem("links.csv", 3, "share", "links.a.share", "'2' is not between 0 and 1", "write 0.3")
    assert str(problem) == "links.csv:3:share: links.a.share: '2' is not between 0 and 1; write 0.3"
    assert str(Problem("--set", 0, "run.seed", "run.seed", "no", "yes")) == "--set:run.seed: no; yes"


def test_error_sorts_problems_by_place() -> None:
    error = ScenarioError(
        [Problem("b", 1, 1, "", "x"), Problem("a", 10, 1, "", "x"), Problem("a", 9, 1, "", "x")]
    )
    assert str(error).splitlines() == ["a:9:1: x", "a:10:1: x", "b:1:1: x"]


def test_suggestions() -> None:
    assert did_you_mean("HF_liquid", ["hf_liquid"]) == "did you mean 'hf_liquid'?"
    assert did_you_mean("hf_embargo", ["embargo_all", "embargo_hf"]) == "did you mean 'embargo_hf'?"
    assert did_you_mean("x", []) == "none is known here"
    assert "and others" in did_you_mean("qqq", [f"name{n}" for n in range(20)])


@pytest.mark.parametrize(
    ("day", "date"), [(0, "2019-01-01"), (10.3, "2019-01-11"), (10.5, "2019-01-12"), (-1, "2018-12-31")]
)
def test_clock(day: float, date: str) -> None:
    assert Clock(datetime.date(2019, 1, 1)).iso(day) == date


def test_months_of_a_run() -> None:
    clock = Clock(datetime.date(2019, 11, 15))
    assert clock.months(60) == ("2019-11", "2019-12", "2020-01")
    assert [clock.month_index(day) for day in (0, 16, 47)] == [0, 1, 2]
