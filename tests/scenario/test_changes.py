"""A changed scenario does not pass for the one that it was made from: title, question, pages, folders say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli.options import load_changed
from tests.worlds import COVER, uncertain_chain

CUT = "events.cut.until"
QUESTION = "What does a cut cost?"


def asked(**fields: str) -> sim.Scenario:
    """Return the chain with a question and further fields of its meta section."""
    return uncertain_chain().with_(
        {f"meta.{key}": text for key, text in {"question": QUESTION, **fields}.items()}
    )


def test_title_and_question_name_the_change() -> None:
    changed = asked().with_({CUT: "2019-08-01"})
    assert asked().title == "One chain" and asked().question == QUESTION
    assert changed.title == "One chain, changed: events.cut.until = 2019-08-01"
    assert changed.question == (
        "As chain, but with events.cut.until = 2019-08-01: who loses, how much and when?"
    )
    assert asked().hash != changed.hash == asked(title="Other").with_({CUT: "2019-08-01"}).hash


def test_changes_add_up_and_the_last_value_of_a_path_counts() -> None:
    once = asked().with_({CUT: "2019-08-01", COVER: "9 days"})
    twice = once.with_({CUT: "2019-09-01"}).with_({"model.switching": 0, "run.end": "2019-12-01"})
    assert dict(twice.changes) == {
        COVER: "9 days",
        CUT: "2019-09-01",
        "model.switching": "0",
        "run.end": "2019-12-01",
    }
    assert twice.title == f"One chain, changed: {COVER} = 9 days; {CUT} = 2019-09-01; and 2 more"


def test_what_changes_no_course_is_not_told() -> None:
    run = {"run.seed": 9, "run.replications": 3, "run.record_replications": 1, "meta.note": "x"}
    same = {CUT: "2019-11-01"}  # as the file has it
    for changes in ({key: value for key, value in run.items() if key != "meta.note"}, same):
        assert uncertain_chain().with_(changes).title == "One chain"


def test_entries_that_are_left_out_or_written_anew_are_told() -> None:
    world = asked()
    assert world.with_({"events.cut": None}).title == "One chain, changed: events.cut left out"
    strike = {
        "kind": "outage",
        "date": "2019-03-01",
        "duration": "9 days",
        "remaining": 0,
        "select": {"facility": "line"},
    }
    assert "events.strike = {...}" in world.with_({"events.strike": strike | {"source": "estimate"}}).title


def test_a_variant_stands_before_the_change() -> None:
    strict = sim.load("curbs_2019+strict").with_({"run.end": "2019-12-31"})
    assert strict.title.endswith(" (strict), changed: run.end = 2019-12-31")
    assert strict.question.startswith("As curbs_2019+strict, but with run.end = 2019-12-31: ")


@pytest.mark.parametrize("how", ["--set", "with_", "changes"])
def test_every_way_to_change_says_so_and_a_saved_file_keeps_it(how: str, tmp_path: Path) -> None:
    path, value = "events.embargo.select.material", "hf_gas"
    scenario = {
        "--set": lambda: load_changed("embargo_hf", [f"{path}={value}"]),
        "with_": lambda: sim.load("embargo_hf").with_({path: value}),
        "changes": lambda: sim.load("embargo_hf", changes={path: value}),
    }[how]()
    assert scenario.title == f"{sim.load('embargo_hf').title}, changed: {path} = {value}"
    (tmp_path / "again.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    again = sim.load(tmp_path / "again.yaml")
    assert (again.title, again.question, again.hash) == (scenario.title, scenario.question, scenario.hash)


def test_the_run_its_page_and_its_folder_say_so(tmp_path: Path) -> None:
    scenario = asked().with_({CUT: "2019-08-01"})
    result = sim.run(scenario, replications=2, jobs=1)
    folder = result.save(tmp_path, report=lambda place: sim.report.write(result, place))
    assert folder.name.startswith("chain-changed-")
    assert sim.run(asked(), replications=2, jobs=1).folder_name.startswith("chain-")
    assert json.loads((folder / "manifest.json").read_text())["changes"] == {CUT: "2019-08-01"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>One chain, changed: events.cut.until = 2019-08-01</h1>" in page
    assert "As chain, but with events.cut.until" in page and QUESTION not in page
    assert result.words().startswith("One chain, changed: ")
    assert repr(result).startswith("<Result chain (changed): 2 replications")
    assert repr(scenario) == f"<Scenario chain {scenario.hash8}, changed: events.cut.until = 2019-08-01>"
    assert sim.read(folder).title == scenario.title


def test_a_sweep_has_the_title_of_what_is_varied() -> None:
    grid = sim.sweep(uncertain_chain(), {COVER: ["9 days", "12 days"]}, replications=2, jobs=1)
    assert grid.title == "One chain"
    assert grid.results[0].title == f"One chain, changed: {COVER} = 9 days"


def test_a_child_file_without_words_of_its_own_does_not_pass_for_its_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(asked().to_yaml(), encoding="utf-8")
    body = "format: 1\nextends: parent\n{}events: {{cut: {{until: 2019-08-01}}}}\n"
    titled = "meta: {title: Mine, question: Why?}\n"
    for name, meta in (("child", ""), ("own", titled), ("half", "meta: {title: Mine}\n")):
        (tmp_path / f"{name}.yaml").write_text(body.format(meta), encoding="utf-8")
    child, own, half = (sim.load(tmp_path / f"{name}.yaml") for name in ("child", "own", "half"))
    assert child.title == "One chain, as changed in child"
    assert half.title == "Mine"
    for scenario, name in ((child, "child"), (half, "half")):
        assert scenario.question == f"As chain, but with what {name} changes: who loses, how much and when?"
    assert (own.title, own.question) == ("Mine", "Why?")
    assert child.hash == own.hash == half.hash


WILD = "facilities.*.stocks.*.cover"
OTHER = "links.acid/plant-line.lead_time"


def told(*changes: dict[str, object]) -> dict[str, str]:
    """Return what a scenario says that was changed in turn."""
    world = asked()
    for change in changes:
        world = world.with_(change)
    return dict(world.changes)


def test_relative_changes_of_a_value_are_told_by_what_they_give() -> None:
    assert told({COVER: "+5 days"}) == {COVER: "35 days (was 30 days)"}
    assert told({COVER: "+5 days"}, {COVER: "x 1.2"}) == {COVER: "42 days (was 30 days)"}
    assert told({COVER: "+5 days"}, {COVER: "+5 days"}) == {COVER: "40 days (was 30 days)"}
    assert told({COVER: "20 days"}, {COVER: "+5 days"}) == {COVER: "25 days (was 30 days)"}
    assert told({COVER: "+5 days"}, {COVER: "20 days"}) == {COVER: "20 days"}
    assert told({COVER: "20 days"}, {WILD: "+5 days"})[COVER] == "25 days"


def test_changes_of_a_value_that_end_where_they_began_are_none() -> None:
    back = asked().with_({COVER: "+5 days"}).with_({COVER: "-5 days"})
    assert (back.hash, back.title, back.question) == (asked().hash, "One chain", QUESTION)
    assert told({"events.more": asked().tree["events"]["cut"]}, {"events.more": None}) == {}
    assert told({COVER: "30 days"}) == {COVER: "30 days"}  # the value is the same, and its range is ended


def test_what_ends_where_it_began_extends_what_was_loaded() -> None:
    same = sim.load("curbs_2019").with_({"run.end": sim.load("curbs_2019").tree["run"]["end"]})
    assert same.changes == {}
    assert same.to_yaml(changes_only=True) == "format: 1\nextends: curbs_2019\n"


def test_relative_changes_of_several_values_are_told_in_turn() -> None:
    lead = {"links.*.lead_time": "+5 days"}, {"links.*.lead_time": "x 1.2"}
    assert told(*lead) == {"links.*.lead_time": "+5 days, then x 1.2"}
    title = asked().with_(lead[0]).with_(lead[1]).title
    assert title == "One chain, changed: links.*.lead_time +5 days, then x 1.2"


def test_the_prose_of_an_entry_is_no_change() -> None:
    titled = asked().with_({"events.cut.title": "The cut", "events.cut.note": "Why"})
    assert (titled.hash, titled.title, titled.changes) == (asked().hash, "One chain", {})
    assert titled.document.events["cut"].title == "The cut"
