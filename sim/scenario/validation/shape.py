"""Turning a plain tree into a Document, entry by entry, with every mistake of shape at once.

Entries are validated one by one, so that a mistake in one does not hide those in others. An entry with a
mistake is left out of the document, and so out of the rules of meaning.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import LONGEST_NAME, Problem, did_you_mean, nearest, quoted
from sim.scenario.paths import Layer, Path, Tree, get
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import KINDS, Event, Selection
from sim.scenario.schema.lookup import ROOT, Node, below, fields
from sim.scenario.validation.messages import BOUNDS, example_of, explain, shown
from sim.scenario.yaml_files import yaml_text

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
PROSE_CONTROL = re.compile(r"(?![\n\r\t])" + CONTROL.pattern)  # text may have lines
TABLE_SECTIONS = ("materials", "facilities", "demand")  # a network in tables does without


@dataclass(frozen=True)
class Checked:
    """A document as far as it could be validated.

    Attributes
    ----------
    document : Document
        Without what is broken; complete when `problems` is empty.
    problems : tuple of Problem
        Mistakes of shape.
    broken : frozenset of path
        Sections and entries of sections with a mistake of shape: the document is without them.
    changed : dict
        The part of the tree that was validated; all else stood in the valid tree before.
    lost : frozenset of str
        Sections of the tree before that are gone or have lost an entry.
    """

    document: Document
    problems: tuple[Problem, ...]
    broken: frozenset[Path]
    changed: Tree
    lost: frozenset[str]


def validate(layer: Layer, before: tuple[Tree, Document] | None = None) -> Checked:
    """Validate a tree; entries that are the same objects in a valid tree `before` are taken over.

    With the ranges that need no second look, that saves 20 of the 30 ms which each changed value of
    `curbs_2019` takes in a sweep.

    Examples
    --------
    >>> checked = validate(Layer({"format": 2}, {}))
    >>> [problem.path for problem in checked.problems]
    ['demand', 'facilities', 'format', 'materials', 'run']
    """
    shape = _Shape(layer, before)
    values = {name: shape.section(name, node) for name, node in fields(Document).items()}
    given = {name: value for name, value in values.items() if value is not None}
    shape.texts()
    for name in layer.tree:
        if name not in values:
            shape.report((name,), f"unknown section '{name}'", did_you_mean(name, values))
    given.setdefault("run", None)
    for name in TABLE_SECTIONS:
        given.setdefault(name, {})
    document = Document.model_construct(**given)
    problems = tuple(sorted(shape.problems, key=lambda p: p.path))
    return Checked(document, problems, frozenset(shape.broken), shape.changed, shape.lost)


def _compare(tree: Tree, before: Tree) -> tuple[Tree, frozenset[str]]:
    """Return the sections and entries that a tree before did not have, and the sections with losses."""
    changed: Tree = {}
    lost = before.keys() - tree.keys()
    for name, section in tree.items():
        old, node = before.get(name), fields(Document).get(name)
        if section is old:
            continue
        changed[name] = section
        if node is not None and node.each is not None and isinstance(section, dict) and isinstance(old, dict):
            changed[name] = {
                key: entry for key, entry in section.items() if key not in old or old[key] is not entry
            }
            lost |= {name} if old.keys() - section.keys() else set()
    return changed, frozenset(lost)


def _entries(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield everything in a tree with its path, items of lists by number."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in pairs:
        yield (*path, str(key)), entry
        yield from _entries(entry, (*path, str(key)))


class _Shape:
    """One validation under way."""

    def __init__(self, layer: Layer, before: tuple[Tree, Document] | None) -> None:
        self.layer = layer
        self.before = before[1] if before else None
        self.changed, self.lost = _compare(layer.tree, before[0] if before else {})
        self.problems: list[Problem] = []
        self.broken: set[Path] = set()
        self.explained: set[Path] = set()  # that a field is missing there would be no news

    def report(self, path: Path, wrong: str, remedy: str) -> None:
        self.problems.append(self.layer.problem(path, wrong, remedy))
        self.explained.add(path)
        node = fields(Document).get(path[0])
        self.broken.add(path[:2] if node is not None and node.each is not None else path[:1])

    def texts(self) -> None:
        """Report names without end, and characters that no terminal, table or page can show."""
        for path, value in _entries(self.changed):
            name = path[-1]
            if len(name) > LONGEST_NAME and path[0] not in ("uncertain", "variants"):  # there keys are paths
                wrong = f"the name {quoted(name)} has {len(name):,} letters"
                self.report(path, wrong, f"write {LONGEST_NAME} at most")
            stray = CONTROL.search(name) or (PROSE_CONTROL.search(value) if isinstance(value, str) else None)
            if stray:
                self.report(path, f"there is a control character, U+{ord(stray[0]):04X}", "leave it out")

    def section(self, name: str, node: Node) -> Any:
        value = self.layer.tree.get(name)
        info = node.field
        if value is None:
            in_tables = name in TABLE_SECTIONS and "network" in self.layer.tree
            if info is not None and info.is_required() and not in_tables:
                self.report((name,), *explain("missing", name, (name,), None))
            return None
        if name not in self.changed:
            return getattr(self.before, name)
        if node.model is None and node.each is None:
            return self.plain(name, value)
        if not isinstance(value, dict):
            self.report((name,), *explain("dict_type", name, (name,), {"input": value}))
            return None
        if node.model is not None:
            return self.entry(node.model, (name,), value)
        assert node.each is not None  # a section is a plain value, a model or a map of models
        entries = {
            key: self.entry(node.each, (name, key), entry)
            if key in self.changed[name]
            else getattr(self.before, name)[key]
            for key, entry in value.items()
        }
        return {key: entry for key, entry in entries.items() if entry is not None}

    def plain(self, name: str, value: Any) -> Any:
        if name == "format" and value != 1:
            self.report((name,), f"format is {shown(value)}", "write format: 1")
        elif name in ("extends", "baseline") and not isinstance(value, str):
            self.report((name,), f"{name} is {shown(value)}, not a name", f"write {name}: korea_2019")
            return None
        elif name == "variants":
            self.variants(value)
        return value

    def variants(self, value: Any) -> None:
        """Report variants that are no maps of changes."""
        like = "write variants: {strict: {regimes.individual.denial: 30 %}}"
        if not isinstance(value, dict):
            self.report(("variants",), f"variants is {shown(value)}, not a map", like)
            return
        for name, changes in value.items():
            if not isinstance(changes, dict):
                self.report(("variants", name), f"{name} is {shown(changes)}, not a map of changes", like)

    def entry(self, model: type[BaseModel], path: Path, value: Any) -> Any:
        """Return a validated entry; None, with every mistake reported, when it has one."""
        if not isinstance(value, dict):
            self.report(path, *explain("dict_type", path[-1], path, {"input": value}))
            return None
        chosen = self.kind(path, value) if model is Event else model
        if chosen is None:
            return None
        try:
            return chosen.model_validate(value, by_alias=True, by_name=False)
        except ValidationError as error:
            items = error.errors(include_url=False, include_input=True)
            for item in sorted(items, key=lambda item: item["type"] != "extra_forbidden"):  # see `misspelt`
                self.from_pydantic(chosen, path, _written_part(value, item["loc"]), item)
            return None

    def kind(self, path: Path, value: dict[str, Any]) -> type[BaseModel] | None:
        """Return the model of an event; None, and report it, when its kind is missing or unknown."""
        kind = value.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            return KINDS[kind]
        if kind is None and not self.misnamed(path):
            self.report(path, "kind is missing", f"write kind: and one of {', '.join(KINDS)}")
        elif kind is None:
            return None
        else:
            self.report((*path, "kind"), f"unknown kind {quoted(kind)}", did_you_mean(str(kind), KINDS))
        return None

    def from_pydantic(self, model: type[BaseModel], path: Path, loc: Path, item: Any) -> None:
        full = (*path, *loc)
        message = item["msg"].removeprefix("Value error, ") if item["type"] == "value_error" else ""
        known = _known_names(model, loc[:-1]) if item["type"] == "extra_forbidden" else ()
        self.misspelt(full, known)
        if full in self.explained or (item["type"] == "missing" and full[:-1] in self.explained):
            return
        if item["type"] == "missing" and self.misnamed(full[:-1]):
            return
        if item["type"] == "extra_forbidden" and "select" in known and full[-1] in fields(Selection):
            self.beside_select(full[:-1], known)
            return
        if item["type"] in BOUNDS:  # what was written, not what it was read as
            item = {**item, "input": get(self.layer.tree, full, item["input"])}
        wrong, remedy = explain(
            item["type"], full[-1], full, item, message.removeprefix("Value error, "), known
        )
        self.report(self.exact(full, (*path, *map(str, item["loc"])), item["input"], wrong), wrong, remedy)

    def beside_select(self, path: Path, known: Iterable[str]) -> None:
        """Report conditions of a selection that stand beside it, all of them at once."""
        entry = get(self.layer.tree, path, {})
        strays = {key: entry[key] for key in entry if key in fields(Selection) and key not in known}
        given = entry.get("select")
        whole = {**(given if isinstance(given, dict) else {}), **strays}
        names = ", ".join(f"'{key}'" for key in strays)
        wrong = f"{names} {'stand' if len(strays) > 1 else 'stands'} beside select, not in it"
        self.report((*path, next(iter(strays))), wrong, f"write select: {yaml_text(whole)}")
        self.explained.update((*path, key) for key in (*strays, "select"))

    def misnamed(self, path: Path) -> bool:
        """Report an entry that lacks fields as another one with a wrong name, where it resembles one.

        In one file, entries that resemble each other are many: there all that is needed must be missing.
        """
        near = _resembling(self.layer, path)
        if near is None:
            return False
        model, entry = _model_at(path, self.layer.tree), get(self.layer.tree, path)
        needed = [name for name, node in fields(model).items() if node.field and node.field.is_required()]
        lacking = [name for name in needed if name not in entry]
        is_other_file = self.layer.place(path).file != self.layer.place((*path[:-1], near)).file
        is_bare = lacking == needed and len(needed) > 1
        if not lacking or "kind" in entry or not (is_other_file or is_bare):
            return False
        like = ", ".join(example_of((*path, name)) or f"{name}: ..." for name in lacking)
        wrong = f"'{path[-1]}' is new and lacks {', '.join(lacking)}"
        self.report(path, wrong, f"did you mean '{near}'? a new one needs {like}")
        return True

    def misspelt(self, path: Path, known: Iterable[str]) -> None:
        """Take a key that resembles a field as that field: that it is missing would be no news."""
        meant = nearest(path[-1], known)
        if meant is not None and get(self.layer.tree, (*path[:-1], meant)) is None:
            self.explained.add((*path[:-1], meant))

    def exact(self, full: Path, loc: Path, given: Any, wrong: str) -> Path:
        """Return the place of the very value that is wrong where it stands in a list or a distribution."""
        if isinstance(given, dict):
            named = [
                key for key, text in given.items() if wrong.startswith((quoted(text), shown(text) + " "))
            ]
            return (*full, *map(str, named[:1]))
        return loc if loc in self.layer.places else full


def _written_part(value: Any, loc: tuple[int | str, ...]) -> Path:
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


def _resembling(layer: Layer, path: Path) -> str | None:
    """Return the entry of the same map whose name resembles that of an entry, None where there is none."""
    entries = get(layer.tree, path[:-1])
    if _node_at(path[:-1], layer.tree).each is None or not isinstance(entries, dict):
        return None
    return nearest(path[-1], [key for key in entries if key != path[-1]])


def _node_at(path: Path, tree: Tree) -> Node:
    node: Node = ROOT
    for depth, key in enumerate(path, 1):
        node = below(node, key, get(tree, path[:depth])) or Node()
    return node


def _model_at(path: Path, tree: Tree) -> type[BaseModel]:
    return _node_at(path, tree).model or Event


@functools.cache
def _known_names(model: type[BaseModel], loc: Path) -> tuple[str, ...]:
    node = Node(model=model)
    for key in loc:
        node = below(node, key, None) or Node()
    entry = node.model or node.each
    return tuple(fields(entry)) if entry is not None else ()
