"""The words of messages about values of the wrong shape: what is wrong, and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sim.errors import did_you_mean, quoted
from sim.scenario.paths import Path
from sim.scenario.schema.lookup import fields_at
from sim.scenario.yaml_files import yaml_text

BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}

OTHER_WORDS = {  # what other programs call a field
    **dict.fromkeys(("start", "begin", "start_date", "day"), "date"),
    **dict.fromkeys(("end", "end_date", "stop", "duration"), "until"),
    **dict.fromkeys(("sd", "std", "stdev", "sigma"), "cv"),
    **dict.fromkeys(("name", "label"), "title"),
    **dict.fromkeys(("comment", "comments", "remark", "description"), "note"),
    **dict.fromkeys(("inventory", "inventories"), "stocks"),
    **dict.fromkeys(("products", "produces", "outputs"), "makes"),
    **dict.fromkeys(("min", "lower"), "low"),
    **dict.fromkeys(("max", "upper"), "high"),
    **dict.fromkeys(("supplier", "source_facility"), "from"),
    **dict.fromkeys(("buyer", "customer"), "to"),
    **dict.fromkeys(("lead", "leadtime", "delay", "transit"), "lead_time"),
    **dict.fromkeys(("owner", "company"), "firm"),
    **dict.fromkeys(("quantity", "volume"), "amount"),
}


def explain(
    kind: str, name: str, path: Path, item: Any, message: str = "", known: Iterable[str] = ()
) -> tuple[str, str]:
    """Return what is wrong and what to write for one error of pydantic.

    Examples
    --------
    >>> explain("missing", "cover", ("facilities", "line", "stocks", "acid", "cover"), None)
    ('cover is missing', 'write cover: 30 days')
    """
    example = example_of(path)
    if kind == "extra_forbidden" and name == "select" and len(path) == 3:
        return "this kind acts on no part of the network", "remove select"
    if kind == "missing":
        return f"{name} is missing", f"write {example or name + ': ...'}"
    if kind == "extra_forbidden":
        known = tuple(known)
        other = OTHER_WORDS.get(name.lower(), "")
        return f"unknown key '{name}'", did_you_mean(other if other in known else name, known)
    if message.startswith("a map is not a"):
        like = f", for example {example}" if example and "{" not in example else ""
        return f"{name} is a map, not one value", f"write one value{like}; ranges stand under uncertain:"
    if message:
        wrong, _, remedy = message.partition("; ")
        return wrong, remedy or (f"write {example}" if example else "see scenarios/README.md")
    given = item.get("input") if item else None
    return _typed(kind, path, given, item.get("ctx", {}) if item else {}, example)


def example_of(path: Path) -> str:
    """Return an example of the field at a path, or of the map that it is an entry of.

    Examples
    --------
    >>> example_of(("events", "curb", "after"))
    'after: {event: curb, lag: 10 days}'
    """
    above = _example(path[:-1])
    return _example(path) or (above if ": {" in above else "")


def _example(path: Path) -> str:
    """Return the example that stands on a field; nothing where kinds of events differ about it."""
    texts = {yaml_text(info.examples[0]) for info in fields_at(path) if info.examples}
    return f"{path[-1]}: {texts.pop()}" if len(texts) == 1 else ""


def _typed(kind: str, path: Path, given: Any, context: Any, example: str) -> tuple[str, str]:
    name = path[-1]
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        only = f"write {name}: {allowed[0]}, or leave it out" if len(allowed) == 1 else ""
        return f"{name} is {shown(given)}", only or did_you_mean(str(given), allowed)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if kind in ("string_type", "tuple_type") and is_number:
        text = str(getattr(given, "text", given))
        code = re.sub(r"\.0*$", "", text)  # a code that a spreadsheet took for a number
        return f"{name} is the number {text}, not text", f'put it in quotes: {name}: "{code}"'
    if kind == "string_type":
        return f"{name} is {shown(given)}, not text", f"write {example or name + ': text'}"
    if kind == "too_short":
        return f"{name} names too few", f"write {example}" if example else "write more of them"
    if kind in ("int_parsing", "int_type", "int_from_float") and path[-2:-1] == ("season",):
        remedy = "write the number of the month, 1 to 12, as in season: {11: 1.1}"
        return f"{name} is not the number of a month", remedy
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return f"{name} is {shown(given)}, not a whole number", f"write for example {name}: 3"
    if kind in ("float_parsing", "float_type"):
        return f"{name} is {shown(given)}, not a number", f"write for example {name}: 0.5"
    if kind in ("bool_parsing", "bool_type"):
        return f"{name} is {shown(given)}", "write true or false"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        pair = re.fullmatch(r"(\w+)\s*[:=]\s*(.+)", given) if isinstance(given, str) else None
        if pair:
            return f"{name} is {shown(given)}, not a map", f"write a colon and a blank: {pair[1]}: {pair[2]}"
        return f"{name} is {shown(given)}, not a map", f"write {example or 'its fields, each with a colon'}"
    if kind == "tuple_type":
        remedy = f"write a name or a list of names, for example [{name}_a, {name}_b]"
        return f"{name} is {shown(given)}", remedy
    if kind == "finite_number":
        return f"{name} is {shown(given)}, which is not finite", f"write {example or 'a finite number'}"
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        return f"{name} is {shown(given)}", f"write {words} {context[bound]:.15g}"
    remedy = f"write {example}" if example else "see scenarios/README.md"
    return f"{name} is {shown(given)}, which does not fit here", remedy


def shown(given: Any) -> str:
    """Return a value as messages about its shape show it: numbers as they are, all else as `quoted` does."""
    text = quoted(given)
    return text.strip("'") if isinstance(given, int | float) else text
