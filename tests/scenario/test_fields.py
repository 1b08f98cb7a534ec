"""Titles and examples of fields stand on the fields: messages, names of values and the JSON Schema read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from sim.scenario import json_schema
from sim.scenario.schema.document import Document
from sim.scenario.schema.lookup import KINDS, Node, fields, reader
from sim.scenario.validation.messages import example_of


def models() -> list[type[BaseModel]]:
    """Return every class of the format."""
    known: dict[type[BaseModel], None] = {Document: None}
    for model in known.copy():
        known |= dict.fromkeys(below(model))
    while len(known) < len(known := known | dict.fromkeys(m for model in known for m in below(model))):
        pass
    return list(known)


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    if model is Document:
        yield from KINDS.values()
    for node in fields(model).values():
        yield from (
            inner for inner in (node.model, node.each) if inner is not None and inner in concrete(node)
        )


def concrete(node: Node) -> set[type[BaseModel]]:
    """Return the class of a node, unless it stands for all kinds of events."""
    return {model for model in (node.model, node.each) if model is not None and model.__name__ != "Event"}


EXAMPLES = [
    pytest.param(model, name, example, id=f"{model.__name__}.{name}")
    for model in models()
    for name, node in fields(model).items()
    if node.field is not None
    for example in node.field.examples or ()
]


@pytest.mark.parametrize(("model", "name", "example"), EXAMPLES)
def test_an_example_can_be_read(model: type[BaseModel], name: str, example: Any) -> None:
    reader(fields(model)[name]).validate_python(example)


def test_there_are_examples_for_most_fields_that_must_be_given() -> None:
    shown = {(param.values[0], param.values[1]) for param in EXAMPLES}
    required = {
        (model, name)
        for model in models()
        for name, node in fields(model).items()
        if node.field is not None and node.field.is_required() and name != "kind"
    }
    assert len(shown) > 100
    assert [f"{model.__name__}.{name}" for model, name in required - shown] == []


def test_the_json_schema_has_titles_and_examples() -> None:
    link = json_schema()["$defs"]["Link"]["properties"]
    assert {"title": "Largest share", "examples": ["30 %"]}.items() <= link["max_share"]["anyOf"][0].items()
    assert json_schema()["$defs"]["QuotaEvent"]["title"] == "Quota"
    assert json_schema()["$defs"]["QuotaEvent"]["examples"][0]["kind"] == "quota"


def test_an_example_on_which_kinds_of_events_differ_is_not_shown() -> None:
    assert example_of(("events", "curb", "until")) == ""
    assert example_of(("events", "curb", "steps")) == ""
    assert example_of(("events", "curb", "factor")) == "factor: 1.2"
