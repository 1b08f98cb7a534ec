"""Each mistake in each kind of event: one message, at the right place, with what to write instead.

The events are those of the reference, so that a new kind is covered once the reference shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from sim.scenario.paths import Path, put
from sim.scenario.schema.lookup import KINDS, fields
from tests.scenario.examples import Bench, Example, Tree, examples, first_of
from tests.scenario.wrong_values import wrong_values

Breaks: TypeAlias = Callable[..., None]
OTHER = "zz_other"
TRIGGERS = ("date", "after", "when")
SELECTING = [kind for kind in KINDS if "select" in fields(KINDS[kind])]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Bench(tmp_path_factory.mktemp("kinds"), monkeypatch)


@pytest.fixture
def breaks(bench: Bench) -> Breaks:
    """Return a check that a broken event gives one problem, in a field and with certain words."""

    def check_one(example: Example, changed: Tree, path: Path, *words: str, **others: Tree) -> None:
        found = bench.problems(example, changed, **others)
        assert len(found) == 1, "\n".join(map(str, found)) or "nothing was reported"
        expected = ("events", example.name, *path)
        assert tuple(found[0].path.split("."))[: len(expected)] == expected, found[0]
        for word in words:
            assert re.search(word, f"{found[0].wrong}; {found[0].remedy}", re.IGNORECASE), found[0]
        assert found[0].remedy, found[0]

    return check_one


def without(event: Tree, *names: str) -> Tree:
    return {key: value for key, value in event.items() if key not in names}


def other(example: Example, **more: Any) -> Tree:
    """Return an event for the example to wait for; both are in the baseline, or neither is."""
    role = example.event.get("role", "treatment")
    return {"kind": "condition", "role": role, "date": "2019-01-01", "source": "press", **more}


@every_kind
def test_the_example_itself_is_fine(bench: Bench, kind: str) -> None:
    assert bench.problems(first_of(kind), first_of(kind).event) == []


@every_kind
def test_until_before_date(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    dated = {**without(example.event, "when"), "until": "2000-01-01"}
    if "after" not in dated:
        dated["date"] = "2019-07-04"
    breaks(example, dated, ("until",), "ends on 2000-01-01", "later date")


@every_kind
def test_probability_over_1(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    breaks(example, {**example.event, "probability": 1.5}, ("probability",), "'1.5' is not between 0 and 1")


@pytest.mark.parametrize("kind", SELECTING)
def test_selection_that_matches_nothing(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    nothing = {"facility": "plant", "except": {"facility": "plant"}}
    breaks(example, {**example.event, "select": nothing}, ("select",), "matches no ")


@pytest.mark.parametrize("kind", SELECTING)
def test_selection_of_an_unknown_name(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    wrong = {**example.event, "select": {"material": "acidd"}}
    breaks(example, wrong, ("select", "material"), "unknown material 'acidd'", "did you mean 'acid'")


@pytest.mark.parametrize("kind", SELECTING)
def test_selection_of_an_unknown_country(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    wrong = {**example.event, "select": {"from": "Atlantis"}}
    breaks(example, wrong, ("select", "from"), "'Atlantis'", "write two capital letters")


@every_kind
def test_after_an_event_that_does_not_exist(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    waiting = {**without(example.event, *TRIGGERS), "after": {"event": "no_such"}}
    breaks(example, waiting, ("after", "event"), "unknown event 'no_such'")


@every_kind
def test_two_events_that_wait_for_each_other(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    waiting = {**without(example.event, *TRIGGERS), "after": {"event": OTHER}}
    answer = without(other(example, after={"event": example.name}), "date")
    circle = f"{example.name} -> {OTHER} -> {example.name}"
    breaks(example, waiting, ("after",), f"circle: {circle}", "give one of them a date", **{OTHER: answer})


@every_kind
def test_two_triggers(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    after = example.event.get("after", {"event": OTHER})
    twice = {**without(example.event, "when"), "date": "2019-07-04", "after": after}
    breaks(example, twice, (), "it has date and after", "exactly one of", **{OTHER: other(example)})


@every_kind
def test_no_trigger(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    if kind != "retaliation":  # answers an event in any case
        breaks(example, without(example.event, *TRIGGERS), (), "it has no date", "exactly one of")


@every_kind
def test_unknown_field(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    wrong = {**example.event, "probabilty": 0.5}
    breaks(example, wrong, ("probabilty",), "unknown key 'probabilty'", "did you mean 'probability'")


@every_kind
def test_misspelt_field_is_reported_once(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    for name in without(example.event, "kind"):
        wrong = {f"{key}x" if key == name else key: value for key, value in example.event.items()}
        breaks(example, wrong, (f"{name}x",), f"unknown key '{name}x'", f"did you mean '{name}'")


@every_kind
def test_missing_source(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    breaks(example, without(example.event, "source"), (), "names no source", "write source:")


@every_kind
def test_unknown_source(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    breaks(example, {**example.event, "source": "pres"}, ("source",), "'pres'", "did you mean 'press'")


@every_kind
@pytest.mark.parametrize("field", ["role", "draw"])
def test_unknown_choice(breaks: Breaks, kind: str, field: str) -> None:
    example = first_of(kind)
    breaks(example, {**example.event, field: "no_such"}, (field,), f"{field} is 'no_such'")


@every_kind
def test_missing_field(breaks: Breaks, kind: str) -> None:
    example = first_of(kind)
    for name, node in fields(KINDS[kind]).items():
        if node.field is not None and node.field.is_required() and name != "kind":
            breaks(example, without(example.event, name), (name,), f"{name} is missing; write {name}: ")


CASES = list(wrong_values([example.event for example in examples()]))


@pytest.mark.parametrize(
    ("number", "path", "value"),
    CASES,
    ids=[f"{examples()[number].kind}-{'.'.join(path)}-{value}"[:60] for number, path, value in CASES],
)
def test_wrong_value(breaks: Breaks, number: int, path: Path, value: Any) -> None:
    example = examples()[number]
    breaks(example, put(example.event, path, value), path, named(path, value))


def named(path: Path, value: Any) -> str:
    """Return a pattern of what a message about a value may name: the value, the field, or a part of it."""
    keys = [*value, *map(str, value.values())] if isinstance(value, dict) else [str(value).lower()]
    return "|".join(re.escape(word) for word in (path[-1], *keys))


def test_there_are_wrong_values_for_every_kind() -> None:
    assert {examples()[number].kind for number, *_ in CASES} == set(KINDS)
