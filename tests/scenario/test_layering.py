"""What wins over what, and where an inherited value says it comes from."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.experiments.sweep import sweep
from sim.scenario import Scenario, load
from sim.scenario.layering import merge
from sim.scenario.paths import Layer, get
from sim.scenario.scenario import load_changed

CURB = """\
format: 1
extends: chain
meta: {title: Curb}
run: {seed: 5}
events:
  curb: {kind: licence, date: 2019-07-04, select: {material: acid}, regime: individual, source: estimate}
  early: {kind: embargo, role: background, date: 2019-02-01, select: {material: raw}, source: press}
variants:
  strict: {regimes: {individual: {denial: 0.3}}}
  slow: {regimes: {individual: {review: {acid: 120 days}}}}
  harsh: {regimes.individual.denial: 0.5}
  spared: {events: {early: null}}
"""


@pytest.fixture
def curb(library: pathlib.Path) -> pathlib.Path:
    path = library / "curb.yaml"
    path.write_text(CURB, encoding="utf-8")
    return path


def problems_of(name: str, **changes: object) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(name, changes={key.replace("__", "."): value for key, value in changes.items()})
    return str(caught.value)


@pytest.mark.usefixtures("curb")
def test_changes_win_over_variants_over_file_over_parent() -> None:
    assert load("chain").document.run.seed == 1
    assert load("curb").document.run.seed == 5
    assert load("curb+strict").document.regimes["individual"].denial == {"other": 0.3}
    changed = load("curb+strict", changes={"regimes.individual.denial": 0.1})
    assert changed.document.regimes["individual"].denial == {"other": 0.1}


@pytest.mark.usefixtures("curb")
def test_order_of_variants_is_irrelevant() -> None:
    one, two = load("curb+strict+slow"), load("curb+slow+strict")
    assert (one.hash, one.name) == (two.hash, two.name)


@pytest.mark.usefixtures("curb")
def test_two_variants_that_set_one_path_clash() -> None:
    text = problems_of("curb+strict+harsh")
    assert "the variants 'strict' and 'harsh' both set it" in text
    assert text.startswith("scenarios/curb.yaml:11:")


@pytest.mark.usefixtures("curb")
def test_null_in_a_variant_removes() -> None:
    assert sorted(load("curb").document.events) == ["curb", "early"]
    assert sorted(load("curb+spared").document.events) == ["curb"]


@pytest.mark.usefixtures("curb")
def test_unknown_variant_suggests_one() -> None:
    assert "'curb' has no variant 'strickt'; did you mean 'strict'?" in problems_of("curb+strickt")


@pytest.mark.usefixtures("curb")
def test_error_in_an_inherited_value_points_into_the_parent() -> None:
    world = pathlib.Path("scenarios/chain/world.yaml")
    lines = world.read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "lead_time: 7 days" in line)
    world.write_text("\n".join(lines).replace("lead_time: 7 days", "lead_time: 7 dayz"), encoding="utf-8")
    assert problems_of("curb").startswith(
        f"scenarios/chain/world.yaml:{number}:5: links.acid/plant-line.lead_time"
    )


@pytest.mark.usefixtures("curb")
def test_place_of_a_changed_value_is_its_path() -> None:
    text = problems_of("curb", **{"facilities__*__stocks__acid__cover": 30})
    assert text.startswith(
        "changes:facilities.*.stocks.acid.cover: facilities.line.stocks.acid.cover: 30 is not"
    )


@pytest.mark.usefixtures("curb")
def test_origin_follows_the_value() -> None:
    curb = load("curb", changes={"run.replications": 3})
    assert curb.origin("run.seed") == "scenarios/curb.yaml:4:7"
    assert curb.origin("run.record_replications").startswith("scenarios/curb.yaml:4")
    assert curb.origin("demand.chip/line.rate").startswith("scenarios/chain/world.yaml:")
    assert curb.origin("run.replications") == "changes:run.replications"


@pytest.mark.usefixtures("curb")
def test_a_wrong_change_is_reported_where_it_was_written() -> None:
    with pytest.raises(ScenarioError, match=r"^with_:run\.sed: 'run\.sed' matches nothing"):
        load("curb").with_({"run.sed": 3})
    with pytest.raises(ScenarioError, match=r"^vary:run\.sed: 'run\.sed' matches nothing"):
        sweep(load("curb"), {"run.sed": [3, 4]})
    with pytest.raises(ScenarioError, match=r"^--set:run\.sed: 'run\.sed' matches nothing"):
        load_changed("curb", {"run.sed": 3}, "--set")


def test_kind_that_changes_replaces_the_whole_map() -> None:
    low = Layer({"events": {"e": {"kind": "quota", "allow": "1 t"}}}, {})
    merged, _ = merge(low, Layer({"events": {"e": {"kind": "embargo"}}}, {}))
    assert merged.tree == {"events": {"e": {"kind": "embargo"}}}


@pytest.mark.parametrize(
    ("low", "high", "merged"),
    [
        ({"low": 1, "high": 2}, {"median": 1, "p90": 2}, {"median": 1, "p90": 2}),
        ({"low": 1, "high": 2}, {"low": 0, "high": 2}, {"low": 0, "high": 2}),
        ({"low": 1, "mode": 2, "high": 3}, {"low": 0, "high": 4}, {"low": 0, "high": 4}),
        ({"low": 1, "mode": 2, "high": 3}, {"mode": 1}, {"low": 1, "mode": 1, "high": 3}),
        ({"median": 1, "p90": 3}, {"p90": 4}, {"median": 1, "p90": 4}),
        ({"mean": 1, "cv": 3}, {"mean": 4}, {"mean": 4}),
        ({"low": 1, "high": 2}, {"mode": 1}, {"low": 1, "high": 2, "mode": 1}),
        ({"low": 1, "high": 2}, {"median": 1}, {"median": 1}),
        ({"acid": "1 days", "other": "2 days"}, {"low": 1, "high": 2}, {"low": 1, "high": 2}),
        ({"low": 1, "high": 2}, {"acid": "1 days"}, {"acid": "1 days"}),
        ({"low": 1, "high": 2, "source": "a"}, {"source": "b"}, {"low": 1, "high": 2, "source": "b"}),
        ({"law": "scarcity", "max": 2, "time": 1}, {"max": 3}, {"law": "scarcity", "max": 3, "time": 1}),
    ],
)
def test_distributions_are_replaced_whole(low: dict, high: dict, merged: dict) -> None:
    result, _ = merge(Layer({"x": low}, {}), Layer({"x": high}, {}))
    assert result.tree == {"x": merged}


numbers = st.integers()
leaf_maps = st.fixed_dictionaries({}, optional={"a": numbers, "b": numbers})
maps = st.fixed_dictionaries({}, optional={"a": numbers, "m": leaf_maps, "n": leaf_maps})


@given(maps, maps, maps)
def test_merge_is_associative(a: dict, b: dict, c: dict) -> None:
    def over(low: dict, high: dict) -> dict:
        return merge(Layer(low, {}), Layer(high, {}))[0].tree

    assert over(over(a, b), c) == over(a, over(b, c))


@given(maps)
def test_merge_with_nothing_changes_nothing(a: dict) -> None:
    assert merge(Layer(a, {}), Layer({}, {}))[0].tree == a == merge(Layer({}, {}), Layer(a, {}))[0].tree


def test_path_may_set_an_optional_field_that_the_file_leaves_out(world: Scenario) -> None:
    changed = world.with_({"facilities.*.stocks.acid.forecast": "yesterday", "model.switching": 0.5})
    assert changed.document.facilities["line"].stocks["acid"].forecast == ("yesterday", 1.0)
    assert get(changed.tree, ("model", "switching")) == 0.5
    assert "acid" not in changed.tree["facilities"]["spare"].get("stocks", {})


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("facilities.lien.stocks.acid.cover", "9 days", "did you mean 'line'?"),
        ("links.*.sahre", 1, "did you mean 'share'?"),
        ("events.curb.date", "2019-06-01", "there is no 'events.curb'"),
        ("facility.line.site", "x", "did you mean 'facilities'?"),
        ("links.x", None, "'links.x' matches nothing"),
        ("", 1, "matches nothing"),
        ("run.seed.x", 1, "matches nothing"),
    ],
)
def test_path_that_matches_nothing_is_an_error(world: Scenario, path: str, value: object, words: str) -> None:
    with pytest.raises(ScenarioError, match="matches nothing") as caught:
        world.with_({path: value})
    assert words in str(caught.value)


def test_range_is_addressed_by_its_path(world: Scenario) -> None:
    key = "uncertain.facilities.*.stocks.acid.cover"
    ranged = world.with_({key: {"low": "9 days", "high": "20 days", "source": "estimate"}})
    changed = ranged.with_({f"{key}.high": "30 days"})
    assert changed.document.uncertain["facilities.*.stocks.acid.cover"].high == "30 days"


def test_new_entry_must_come_whole(world: Scenario) -> None:
    added = world.with_(
        {
            "events.stop": {
                "kind": "embargo",
                "date": "2019-07-04",
                "source": "estimate",
                "select": {"material": "acid"},
            }
        }
    )
    assert list(added.document.events) == ["stop"]
    with pytest.raises(ScenarioError, match="kind is missing"):
        world.with_({"events.stop": {"date": "2019-07-04"}})
