"""Laying one set of values over another: parents, files, variants and changed values.

The order is `extends` < file < variants < changes. Maps merge, `null` removes, and a map whose `kind` or
whose form of distribution changes is replaced whole. The place of a value travels with the value.
"""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.errors import CurbsimError, Problem, did_you_mean
from sim.scenario.inheritance.inherited_ranges import (
    AppliedChange,
    absolute_paths,
    follow,
    free_ranges,
    settle,
    without_effect,
    written_ranges,
)
from sim.scenario.inheritance.relative_changes import (
    change_at,
    changed_value,
    misread,
    node_at,
    require_sound,
)
from sim.scenario.paths import (
    Layer,
    Path,
    Position,
    Tree,
    is_pattern,
    join,
    leaves,
    matching,
    split,
    steps,
    walk,
)
from sim.scenario.schema.field_types import DISTRIBUTION_KEYS, FORM_KEYS, FORMS
from sim.scenario.schema.lookup import ROOT, Node, below, fields, short_field
from sim.scenario.schema.sections import Entry
from sim.scenario.yaml_files import DEEPEST, yaml_text

OTHER_RANGE_KEYS = frozenset({"law", "max", "cv", "as", "draw", *Entry.model_fields})
SHOWN_PATHS = 3  # in a message
BY_NAME_ONLY = frozenset({"variants"})  # laid over by name only: a null in a variant must stay


def merge(lower: Layer, upper: Layer) -> tuple[Layer, list[Problem]]:
    """Lay `upper` over `lower`; keys of `upper` with dots in them are paths.

    Examples
    --------
    >>> over, _ = merge(Layer({"run": {"seed": 1, "record": "daily"}}, {}), Layer({"run": {"seed": 2}}, {}))
    >>> over.tree
    {'run': {'seed': 2, 'record': 'daily'}}
    """
    own = written_ranges(upper.tree)
    work = _Merge((lower.tree, dict(lower.places)), upper)
    maps = {key: value for key, value in upper.tree.items() if "." not in key}
    tree = work.over(lower.tree, maps, ())
    layer, problems = follow(Layer(tree, work.places), work.applied, own)
    none = [fault for one in work.applied for fault in without_effect(lower.tree, [one])]
    problems = [*work.problems, *none, *problems]
    for key in upper.tree:
        if "." in key:
            places = {path[1:]: place for path, place in upper.places.items() if path[:1] == (key,)}
            layer, more = assign(layer, key, Layer(upper.tree[key], places), own)
            problems.extend(more)
    return layer, problems


def merge_settled(lower: Layer, upper: Layer) -> tuple[Layer, list[Problem]]:
    """Lay `upper` over `lower`, and end the ranges of the values that it writes anew."""
    layer, problems = merge(lower, upper)
    changed = absolute_paths(layer.tree, upper.tree, functools.partial(_places_of, layer.tree))
    return settle(lower, layer, changed, written_ranges(upper.tree)), problems


def with_changes(layer: Layer, changes: Mapping[str, object], written: str) -> tuple[Layer, list[Problem]]:
    """Lay changed values over a scenario, path by path in the order given.

    `written` is where the user wrote them, as messages say it: `--set`, `with_`.
    """
    own, before, problems = written_ranges(dict(changes)), layer, list[Problem]()
    for pattern, value in changes.items():
        layer, more = assign(layer, pattern, changes_layer(pattern, value, written), own)
        problems.extend(more)
    changed = absolute_paths(layer.tree, changes, functools.partial(_places_of, layer.tree))
    return settle(before, layer, changed, own), problems


def with_ranges(own: Tree, tree: Tree) -> Tree:
    """Return a layer that gives `tree`, marking the ranges that its values keep."""
    ranges, written = tree.get("uncertain", {}), own.get("uncertain", {})
    changed = absolute_paths(tree, own, functools.partial(_places_of, tree))
    kept = {pattern: {"fixed": False} for pattern in free_ranges(ranges, changed) if pattern not in written}
    return {**own, "uncertain": {**written, **kept}} if kept else own


def _places_of(tree: Tree, pattern: str, value: object) -> list[Path]:
    return [target.path for target in targets(tree, pattern, value)]


def base(layer: Layer) -> tuple[Layer, list[Problem]]:
    """Return a file that extends nothing as the lowest layer: `null` there means not given."""
    tree = _without_nulls(layer.tree)
    dotted = {key: tree.pop(key) for key in list(tree) if "." in key}
    return merge(Layer(tree, layer.places), Layer(dotted, layer.places))


class _Merge:
    """One merge under way: the places so far, and what could not be laid over."""

    def __init__(self, lower: tuple[Tree, dict[Path, Position]], upper: Layer, prefix: Path = ()) -> None:
        self.tree, self.places = lower  # places change with the merge
        self.upper = upper
        self.prefix = prefix
        self.problems: list[Problem] = []
        self.applied: list[AppliedChange] = []

    def over(self, low: Tree, up: Mapping[str, Any], path: Path) -> Tree:
        out = dict(low)
        for key, value in up.items():
            here = (*path, key)
            old = low.get(key)
            value = self.resolved(old, value, here)
            if value is None:
                self.drop(out, key, here)
            elif self.merges(old, value, path):
                # What is wrong with a map as a whole is most likely due to who touched it last.
                self.places[here] = self.place(here)
                out[key] = self.over(old, value, here)  # type: ignore[arg-type]  # both are maps
            else:
                self.forget(old, here)
                out[key] = value if here[0] in BY_NAME_ONLY else _without_nulls(value)
                self.take(value, here)
        return out

    def resolved(self, old: object, value: Any, here: Path) -> Any:
        """Return a value that is written relative to an inherited one as the value itself."""
        if old is None or here[0] in BY_NAME_ONLY:
            return value
        if (fault := misread(self.tree, here, value)) is not None:
            self.problems.append(self.place(here).problem(here, *fault))
            return old
        relative = change_at(self.tree, here, value)
        if relative is None:
            return value
        try:
            value = changed_value(old, relative)
            require_sound(
                self.tree, here, value, f"'{relative.text}' takes {yaml_text(old)} to {yaml_text(value)}"
            )
        except ValueError as error:
            wrong, _, remedy = str(error).partition("; ")
            self.problems.append(self.place(here).problem(here, wrong, remedy))
            return old
        if relative.changes_nothing:
            return old  # as written: in another unit it might differ by a rounding
        self.applied.append(AppliedChange(here, old, relative, self.place(here)))
        return value

    def merges(self, old: object, new: object, path: Path) -> bool:
        if not isinstance(old, dict) or not isinstance(new, dict):
            return False
        return path[:1] != ("variants",) and not replaces(old, new)  # variants differ by name only

    def drop(self, out: Tree, key: str, here: Path) -> None:
        if key in out:
            self.forget(out.pop(key), here)
            self.places.pop(here, None)
            return
        wrong = f"there is no '{key}' to remove"
        self.problems.append(self.place(here).problem(here, wrong, did_you_mean(key, out)))

    def forget(self, old: object, path: Path) -> None:
        for gone in walk(old, path):
            self.places.pop(gone, None)

    def place(self, path: Path) -> Position:
        return self.upper.place(path[len(self.prefix) :])

    def take(self, value: object, path: Path) -> None:
        for new in walk(value, path):
            place = self.upper.places.get(new[len(self.prefix) :])
            if place is not None:
                self.places[new] = place


def replaces(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a map takes the place of another whole instead of merging with it.

    Examples
    --------
    >>> replaces({"low": 1, "high": 2}, {"median": 1, "p90": 2})
    True
    """
    if "kind" in old and "kind" in new and old["kind"] != new["kind"]:
        return True
    if FORM_KEYS & set(new):
        was, now = (frozenset(set(part) & DISTRIBUTION_KEYS - {"law", "max"}) for part in (old, new))
        completes = now not in FORMS and was | now in FORMS
        return not completes and DISTRIBUTION_KEYS & set(old) != DISTRIBUTION_KEYS & set(new)
    stays = set(new) <= OTHER_RANGE_KEYS or new.get("fixed") is False
    return bool(FORM_KEYS & set(old)) and not stays


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: below if key in BY_NAME_ONLY else _without_nulls(below)
        for key, below in value.items()
        if below is not None
    }


def without_idle_nulls(upper: Layer, lower: Tree) -> Layer:
    """Leave out what `upper` removes that `lower` does not have.

    Examples
    --------
    >>> without_idle_nulls(Layer({"events": {"gone": None, "curb": None}}, {}), {"events": {"curb": {}}}).tree
    {'events': {'curb': None}}
    """

    def over(up: Tree, low: object) -> Tree:
        here = low if isinstance(low, dict) else {}
        useful = {key: value for key, value in up.items() if value is not None or key in here}
        return {k: over(v, here.get(k)) if isinstance(v, dict) else v for k, v in useful.items()}

    return Layer(over(upper.tree, lower), upper.places)


def changes_layer(pattern: str, value: object, written: str) -> Layer:
    """Return a changed value as a layer whose place is the path, after where it was written (`--set`)."""
    place = Position(written, 0, pattern)
    plain = plain_value(value)
    return Layer(plain, dict.fromkeys(walk(plain), place))


def plain_value(value: object, depth: int = 0) -> Any:
    """Turn a Python value into what a file could hold: dates become text, tuples lists.

    Examples
    --------
    >>> plain_value({"date": datetime.date(2019, 7, 4)})
    {'date': '2019-07-04'}
    """
    if depth > DEEPEST:
        raise CurbsimError(f"there are more than {DEEPEST} levels of maps and lists; write fewer")
    if isinstance(value, Mapping):
        return {str(plain_value(key)): plain_value(below, depth + 1) for key, below in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain_value(item, depth + 1) for item in items]
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        return value.item()  # numpy scalars, without importing numpy
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


def assign(
    layer: Layer, pattern: str, value: Layer, own: frozenset[str] = frozenset()
) -> tuple[Layer, list[Problem]]:
    """Set a value at every path that a pattern stands for, by the rules of `merge`.

    `own` are ranges that are written beside it, and do not follow the value.
    """
    paths = targets(layer.tree, pattern, value.tree)
    if not paths:
        return layer, [value.place(()).problem((pattern,), *nothing(layer.tree, pattern))]
    if (fault := without_value(layer.tree, paths, value.tree)) is not None:
        return layer, [value.place(()).problem((pattern,), *fault)]
    problems, applied = list[Problem](), list[AppliedChange]()
    tree, places = layer.tree, dict(layer.places)
    for path, _, _ in paths:
        work = _Merge((tree, places), value, path)
        tree = _put(work, tree, path, value.tree)
        problems.extend(work.problems)
        applied += work.applied
    none = without_effect(layer.tree, applied)
    layer, more = follow(Layer(tree, places), applied, own)
    return layer, [*problems, *none, *more]


def _put(work: _Merge, tree: Tree, path: Path, value: Any, above: Path = ()) -> Tree:
    head, *rest = path
    here = (*above, head)
    if not rest:
        return work.over(tree, {head: value}, above)
    below = tree.get(head)
    if not isinstance(below, dict):
        work.forget(below, here)
        work.places[here] = work.place(work.prefix)
        below = {} if below is None else {short_field(node_at(work.tree, here)): below}
    return {**tree, head: _put(work, below, tuple(rest), value, here)}


def _keys(tree: Tree, pattern: str) -> Path:
    """Split a pattern; below `uncertain` the longest key of the map that fits counts as one key."""
    keys = split(pattern)
    ranges = tree.get("uncertain")
    if keys[0] != "uncertain" or len(keys) == 1 or not isinstance(ranges, dict):
        return keys
    rest = keys[1]
    fitting = [key for key in ranges if rest == key or rest.startswith(f"{key}.")]
    if not fitting:
        return keys
    key = max(fitting, key=len)
    return ("uncertain", key, *(rest[len(key) + 1 :].split(".") if rest != key else ()))


class ChangeTarget(NamedTuple):
    """A place that a pattern stands for: its path, what it holds, and what the schema knows there."""

    path: Path
    value: Any
    node: Node | None


def _targets(tree: Tree, keys: Path, value: object) -> list[ChangeTarget]:
    """Return the places to set: what exists, or optional fields that the schema knows."""
    return _below(ChangeTarget((), tree, ROOT), keys, value)


def _below(place: ChangeTarget, keys: Path, value: object) -> list[ChangeTarget]:
    if not keys:
        return [place]
    whole = len(keys) == 1 and isinstance(value, dict) and bool(value)
    found = _existing(place, keys) or [
        (step, 1) for step in _optional(place, keys[0], value if len(keys) == 1 else {}, whole)
    ]
    return [target for step, size in found for target in _below(step, keys[size:], value)]


def _existing(place: ChangeTarget, keys: Path) -> list[tuple[ChangeTarget, int]]:
    """Return the entries of a map that the first parts of a path stand for, and how many parts these are.

    Keys of `uncertain` are patterns themselves.
    """
    path, here, node = place
    if not isinstance(here, dict):
        return [(place, 1)] if here is not None and keys[0] == short_field(node) else []
    found = steps(here, keys) if path != ("uncertain",) else [(keys[0], 1)] if keys[0] in here else []
    return [
        (ChangeTarget((*path, name), here[name], node and below(node, name, here[name])), size)
        for name, size in found
    ]


def _optional(place: ChangeTarget, key: str, value: object, whole: bool) -> list[ChangeTarget]:
    """Return a field that the schema knows although the file leaves it out.

    A new entry of a keyed map must come whole; a misspelt id must not create half an entry.
    """
    path, here, node = place
    if node is None or value is None or (node.each is not None and not whole):
        return []
    closed = here is not None and not isinstance(here, dict) and short_field(node) is None
    if closed or (is_pattern(key) and path != ("uncertain",)):
        return []
    field = below(node, key, None)
    return [ChangeTarget((*path, key), None, field)] if field is not None else []


def targets(tree: Tree, pattern: str, value: object = 0) -> list[ChangeTarget]:
    """Return the places that a pattern stands for: what exists, or optional fields."""
    return _targets(tree, _keys(tree, pattern), value)


def without_value(tree: Tree, reached: list[ChangeTarget], value: object) -> tuple[str, str] | None:
    """Say which of several places have nothing that a relative change could change."""
    empty = [target.path for target in reached if target.value is None]
    if len(reached) < 2 or not empty or change_at(tree, empty[0], value) is None:
        return None
    shown = ", ".join(map(join, empty[:SHOWN_PATHS])) + (", ..." if len(empty) > SHOWN_PATHS else "")
    wrong = (
        f"'{value}' changes an inherited value, and {len(empty)} of {len(reached)} places have none ({shown})"
    )
    return wrong, "name those that have one, or write the value itself"


def nothing(tree: Tree, pattern: str) -> tuple[str, str]:
    """Say which part of a path matches nothing, and what is near it."""
    keys = _keys(tree, pattern)
    depth = next((size for size in range(1, len(keys)) if not _targets(tree, keys[:size], {})), len(keys))
    known: list[str] = []
    for _, value, node in _targets(tree, keys[: depth - 1], {}):
        known += value if isinstance(value, dict) else ()
        known += fields(node.model) if node is not None and node.model is not None else ()
    part = join(keys[:depth])
    wrong = f"'{pattern}' matches nothing" + (f": there is no '{part}'" if part != pattern else "")
    return wrong, did_you_mean(keys[depth - 1], known)


def clashes(variants: Mapping[str, Layer]) -> list[Problem]:
    """Return a problem for each path that two variants set."""
    problems = []
    for (name, first), (other, second) in itertools.combinations(variants.items(), 2):
        paths = {split(join(path)) for path, _ in leaves(first.tree)}
        for path in sorted({split(join(path)) for path, _ in leaves(second.tree)}):
            if any(_overlap(path, taken) for taken in paths):
                wrong = f"the variants '{name}' and '{other}' both set it"
                problems.append(second.problem(path, wrong, "use one of the two"))
    return problems


def _overlap(path: Path, other: Path) -> bool:
    """Tell whether one path is the other, or lies above it."""
    return all(matching({a: 0}, b) or matching({b: 0}, a) for a, b in zip(path, other, strict=False))
