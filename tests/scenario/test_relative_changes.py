"""Relative changes: `+5 days`, `x 1.2`, `+10 %`, `+5 points` move a value and its range alike."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

import sim
from sim.errors import ScenarioError
from sim.scenario import Scenario, from_tree, load
from sim.scenario.paths import get, split
from tests.worlds import COVER, chain, event, ranged

LEAD = "links.acid/plant-line.lead_time"
WILD = "facilities.*.stocks.*.cover"
DENIAL = "regimes.individual.denial"
TARGET = "events.more.target"
RANGE = ranged("20 days", "60 days", "30 days")
MORE: dict[str, Any] = {"more": event("stock_target", target="+35 days", role="response")}


def value(scenario: Scenario, path: str) -> Any:
    return get(scenario.tree, split(path))


def range_(scenario: Scenario, path: str = COVER) -> dict[str, Any]:
    entry = scenario.tree["uncertain"][path]
    return {key: number for key, number in entry.items() if key not in ("source", "note")}


def said(scenario: Scenario, changes: dict[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario.with_(changes)
    assert len(caught.value.problems) == 1, caught.value
    return str(caught.value)


COVERED = from_tree(chain(uncertain={COVER: RANGE}, events=MORE))


@pytest.mark.parametrize(
    ("change", "expected", "low", "mode", "high"),
    [
        ("+5 days", "35 days", "25 days", "35 days", "65 days"),
        ("-5 days", "25 days", "15 days", "25 days", "55 days"),
        ("− 5 days", "25 days", "15 days", "25 days", "55 days"),  # the sign of typesetters, and a blank
        ("+1 week", "37 days", "27 days", "37 days", "67 days"),
        ("x 1.2", "36 days", "24 days", "36 days", "72 days"),
        ("* 1.2", "36 days", "24 days", "36 days", "72 days"),
        ("x 120 %", "36 days", "24 days", "36 days", "72 days"),
        ("+20 %", "36 days", "24 days", "36 days", "72 days"),
        ("-10 %", "27 days", "18 days", "27 days", "54 days"),
    ],
)
def test_value_and_range_move_alike(change: str, expected: str, low: str, mode: str, high: str) -> None:
    changed = COVERED.with_({COVER: change})
    assert value(changed, COVER) == expected
    assert range_(changed) == {"low": low, "mode": mode, "high": high}


@pytest.mark.parametrize(
    ("law", "change", "expected"),
    [
        ({"low": "20 days", "high": "40 days"}, "+5 days", {"low": "25 days", "high": "45 days"}),
        ({"median": "20 days", "p90": "40 days"}, "+5 days", {"median": "25 days", "p90": "45 days"}),
        ({"median": "20 days", "p90": "40 days"}, "x 2", {"median": "40 days", "p90": "80 days"}),
        ({"mean": "20 days", "cv": 0.5}, "+5 days", {"mean": "25 days", "cv": 0.4}),  # sd 10 days
        ({"mean": "20 days", "cv": "50 %"}, "+5 days", {"mean": "25 days", "cv": "40 %"}),
        ({"mean": "20 days", "cv": 0.5}, "x 2", {"mean": "40 days", "cv": 0.5}),
        ({"mean": "20 days"}, "+5 days", {"mean": "25 days", "cv": 0.8}),  # exponential: cv 1, sd 20 days
        ({"mean": "2 weeks", "cv": 0.5}, "+14 days", {"mean": "28 days", "cv": 0.25}),
        (
            {"values": ["20 days", "40 days"], "weights": [0.3, 0.7]},
            "+5 days",
            {"values": ["25 days", "45 days"], "weights": [0.3, 0.7]},
        ),
        ({"low": 0.5, "mode": 1, "high": 2, "as": "factor"}, "x 1.5", {"low": 0.5, "mode": 1, "high": 2, "as": "factor"}),
        (
            {"low": 0.5, "mode": 1, "high": 2, "as": "factor"},  # of 30 days: 15, 30 and 60 days
            "+5 days",
            {"low": "20 days", "mode": "35 days", "high": "65 days"},
        ),
        ({"mean": 1, "cv": 0.5, "as": "factor"}, "+10 days", {"mean": "40 days", "cv": 0.375}),
    ],
)  # fmt: skip
def test_every_form_of_range_keeps_its_width(
    law: dict[str, Any], change: str, expected: dict[str, Any]
) -> None:
    scenario = from_tree(chain(uncertain={COVER: {**law, "source": "estimate"}}))
    assert range_(scenario.with_({COVER: change})) == expected


@pytest.mark.parametrize(
    ("path", "old", "change", "new"),
    [
        (DENIAL, "30 %", "+10 %", "33 %"),  # a tenth more
        (DENIAL, "30 %", "+10 points", "40 %"),
        (DENIAL, 0.3, "-10 points", 0.2),
        (DENIAL, 0.3, "x 0.5", 0.15),
        ("demand.chip/line.rate", "1000 wafer/month", "+100 wafer/month", "1100 wafer/month"),
        ("demand.chip/line.rate", "1000 wafer/month", "-20 %", "800 wafer/month"),
        ("facilities.line.makes.chip.inputs.acid.per_unit", "3 kg", "+500 g", "3.5 kg"),
        ("materials.acid.price", "1450 USD/t", "+50 USD/t", "1500 USD/t"),
        ("demand.chip/line.growth", 0.05, "x 2", 0.1),
        ("events.more.date", "2019-07-04", "+30 days", "2019-08-03"),
        ("events.more.date", "2019-07-04", "-1 week", "2019-06-27"),
        ("run.replications", 2, "+3", 5),
        (LEAD, {"low": "2 days", "mode": "3 days", "high": "6 days"}, "+1 day",
         {"low": "3 days", "mode": "4 days", "high": "7 days"}),
        ("regimes.individual.review", {"acid": "90 days", "other": "30 days"}, "+10 days",
         {"acid": "100 days", "other": "40 days"}),
    ],
)  # fmt: skip
def test_every_kind_of_value_changes(path: str, old: Any, change: str, new: Any) -> None:
    scenario = COVERED.with_({path: old})
    assert value(scenario.with_({path: change}), path) == new


def test_an_entry_of_a_map_changes() -> None:
    grown = {"grow": event("capacity", select={"facility": "line"}, factor=1.2, steps={"2019-10-01": 1.5})}
    scenario = from_tree(chain(events=grown)).with_({
        "demand.chip/line.season": {"11": 1.1}, "facilities.line.stocks.acid.forecast": {"average": "14 days"},
    })  # fmt: skip
    for path, change, new in (
        ("events.grow.steps.2019-10-01", "x 2", 3),
        ("demand.chip/line.season.11", "+0.2", 1.3),
        ("facilities.line.stocks.acid.forecast.average", "+1 week", "21 days"),
        ("regimes.individual.review.acid", "-30 days", "60 days"),
    ):
        assert value(scenario.with_({path: change}), path) == new
    text = said(scenario, {"events.grow.steps.2019-10-01": "-2"})
    assert "'-2' takes 1.5 to -0.5: '-0.5' is negative; write a smaller change" in text
    law = scenario.with_({LEAD: {"low": "2 days", "mode": "3 days", "high": "6 days"}})
    assert value(law.with_({f"{LEAD}.high": "+2 days"}), f"{LEAD}.high") == "8 days"


def test_a_quota_changes() -> None:
    cap = {"cap": event("quota", allow="30 % of baseline")}
    scenario = from_tree(chain(events=cap))
    for change, allow in (("+10 %", "33 %"), ("+10 points", "40 %"), ("x 2", "60 %")):
        assert (
            value(scenario.with_({"events.cap.allow": change}), "events.cap.allow") == f"{allow} of baseline"
        )


def test_a_field_with_signs_of_its_own_keeps_them() -> None:
    """`+35 days` of a target is a change of the cover; a factor has no meaning of its own there."""
    scenario = from_tree(chain(events=MORE, uncertain={TARGET: ranged("+10 days", "+50 days", "+35 days")}))
    assert value(scenario.with_({TARGET: "+20 days"}), TARGET) == "+20 days"
    assert value(scenario.with_({TARGET: "x 2"}), TARGET) == "+70 days"
    assert range_(scenario.with_({TARGET: "x 2"}), TARGET) == {"low": "+20 days", "mode": "+70 days", "high": "+100 days"}  # fmt: skip
    assert value(COVERED.with_({"demand.chip/line.growth": "-0.05"}), "demand.chip/line.growth") == "-0.05"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({COVER: "-25 days"}, "'-25 days' takes low of its range from 20 days to -5 days: '-5 days' is negative; write a smaller change"),  # fmt: skip
        ({COVER: "-40 days"}, "'-40 days' takes 30 days to -10 days: '-10 days' is negative"),
        ({COVER: "+5 t"}, "'+5 t' cannot be added to '30 days'; write for example '+5 days' or 'x 1.2'"),
        ({COVER: "+5"}, "'+5' cannot be added to '30 days'"),
        ({COVER: "+5 points"}, "'+5 points' cannot be added to '30 days'"),
        ({"events.more.until": "+30 days"}, "'+30 days' changes an inherited value, and none is written here"),
        ({COVER: "+65 days"}, "a cover of 125 days is not below the shelf life of acid, 120 days"),  # of the range
        ({COVER: "+70 days"}, "a cover of 130 days is not below the shelf life of acid, 120 days"),
        ({DENIAL: "+5 points"}, "'+5 points' changes an inherited value, and none is written here"),
        ({"model.switching": "x 0.5"}, "'x 0.5' changes an inherited value, and none is written here"),
        ({"links.acid/plant-line.regime": "x 2"}, "regime is 'x 2'; known are"),
        ({"facilities.line.makes.chip.inputs.acid.criticality": "x 0.5"}, "is not a criticality"),
        ({"events.more.date": "x 2"}, "'x 2' does not shift 2019-07-04 by whole days; write for example '+30 days'"),
        ({"events.more.date": "+1 month"}, "'+1 month' does not shift 2019-07-04 by whole days"),
        ({"facilities.*.makes.*.cycle_time": "+5 days"}, "'+5 days' changes an inherited value, and 2 of 3 places have none"),
    ],
)  # fmt: skip
def test_what_cannot_change_says_what_to_write(change: dict[str, Any], words: str) -> None:
    text = said(COVERED, change)
    assert words in text
    assert text.startswith(f"with_:{next(iter(change))}")


def test_a_word_refuses() -> None:
    path = "facilities.line.makes.chip.inputs.acid.criticality"
    text = said(COVERED.with_({path: "important"}), {path: "x 0.5"})
    assert (
        "'x 0.5' changes a number or a date, and what is inherited is 'important'; write the new value"
        in text
    )


def test_a_share_of_100_percent_is_not_cut() -> None:
    scenario = from_tree(chain(uncertain={DENIAL: ranged("20 %", "90 %")})).with_({DENIAL: "30 %", f"uncertain.{DENIAL}": ranged("20 %", "90 %")})  # fmt: skip
    text = said(scenario, {DENIAL: "+20 points"})
    assert "'+20 points' takes high of its range from 90 % to 110 %: '110 %' is not between 0 and 1" in text


def test_shares_of_a_stock_ask_for_the_rest() -> None:
    scenario = from_tree(chain(alternative=True)).with_({
        "links.acid/plant-line.share": 0.6, "links.acid/spare-line.share": 0.4,
    })  # fmt: skip
    text = said(scenario, {"links.acid/plant-line.share": "+10 points"})
    assert text.endswith("; write the rest, 0.3, for the others: acid/spare-line 0.3")
    both = {"links.acid/plant-line.share": "+10 points", "links.acid/spare-line.share": "-10 points"}
    assert value(scenario.with_(both), "links.acid/spare-line.share") == 0.3


# Layers -------------------------------------------------------------------------------------------


CHILD = """\
format: 1
extends: chain
facilities: {line: {stocks: {acid: {cover: +10 days}}}}
variants:
  half: {facilities.line.stocks.acid.cover: x 0.5}
"""


def test_layers_compound_in_order(library: pathlib.Path) -> None:
    """(30 + 10) x 0.5 + 2 = 22 days; the range of the library's chain goes along."""
    (library / "child.yaml").write_text(CHILD, encoding="utf-8")
    before = load("chain")
    scenario = load("child+half", changes={COVER: "+2 days"})
    assert value(before, COVER) == "30 days"
    assert value(scenario, COVER) == "22 days"
    assert value(scenario.with_({COVER: "+2 days"}).with_({COVER: "x 2"}), COVER) == "48 days"


def test_changes_of_one_layer_compound_in_the_order_written(library: pathlib.Path) -> None:
    (library / "parent.yaml").write_text(COVERED.to_yaml(), encoding="utf-8")
    lines = [f"{WILD}: +5 days\n", f"{COVER}: x 1.2\n"]
    found = {}
    for name, body in (("first", lines), ("turned", lines[::-1])):
        (library / f"{name}.yaml").write_text(
            "".join(["format: 1\nextends: parent\n", *body]), encoding="utf-8"
        )
        found[name] = value(load(name), COVER)
    assert found == {"first": "42 days", "turned": "41 days"}
    assert value(COVERED.with_({WILD: "+5 days", COVER: "x 1.2"}), COVER) == "42 days"
    nested = "facilities: {line: {stocks: {acid: {cover: x 1.2}}}}\n"
    (library / "nested.yaml").write_text(f"format: 1\nextends: parent\n{lines[0]}{nested}", encoding="utf-8")
    assert value(load("nested"), COVER) == "41 days"


def test_it_hashes_as_the_same_result_written_out() -> None:
    moved = COVERED.with_({COVER: "+5 days"})
    written = COVERED.with_(
        {COVER: "35 days", f"uncertain.{COVER}": {"low": "25 days", "mode": "35 days", "high": "65 days"}}
    )
    assert moved.hash == written.hash != COVERED.hash
    wild = from_tree(chain(uncertain={WILD: RANGE}))
    alone = {COVER: "35 days", f"uncertain.{COVER}": ranged("25 days", "65 days", "35 days")}
    assert wild.with_({COVER: "+5 days"}).hash == wild.with_(alone).hash


def test_one_member_of_a_wildcard_moves_alone_and_all_move_together() -> None:
    wild = from_tree(chain(uncertain={WILD: RANGE}))
    alone = wild.with_({COVER: "+5 days"})
    assert range_(alone, COVER) == {"low": "25 days", "mode": "35 days", "high": "65 days"}
    assert alone.tree["uncertain"][WILD] == RANGE
    together = wild.with_({WILD: "+5 days"})
    assert list(together.tree["uncertain"]) == [WILD]
    assert range_(together, WILD) == {"low": "25 days", "mode": "35 days", "high": "65 days"}


def test_a_draw_that_is_shared_stays_shared() -> None:
    """One draw for all covers: whoever moves keeps it, so that the move is the same in every replication."""
    once = from_tree(chain(uncertain={WILD: {**RANGE, "draw": "once"}}))
    alone = once.with_({COVER: "+5 days"})
    assert alone.tree["uncertain"][COVER]["draw"] == WILD
    one, other = (sim.run(s, replications=8, jobs=1).arrays["draws"] for s in (once, alone))
    assert other.shape == (8, 2)
    assert other[:, 1] == pytest.approx(one[:, 0] + 5.0) or other[:, 0] == pytest.approx(one[:, 0] + 5.0)
    factor = from_tree(chain(uncertain={WILD: ranged(0.5, 2, 1, **{"as": "factor", "draw": "once"})}))
    both = factor.with_({WILD: "+5 days"}).tree["uncertain"]
    assert [both[path]["draw"] for path in both if path != WILD] == [WILD, WILD]


# Values written anew ------------------------------------------------------------------------------


def test_a_value_and_its_own_range_in_one_child_stay(library: pathlib.Path) -> None:
    """Of a parent with a wildcard, a longer wildcard, or a range of its own; as a map and as dotted keys."""
    own = "{low: 35 days, mode: 40 days, high: 50 days, source: estimate}"
    for name, parent in (("wild", WILD), ("longer", "facilities.l*.stocks.acid.cover"), ("named", COVER)):
        world_ = chain(uncertain={parent: RANGE})
        (library / f"{name}.yaml").write_text(sim.scenario.yaml_files.to_yaml(world_), encoding="utf-8")
        for form in (
            f"facilities: {{line: {{stocks: {{acid: {{cover: 40 days}}}}}}}}\nuncertain: {{{COVER}: {own}}}\n",
            f"{COVER}: 40 days\nuncertain.{COVER}: {own}\n",
        ):
            (library / "own.yaml").write_text(f"format: 1\nextends: {name}\n{form}", encoding="utf-8")
            got = load("own")
            assert value(got, COVER) == "40 days"
            assert not got.document.uncertain[COVER].fixed
            assert got.document.uncertain[COVER].high == "50 days"


def test_a_range_equal_to_the_inherited_one_counts_as_written() -> None:
    assert (
        "fixed"
        not in COVERED.with_({COVER: "40 days", f"uncertain.{COVER}": dict(RANGE)}).tree["uncertain"][COVER]
    )


def test_a_range_written_over_a_certain_value_draws_again() -> None:
    for path in (COVER, WILD):
        certain = from_tree(chain(uncertain={path: RANGE})).with_({f"uncertain.{COVER}": {"fixed": True}})
        assert certain.document.uncertain[COVER].fixed
        assert not certain.with_({f"uncertain.{COVER}": dict(RANGE)}).document.uncertain[COVER].fixed


def test_fixed_false_keeps_the_range() -> None:
    for path in (COVER, WILD):
        kept = from_tree(chain(uncertain={path: RANGE})).with_(
            {COVER: "40 days", f"uncertain.{COVER}": {"fixed": False}}
        )
        entry = kept.document.uncertain[COVER]
        assert (entry.fixed, entry.low, entry.high) == (False, "20 days", "60 days")
    ended = COVERED.with_({COVER: "40 days"})
    assert ended.document.uncertain[COVER].fixed
    assert ended.with_({f"uncertain.{COVER}.fixed": False}).document.uncertain[COVER].high == "60 days"


@pytest.mark.parametrize("change", [{WILD: "40 days"}, {"facilities.line.stocks.acid": {"cover": "40 days"}}])
def test_a_wildcard_or_a_map_ends_named_ranges_too(change: dict[str, Any]) -> None:
    """Before, the range went on and what was written changed nothing."""
    assert COVERED.with_(change).document.uncertain[COVER].fixed


def test_what_was_replaced_travels(library: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (library / "ranged.yaml").write_text(sim.scenario.yaml_files.to_yaml(chain(uncertain={COVER: RANGE})), encoding="utf-8")  # fmt: skip
    text = f"format: 1\nextends: ranged\nvariants: {{more: {{{COVER}: 50 days}}}}\n{COVER}: 40 days\n"
    (library / "anew.yaml").write_text(text, encoding="utf-8")
    for scenario in (load("anew"), load("anew+more"), load("anew").with_({COVER: "x 2"})):
        entry = scenario.tree["uncertain"][COVER]
        assert entry["fixed"] and entry["replaced"]["high"] == "60 days"
    (tmp_path / "alone.yaml").write_text(load("anew").to_yaml(), encoding="utf-8")
    alone = load(tmp_path / "alone.yaml")
    assert alone.tree["uncertain"][COVER]["replaced"]["high"] == "60 days"
    assert alone.hash == load("anew").hash


@pytest.mark.parametrize("null", ["+0 days", "-0 weeks", "x 1", "+0 %", "x 100 %"])
@pytest.mark.parametrize("path", [COVER, WILD, "links.*.lead_time"])
def test_a_change_that_changes_nothing_changes_nothing(path: str, null: str) -> None:
    factor = ranged(0.5, 1.5, 1) | {"as": "factor"}
    world = from_tree(chain(uncertain={WILD: factor, "links.*.lead_time": factor}))
    assert world.with_({path: null}).tree == world.tree


def test_a_null_change_in_a_wrong_unit_is_a_mistake() -> None:
    assert "'+0 t' cannot be added to '30 days'" in said(COVERED, {COVER: "+0 t"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("* 1,2", "'1,2' is not a number as numbers are written here; write '* 1.2'"),
        ("x 1,2", "'1,2' is not a number as numbers are written here; write 'x 1.2'"),
        ("+5,5 days", "'5,5 days' is not a number as numbers are written here; write '+5.5 days'"),
        ("+1.000 days", "'1.000 days' may be read in two ways; write '+1000 days' or '+1 days'"),
        ("-1,000 days", "'1,000 days' may be read in two ways; write '-1000 days' or '-1 days'"),
        ("x 1.2 days", "'x 1.2 days' multiplies by an amount; write 'x 1.2', or '+1.2 days' for a sum"),
    ],
)
def test_a_wrong_number_of_a_change_is_told(change: str, words: str) -> None:
    text = said(COVERED, {COVER: change})
    assert words in text and "none is written here" not in text


def test_a_number_of_a_range_of_factors_changes_as_a_factor() -> None:
    factor = ranged(0.5, 1.5, 1) | {"as": "factor"}
    world = from_tree(chain(uncertain={COVER: factor}))
    changed = world.with_({f"uncertain.{COVER}.low": "+0.1", f"uncertain.{COVER}.high": "x 2"})
    assert {key: range_(changed)[key] for key in ("low", "mode", "high")} == {
        "low": 0.6,
        "mode": 1,
        "high": 3,
    }
    assert "takes 0.5 to -0.5" in said(world, {f"uncertain.{COVER}.low": "-1"})


def test_one_number_of_a_range_in_a_child_is_laid_over_the_inherited_range(library: pathlib.Path) -> None:
    (library / "parent.yaml").write_text(COVERED.to_yaml(), encoding="utf-8")
    body = f"format: 1\nextends: parent\nuncertain:\n  {COVER}: {{low: 22 days}}\n"
    (library / "child.yaml").write_text(body, encoding="utf-8")
    child = load("child")
    assert range_(child) == {"low": "22 days", "mode": "30 days", "high": "60 days"}
    assert child.hash == COVERED.with_({f"uncertain.{COVER}.low": "22 days"}).hash


def test_a_change_that_multiplies_0_is_told() -> None:
    denial = "regimes.individual.denial"
    terms = {"review": "90 days", "denial": {"acid": 0.0, "other": "0 %"}}
    world = from_tree(chain(regimes={"individual": terms}))
    with pytest.raises(ScenarioError, match=r"'\+30 %' of 0 is 0.*write '30 %', or '\+30 points'"):
        world.with_({denial: "+30 %"})
    with pytest.raises(ScenarioError, match=r"'x 1.2' of 0 is 0"):
        world.with_({f"{denial}.*": "x 1.2"})
    some = world.with_({f"{denial}.acid": "10 %"})
    assert some.with_({denial: "+30 %"}).document.regimes["individual"].denial["acid"] == pytest.approx(0.13)
