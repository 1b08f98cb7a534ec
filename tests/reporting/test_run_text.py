"""The answer of a run in words, in every corner: nothing lost, only gains, one replication, stopped early."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import sim
from sim.reporting.main_table import run_answer
from sim.reporting.premises import MOST_ASSUMED, assumptions
from sim.results.result import Result
from sim.scenario.scenario import from_tree
from tests.worlds import cut_chain

N = 40


@pytest.fixture(scope="module")
def whole() -> Result:
    """A chain under an embargo; the tests put numbers of their own into its arrays."""
    return sim.run(from_tree(cut_chain(2)), jobs=1)


def given(whole: Result, days: dict[str, np.ndarray], **manifest: object) -> Result:
    """Return the result with known net days by process; gross days are what is not gained."""
    number = len(next(iter(days.values())))
    arrays = {name: np.repeat(array[:1], number, axis=0) for name, array in whole.arrays.items()}
    arrays["replication"] = np.arange(number)
    names = whole.labels.measures["process"]
    losses = ("lost_days", "lost_days_gross", "lost_value", "lost_value_gross")
    days_of = {"first_short_day": 200.0, "first_loss_day": 278.0, "first_stop_day": 210.0}
    arrays["process"][:, [names.index(x) for x in losses], :] = 0.0
    arrays["process"][:, [names.index(x) for x in days_of], :] = np.nan
    arrays["demand"][:, 0, :] = 1.0
    for process, values in days.items():
        p = whole.labels.processes.index(process)
        arrays["process"][:, names.index("lost_days"), p] = values
        arrays["process"][:, names.index("lost_days_gross"), p] = np.maximum(values, 0.0)
        for measure, day in days_of.items():
            arrays["process"][:, names.index(measure), p] = np.where(values > 0, day, np.nan)
    manifest = {**whole.manifest, "replications": number, "replications_asked": number, **manifest}
    return dataclasses.replace(whole, arrays=arrays, manifest=manifest)


def user(whole: Result) -> str:
    return whole.labels.exposed[0]


def test_nothing_lost(whole: Result) -> None:
    text = given(whole, {user(whole): np.zeros(N)}).words()
    assert "Any process below its baseline on any day: never in 40 replications (under 9 %)." in text
    assert "Final demand short of what was asked for: never in 40 replications (under 9 %)." in text
    assert "loses" not in text


def test_a_loss_in_every_future_has_its_range_and_no_zero_in_it(whole: Result) -> None:
    text = given(whole, {user(whole): np.linspace(80.0, 120.0, N)}).words()
    assert "loses 100 days (81 to 119) of output" in text
    assert "in all 40 replications (over 91 %)" in text
    assert "includes no loss" not in text
    assert "median" not in text
    assert "if so" not in text


def test_a_rare_large_loss_is_told_as_rare_and_large(whole: Result) -> None:
    days = np.zeros(N)
    days[:3] = [100.0, 200.0, 300.0]
    text = given(whole, {user(whole): days}).words()
    assert "loses 20 days (0 to 200) of output" in text
    assert "The range includes no loss at all." in text
    assert "The median is 0 days: most replications lose little, a few lose much." in text
    assert "in 3 of 40 replications (2 to 20 %); if so, it loses 200 days (100 to 300)" in text
    assert "Its starts are first held back by a material on 2019-07-20" in text
    assert "output is first lost on 2019-10-06" in text
    assert "starts stop in 3 of 40 replications (2 to 20 %), first on 2019-07-30" in text


def test_only_gains(whole: Result) -> None:
    text = given(whole, {user(whole): np.linspace(-5.0, -1.0, N)}).words()
    assert "Any process below its baseline on any day: never in 40 replications" in text
    some = np.linspace(-5.0, -1.0, N)
    some[0] = 2.0
    text = given(whole, {user(whole): some}).words()
    assert "loses 0.05 days (0 to 0.05) of output, gross; by 2019-12-31 it makes 2.8 days more (" in text


def test_one_future_has_no_range(whole: Result) -> None:
    text = given(whole, {user(whole): np.array([12.345])}).words()
    assert "One replication has no range." in text
    assert "loses 12.3 days of output" in text
    assert "in the only replication" in text
    assert "nan" not in text
    assert "%" not in text.split("Lost starts")[0]


def test_a_run_that_was_stopped_says_so(whole: Result) -> None:
    text = given(whole, {user(whole): np.ones(N)}, replications_asked=200).words()
    assert "40 replications" in text
    assert "The run was interrupted: 40 of 200 replications." in text


def test_curbs_that_meet_are_told_in_words_and_in_the_terminal(whole: Result) -> None:
    tree = cut_chain(2)
    tree["events"]["again"] = tree["events"]["cut"]
    met = dataclasses.replace(whole, origin=lambda: from_tree(tree))
    (line,) = [line for line in met.words().split("\n") if line.startswith("Assumed: ")]
    assert "again and cut are both in force on 1 link" in line and line.endswith("last of them ends.")
    assert [*run_answer(met)][-1] == line
    assert "Assumed" not in whole.words()


def test_of_several_runs_what_some_assume_is_told_with_their_names(whole: Result) -> None:
    tree = cut_chain(2)
    tree["events"]["again"] = tree["events"]["cut"]
    met = dataclasses.replace(whole, origin=lambda: from_tree(tree))
    text = assumptions(met)[0].removeprefix("Assumed: ")
    assert assumptions(met, met) == [f"Assumed: {text}"]
    assert assumptions(whole, met) == [f"Assumed in some of the runs: {text}"]  # of one name
    named = dataclasses.replace(met, origin=lambda: dataclasses.replace(from_tree(tree), name="twice"))
    assert assumptions(whole, named) == [f"Assumed in twice: {text}"]


def test_many_assumptions_are_counted(whole: Result) -> None:
    tree = cut_chain(2)
    tree["events"] |= {f"cut_{number}": tree["events"]["cut"] for number in range(4)}
    texts = assumptions(dataclasses.replace(whole, origin=lambda: from_tree(tree)))
    assert len(texts) == MOST_ASSUMED + 1
    assert texts[-1] == "4 more assumptions: curbsim check prints them."


def test_what_is_not_curbed_is_told_apart(whole: Result) -> None:
    supplier = whole.labels.suppliers[0]
    text = given(whole, {user(whole): np.ones(N), supplier: np.linspace(10.0, 20.0, N)}).words()
    assert "days less" in text
    text = given(whole, {user(whole): np.ones(N), supplier: np.linspace(-10.0, 20.0, N)}).words()
    assert "no change is within it" in text


def test_the_words_of_a_comparison_say_when_nothing_can_be_told(whole: Result) -> None:
    from sim.experiments.comparison import Comparison

    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 5.0, N)
    base = given(whole, {user(whole): np.full(N, 30.0)})

    def words(values: np.ndarray) -> str:
        return Comparison((base, given(whole, {user(whole): values})), ([], [])).words()

    assert "Cannot be told from no difference" in words(30.0 + noise - noise.mean() + 0.1)
    more = words(40.0 + noise - noise.mean())
    assert "More is lost" in more
    assert "10 days more (8.5 to 11.5), 40 after 30" in more
    assert "Less is lost" in words(20.0 + noise)
    assert "The same in every replication" in words(np.full(N, 30.0))
    one = Comparison(tuple(given(whole, {user(whole): np.array([x])}) for x in (30.0, 31.0)), ([], []))
    assert "From one replication, without an interval" in one.words()
    assert "95 %" not in one.words()
