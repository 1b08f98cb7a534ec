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
    "between": "between: [JP, KR]",
    "capacity": "capacity: 400000 wafer/month",
    "countries": "countries: [KR]",
    "country": "country: KR",
    "covariates": "covariates: {staff: 0.5}",
    "cover": "cover: 30 days",
    "cover_below": "cover_below: 15 days",
    "cv": "cv: 0.4",
    "date": "date: 2019-07-04",
    "demand": "demand: {dram/line: {at: line, material: dram, rate: 1000 wafer/month}}",
    "destinations": "destinations: {group_b: {countries: [KR], slow_walk: 1.1}}",
    "end": "end: 2020-12-31",
    "event": "event: curb",
    "events": "events: {curb: {kind: embargo, date: 2019-07-04, select: {from: JP}, source: press}}",
    "experience": "experience: 60 days",
    "facilities": "facilities: {plant: {firm: maker, country: JP, makes: {acid: {headroom: 10 %}}}}",
    "factor": "factor: 1.2",
    "firm": "firm: maker",
    "firms": "firms: {maker: {title: Maker, country: JP}}",
    "follows": "follows: {delisting: delisted}",
    "format": "format: 1",
    "from": "from: plant",
    "hs": 'hs: "281111"',
    "inputs": "inputs: {acid: {per_unit: 3 kg}}",
    "lead_time": "lead_time: 7 days",
    "links": "links: {acid/plant-line: {from: plant, to: line, material: acid, share: 1.0, source: press}}",
    "losses": "losses: {importer: {facility: line}}",
    "makes": "makes: {acid: {headroom: 10 %}}",
    "material": "material: hf_liquid",
    "materials": "materials: {hf_liquid: {title: Hydrogen fluoride, unit: t}}",
    "max": "max: 1.2",
    "max_share": "max_share: 30 %",
    "meta": "meta: {title: One chain}",
    "model": "model: {switching: 0.5}",
    "noise": "noise: {cv: 0.1}",
    "offices": "offices: {JP: {examiners: 12}}",
    "order": "order: 1",
    "outcomes": "outcomes: {easing: {to: partial, hazard: 0.2/year, source: estimate}}",
    "outside": "outside: {capacity: 300 t/month, lead_time: 20 days, country: CN}",
    "overcapacity": "overcapacity: {max: 1.2, time: 180 days}",
    "partial": "partial: {probability: 20 %, share: 50 %}",
    "per_unit": "per_unit: 3 kg",
    "price": "price: 1450 USD/t",
    "probability": "probability: 20 %",
    "process": "process: {trial: {time: 20 days}, steps: {all: 100 %}}",
    "provenance": "provenance: {share: {source: press}}",
    "rate": "rate: 360000 wafer/month",
    "regime": "regime: individual",
    "regimes": "regimes: {individual: {review: 90 days}}",
    "reliability": "reliability: {time: 20 days}",
    "returns": "returns: {probability: 20 %, time: 21 days}",
    "risk_production": "risk_production: {time: 14 days, share: 10 %}",
    "role": "role: treatment",
    "rounds": "rounds: {first: {date: 2019-12-16}}",
    "run": "run: {start: 2019-01-01, end: 2020-12-31}",
    "sample": "sample: {time: 14 days, success: 90 %}",
    "saving": "saving: 10 %",
    "screening": "screening: 2 %",
    "search": "search: {time: 5 days}",
    "season": "season: {11: 1.1}",
    "select": "select: {material: hf_liquid, from: JP, to: KR}",
    "service_from": "service_from: JP",
    "share": "share: 0.4",
    "sources": "sources: {press: {title: Trade press}}",
    "stages": "stages: {first: {after: 47 days, max_share: 30 %}}",
    "start": "start: 2019-01-01",
    "steps": "steps: {cleaning: 30 %, etching: 90 %}",
    "stocks": "stocks: {acid: {cover: 30 days}}",
    "target": "target: +35 days",
    "time": "time: 180 days",
    "title": "title: Customs statistics",
    "to": "to: fab",
    "trial": "trial: {time: 20 days, success: 70 %}",
    "uncertain": "uncertain: {links.*.lead_time: {low: 0.8, high: 1.5, as: factor, source: estimate}}",
    "unit": "unit: t",
    "urgency": "urgency: {cover_below: 20 days, factor: 1.5}",
    "when": "when: {cover_below: 10 days, select: {facility: line}}",
}

# Where a name means another thing than elsewhere; `*` stands for any key.
SPECIAL: dict[Path, str] = {
    ("events", "*", "after"): "after: {event: curb, lag: 10 days}",
    ("events", "*", "outcomes", "*", "from"): "from: [partial, delisted]",
    ("events", "*", "outcomes", "*", "to"): "to: restored",
    ("events", "*", "returns"): "returns: 30 %",
    ("events", "*", "select", "from"): "from: JP",
    ("events", "*", "select", "to"): "to: KR",
    ("links", "*", "process"): "process: acid_a",
    ("offices", "*", "stages"): "stages: {intake: {order: 1, time: 2 days}}",
    ("offices", "*", "stages", "*", "time"): "time: 2 days",
    ("demand", "*", "process"): "process: chip_a",
}


BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
COUNTRY = "write two capital letters (ISO 3166), for example KR"


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
    example = example_of(path)
    if kind == "extra_forbidden" and name == "select" and len(path) == 3:
        return "this kind acts on no part of the network", "remove select"
    if kind == "missing":
        return f"{name} is missing", f"write {example or name + ': ...'}"
    if kind == "extra_forbidden":
        return f"unknown key '{name}'", did_you_mean(name, known)
    if message.startswith("a map is not a"):
        like = f", for example {example}" if example and "{" not in example else ""
        return f"{name} is a map, not one value", f"write one value{like}; ranges stand under uncertain:"
    if message:
        wrong, _, remedy = message.partition("; ")
        return wrong, remedy or (f"write {example}" if example else "see scenarios/README.md")
    given = item.get("input") if item else None
    return _typed(kind, name, given, item.get("ctx", {}) if item else {}, example)


def example_of(path: Path) -> str:
    """Return an example of the field at a path, or of the map that it is an entry of.

    Examples
    --------
    >>> example_of(("events", "curb", "after"))
    'after: {event: curb, lag: 10 days}'
    """
    for keys, example in SPECIAL.items():
        if len(keys) == len(path) and all(key in ("*", part) for key, part in zip(keys, path)):
            return example
    above = EXAMPLES.get(path[-2], "") if len(path) > 1 else ""
    return EXAMPLES.get(path[-1], above if ": {" in above else "")


def _typed(kind: str, name: str, given: Any, context: Any, example: str) -> tuple[str, str]:
    if kind == "literal_error":
        allowed = [
            part.strip().strip("'") for part in str(context["expected"]).replace(" or ", ",").split(",")
        ]
        only = f"write {name}: {allowed[0]}, or leave it out" if len(allowed) == 1 else ""
        return f"{name} is {shown(given)}", only or did_you_mean(str(given), allowed)
    if kind == "string_type":
        if isinstance(given, int | float) and not isinstance(given, bool):
            return f"{name} is the number {given}, not text", f'put it in quotes: {name}: "{given}"'
        return f"{name} is {shown(given)}, not text", f"write {example or name + ': text'}"
    if kind == "string_pattern_mismatch":  # the only pattern there is
        return f"{shown(given)} is not a country code", COUNTRY
    if kind == "too_short":
        return f"{name} names too few", f"write {example}" if example else "write more of them"
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return f"{name} is {shown(given)}, not a whole number", f"write for example {name}: 3"
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
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        return f"{name} is {shown(given)}", f"write {words} {context[bound]:g}"
    remedy = f"write {example}" if example else "see scenarios/README.md"
    return f"{name} is {shown(given)}, which does not fit here", remedy


def shown(given: Any) -> str:
    """Return a value as messages about its shape show it: numbers as they are, all else as `quoted` does."""
    text = quoted(given)
    return text.strip("'") if isinstance(given, int | float) else text
