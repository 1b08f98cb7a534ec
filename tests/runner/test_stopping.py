"""Sequential stopping: the rule on known variables, its coverage, and that n is n however it was reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import CurbsimError
from sim.reporting.run_text import why_it_ended
from sim.results.estimates import interval
from sim.runner.draws import strata
from sim.runner.stopping import FIRST_STAGE, MOST_SEQUENTIAL, Rule
from tests.worlds import uncertain_chain

NONE = np.zeros(1)


def stopped(values: np.ndarray, precision: float, floor: np.ndarray = NONE) -> int:
    return Rule(precision).stages(lambda number: values[:number], floor)[0][-1]


def test_a_loss_that_is_always_zero_stops_at_once() -> None:
    assert stopped(np.zeros((MOST_SEQUENTIAL, 1)), 0.05) == FIRST_STAGE


def test_around_zero_the_floor_decides() -> None:
    values = np.random.default_rng(1).standard_normal((MOST_SEQUENTIAL, 1))
    assert stopped(values, 0.05) == MOST_SEQUENTIAL  # relative to a mean of 0 nothing is ever precise
    number = stopped(values, 0.05, np.array([0.1]))
    assert number == 512  # 1.96 / sqrt(n) <= 0.1 from n = 385 on


def test_it_jumps_to_what_the_variance_asks_for() -> None:
    values = 10.0 + np.random.default_rng(2).standard_normal((MOST_SEQUENTIAL, 1)) * 5.0
    tried, misses = Rule(0.05).stages(lambda number: values[:number], NONE)
    assert tried == [32, 512]  # (1.96 x 0.5 / (0.05 / 1.05))^2 = 424
    assert misses[0] <= 1.0
    tried, misses = Rule(0.05, 100).stages(lambda number: values[:number], NONE)
    assert tried == [32, 100]
    assert misses[0] > 1.0


def test_coverage_is_a_little_below_what_an_interval_says() -> None:
    """Losses that are 0 in 60 % of cases, else exponential: waiting for 20 % costs a point or two of 95."""
    hits, sizes = 0, []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = np.where(rng.random(MOST_SEQUENTIAL) < 0.6, 0.0, rng.exponential(1.0, MOST_SEQUENTIAL))[:, None]
        number = stopped(x, 0.2)
        _, low, high, _ = interval(x[:number, 0])
        hits += low <= 0.4 <= high
        sizes.append(number)
    assert 0.915 <= hits / 400 <= 0.985
    assert 400 < np.mean(sizes) < 2000


def test_with_strata_the_interval_is_too_wide_rather_than_too_narrow() -> None:
    """A sum of four curved terms: s^2 / n is the error of independent draws, which strata do not make."""
    errors, halves = [], []
    for seed in range(40):
        x = np.exp(strata(["a", "b", "c", "d"], 256, seed)).sum(axis=0)
        mean, low, high, _ = interval(x)
        errors.append(abs(mean - 4 * (np.e - 1)))
        halves.append((high - low) / 2)
    assert np.max(errors) < 0.1 * np.min(halves)


def test_so_many_replications_are_so_many_however_they_came_about(tmp_path: Path) -> None:
    scenario = uncertain_chain(probability=0.5)
    result = sim.run(scenario, precision=0.3, jobs=1)
    number = result.replications
    assert number > FIRST_STAGE
    assert result.manifest["sequential"]["stopped"] == "reached"
    assert result.manifest["sequential"]["stages"] == [FIRST_STAGE, number]
    fixed = sim.run(scenario, replications=number, jobs=1)
    one, other = result.save(tmp_path / "a"), fixed.save(tmp_path / "b")
    assert one.name == other.name
    assert (one / "summary.csv").read_bytes() == (other / "summary.csv").read_bytes()
    days = result.values("process", "lost_days_gross", "line/chip")
    mean, low, high, _ = interval(days)
    assert (high - low) / 2 <= max(0.1, 0.3 / 1.3 * mean)
    assert "Precision of 30 %, or 0.1 days: reached with" in result.words()


def test_the_most_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    result = sim.run(uncertain_chain(probability=0.5), precision=0.01, replications=8, jobs=1)
    assert result.replications == 8
    assert result.manifest["sequential"] | {"widest_over_bound": 0} == {
        "precision": 0.01, "floor_days": 0.1, "stopped": "maximum", "stages": [8], "measures": 2, "within": 0,
        "widest": "line/chip", "widest_over_bound": 0,
    }  # fmt: skip
    assert "not reached with 8 replications, the most allowed; 0 of 2 losses are within it" in why_it_ended(
        result.manifest
    )
    assert why_it_ended({"replications": 3}) == ""


def test_wrong_precisions_are_refused() -> None:
    with pytest.raises(CurbsimError, match="precision is 5; write a share between 0 and 1, such as 0.05"):
        sim.run(uncertain_chain(), precision=5.0, jobs=1)


def test_nobody_exposed_needs_no_more_than_the_first_block() -> None:
    result = sim.run(uncertain_chain().with_({"events.cut": None}), precision=0.05, jobs=1)
    assert result.replications == FIRST_STAGE
