"""Turning a plain tree into a Document, entry by entry, with every mistake of shape at once.

Entries are validated one by one for two reasons: a mistake in one must not hide those in others, and a
scenario that differs from another in one value needs only that entry validated again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import Problem, did_you_mean, nearest, quoted
from sim.scenario import schema
from sim.scenario.paths import Layer, Path, get, join, remove
from sim.scenario.shape import KINDS, Node, fields
from sim.scenario.wording import BOUNDS, shown, word

IN_TABLES = ("materials", "facilities", "demand")  # what a network in tables tells
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
            told = name in IN_TABLES and "network" in self.layer.tree
            if info is not None and info.is_required() and not told:
                self.report((name,), *word("missing", name, (name,), None))
            return None
        if self.before is not None and self.before[0].get(name) is value:
            return getattr(self.before[1], name)
        if node.model is None and node.each is None:
            return self.plain(name, value)
        if not isinstance(value, dict):
            self.report((name,), *word("dict_type", name, (name,), {"input": value}))
            return None
        if node.model is not None:
            return self.entry(node.model, (name,), value)
        assert node.each is not None  # a section is a plain value, a model or a map of models
        return self.entries(node.each, name, value)

    def plain(self, name: str, value: Any) -> Any:
        if name == "format" and value != 1:
            self.report((name,), f"format is {shown(value)}", "write format: 1")
        elif name in ("extends", "baseline") and not isinstance(value, str):
            self.report((name,), f"{name} is {shown(value)}, not a name", f"write {name}: korea_2019")
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
            self.report(path, *word("dict_type", path[-1], path, {"input": value}))
            return None
        if model is schema.Event:
            kind = value.get("kind")
            if not isinstance(kind, str) or kind not in KINDS:
                wrong = "kind is missing" if kind is None else f"unknown kind {quoted(kind)}"
                place = (*path, "kind") if kind is not None else path
                choice = f"write kind: and one of {', '.join(KINDS)}"
                self.report(place, wrong, choice if kind is None else did_you_mean(str(kind), KINDS))
                return None
            model = KINDS[kind]
        return self.pruned(model, path, value)

    def pruned(self, model: type[BaseModel], path: Path, value: dict[str, Any]) -> Any:
        """Validate an entry; when parts of it are broken, report them and return it without them."""
        for attempt in range(ROUNDS):
            try:
                return model.model_validate(value, by_alias=True, by_name=False)
            except ValidationError as error:
                items = error.errors(include_url=False, include_input=True)
                items.sort(key=lambda item: item["type"] != "extra_forbidden")  # see `misspelt`
                cuts = [self.broken(model, path, value, item, first=attempt == 0) for item in items]
                if () in cuts:
                    break
                for cut in cuts:
                    self.damaged.add((*path, *cut))
                    value = remove(value, cut)
        self.damaged.add(path)
        return None

    def broken(
        self, model: type[BaseModel], path: Path, value: dict[str, Any], item: Any, *, first: bool
    ) -> Path:
        """Report one error of pydantic; return what has to be cut away to read the rest of the entry."""
        loc = _real(value, item["loc"])
        missing = item["type"] == "missing"
        if first or not missing:
            self.from_pydantic(model, path, loc, item)
        return loc[:-1] if missing else loc

    def from_pydantic(self, model: type[BaseModel], path: Path, loc: Path, item: Any) -> None:
        full = (*path, *loc)
        message = item["msg"] if item["type"] == "value_error" else ""
        known = _known(model, loc[:-1]) if item["type"] == "extra_forbidden" else ()
        self.misspelt(full, known)
        if item["type"] == "missing" and (full in self.damaged or full[:-1] in self.damaged):
            return
        if item["type"] in BOUNDS:  # what was written, not what it was read as
            item = {**item, "input": get(self.layer.tree, full, item["input"])}
        wrong, remedy = word(item["type"], full[-1], full, item, message.removeprefix("Value error, "), known)
        self.report(self.exact(full, (*path, *map(str, item["loc"])), item["input"], wrong), wrong, remedy)

    def misspelt(self, path: Path, known: Iterable[str]) -> None:
        """Take a key that resembles a field as that field: that it is missing would be no news."""
        meant = nearest(path[-1], known)
        if meant is not None and get(self.layer.tree, (*path[:-1], meant)) is None:
            self.damaged.add((*path[:-1], meant))

    def exact(self, full: Path, loc: Path, given: Any, wrong: str) -> Path:
        """Return the place of the very value that is wrong where it stands in a list or a distribution."""
        if isinstance(given, dict):
            named = [
                key for key, text in given.items() if wrong.startswith((quoted(text), shown(text) + " "))
            ]
            return (*full, *map(str, named[:1]))
        return loc if loc in self.layer.places else full


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
