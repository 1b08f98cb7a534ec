"""The Scenario itself: purity, hashes, differences, baselines, writing."""

from __future__ import annotations

import copy
import datetime
import pathlib
import pickle
import subprocess
import sys

import pytest

from sim.errors import Problem, ScenarioError, quoted
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.draws import factors
from sim.scenario import Scenario, check, from_tree, json_schema, load, scenarios
from sim.scenario.paths import get
from sim.scenario.yaml_files import canonical, parse, to_yaml
from tests.worlds import chain, event, ranged

NAMES = ("title", "note", "other_one")
SEVEN = """\
format: 1
extends: chain
run: {sede: 3}
facilities:
  line: {stocks: {acid: {cover: 30}}}
links:
  new: {from: plnt, to: line, material: acid, share: 0.5, source: estimate}
  acid/plant-line: {source: pres}
events:
  a: {kind: embargo, date: 2019-13-01, select: {material: acid}, source: estimate}
  b: {kind: embargo, date: 2019-07-01, select: {material: chip}, source: estimate}
"""


def test_seven_mistakes_are_reported_at_once_each_with_its_line(library: pathlib.Path) -> None:
    (library / "seven.yaml").write_text(SEVEN, encoding="utf-8")
    found = [(problem.line, problem.wrong) for problem in check(["seven"])]
    assert found == [
        (3, "unknown key 'sede'"),
        (5, "30 is not a length of time"),
        (7, "unknown facility 'plnt'"),
        (7, "the shares of acid at line sum to 1.5, not 1 (acid/plant-line 1, acid/spare-line 0, new 0.5)"),
        (8, "unknown source 'pres'"),
        (10, "'2019-13-01' is not a date"),
        (11, "the selection matches no link"),
    ]


def test_a_variant_is_found_with_blanks_around_the_sign(library: pathlib.Path) -> None:
    text = "format: 1\nextends: chain\nvariants: {early: {run: {seed: 9}}}\n"
    (library / "kept.yaml").write_text(text, encoding="utf-8")
    assert load("kept + early").hash == load("kept+early").hash != load("kept").hash


def test_with_changes_nothing(world: Scenario) -> None:
    tree, hash_ = copy.deepcopy(world.tree), world.hash
    changed = world.with_({"links.acid/plant-line.lead_time": "9 days", "events.e": event("embargo")})
    assert (world.tree, world.hash) == (tree, hash_)
    assert changed.document.links["acid/plant-line"].lead_time.parameters == (9.0,)
    assert not world.document.events


def test_failed_change_leaves_no_trace(world: Scenario) -> None:
    tree = copy.deepcopy(world.tree)
    with pytest.raises(ScenarioError):
        world.with_({"run.seed": "x", "links.acid/plant-line.share": 0.2})
    assert world.tree == tree


def test_change_validates_only_sections_that_it_touches(world: Scenario) -> None:
    changed = world.with_({"links.acid/plant-line.lead_time": "9 days"})
    assert changed.document.facilities is world.document.facilities


def test_change_equals_loading_the_changed_tree(world: Scenario) -> None:
    changed = world.with_({"facilities.*.stocks.*.cover": "11 days", "run.end": datetime.date(2020, 1, 1)})
    again = from_tree(changed.tree)
    assert again.hash == changed.hash
    assert again.document == changed.document


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"materials.acid.shelf_life": "35 days"}, "not below the shelf life of acid"),
        (
            {"materials.acid.unit": "wafer", "materials.acid.price": "1 USD/wafer"},
            "cannot be turned into wafer",
        ),
        ({"links.acid/plant-line.regime": None, "uncertain.links.*.age": {"low": 1}}, "not a distribution"),
    ],
)
def test_ranges_must_hold_after_a_change_elsewhere(changes: dict[str, object], words: str) -> None:
    ranges = {
        "facilities.line.stocks.acid.cover": ranged("20 days", "40 days"),
        "facilities.line.makes.chip.inputs.acid.per_unit": ranged("2 kg", "4 kg"),
    }
    tree = chain(uncertain=ranges)
    with pytest.raises(ScenarioError, match=words):
        from_tree(tree).with_(changes)


@pytest.mark.parametrize(
    ("path", "low", "written"),
    [
        ("model.switching", "20 %", 1.0),  # the default
        ("facilities.line.stocks.acid.adjustment", "2 days", "7 days"),
        ("facilities.line.stocks.acid.switching", "20 %", "20 %"),  # no default: a value of the range
        ("regimes.individual.filing", "2 days", "0 days"),  # by material
    ],
)
def test_a_range_of_a_field_that_is_left_out_writes_the_field_and_is_drawn(
    path: str, low: str, written: object
) -> None:
    high = low.replace("2", "4")
    world = from_tree(
        chain(uncertain={path: ranged(low, high)}, regimes={"individual": {"review": "9 days"}})
    )
    assert get(world.tree, tuple(path.split("."))) == written
    (factor,) = factors(world)
    assert factor.paths == (tuple(path.split(".")),)
    assert from_tree(world.tree).hash == world.hash
    compiled = CompiledScenario(scenario=world, baseline=world.baseline(), seed=1, replications=3)
    assert compiled.draws.shape == (3, 1)
    compiled.run(1)  # the draw has a place


def test_a_range_of_a_field_that_can_no_longer_stand_is_dropped() -> None:
    ranges = {"facilities.line.stocks.acid.switching": ranged("20 %", "40 %")}  # a field that is left out
    with pytest.raises(ScenarioError) as caught:
        from_tree(chain(uncertain=ranges)).with_({"facilities.line": None})
    assert "switching" not in str(caught.value)


def test_hash_of_a_relative_is_that_of_its_values(world: Scenario) -> None:
    changed = world.with_({"run.seed": 7})
    hashes = [scenario.hash for scenario in (world, changed, changed.baseline(), world.baseline())]
    again = [
        from_tree(scenario.tree).hash for scenario in (world, changed, changed.baseline(), world.baseline())
    ]
    assert hashes == again
    assert len({*hashes}) == 2  # it has no events: its baseline has the same values


def test_hash_ignores_prose_variants_and_order() -> None:
    tree = chain()
    prose = {**chain(), "meta": {**tree["meta"], "title": "Other"}, "variants": {"x": {"run": {"seed": 2}}}}
    turned = {key: prose[key] for key in reversed(list(prose))}
    assert from_tree(tree).hash == from_tree(turned).hash
    assert from_tree(tree).hash != from_tree(chain(cover="31 days")).hash


def test_hash_ignores_the_prose_of_every_entry(world: Scenario) -> None:
    tree = copy.deepcopy(world.tree)
    line = tree["facilities"]["line"]
    (process,), (stock,) = line["makes"].values(), line["stocks"].values()
    entries = [*tree["links"].values(), *tree["materials"].values(), line, process, stock]
    for entry in entries:
        entry |= {"title": "Other", "note": "why"}
    assert from_tree(tree).hash == world.hash


def test_hash_sees_an_entry_that_is_called_as_prose_is(world: Scenario) -> None:
    firm = {"country": "JP", "title": "A firm"}
    hashes = {from_tree({**world.tree, "firms": {**world.tree["firms"], name: firm}}).hash for name in NAMES}
    assert len(hashes | {world.hash}) == 4
    shares = [{"title": "30 %", "all": "90 %"}, {"title": "40 %", "all": "90 %"}]
    trees = ({"events": {"q": {"kind": "qualification", "stages": {"steps": steps}}}} for steps in shares)
    assert len({canonical(tree, {}) for tree in trees}) == 2


def test_diff_names_old_new_and_source(world: Scenario) -> None:
    changes = world.diff(world.with_({"links.acid/plant-line.lead_time": "9 days", "model.switching": 0.5}))
    assert [(c.path, c.old, c.new, c.source) for c in changes] == [
        ("links.acid/plant-line.lead_time", "7 days", "9 days", "estimate"),
        ("model.switching", None, 0.5, ""),
    ]


def test_baseline_has_background_events_only() -> None:
    events = {
        "quake": event("outage", role="background", duration="9 days", select={"firm": "maker"}),
        "curb": event("embargo"),
    }
    ranges = {"events.curb.probability": ranged(0.1, 0.5)}
    scenario = from_tree(chain(events=events, uncertain=ranges))
    baseline = scenario.baseline()
    assert list(baseline.document.events) == ["quake"]
    assert not baseline.document.uncertain
    assert baseline.baseline().hash == baseline.hash


def test_named_baseline_is_loaded(library: pathlib.Path) -> None:
    text = "format: 1\nextends: chain\nbaseline: chain\nrun: {seed: 9}\n"
    (library / "other.yaml").write_text(text, encoding="utf-8")
    assert load("other").baseline().hash == load("chain").hash


def test_written_scenario_reads_back_alike(world: Scenario, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(world.to_yaml(), encoding="utf-8")
    assert load(path).hash == world.hash


@pytest.mark.parametrize(
    "value",
    [
        "NO",
        "yes",
        "off",
        "null",
        "~",
        "281111",
        "1e6",
        "12:30",
        "0x1F",
        ".5",
        "- x",
        "a: b",
        "a #b",
        "",
        " a",
        "*a",
        "&a",
        "!x",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "'a",
        '"a',
        "|",
        ">",
        "?",
        "-",
        "---",
        "ä",
        "a\nb",
        "\x07",
        "a\\b",
        "30 %",
        "+35 days",
        "2019-07-04",
        "acid/plant-line",
        "facilities.*.x",
        "Hydrogen fluoride (liquid)",
        "a,b",
        "1_000",
        "0o17",
        "=",
        "\x85",
        "\u2028",
        "x" * 300,
    ],
)
def test_text_survives_writing(value: str) -> None:
    layer, problems = parse(to_yaml({"x": {"key": value, "list": [value], value or "k": 1}}), "x")
    assert not problems
    assert layer.tree == {"x": {"key": value, "list": [value], value or "k": 1}}


def test_scenario_travels_between_processes(world: Scenario) -> None:
    again = pickle.loads(pickle.dumps(world))  # noqa: S301  our own bytes
    assert (again.hash, again.document) == (world.hash, world.document)
    error = ScenarioError([Problem("a", 1, 1, "b", "c", "d")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301


def test_notebook_card_escapes_text() -> None:
    scenario = from_tree(chain(meta={"title": "<b>"}, events={"e": event("embargo")}))
    assert "&lt;b&gt;" in scenario._repr_html_()
    assert "embargo" in scenario._repr_html_()


def test_numpy_values_and_dates_are_taken(world: Scenario) -> None:
    class Scalar:
        def item(self) -> int:
            return 12

    changed = world.with_({"run.seed": Scalar(), "run.start": datetime.date(2019, 1, 2)})
    assert (changed.document.run.seed, changed.tree["run"]["start"]) == (12, "2019-01-02")


def test_names_lists_titles(library: pathlib.Path) -> None:
    (library / "curb.yaml").write_text("format: 1\nmeta: {title: Curb, question: Who?}\n", encoding="utf-8")
    found = {listing.name: (listing.title, listing.question) for listing in scenarios()}
    assert found["chain"] == ("One chain", "")
    assert found["curb"] == ("Curb", "Who?")


def test_unreadable_input_is_a_problem_not_a_traceback(tmp_path: pathlib.Path) -> None:
    assert [p.wrong for p in check([tmp_path])] == [f"{quoted(tmp_path)} is a folder without a world.yaml"]
    assert check(["\0"])
    assert check([""])


def test_schema_takes_files_that_extend_others() -> None:
    schema = json_schema()
    assert schema["required"] == ["format"]
    assert set(schema["$defs"]["Link"]["properties"]) >= {"from", "to", "lead_time"}
    assert "required" not in schema["$defs"]["Link"]


def test_scenario_package_needs_neither_numpy_nor_pandas() -> None:
    code = "import sys, sim.scenario; sys.exit('numpy' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("links.acid/plant-line.lead_time", {"median": "0 days", "p90": "3 days"}, "median is not above 0"),
        ("links.acid/plant-line.lead_time", {"values": ["1 days"], "weights": [0]}, "the weights sum to 0"),
        ("links.acid/plant-line.lead_time", {"values": ["1 days"], "weights": [1, 2]}, "differ in length"),
        ("demand.chip/line.rate", "-5e9 wafer/month", "negative"),
        ("demand.chip/line.growth", float("inf"), "'inf' is not finite"),
        ("facilities.line.stocks.acid.cover", "1e999 days", "not finite"),
        ("facilities.line.makes.chip.inputs.acid.per_unit", "-4 kg", "negative"),
        ("materials.acid.price", "-3000 USD/t", "negative"),
        ("facilities.line.makes.chip.yield", 0, "write more than 0"),
        ("facilities.line.stocks.acid.adjustment", "0 days", "write at least 1"),
    ],
)
def test_numbers_out_of_range(world: Scenario, path: str, value: object, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        world.with_({path: value})
    assert words in str(caught.value)
    assert len(caught.value.problems) == 1
