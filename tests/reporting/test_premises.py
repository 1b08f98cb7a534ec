"""What an answer rests on is said in it: values without the range that they had, in every form of answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import sim
from sim.cli.options import CommandOptions
from sim.cli.run_actions import compare_command, sweep_command
from sim.reporting.page import render, sections
from sim.reporting.premises import pending_words, premises, replaced_words
from sim.results.result import Result, read
from sim.runner.options import RunOptions
from sim.scenario import from_tree
from tests.worlds import COVER, HEADROOM, JP_TO_KR, LEADS, chain, event, ranged, uncertain_chain

SENTENCE = (
    f"{COVER} is 40 days without a range; it replaced a range with mean 45 days; "
    "a relative change such as '+5 days' keeps the range."
)
FIRST = uncertain_chain()
ANEW = FIRST.with_({COVER: "40 days"})


@pytest.fixture(scope="module")
def result() -> Result:
    return sim.run(ANEW, replications=2, jobs=1)


@pytest.mark.parametrize(
    "changes",
    [
        {COVER: "+5 days"},
        {COVER: "x 1.2", "demand.chip/line.rate": "900 wafer/month"},
        {COVER: "40 days", f"uncertain.{COVER}": ranged("20 days", "60 days")},
        {f"uncertain.{COVER}": {"fixed": True}},
        {"run.seed": 7},
    ],
)
def test_a_value_with_its_range_needs_no_sentence(changes: dict[str, object]) -> None:
    assert replaced_words(FIRST.with_(changes)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({COVER: "40 days"}, SENTENCE),
        ({COVER: "x 2"}, SENTENCE.replace("40 days", "80 days")),  # of 40 days without a range
        (
            {HEADROOM: "20 %"},
            f"{HEADROOM} is 20 % without a range; it replaced a range with mean 15 %; a relative change such as 'x 1.2' keeps the range.",
        ),  # fmt: skip
        (
            {LEADS: "9 days"},
            "links.acid/plant-line.lead_time and links.raw/pit-plant.lead_time are 9 days without a range; they replaced ranges with mean 7 days and mean 5 days;",
        ),  # fmt: skip
    ],
)
def test_what_was_replaced_is_said(changes: dict[str, object], words: str) -> None:
    before = ANEW if changes == {COVER: "x 2"} else FIRST
    said = replaced_words(before.with_(changes))
    assert any(line.startswith(words) for line in said), said


def test_what_was_no_number_is_shown_as_it_was() -> None:
    path = "model.switching"
    choice = {"values": [0, 1], "weights": [0.5, 0.5], "source": "estimate"}
    scenario = FIRST.with_({f"uncertain.{path}": choice}).with_({path: 0.5})
    (line,) = replaced_words(scenario)
    assert line.startswith(f"{path} is 0.5 without a range; it replaced a range with")


def test_words_and_page_say_it(result: Result, tmp_path: Path) -> None:
    assert SENTENCE in result.words().split("\n")
    assert SENTENCE.replace("'", "&#39;") in render(result, sections(result), [])
    folder = result.save(tmp_path)
    assert SENTENCE in read(folder).words().split("\n")  # out of the saved scenario


def test_a_comparison_and_a_sweep_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = CommandOptions(RunOptions(replications=2, jobs=1), tmp_path)
    compare_command([FIRST, ANEW], options)
    assert SENTENCE in capsys.readouterr().out.split("\n")
    (manifest,) = tmp_path.glob("*/manifest.json")
    assert json.loads(manifest.read_text())["rests_on"] == [SENTENCE]
    assert SENTENCE in sim.compare(FIRST, ANEW, replications=2, jobs=1).words().split("\n")
    sweep_command(FIRST, {COVER: ["20 days", "+5 days"]}, "lost_days", options)
    assert SENTENCE.replace("40 days", "20 days") in capsys.readouterr().out
    sweep_command(
        FIRST, {COVER: ["20 days", "40 days"]}, "lost_days", dataclasses.replace(options, form="csv")
    )
    caught = capsys.readouterr()
    assert SENTENCE.replace("40 days", "20 days or 40 days") in caught.err.split("\n")
    assert "without a range" not in caught.out
    grid = sim.sweep(FIRST, {COVER: ["20 days", "40 days"]}, replications=2, jobs=1)
    assert "20 days or 40 days without a range" in grid._repr_html_()


def test_of_several_scenarios_it_says_in_which() -> None:
    other = dataclasses.replace(FIRST, name="other")
    (line,) = replaced_words(other, ANEW)
    assert line == SENTENCE.replace("without a range", f"without a range in {ANEW.name}")


def test_a_comparison_tells_two_changes_of_one_value_apart() -> None:
    """`+10 days` and `40 days` are one value, with a range and without."""
    comparison = sim.compare(FIRST, FIRST.with_({COVER: "+10 days"}), ANEW, replications=2, jobs=1)
    assert [comparison.label(i) for i in (1, 2)] == [
        f"chain: {COVER}=40 days",
        f"chain: {COVER}=40 days without its range",
    ]


def test_starts_that_would_have_come_out_after_the_run_are_told() -> None:
    """A cover of 30 days and 7 in transit from 1 March on; a start takes 75 days, and the run ends before."""
    stop = event("embargo", 59, JP_TO_KR)
    world = chain(events={"stop": stop}, run={"end": "2019-05-15"})
    world["facilities"]["line"]["makes"]["chip"]["cycle_time"] = "75 days"
    scenario = from_tree(world)
    (text,) = pending_words(sim.run(scenario, replications=2, jobs=1))
    assert text.startswith("Starts are held back at line/chip from 2019-04-0")
    assert text.endswith("after the run, which ends on 2019-05-15, uncounted: write a later run.end.")
    assert pending_words(sim.run(scenario.with_({"run.end": "2019-12-31"}), replications=2, jobs=1)) == []


def test_events_by_chance_that_never_took_place_are_told() -> None:
    stop = event("embargo", 59, JP_TO_KR, probability="0.01 %")
    result = sim.run(from_tree(chain(events={"stop": stop})), replications=3, jobs=1)
    told = "stop (probability 0.01 %) took place in 0 of 3 replications: what it costs is not seen; "
    assert f"{told}write more replications." in result.words().split("\n")


def test_a_law_written_in_place_that_one_number_replaces_is_told() -> None:
    law = {"low": "90 days", "mode": "130 days", "high": "170 days"}
    world = from_tree(chain(regimes={"individual": {"review": {"acid": law, "other": "30 days"}}}))
    path = "regimes.individual.review.acid"
    (text,) = replaced_words(world.with_({path: "60 days"}))
    assert text.startswith(f"{path} is 60 days without a range; it replaced a range with mean 130 days; ")
    assert replaced_words(world.with_({path: "+5 days"})) == []
    assert replaced_words(world.with_({path: {**law, "low": "80 days"}})) == []
    assert replaced_words(world.with_({path: "60 days"}).with_({path: law})) == []
    (text,) = replaced_words(world.with_({"regimes.individual.review": "60 days"}))
    assert text.startswith("regimes.individual.review is 60 days without a range")


def test_points_with_dates_outside_of_the_run_are_told() -> None:
    stop = event("embargo", 59, JP_TO_KR, until="2019-04-01")
    dates = {"events.stop.date": ["2019-03-01", "2018-03-01"]}
    grid = sim.sweep(from_tree(chain(events={"stop": stop})), dates, replications=2, jobs=1)
    (text,) = premises(*grid.results)
    assert text.startswith(
        "Assumed: stop (2018-03-01) begins before this run and is in force from its first day"
    )
