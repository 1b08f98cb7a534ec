"""The words of messages about values of the wrong shape: what is wrong, and what to write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.errors import did_you_mean, quoted
from sim.scenario.paths import Path

EXAMPLES = {
    "after": "after: 47 days",
    "allow": "allow: 30 % of baseline",
    "amount": "amount: 145 t",
    "at": "at: fab",
    "below": "below: 15 days",
    "capacity": "capacity: 400000 wafer/month",
    "country": "country: KR",
    "cover": "cover: 30 days",
    "cover_below": "cover_below: 15 days",
    "demand": "demand: {dram/line: {at: line, material: dram, rate: 1000 wafer/month}}",
    "end": "end: 2020-12-31",
    "event": "event: curb",
    "facilities": "facilities: {plant: {firm: maker, country: JP, makes: {acid: {headroom: 10 %}}}}",
    "factor": "factor: 1.2",
    "firm": "firm: maker",
    "format": "format: 1",
    "from": "from: plant",
    "hs": 'hs: "281111"',
    "lead_time": "lead_time: 7 days",
    "material": "material: hf_liquid",
    "materials": "materials: {hf_liquid: {title: Hydrogen fluoride, unit: t}}",
    "max": "max: 1.2",
    "max_share": "max_share: 30 %",
    "per_unit": "per_unit: 3 kg",
    "price": "price: 1450 USD/t",
    "rate": "rate: 360000 wafer/month",
    "regime": "regime: individual",
    "role": "role: treatment",
    "run": "run: {start: 2019-01-01, end: 2020-12-31}",
    "saving": "saving: 10 %",
    "select": "select: {material: hf_liquid, from: JP, to: KR}",
    "share": "share: 0.4",
    "start": "start: 2019-01-01",
    "target": "target: +35 days",
    "time": "time: 180 days",
    "title": "title: Customs statistics",
    "to": "to: fab",
    "unit": "unit: t",
}


def word(
    kind: str,
    name: str,
    path: Path,
    item: Any,
    message: str = "",
    known: Iterable[str] = (),
) -> tuple[str, str]:
    """Return what is wrong and what to write for one error of pydantic.

    Examples
    --------
    >>> word("missing", "cover", ("cover",), None)
    ('cover is missing', 'write cover: 30 days')
    """
    example = EXAMPLES.get(name, "")
    if kind == "missing":
        return f"{name} is missing", f"write {example or name + ': ...'}"
    if kind == "extra_forbidden":
        return f"unknown key '{name}'", did_you_mean(name, known)
    if "is not a quantity" in message and isinstance(item["input"], dict):
        return f"{name} is a map, not one value", "write one value; ranges stand under uncertain:"
    if message:
        wrong, _, remedy = message.partition("; ")
        return wrong, remedy or (f"write {example}" if example else "see scenarios/README.md")
    given = item.get("input") if item else None
    return _typed(kind, name, given, item.get("ctx", {}) if item else {}, example)


def _typed(kind: str, name: str, given: Any, context: Any, example: str) -> tuple[str, str]:
    if kind == "literal_error":
        allowed = [
            part.strip().strip("'") for part in str(context["expected"]).replace(" or ", ",").split(",")
        ]
        return f"{name} is {shown(given)}", did_you_mean(str(given), allowed)
    if kind == "string_type":
        if isinstance(given, int | float) and not isinstance(given, bool):
            return f"{name} is the number {given}, not text", f'put it in quotes: {name}: "{given}"'
        return f"{name} is {shown(given)}, not text", f"write {example or name + ': text'}"
    if kind == "string_pattern_mismatch" and name == "country":
        return f"'{given}' is not a country code", "write two capital letters (ISO 3166), for example KR"
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return f"{name} is {shown(given)}, not a whole number", f"write for example {name}: 200"
    if kind in ("float_parsing", "float_type"):
        return f"{name} is {shown(given)}, not a number", f"write for example {name}: 0.5"
    if kind in ("bool_parsing", "bool_type"):
        return f"{name} is {shown(given)}", "write true or false"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{name} is {shown(given)}, not a map", f"write {example or 'its fields, each with a colon'}"
    if kind == "tuple_type":
        return (
            f"{name} is {shown(given)}",
            f"write a name or a list of names, for example [{name}_a, {name}_b]",
        )
    if kind == "finite_number":
        return f"{name} is {shown(given)}, which is not finite", f"write {example or 'a finite number'}"
    bounds = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}
    if kind in bounds:
        words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}[bounds[kind]]
        return f"{name} is {shown(given)}", f"write {words} {context[bounds[kind]]:g}"
    return f"{name} is {shown(given)}, which does not fit here", f"write {example}" if example else ""


def shown(given: Any) -> str:
    """Return a value as messages about its shape show it: numbers as they are, all else as `quoted` does."""
    text = quoted(given)
    return text.strip("'") if isinstance(given, int | float) else text
