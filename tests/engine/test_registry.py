"""Every kind of event stands wherever kinds must stand, and nowhere else."""

from __future__ import annotations

import ast
import functools
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

import pytest

from sim.engine.events.registry import PROCESSES as PROCESSES
from sim.scenario import check, json_schema
from sim.scenario.schema.events import KINDS, Event, Timed
from sim.scenario.schema.looks import LOOKS
from sim.scenario.schema.lookup import fields
from sim.scenario.yaml_files import parse
from tests.oracle.replay import TAKEN_FROM_LOG
from tests.random_worlds import policy_world, random_world
from tests.scenario.examples import TEXT, WORLD, examples
from tests.scenario.wrong_values import wrong_values

ROOT = pathlib.Path(__file__).parents[2]
BROKEN = ROOT / "tests" / "scenario" / "broken"
HOMES = (
    "sim/scenario/schema/events.py",
    "sim/engine/events/registry.py",
)  # the classes, and the registry of processes
Kind = type[Timed]


def missing(kind: str, model: Kind) -> list[str]:
    """Return what a kind of event lacks, in words."""
    asked: dict[str, Callable[[str, Kind], bool]] = {
        "schema: the format does not accept it": in_schema,
        "title: its class has none": has_title,
        "example: its class has none that can be read": has_example,
        "registry: no row in sim/engine/events/registry.py": lambda kind, _: kind in PROCESSES,
        "process: no function in sim/engine": has_process,
        "figures: a regime that it gives to links has no look": has_looks,
        "steps: they change a field that it does not have": has_stepped,
        "oracle: it neither runs the kind nor says why it takes it from the log": in_oracle,
        "random worlds: none has it": lambda kind, _: kind in kinds_in(policy_world),
        "page: no example in scenarios/README.md": lambda kind, _: f"kind: {kind}" in TEXT,
        "broken file: none in tests/scenario/broken": lambda kind, _: kind in broken_kinds(),
        "wrong values: no example of the page to break": lambda kind, _: kind in kinds_with_wrong_values(),
    }
    return [words for words, present in asked.items() if not present(kind, model)]


@functools.cache
def accepted() -> frozenset[str]:
    """Return the kinds between which the JSON Schema of the format chooses."""
    event: Any = json_schema()["properties"]["events"]["additionalProperties"]["anyOf"][0]
    return frozenset(event["discriminator"]["mapping"])


def in_schema(kind: str, model: Kind) -> bool:
    return kind in accepted() and KINDS.get(kind) is model


def has_title(_: str, model: Kind) -> bool:
    return "title" in model.model_config and bool(model.__doc__)


def has_example(kind: str, model: Kind) -> bool:
    return bool(model.example) and example_of(model).kind == kind


def example_of(model: Kind) -> Any:
    layer, problems = parse(model.example, model.__name__)
    assert not problems
    return model.model_validate(layer.tree, by_alias=True, by_name=False)


def has_process(kind: str, _: Kind) -> bool:
    process = PROCESSES.get(kind)
    return process is not None and process.__module__.startswith("sim.engine.") and bool(process.__doc__)


def has_looks(kind: str, model: Kind) -> bool:
    """Tell whether figures can draw links under the kind, if it restricts trade."""
    if not model.restricts_trade:
        return True
    given = example_of(model).regimes if model.example else (kind,)
    return bool(given) and set(given) <= set(LOOKS)


def has_stepped(_: str, model: Kind) -> bool:
    return not model.stepped or {model.stepped, "steps"} <= set(fields(model))


def in_oracle(kind: str, _: Kind) -> bool:
    """Tell whether the oracle runs the kind in the random worlds of test_oracle.py, or says why it does not."""
    return (kind in kinds_in(random_world)) != (kind in TAKEN_FROM_LOG)


@functools.cache
def kinds_in(make: Callable[[int, int], dict[str, Any]]) -> frozenset[str]:
    return frozenset(event["kind"] for event in make(12, 1)["events"].values())


@functools.cache
def broken_kinds() -> frozenset[str]:
    texts = (path.read_text(encoding="latin-1") for path in BROKEN.glob("*.yaml"))
    return frozenset(kind for text in texts for kind in re.findall(r"\bkind: (\w+)", text))


@functools.cache
def kinds_with_wrong_values() -> frozenset[str]:
    return frozenset(examples()[number].kind for number, *_ in wrong_values([e.event for e in examples()]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_stands_wherever_kinds_must_stand(kind: str) -> None:
    assert missing(kind, KINDS[kind]) == []


def test_no_registry_has_a_kind_that_does_not_exist() -> None:
    assert set(PROCESSES) == set(KINDS) == accepted()
    assert set(TAKEN_FROM_LOG) < set(KINDS)


def test_the_walk_names_all_that_a_made_up_kind_lacks() -> None:
    assert accepted() == set(KINDS)  # the format as it is without the class below
    try:

        class MadeUpEvent(Event):
            restricts_trade: ClassVar[bool] = True
            stepped: ClassVar[str] = "strength"
            kind: Literal["made_up"]

        MadeUpEvent.__doc__ = None
        assert KINDS["made_up"] is MadeUpEvent
        named = [words.partition(":")[0] for words in missing("made_up", MadeUpEvent)]
    finally:
        KINDS.pop("made_up", None)
    assert named == [
        *("schema", "title", "example", "registry", "process", "figures", "steps"),
        *("oracle", "random worlds", "page", "broken file", "wrong values"),
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "retaliation"])
def test_the_example_of_a_kind_is_an_event_of_the_small_world(kind: str, tmp_path: pathlib.Path) -> None:
    """That of a retaliation answers an event that the small world does not have."""
    text = f"{WORLD}events:\n  example: {KINDS[kind].example}\n"
    (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
    assert [str(problem) for problem in check([tmp_path / "example.yaml"])] == []


@pytest.mark.parametrize(
    ("trait", "kinds"),
    [
        ("restricts_trade", {"licence", "embargo", "quota", "catch_all", "retaliation"}),
        ("makes_pool", {"quota", "retaliation"}),
        ("exposes", {"outage", "capacity", "demand"}),
    ],
)
def test_traits_are_those_of_the_model(trait: str, kinds: set[str]) -> None:
    assert {kind for kind, model in KINDS.items() if getattr(model, trait)} == kinds


def test_no_list_of_kinds_stands_outside_the_classes_and_the_registry() -> None:
    """Two names of kinds side by side, or two of their classes, are a list that a new kind would miss."""
    lists = [f"{path}: {text}" for path in sources() if path not in HOMES for text in lists_of_kinds(path)]
    assert lists == []


def sources() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "sim").rglob("*.py"))


def lists_of_kinds(path: str) -> Iterator[str]:
    """Yield the collections of a module that hold nothing but names or classes of kinds."""
    classes = {model.__name__ for model in KINDS.values()}
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            words = [e.value if isinstance(e, ast.Constant) else "" for e in node.elts]
            names = [e.id if isinstance(e, ast.Name) else "" for e in node.elts]
            if len(node.elts) > 1 and (set(words) <= set(KINDS) or set(names) <= classes):
                yield ast.unparse(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            ends = {name.id for name in (node.left, node.right) if isinstance(name, ast.Name)}
            if len(ends) > 1 and ends <= classes:
                yield ast.unparse(node)
