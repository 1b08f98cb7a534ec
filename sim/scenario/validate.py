"""Turning a plain tree into a Document, entry by entry, with every mistake of shape at once.

Entries are validated one by one for two reasons: a mistake in one must not hide those in others, and a
scenario that differs from another in one value needs only that entry validated again.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import Problem, did_you_mean
from sim.scenario import schema
from sim.scenario.paths import Layer, Path, join, remove
from sim.scenario.shape import KINDS, Node, fields
from sim.scenario.wording import word

ROUNDS = 4  # how often broken parts are cut away to see the rest of an entry


@dataclass(frozen=True)
class Checked:
    """A document as far as it could be validated.

    Attributes
    ----------
    document : Document
        Without what is broken; complete when `problems` is empty.
    problems : tuple of Problem
        Mistakes of shape.
    damaged : frozenset of path
        Paths whose values are missing from the document or could not be read.
    """

    document: schema.Document
    problems: tuple[Problem, ...] = ()
    damaged: frozenset[Path] = field(default_factory=frozenset)


def validate(layer: Layer, before: tuple[Mapping[str, Any], schema.Document] | None = None) -> Checked:
    """Validate a tree; entries that are the same objects as in `before` are taken over.

    Examples
    --------
    >>> checked = validate(Layer({"format": 2}, {}))
    >>> [problem.path for problem in checked.problems]
    ['demand', 'facilities', 'format', 'materials', 'run']
    """
    work = _Work(layer, before)
    values = {name: work.section(name, node) for name, node in fields(schema.Document).items()}
    given = {name: value for name, value in values.items() if value is not None}
    for name in layer.tree:
        if name not in values:
            work.report((name,), f"unknown section '{name}'", did_you_mean(name, values))
    given.setdefault("run", None)
    for name in ("materials", "facilities", "demand"):
        given.setdefault(name, {})
    document = schema.Document.model_construct(**given)
    return Checked(document, tuple(sorted(work.problems, key=lambda p: p.path)), frozenset(work.damaged))


class _Work:
    """One validation under way."""

    def __init__(self, layer: Layer, before: tuple[Mapping[str, Any], schema.Document] | None) -> None:
        self.layer = layer
        self.before = before
        self.problems: list[Problem] = []
        self.damaged: set[Path] = set()

    def report(self, path: Path, wrong: str, remedy: str) -> None:
        place = self.layer.place(path)
        self.problems.append(Problem(place.file, place.line, place.column, join(path), wrong, remedy))
        self.damaged.add(path)

    def section(self, name: str, node: Node) -> Any:
        value = self.layer.tree.get(name)
        info = node.field
        if value is None:
            if info is not None and info.is_required():
                self.report((name,), *word("missing", name, (name,), None))
            return None
        if self.before is not None and self.before[0].get(name) is value:
            return getattr(self.before[1], name)
        if node.model is None and node.each is None:
            return self.plain(name, value)
        if not isinstance(value, dict):
            self.report((name,), f"{name} is {value!r}, not a map", "write names, each with a colon")
            return None
        if node.model is not None:
            return self.entry(node.model, (name,), value)
        assert node.each is not None  # a section is a plain value, a model or a map of models
        return self.entries(node.each, name, value)

    def plain(self, name: str, value: Any) -> Any:
        if name == "format" and value != 1:
            self.report((name,), f"format is {value!r}", "write format: 1")
        elif name in ("extends", "baseline") and not isinstance(value, str):
            self.report((name,), f"{name} is {value!r}, not a name", f"write {name}: korea_2019")
            return None
        return value

    def entries(self, model: type[BaseModel], name: str, value: dict[str, Any]) -> dict[str, Any]:
        old_tree: Any = self.before[0].get(name) if self.before else None
        old: Any = getattr(self.before[1], name) if self.before else {}
        found = {}
        for key, entry in value.items():
            if old_tree and entry is old_tree.get(key) and key in old:
                found[key] = old[key]
                continue
            made = self.entry(model, (name, key), entry)
            if made is not None:
                found[key] = made
        return found

    def entry(self, model: type[BaseModel], path: Path, value: Any) -> Any:
        if not isinstance(value, dict):
            self.report(path, f"'{path[-1]}' is {value!r}, not a map", "write its fields, each with a colon")
            return None
        if model is schema.Event:
            kind = value.get("kind")
            if not isinstance(kind, str) or kind not in KINDS:
                wrong = "kind is missing" if kind is None else f"unknown kind '{kind}'"
                place = (*path, "kind") if kind is not None else path
                self.report(place, wrong, did_you_mean(str(kind), KINDS))
                return None
            model = KINDS[kind]
        return self.pruned(model, path, value)

    def pruned(self, model: type[BaseModel], path: Path, value: dict[str, Any]) -> Any:
        """Validate an entry; when parts of it are broken, report them and return it without them."""
        for attempt in range(ROUNDS):
            try:
                return model.model_validate(value, by_alias=True, by_name=False)
            except ValidationError as error:
                for item in error.errors(include_url=False, include_input=True):
                    loc = _real(value, item["loc"])
                    if attempt == 0 or item["type"] != "missing":
                        self.from_pydantic(model, path, loc, item)
                    cut = loc[:-1] if item["type"] == "missing" else loc
                    if not cut:
                        self.damaged.add(path)
                        return None
                    self.damaged.add((*path, *cut))
                    value = remove(value, cut)
        self.damaged.add(path)
        return None

    def from_pydantic(self, model: type[BaseModel], path: Path, loc: Path, item: Any) -> None:
        full = (*path, *loc)
        message = item["msg"] if item["type"] == "value_error" else ""
        known = _known(model, loc[:-1]) if item["type"] == "extra_forbidden" else ()
        if (*full[:-1],) in self.damaged and item["type"] == "missing":
            return
        wrong, remedy = word(item["type"], full[-1], full, item, message.removeprefix("Value error, "), known)
        self.report(full, wrong, remedy)


def _real(value: Any, loc: tuple[int | str, ...]) -> Path:
    """Return the part of pydantic's place that stands in the file, and the first part that is missing."""
    path: list[str] = []
    for part in loc:
        key = str(part)
        if key == "[key]":
            break
        path.append(key)
        if not isinstance(value, dict) or key not in value:
            if path[:-1] and not isinstance(value, dict):
                path.pop()  # an index into a list, or a wrapper that a validator made
            break
        value = value[key]
    return tuple(path)


@functools.cache
def _known(model: type[BaseModel], loc: Path) -> tuple[str, ...]:
    node = Node(model=model)
    for key in loc:
        if node.each is not None:
            node = Node(model=node.each)
        elif node.model is not None:
            node = fields(node.model).get(key, Node())
    if node.each is not None and node.model is None:
        node = Node(model=node.each)
    return tuple(fields(node.model)) if node.model is not None else ()
