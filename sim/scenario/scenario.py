"""The Scenario: a resolved, validated document that knows where its values come from."""

from __future__ import annotations

import functools
import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sim.errors import Problem, ScenarioError, in_order
from sim.scenario import loading, references, writing
from sim.scenario.paths import Layer, Path, Place, Tree, expand, get, leaves, split
from sim.scenario.schema import Document
from sim.scenario.validate import validate

NAMES = ("kind", "material")  # values that say what another value may be
Texts: TypeAlias = dict[str, tuple[object, str]]
WORDS = (*"abcdeghijklmopqrstuvwxz%",)  # no number ends in one of these
PROSE = ("name", "title", "question", "description", "sources")


@dataclass(frozen=True, slots=True)
class Change:
    """One value in which two scenarios differ; None stands for not given."""

    path: str
    old: object
    new: object
    source: str


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """A world with its events, resolved and validated. Nothing changes it; `with_` returns another.

    Attributes
    ----------
    name : str
        Name with variants, for example `curbs_2019+strict`.
    document : Document
        The validated values, in base units.
    tree : dict
        The same values as text, after parents, variants and changes are laid over each other.
    origins : dict
        The place of every value of the tree, by path as a tuple of keys.
    files : tuple of str
        The files that it was read from, parents first.
    texts : dict of str to (section, text)
        The last text of each section that went into a hash; scenarios made from each other share it.
    """

    name: str
    document: Document
    tree: Tree
    origins: dict[Path, Place] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    texts: Texts = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the title, or the name when there is none, with the variants."""
        _, *variants = self.name.split("+")
        title = self.document.meta.title
        return f"{title} ({', '.join(variants)})" if title and variants else title or self.name

    @property
    def question(self) -> str:
        """Return the question that the scenario asks."""
        return self.document.meta.question

    @functools.cached_property
    def hash(self) -> str:
        """Return the SHA-256 of the resolved values, without prose, variants and the order of keys."""
        return hashlib.sha256(_canonical(self.tree, self.texts).encode()).hexdigest()

    @property
    def hash8(self) -> str:
        """Return the first eight characters of the hash."""
        return self.hash[:8]

    def with_(self, changes: Mapping[str, object], *, written: str = "with_") -> Scenario:
        """Return this scenario with changed values, by dotted path; wildcards are allowed.

        `written` is how messages say where a change was written.

        Examples
        --------
        >>> world = from_tree(EXAMPLE)
        >>> world.with_({"run.seed": 7}).document.run.seed, world.document.run.seed
        (7, 0)
        """
        layer, problems = loading.with_changes(Layer(self.tree, self.origins), changes, written)
        return _build(loading.Resolved(self.name, layer, tuple(problems), self.files), self)

    def baseline(self) -> Scenario:
        """Return what this scenario is compared with: only background events, or what `baseline:` names."""
        if self.document.baseline:
            return load(self.document.baseline)
        events = get(self.tree, ("events",), {})
        kept = {key: event for key, event in events.items() if event.get("role") == "background"}
        tree = {**self.tree, "events": kept}
        ranges = get(self.tree, ("uncertain",), {})
        # Ranges of treatment events have nothing to act on; all others keep their draws.
        useful = [key for key in ranges if not key.startswith("events.") or expand(tree, key)]
        if len(useful) < len(ranges):
            tree["uncertain"] = {key: ranges[key] for key in useful}
        # What is left of a valid document is valid: nothing is examined again.
        left = {
            "events": {key: self.document.events[key] for key in kept},
            "uncertain": {key: self.document.uncertain[key] for key in useful},
        }
        document = self.document.model_copy(update=left)
        return Scenario(f"{self.name}-baseline", document, tree, self.origins, self.files, self.texts)

    def diff(self, other: Scenario) -> list[Change]:
        """Return the values in which `other` differs from this scenario, sorted by path.

        Examples
        --------
        >>> world = from_tree(EXAMPLE)
        >>> [(c.path, c.old, c.new) for c in world.diff(world.with_({"run.seed": 7}))]
        [('run.seed', None, 7)]
        """
        mine, theirs = _values(self.tree), _values(other.tree)
        changed = [path for path in {**mine, **theirs} if mine.get(path) != theirs.get(path)]
        return [
            Change(
                ".".join(path),
                mine.get(path),
                theirs.get(path),
                provenance_of(other.tree if path in theirs else self.tree, path)[0],
            )
            for path in sorted(changed)
        ]

    def to_yaml(self) -> str:
        """Return the resolved scenario as a file that stands alone."""
        return writing.to_yaml(self.tree)

    def origin(self, path: str) -> str:
        """Return the place of a value as `file:line:column`."""
        keys = expand(self.tree, path)
        place = Layer(self.tree, self.origins).place(keys[0] if keys else tuple(path.split(".")))
        return str(Problem(place.file, place.line, place.column, "", ""))

    def __repr__(self) -> str:
        """Return the name and the short hash."""
        return f"<Scenario {self.name} {self.hash8}>"

    def _repr_html_(self) -> str:
        return writing.to_html(self.name, self.title, self.question, self.document, self.hash8)


def load(
    name: str | pathlib.Path, *, changes: Mapping[str, object] | None = None, written: str = "changes"
) -> Scenario:
    """Load a scenario by name or path, with variants after plus signs and changed values by path.

    `written` is how messages say where a change was written.

    Raises
    ------
    ScenarioError
        With every mistake of the files at once.
    """
    return _build(loading.resolve(name, changes, written), None)


def from_tree(tree: Tree, *, name: str = "", changes: Mapping[str, object] | None = None) -> Scenario:
    """Make a scenario from plain maps, as a file would hold them.

    Examples
    --------
    >>> from_tree(EXAMPLE).name
    'example'
    """
    layer = loading.plain_layer(tree)
    name = name or str(get(tree, ("meta", "name"), "") or "scenario")
    layer, problems = loading.with_changes(layer, changes or {}, "changes")
    return _build(loading.Resolved(name, layer, tuple(problems)), None)


def check(paths: Iterable[str | pathlib.Path]) -> list[Problem]:
    """Return every mistake of the named scenarios and of each of their variants.

    Examples
    --------
    >>> [str(problem) for problem in check(["no_such_scenario"])][0].partition(";")[0]
    "no_such_scenario: there is no scenario 'no_such_scenario'"
    """
    return checked(paths)[0]


def checked(paths: Iterable[str | pathlib.Path]) -> tuple[list[Problem], list[str]]:
    """Return every mistake of the named scenarios and of their variants, and the files that were read."""
    found: list[Problem] = []
    files: list[str] = []
    for path in paths:
        resolved = loading.resolve(path)
        files.extend(resolved.files)
        problems, document = _examine(resolved, None)
        found.extend(problems)
        variants = resolved.layer.tree.get("variants")
        if problems or document is None or not isinstance(variants, dict):
            continue
        old = (resolved.layer.tree, document)
        for variant in variants:
            single = loading.with_variants(resolved, [str(variant)])
            found.extend(_examine(single, old)[0])
    return list(in_order(found)), files


def provenance_of(tree: Tree, path: Path) -> tuple[str, str]:
    """Return source and status of a value: its own, or those of the nearest entry above it that has one.

    Examples
    --------
    >>> link = {"share": 1, "source": "press", "provenance": {"share": {"source": "estimate"}}}
    >>> provenance_of({"links": {"a": link}}, ("links", "a", "share"))
    ('estimate', '')
    """
    for length in range(len(path) - 1, 0, -1):
        entry = get(tree, path[:length])
        if not isinstance(entry, dict):
            continue
        for told in (*_own(entry, path[length:]), entry):
            if isinstance(told.get("source"), str):
                return told["source"], str(told.get("status") or "")
    return "", ""


def _own(entry: Tree, below: Path) -> list[Tree]:
    """Return what an entry says of single values below it, the most exact path first."""
    told = entry.get("provenance")
    keys = [".".join(below[:length]) for length in range(len(below), 0, -1)]
    return [told[key] for key in keys if key in told] if isinstance(told, dict) else []


def _examine(
    resolved: loading.Resolved, old: tuple[Tree, Document] | None
) -> tuple[list[Problem], Document | None]:
    layer = resolved.layer
    if not resolved.whole:
        # Without the parent everything seems to be missing: report only what is surely wrong.
        sure = [p for p in validate(layer, None).problems if not p.wrong.endswith("is missing")]
        return [*resolved.problems, *(sure if layer.tree else ())], None
    checked = validate(layer, old)
    ranges = None if old is None else _open_ranges(old[0], layer.tree)
    problems = [*resolved.problems, *checked.problems, *references.check(checked, layer, ranges=ranges)]
    return problems, checked.document


def _open_ranges(old: Tree, new: Tree) -> set[str]:
    """Return the ranges that may not hold although all of `old` did: new ones, and those of what changed."""
    ranges, before = new.get("uncertain", {}), old.get("uncertain", {})
    if not isinstance(ranges, dict):
        return set()
    named = old.get("materials") == new.get("materials") and _alike(old.get("meta"), new.get("meta"))
    same = {name for name in new if named and _alike(old.get(name), new[name])}
    return {key for key in ranges if ranges[key] != before.get(key) or split(key)[0] not in same}


def _alike(one: object, other: object, key: str = "") -> bool:
    """Tell whether two trees have the same keys and names; ranges then match what they matched."""
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[k], other[k], k) for k in one)
    return type(one) is type(other) and (key not in NAMES or one == other)


def _build(resolved: loading.Resolved, before: Scenario | None) -> Scenario:
    problems, document = _examine(resolved, (before.tree, before.document) if before else None)
    if problems or document is None:
        raise ScenarioError(problems)
    tree, places = resolved.layer.tree, resolved.layer.places
    return Scenario(resolved.name, document, tree, places, resolved.files, before.texts if before else {})


def _values(tree: Tree) -> dict[Path, object]:
    kept = {k: v for k, v in tree.items() if k not in ("meta", "variants", "extends", "uncertain")}
    ranges = tree.get("uncertain", {})
    return dict(leaves(kept)) | {("uncertain", key): _range_text(ranges[key]) for key in ranges}


def _range_text(entry: Tree) -> str:
    """Write a range in a few words."""
    if entry.get("fixed"):
        return "certain"
    kept = {k: v for k, v in entry.items() if k not in ("source", "status", "note", "title")}
    return ", ".join(f"{key} {value}" for key, value in kept.items())


def _canonical(tree: Tree, texts: Texts) -> str:
    kept = {"meta": {}, **tree}
    parts = []
    for key in sorted(kept.keys() - {"variants", "extends"}):
        section = kept[key]
        if key not in texts or texts[key][0] is not section:
            texts[key] = (section, _text(key, section))
        parts.append(texts[key][1])
    return "{" + ",".join(filter(None, parts)) + "}"


def _text(key: str, section: Any) -> str:
    """Return a section as part of the text that is hashed; nothing for an empty one."""
    if key == "network":  # the same tables in another folder are the same network
        section = {"digest": section.get("digest")}
    if key == "meta":
        section = {name: value for name, value in section.items() if name not in PROSE}
    if section == {}:
        return ""
    return f"{json.dumps(key)}:{json.dumps(_plain(section), sort_keys=True, separators=(',', ':'))}"


def _plain(value: object) -> object:
    """Write numbers alike, however they were given: 0.5 in YAML is `0.5` in a table."""
    if isinstance(value, dict):
        return {key: _plain(below) for key, below in value.items() if below != {}}
    if isinstance(value, list):
        return [_plain(below) for below in value]
    if isinstance(value, str) and value.endswith(WORDS):
        return value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return value
    return value


EXAMPLE: Tree = {
    "format": 1,
    "meta": {"name": "example", "title": "One chain", "sources": {"estimate": {"title": "Illustrative"}}},
    "run": {"start": "2019-01-01", "end": "2019-12-31"},
    "materials": {"acid": {"unit": "t"}, "chip": {"unit": "wafer"}},
    "firms": {"maker": {"country": "JP"}, "fab": {"country": "KR"}},
    "facilities": {
        "plant": {"firm": "maker", "country": "JP", "makes": {"acid": {"headroom": "10 %"}}},
        "line": {
            "firm": "fab",
            "country": "KR",
            "makes": {"chip": {"headroom": "0 %", "inputs": {"acid": {"per_unit": "3 kg"}}}},
            "stocks": {"acid": {"cover": "30 days"}},
        },
    },
    "links": {
        "acid": {
            "from": "plant",
            "to": "line",
            "material": "acid",
            "share": 1.0,
            "lead_time": "7 days",
            "source": "estimate",
        }
    },
    "demand": {"chip": {"at": "line", "material": "chip", "rate": "1000 wafer/month"}},
}
