"""Words for paths and ranges: `Cover of acid at line`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.scenario.paths import Path
from sim.scenario.schema.document import Document, Range
from sim.scenario.schema.lookup import fields_at

JOINING_WORDS = {  # words that join the parts of a name, and what is counted where there are many
    "of": "materials",
    "in": "products",
    "under": "regimes",
    "from": "suppliers",
    "at": "facilities",
    "to": "buyers",
}
WRITTEN_NAMES = 2  # more are counted


def readable(document: Document, paths: Sequence[Path]) -> str:
    """Return what a value is called, or all values that a pattern stands for.

    Examples
    --------
    >>> from sim.scenario.scenario import EXAMPLE, from_tree
    >>> world = from_tree(EXAMPLE).document
    >>> readable(world, [("facilities", "line", "stocks", "acid", "cover")])
    'Cover of acid at line'
    >>> readable(world, [("links", "acid", "lead_time")])
    'Lead time of acid from plant to line'
    """
    parts = [_parts(document, path) for path in paths]
    fields = list(dict.fromkeys(part["what"] for part in parts))
    words = fields[0] if len(fields) == 1 else fields[0].partition(" (")[0]
    for slot, noun in JOINING_WORDS.items():
        names = list(dict.fromkeys(part[slot] for part in parts if part.get(slot)))
        if names:
            shown = " and ".join(names) if len(names) <= WRITTEN_NAMES else f"{len(names)} {noun}"
            words = f"{words}{',' * (',' in words.rpartition(' of ')[2])} {slot} {shown}"
    return words


def facility_title(document: Document, key: str) -> str:
    """Return the title of a facility, or its id."""
    entry = document.facilities.get(key)
    return (entry.title if entry else "") or key


def material_title(document: Document, key: str) -> str:
    """Return the title of a material, or its id."""
    entry = document.materials.get(key)
    return (entry.title if entry else "") or key


def range_text(entry: Range) -> str:
    """Write a range as the file has it.

    Examples
    --------
    >>> range_text(Range(low="0.5", mode="1", high="2", as_="factor"))
    'low 0.5, mode 1, high 2, times the value'
    """
    given = [f"{name} {number}" for name, number in entry.numbers.items()]
    return ", ".join([*given, "times the value"] if entry.as_ == "factor" else given)


def _parts(document: Document, path: Path) -> dict[str, str]:
    """Return what a value is, and of what, in what, under which rules, from, at and to which place."""
    section, key, *below = path
    if section == "facilities":
        return _at_facility(document, path)
    if section == "links":
        link = document.links[key]
        ends = {"from": _facility(document, link.from_), "to": _facility(document, link.to)}
        return {"what": _field(path, below), "of": _material(document, link.material), **ends}
    if section == "demand":
        demand = document.demand[key]
        goods = _material(document, demand.material)
        return {"what": f"{_field(path, below)} of demand", "of": goods, "at": _facility(document, demand.at)}
    if section == "materials":
        return {"what": _field(path, below), "of": _material(document, key)}
    if section == "events":
        return {"what": _field(path, below), "in": document.events[key].title or f"event {_words(key)}"}
    return _rules(document, path)


def _at_facility(document: Document, path: Path) -> dict[str, str]:
    _, key, kind, material, *rest = path
    place = {"at": _facility(document, key)}
    if kind != "makes":
        return {"what": _field(path, rest), "of": _material(document, material), **place}
    made = _material(document, document.facilities[key].makes[material].material or material)
    if rest[0] != "inputs":
        return {"what": _field(path, rest), "of": made, **place}
    return {"what": _field(path, rest[2:]), "of": _material(document, rest[1]), "in": made, **place}


def _rules(document: Document, path: Path) -> dict[str, str]:
    """Name values of regimes, offices and the model."""
    section, key, *below = path
    if section == "model":
        return {"what": _words(key).capitalize(), "of": "the model"}
    under = {"under": f"{_words(key)} licences" if section == "regimes" else f"the office of {key}"}
    fields = [name for name in below if name not in document.materials and name != "other"]
    materials = [_material(document, name) for name in below if name in document.materials]
    return {"what": _field(path, fields), "of": materials[0] if materials else "", **under}


def _field(path: Path, keys: Sequence[str]) -> str:
    """Name the last of some keys of a path, with its entries: `Days of qualification (first)`."""
    *above, last = keys
    end = len(path) - path[::-1].index(last)
    titles = {info.title for info in fields_at(path[:end]) if info.title}
    name = titles.pop() if len(titles) == 1 else _words(last).capitalize()
    entries = [_words(key) for key in above if key != "stages"]
    return f"{name} ({', '.join(entries)})" if entries else name


def _material(document: Document, key: str) -> str:
    title = document.materials[key].title if key in document.materials else ""
    small = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return small or _words(key)


def _facility(document: Document, key: str) -> str:
    entry = document.facilities.get(key)
    return (entry.title if entry else "") or _words(key)


def _words(key: str) -> str:
    return key.replace("_", " ")


def assumption_lines(assumptions: Mapping[str, str]) -> list[str]:
    """Return what was assumed when a world was imported, a line for each topic.

    Examples
    --------
    >>> assumption_lines({"final_demand": "Those without a buyer sell 1 unit a day."})
    ['assumed, final demand: Those without a buyer sell 1 unit a day.']
    """
    return [f"assumed, {topic.replace('_', ' ')}: {text}" for topic, text in assumptions.items()]
