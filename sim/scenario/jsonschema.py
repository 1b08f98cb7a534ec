"""The JSON Schema of scenario files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from sim.scenario.events import KINDS
from sim.scenario.reading import parse
from sim.scenario.schema import Document


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
        kept = [name for name in model.pop("required", []) if name == "kind"]
        if kept:
            model["required"] = kept
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
