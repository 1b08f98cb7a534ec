"""The range of an inherited value when the value changes: it follows a relative change, a new value ends it.

A range that is written in the same layer as the value is its own and stays as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sim.errors import Problem
from sim.scenario.inheritance.relative_changes import (
    MOVING,
    RelativeChange,
    absolute,
    change_at,
    moved,
    node_at,
    require_sound,
)
from sim.scenario.paths import (
    Layer,
    Path,
    Position,
    Tree,
    exists,
    get,
    is_pattern,
    join,
    matcher,
    precedence,
    shared_out,
    split,
    walk,
)
from sim.scenario.schema.field_types import FORM_KEYS
from sim.units import Quantity

WITHOUT_RANGES = ("uncertain", "variants", "meta", "run", "extends", "baseline")
DEFAULTS = {"as": "value", "draw": "each"}  # of an entry, and not worth writing
Ranges = dict[str, Tree]


class AppliedChange(NamedTuple):
    """A relative change that has been applied: where, to what, and where it was written."""

    path: Path
    old: Any
    change: RelativeChange
    place: Position

    def members(self) -> list[AppliedChange]:
        """Return the change of each value, where what is inherited differs by material."""
        if not isinstance(self.old, dict) or FORM_KEYS & self.old.keys():
            return [self]
        parts = [self._replace(path=(*self.path, key), old=value) for key, value in self.old.items()]
        return [self, *(member for part in parts for member in part.members())]


def written_ranges(tree: Tree) -> frozenset[str]:
    """Return the ranges that a layer writes itself: with numbers, or with `fixed`.

    Examples
    --------
    >>> sorted(written_ranges({"uncertain.a.b": {"low": 1, "high": 2}, "uncertain": {"c": {"note": "x"}}}))
    ['a.b']
    """
    given = tree.get("uncertain")
    entries: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    for key, value in tree.items():
        name = key.removeprefix("uncertain.")
        if name == key:
            continue
        if isinstance(value, dict):
            entries[name] = value
        else:
            pattern, _, field = name.rpartition(".")
            entries[pattern] = {field: value}
    own = FORM_KEYS | {"fixed"}
    return frozenset(key for key, entry in entries.items() if isinstance(entry, dict) and own & entry.keys())


def range_of(ranges: Iterable[str], path: Path) -> str | None:
    """Return the range that a path has: one written out before a wildcard, then the longer one.

    Examples
    --------
    >>> range_of(["a.*", "a.b", "*.b"], ("a", "b"))
    'a.b'
    """
    text = join(path)  # a path of names that have dots is one whole with its pattern
    fitting = [pattern for pattern in ranges if pattern == text or _fits(split(pattern), path)]
    return min(fitting, key=precedence, default=None)


def _fits(keys: Path, path: Path) -> bool:
    return len(keys) == len(path) and all(
        key == part or (is_pattern(key) and matcher(key)(part) is not None)
        for key, part in zip(keys, path, strict=True)
    )


def follow(
    layer: Layer, applied: Iterable[AppliedChange], own: frozenset[str]
) -> tuple[Layer, list[Problem]]:
    """Change the ranges of changed values alike; `own` are ranges that are written beside them."""
    work = _Following(layer, own)
    groups: dict[tuple[str, str], list[AppliedChange]] = {}
    for change in [member for one in applied for member in one.members()]:
        pattern = range_of(work.ranges, change.path)
        if pattern is not None and not work.stays(pattern, change):
            groups.setdefault((pattern, change.change.text), []).append(change)
    for (pattern, _), changes in groups.items():
        work.follow(pattern, changes)
    return work.layer(), work.problems


class _Following:
    """Ranges under way to those after some changes."""

    def __init__(self, layer: Layer, own: frozenset[str]) -> None:
        self.before, self.own = layer, own
        given = layer.tree.get("uncertain")
        self.ranges: Ranges = dict(given) if isinstance(given, dict) else {}
        self.places = dict(layer.places)
        self.problems: list[Problem] = []

    def stays(self, pattern: str, change: AppliedChange) -> bool:
        entry = self.ranges[pattern]
        if not isinstance(entry, dict) or entry.get("fixed") or range_of(self.own, change.path):
            return True
        return change.change.multiplies and entry.get("as") == "factor"  # the value it multiplies has changed

    def follow(self, pattern: str, changes: list[AppliedChange]) -> None:
        entry, paths = self.ranges[pattern], [change.path for change in changes]
        factor = entry.get("as") == "factor"
        if not factor and set(shared_out(self.before.tree, self.ranges)[pattern]) == set(paths):
            self.set(pattern, entry, changes[0])
            return
        for change in changes:
            self.set(join(change.path), taken_out(entry, pattern, join(change.path)), change)

    def set(self, key: str, entry: Tree, applied: AppliedChange) -> None:
        path, old, change, place = applied
        try:
            if entry.get("as") == "factor":
                entry = absolute(entry, old)
            made = moved(entry, change)
            self.require_sound(made, entry, path, change)
        except ValueError as error:
            wrong, _, remedy = str(error).partition("; ")
            self.problems.append(place.problem(path, wrong, remedy))
            return
        for gone in walk(self.ranges.get(key), ("uncertain", key)):
            self.places.pop(gone, None)
        self.ranges[key] = made
        self.places["uncertain", key] = place

    def require_sound(self, made: Tree, entry: Tree, path: Path, change: RelativeChange) -> None:
        """Raise when a number of a range passes a bound of its field."""
        for key in [key for key in MOVING if key in made]:
            now, was = (part[key] if isinstance(part[key], list) else [part[key]] for part in (made, entry))
            for number, before in zip(now, was, strict=True):
                wrong = f"'{change.text}' takes {key} of its range from {before} to {number}"
                require_sound(self.before.tree, path, number, wrong)

    def layer(self) -> Layer:
        if self.ranges == self.before.tree.get("uncertain", {}):
            return self.before
        return Layer({**self.before.tree, "uncertain": self.ranges}, self.places)


def taken_out(entry: Tree, pattern: str, path: str) -> Tree:
    """Return the range of one value, taken out of that of a wildcard: with the same draws.

    Examples
    --------
    >>> taken_out({"low": 1, "high": 2, "draw": "once"}, "a.*", "a.b")
    {'low': 1, 'high': 2, 'draw': 'a.*'}
    """
    if pattern == path:
        return entry
    alone = {key: value for key, value in entry.items() if DEFAULTS.get(key) != value}
    return {**alone, "draw": pattern} if entry.get("draw") == "once" else alone


def settle(before: Layer, after: Layer, changed: Iterable[Path], own: frozenset[str] = frozenset()) -> Layer:
    """End the ranges of values that are written anew, and drop ranges of what has been removed.

    Parameters
    ----------
    changed : iterable of path
        Values that the upper layer writes, those apart that it changes relative to what they were.
    own : frozenset of str
        Ranges that the upper layer writes beside them.

    Examples
    --------
    >>> tree = {"a": {"b": "2 days"}, "uncertain": {"a.*": {"low": "1 days", "high": "3 days"}}}
    >>> settle(Layer(tree, {}), Layer(tree, {}), [("a", "b")]).tree["uncertain"]["a.b"]
    {'fixed': True, 'replaced': {'low': '1 days', 'high': '3 days'}}
    """
    ranges = after.tree.get("uncertain", {})
    if not isinstance(ranges, dict):
        return after
    changed = list(changed)
    settled: Ranges = {**ranges, **_free(ranges, own)}
    places = dict(after.places)
    for path in dict.fromkeys(_with_range(settled, changed)):
        key = join(path)
        pattern = range_of(settled, path)
        if pattern is None or not exists(after.tree, path) or not isinstance(settled[pattern], dict):
            continue
        mine = range_of(own, path)
        if mine is not None:
            if mine != pattern:  # an inherited range that would go before the one written beside the value
                settled[key] = taken_out(settled[mine], mine, key)
        elif not settled[pattern].get("fixed"):
            range_ = taken_out(settled[pattern], pattern, key)
            had = exists(before.tree, path)  # an entry that is new has replaced nothing
            settled[key] = {"fixed": True, **({"replaced": _replaced(range_, before, path)} if had else {})}
            places["uncertain", key] = after.place(path)
    for path, law in _laws_gone(before, after, changed):
        if range_of(settled, path) is None:
            settled[join(path)] = {"fixed": True, "replaced": law}
            places["uncertain", join(path)] = after.place(path)
    gone = _gone(before, after, own) if "uncertain" in after.tree else set()
    settled = {key: entry for key, entry in settled.items() if key not in gone}
    return after if settled == ranges else Layer({**after.tree, "uncertain": settled}, places)


def _laws_gone(before: Layer, after: Layer, changed: Iterable[Path]) -> Iterator[tuple[Path, Tree]]:
    """Yield the values that were laws, written in place of a value, and are one number now."""
    for path in dict.fromkeys(changed):
        if not path or path[0] in WITHOUT_RANGES or not exists(after.tree, path):
            continue
        law, now = get(before.tree, path), get(after.tree, path)
        node = node_at(after.tree, path) if isinstance(law, dict) and not isinstance(now, dict) else None
        if node is None or not node.is_value or now is None:
            continue
        for one in (law, *law.values()):  # by material, several laws may have stood here: the first
            if isinstance(one, dict) and FORM_KEYS & one.keys():
                yield path, {key: number for key, number in one.items() if key not in ("law", "max")}
                break


def without_effect(tree: Tree, applied: Sequence[AppliedChange]) -> list[Problem]:
    """Report a change that multiplies nothing but values of 0, which have no range: it changes nothing."""
    ranges = tree.get("uncertain", {})
    for path, old, change, _ in applied:
        if not change.multiplies or change.number == 1.0 or not _is_zero(old) or range_of(ranges, path):
            return []
    if not applied:
        return []
    path, old, change, place = applied[0]
    wrong = f"'{change.text}' of 0 is 0, so that it changes nothing"
    amount = change.text.lstrip("+-−x* ")
    like = f"write '{amount}', or '+{amount.removesuffix('%').strip()} points'"
    remedy = like if amount.endswith("%") and change.text[0] == "+" else "write the new value itself"
    return [place.problem(path, wrong, remedy)]


def _is_zero(value: Any) -> bool:
    """Tell whether a value, or each one by material, is 0."""
    if isinstance(value, dict):
        return bool(value) and not FORM_KEYS & value.keys() and all(map(_is_zero, value.values()))
    try:
        return Quantity.parse(value).value == 0.0
    except ValueError:
        return False


def _free(ranges: Mapping[str, Any], own: frozenset[str]) -> Ranges:
    """Return the ranges that entries with `fixed: false` and no numbers give back to their values."""
    free = {}
    for key in own & ranges.keys():
        entry = ranges[key]
        if not isinstance(entry, dict) or entry.get("fixed") is not False or FORM_KEYS & entry.keys():
            continue
        others = range_of([pattern for pattern in ranges if pattern != key], split(key))
        given = entry.get("replaced") or (taken_out(ranges[others], others, key) if others else {})
        free[key] = {**given, **{name: value for name, value in entry.items() if name != "replaced"}}
    return free


def _with_range(ranges: Iterable[str], changed: Iterable[Path]) -> Iterator[Path]:
    """Yield the parts of changed paths that have a range: themselves, and values above them."""
    near: dict[str, list[str]] = {}  # ranges of each section; most leaves of a file are in the same few
    for leaf in changed:
        if not leaf or leaf[0] in WITHOUT_RANGES:
            continue
        if leaf[0] not in near:
            near[leaf[0]] = [key for key in ranges if split(key)[0] == leaf[0] or is_pattern(split(key)[0])]
        lengths = {len(split(key)) for key in near[leaf[0]]}
        if any("." in name for name in leaf):  # such a path has fewer keys than its pattern has parts
            lengths.update(range(1, len(leaf) + 1))
        for size in sorted(lengths):
            if size <= len(leaf) and range_of(near[leaf[0]], leaf[:size]):
                yield leaf[:size]


def free_ranges(ranges: Ranges, changed: Iterable[Path]) -> list[str]:
    """Return the ranges of changed values, those apart that are fixed.

    Examples
    --------
    >>> free_ranges({"a.*": {"low": 1, "high": 2}, "a.c": {"fixed": True}}, [("a", "b"), ("a", "c")])
    ['a.*']
    """
    found = [range_of(ranges, path) for path in _with_range(ranges, changed)]
    return [key for key in dict.fromkeys(found) if key is not None and not ranges[key].get("fixed")]


def _replaced(entry: Tree, before: Layer, path: Path) -> Tree:
    """Return a range that a written value ends, in the unit of the value where that has one."""
    if entry.get("as") != "factor":
        return entry
    try:
        return absolute(entry, get(before.tree, path))
    except ValueError:
        return entry


def _gone(before: Layer, after: Layer, own: frozenset[str]) -> set[str]:
    """Return inherited ranges of what has been removed."""
    old, ranges = before.tree.get("uncertain"), after.tree["uncertain"]
    # Sections that nothing touched are the same objects: nothing can be gone from them.
    touched = {key for key in before.tree if before.tree[key] is not after.tree.get(key)}
    return {
        pattern
        for pattern, entry in (old.items() if isinstance(old, dict) else ())
        if ranges.get(pattern) == entry
        and pattern not in own
        and split(pattern)[0] in touched
        and not exists(after.tree, pattern)
        and exists(before.tree, pattern)
    }


def absolute_paths(
    tree: Tree, upper: Mapping[str, Any], places_of: Callable[[str, object], Iterable[Path]]
) -> list[Path]:
    """Return the paths that a layer writes, where it does not change what is inherited.

    Parameters
    ----------
    tree : dict
        After the layer was laid over.
    upper : mapping
        Values by key; a key with dots is a path, wildcards in it stand for all that `places_of` finds.
    """
    found = []
    for key, value in upper.items():
        for start in places_of(key, value) if "." in key else [(key,)]:
            for below, leaf in _leaves(value):
                path = (*start, *below)
                if change_at(tree, path, leaf) is None:
                    found.append(path)
    return found


def _leaves(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [
        (path, value),
        *(leaf for key, part in value.items() for leaf in _leaves(part, (*path, str(key)))),
    ]
