"""What the schema knows at a path: which fields there are, and how one of them is read."""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sim.scenario.paths import Path
from sim.scenario.schema import document, events
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import KINDS
from sim.scenario.yaml_files import parse


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place in the schema: a model, a keyed map of models, or a plain value. Each field has one node."""

    model: type[BaseModel] | None = None
    each: type[BaseModel] | None = None
    field: FieldInfo | None = None

    @property
    def is_value(self) -> bool:
        """Tell whether it is a plain value."""
        return self.model is None and self.each is None


ROOT = Node(model=document.Document)


@functools.cache
def fields(model: type[BaseModel]) -> dict[str, Node]:
    """Return the fields of a model by the names they have in files."""
    return {info.alias or name: _node(info) for name, info in model.model_fields.items()}


def short_field(node: Node | None) -> str | None:
    """Return the field that a bare value in place of a map gives: `from: JP` is `from: {country: JP}`."""
    return events.SHORT_PLACE if node is not None and node.model is events.Place else None


def factor_node() -> Node:
    """Return what the schema knows of a factor, such as the numbers of a range that multiplies a value."""
    return fields(events.CapacityEvent)["factor"]


def _node(info: FieldInfo) -> Node:
    kind = _without_none(info.annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return Node(model=kind, field=info)
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is dict and len(arguments) == 2:
        if arguments[1] is events.AnyEvent:
            return Node(each=events.Event, field=info)
        if isinstance(arguments[1], type) and issubclass(arguments[1], BaseModel):
            return Node(each=arguments[1], field=info)
    return Node(field=info)


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation


def below(node: Node, key: str, value: object) -> Node | None:
    """Return what the schema knows one key further down, where the tree holds `value`."""
    if node.each is events.Event and isinstance(value, dict):
        return _entry(KINDS.get(str(value.get("kind")), node.each))
    if node.each is not None:
        return _entry(node.each)
    return node if node.model is None else fields(node.model).get(key)


@functools.cache
def _entry(model: type[BaseModel]) -> Node:
    return Node(model=model)


def fields_at(path: Path) -> tuple[FieldInfo, ...]:
    """Return the fields that may stand at a path, as the kind of an event in it is open."""
    nodes = [ROOT]
    for key in path:
        nodes = [deeper for node in nodes for deeper in _deeper(node, key)]
    return tuple(node.field for node in nodes if node.field is not None)


def _deeper(node: Node, key: str) -> list[Node]:
    """Return what may stand one key further down; nothing below a plain value."""
    if node.each is events.Event:
        return [_entry(model) for model in KINDS.values()]
    if node.each is not None:
        return [_entry(node.each)]
    field = fields(node.model).get(key) if node.model is not None else None
    return [] if field is None else [field]


@functools.cache
def reader(node: Node) -> TypeAdapter[Any]:
    """Return the reader of a field."""
    info = node.field
    assert info is not None  # only entries of keyed maps and the root have no FieldInfo
    kind: Any = info.annotation
    for extra in info.metadata:
        kind = Annotated[kind, extra]
    return TypeAdapter(kind)


def written_default(node: Node) -> object:
    """Return the default of a field as a file would write it; None where it is no number.

    Examples
    --------
    >>> written_default(fields(document.Stock)["adjustment"])
    '7 days'
    """
    default = node.field.default if node.field is not None else None
    if isinstance(default, dict) and list(default) == ["other"]:
        default = default["other"]
    if isinstance(default, bool) or not isinstance(default, int | float):
        return None
    for text in (default, f"{default:g} days"):
        try:
            reader(node).validate_python(text)
        except ValidationError:
            continue
        return text
    return None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file form: everything but `format` may be left to the parent.

    Examples
    --------
    >>> json_schema()["required"]
    ['format']
    """
    made = Document.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "curbsim scenario"
    for kind in KINDS.values():
        made["$defs"][kind.__name__]["examples"] = [parse(kind.example, kind.__name__)[0].tree]
    return _optional(made)


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    """Make every field optional, allow `null` for it (it removes), and dotted paths at the top."""
    for model in schema.get("$defs", {}).values():
        if "kind" in model.pop("required", []):
            model["required"] = ["kind"]
        _nullable(model.get("properties", {}))
    _nullable({key: value for key, value in schema["properties"].items() if key != "format"})
    schema["required"] = ["format"]
    schema["patternProperties"] = {"^[^.]+[.].+$": {"description": "a path and its new value"}}
    return schema


def _nullable(properties: dict[str, Any]) -> None:
    for name, value in properties.items():
        if name in ("kind", "format"):
            continue
        entries = value.get("additionalProperties")
        if isinstance(entries, dict):
            value["additionalProperties"] = {"anyOf": [entries, {"type": "null"}]}
        properties[name] = {"anyOf": [value, {"type": "null"}]}
