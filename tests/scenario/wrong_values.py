"""Wrong values for every field of a kind of event, found by walking its pydantic model."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

import annotated_types
from pydantic import BaseModel, BeforeValidator

from sim.scenario.paths import Path, get
from sim.scenario.schema import field_types
from sim.scenario.schema.events import Place
from sim.scenario.schema.lookup import KINDS, Node
from sim.scenario.schema.lookup import fields as fields_of
from sim.scenario.schema.sections import Names

Tree: TypeAlias = dict[str, Any]
Field: TypeAlias = tuple[Any, ...]  # the model that has the field, and the name of the field
NOT_HERE = {"kind", "source", "title", "note", "status", "provenance"}  # not what a kind is about
FALLING = {"low": "9 days", "high": "2 days"}
WITHOUT_UNIT = {"low": "2 days", "high": 9}


def _reader(alias: Any) -> Any:
    """Return the function that reads a type of field."""
    return next((part.func for part in _metadata(alias) if isinstance(part, BeforeValidator)), None)


def _metadata(alias: Any) -> Iterator[Any]:
    yield from getattr(alias, "__metadata__", ())
    if typing.get_origin(alias) in (Annotated, typing.Union, types.UnionType):
        for part in typing.get_args(alias):
            yield from _metadata(part)


WRONG: dict[Any, list[Any]] = {
    _reader(field_types.Days): [
        "soon",
        30,
        "3 t",
        "-3 days",
        "1e999 days",
        "+3 days",
        "x 2",
        "1.000 days",
        "1,5 days",
        "101 years",
    ],
    _reader(field_types.DaysLaw): ["soon", 30, "3 t", "-3 days", FALLING, WITHOUT_UNIT, {"law": "gamma"}],
    _reader(field_types.Fraction): ["much", "3 days", 1.5, "130 %", -0.1, "-5 %", "+5 %", "+5 points"],
    _reader(field_types.FactorField): ["much", "3 days", -0.1, "-5 %", "x 2", 120, 1e300],
    _reader(field_types.RateField): [
        "much",
        5,
        "5 t",
        "-5 t/month",
        "+5 t/month",
        "1,500 t/month",
        "1 000 t/month",
    ],
    _reader(field_types.PerTime): ["much", 0.2, "20 %", "-0.2/year", "3 t/year"],
    _reader(field_types.PriceField): ["much", 5, "5 USD", "-5 USD/t"],
    _reader(field_types.Date): ["soon", "4/7/2019", "2019-02-30", 30],
    _reader(field_types.Level): ["much", 200, 200.5, "30 %", "-3 days", "-200 t", "+200 t"],
    _reader(field_types.Target): ["much", 35, 35.5, "+20 %", "3 t", "x 1.2"],
    _reader(field_types.Allowance): [
        "much",
        30,
        "30 %",
        "30 of baseline",
        "-900 t",
        "-5 % of baseline",
        "x 2",
    ],
    _reader(field_types.Number): ["many", True],
    _reader(field_types.Whole): ["many", True, 1.0, "1.000", "1,5", "+5", "x 2"],
    _reader(field_types.Lot): ["soon", 30, "-3 days"],
    _reader(field_types.Reorder): ["soon", 30, "-3 days"],
    _reader(Names): [5, {"acid": 1}],
    _reader(field_types.Country): ["Atlantis", 5, True],
    _reader(field_types.Countries): ["Atlantis", {"KR": 1}],
}
PLAIN: dict[Any, list[Any]] = {bool: ["perhaps", 3], str: [5, ["a", "b"]]}


def wrong_values(events: list[Tree]) -> Iterator[tuple[int, Path, Any]]:
    """Yield (number of the event to break, path in it, wrong value) for every field of every kind.

    A field that is shared by kinds is broken in each of them; what lies below it (the parts of a selection,
    of a stage) once, in the first event that has it.
    """
    seen: set[Field] = set()
    for number, event in enumerate(events):
        for path, field, annotation, metadata in _walk(Node(model=KINDS[event["kind"]]), (), (), event):
            if field in seen or path[0] in NOT_HERE:
                continue
            seen.add(field)
            for value in _wrong(annotation, metadata):
                yield number, path, value


def _walk(node: Node, path: Path, field: Field, event: Tree) -> Iterator[tuple[Path, Field, Any, Any]]:
    """Yield every field that could stand in an event: its path, what tells it from others, its type."""
    given = get(event, path) if path else event
    if not isinstance(given, dict):
        return
    if node.model is not None:
        for name, below in fields_of(node.model).items():
            assert below.field is not None
            yield (*path, name), (node.model, name), below.field.annotation, below.field.metadata
            yield from _walk(below, (*path, name), (node.model, name), event)
        return
    first = next(iter(given), "")
    if node.each is not None and first:
        yield (*path, first), (*field, "*"), node.each, []
        yield from _walk(Node(model=node.each), (*path, first), (*field, "*"), event)
    elif node.field is not None and typing.get_origin(node.field.annotation) is dict and first:
        yield (*path, first), (*field, "*"), typing.get_args(node.field.annotation)[1], []


def _wrong(annotation: Any, metadata: list[Any]) -> Iterator[Any]:
    """Yield values that a field of a type must refuse."""
    field = Annotated[annotation, *metadata] if metadata else annotation
    reader = _reader(field)
    bare = _bare(annotation)
    if bare is Place:
        yield 5  # a name or a list of names is a country
    elif isinstance(bare, type) and issubclass(bare, BaseModel):
        yield from (["a list"], 5)
    elif typing.get_origin(bare) is dict:
        yield from ("text", ["a list"])
    elif typing.get_origin(bare) is Literal:
        yield from ("no_such", 5)
    else:
        yield from WRONG[reader] if reader else PLAIN[bare]
        yield from [1.5] if bare is int else []
    yield from _beyond(_metadata(field), reader)


def _bare(annotation: Any) -> Any:
    """Return a type without None and without what pydantic adds to it."""
    while typing.get_origin(annotation) in (Annotated, typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        annotation = parts[0]
    return annotation


def _beyond(metadata: Iterator[Any], reader: Any) -> Iterator[Any]:
    """Yield values just beyond the bounds of a field, in its unit."""
    unit = " days" if reader is _reader(field_types.Days) else ""
    for bound in metadata:
        for name, step in (("gt", 0), ("ge", -1), ("lt", 0), ("le", 1)):
            for part in getattr(bound, "metadata", [bound]):
                if isinstance(part, annotated_types.BaseMetadata) and hasattr(part, name):
                    value = getattr(part, name) + step
                    yield f"{value}{unit}" if unit else value
