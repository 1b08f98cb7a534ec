"""Paths into a tree of plain maps: `facilities.*.stocks.hf_liquid.cover` and what it stands for.

A path is a tuple of keys inside the code and a dotted text in files. Keys of the section `uncertain` are
paths themselves and count as one key. A name with dots (`St. Mark`) is found by its parts.
"""

from __future__ import annotations

import fnmatch
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from sim.errors import Problem

SMALL_MAP = 8  # keys
Path: TypeAlias = tuple[str, ...]
Tree: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value was written: line and column from 1, or the name of a CSV column."""

    file: str
    line: int = 0
    column: int | str = 0

    def problem(self, path: Path, wrong: str, remedy: str) -> Problem:
        """Return a problem of the value that was written here."""
        return Problem(self.file, self.line, self.column, join(path), wrong, remedy)


@dataclass(frozen=True, slots=True)
class Layer:
    """A tree of plain values together with the place of each of them."""

    tree: Tree
    places: dict[Path, Position]

    def place(self, path: Path) -> Position:
        """Return the place of a path, or of the nearest thing above it that has one."""
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return Position("scenario")

    def problem(self, path: Path, wrong: str, remedy: str) -> Problem:
        """Return a problem of the value at a path."""
        return self.place(path).problem(path, wrong, remedy)


@functools.lru_cache(maxsize=16384)
def split(text: str) -> Path:
    """Turn a dotted path into a tuple of keys.

    Examples
    --------
    >>> split("uncertain.run.seed")
    ('uncertain', 'run.seed')
    """
    first, _, rest = text.partition(".")
    if first == "uncertain" and rest:
        return (first, rest)
    return tuple(text.split("."))


def join(path: Path) -> str:
    """Turn a tuple of keys into a dotted path."""
    return ".".join(path)


@functools.lru_cache(maxsize=4096)
def is_pattern(key: str) -> bool:
    """Tell whether a key holds a wildcard."""
    return any(sign in key for sign in "*?[")


@functools.lru_cache(maxsize=4096)
def matcher(pattern: str) -> Callable[[str], object]:
    """Return what tells whether a name fits a pattern, as `fnmatchcase` would."""
    return re.compile(fnmatch.translate(pattern)).match


def matching(node: object, key: str) -> list[str]:
    """Return the keys of `node` that `key` stands for, in the order of the map."""
    if not isinstance(node, dict):
        return []
    if key in node:
        return [key]
    if key == "*":
        return list(node)
    return list(filter(matcher(key), node)) if is_pattern(key) else []


def steps(node: object, keys: Path) -> list[tuple[str, int]]:
    """Return the keys of `node` that the first parts of a path stand for, and how many parts these are.

    Examples
    --------
    >>> steps({"St. Mark": {}, "St": {}}, ("St", " Mark", "site"))
    [('St', 1), ('St. Mark', 2)]
    """
    if not isinstance(node, dict) or not keys:
        return []
    word = keys[0]
    found = [(name, 1) for name in matching(node, word)]
    # A path is looked up a hundred thousand times a load: most maps are small and no name in them has a dot.
    if len(keys) == 1 or (len(node) <= SMALL_MAP and "." not in "".join(node)):
        return found
    for size in range(2, len(keys) + 1):
        word = f"{word}.{keys[size - 1]}"
        if word in node:
            found.append((word, size))
        elif not found:
            found = [(name, size) for name in matching(node, word)]
    return found


def expand(tree: Tree, pattern: str | Path) -> list[Path]:
    """Return every concrete path of the tree that a pattern stands for.

    Examples
    --------
    >>> expand({"facilities": {"a": {"site": "x"}, "b": {}}}, "facilities.*.site")
    [('facilities', 'a', 'site')]
    """
    keys = split(pattern) if isinstance(pattern, str) else pattern
    return list(_expanded(tree, keys, ()))


def _expanded(node: Any, keys: Path, above: Path) -> Iterator[Path]:
    if not keys:
        yield above
    for name, size in steps(node, keys):
        yield from _expanded(node[name], keys[size:], (*above, name))


def exists(tree: object, pattern: str | Path) -> bool:
    """Tell whether a pattern stands for any path of the tree.

    Examples
    --------
    >>> exists({"facilities": {"a": {"site": "x"}, "b": {}}}, "facilities.*.site")
    True
    """
    keys = split(pattern) if isinstance(pattern, str) else pattern
    return _exists(tree, keys) or any(
        exists(tree[name], keys[size:]) for name, size in steps(tree, keys) if isinstance(tree, dict)
    )


def _exists(node: object, keys: Path) -> bool:
    """Tell whether a path exists whose names hold no dots, as nearly all do."""
    if not keys or not isinstance(node, dict):
        return not keys
    return any(_exists(node[name], keys[1:]) for name in matching(node, keys[0]))


def precedence(pattern: str) -> tuple[bool, int, str]:
    """Return what ranges are sorted by: the first that fits a path has it."""
    return is_pattern(pattern), -len(pattern), pattern


def shared_out(tree: Tree, patterns: Iterable[str]) -> dict[str, list[Path]]:
    """Return the paths that each pattern has for itself, in the order in which patterns take them.

    A path written out wins over a wildcard, then the longer one.

    Examples
    --------
    >>> shared_out({"a": {"b": 1, "c": 2}}, ["a.*", "a.b"])
    {'a.b': [('a', 'b')], 'a.*': [('a', 'c')]}
    """
    taken: set[Path] = set()
    shares: dict[str, list[Path]] = {}
    for pattern in sorted(patterns, key=precedence):
        shares[pattern] = [path for path in expand(tree, pattern) if path not in taken]
        taken.update(shares[pattern])
    return shares


def get(tree: Tree, path: Path, default: object = None) -> Any:
    """Return the value at a path, or `default` where there is none."""
    node: Any = tree
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return default
        node = node[key]
    return node


def put(tree: Tree, path: Path, value: object) -> Tree:
    """Return a copy of the tree with a value set; what is not on the path is shared, not copied.

    Examples
    --------
    >>> put({"run": {"seed": 1}}, ("run", "seed"), 2)
    {'run': {'seed': 2}}
    """
    head, *rest = path
    below = tree.get(head)
    if rest:
        value = put(below if isinstance(below, dict) else {}, tuple(rest), value)
    return {**tree, head: value}


def remove(tree: Tree, path: Path) -> Tree:
    """Return a copy of the tree without a path; the same tree when it has no such path."""
    head, *rest = path
    if head not in tree:
        return tree
    if not rest:
        return {key: value for key, value in tree.items() if key != head}
    below = tree[head]
    return {**tree, head: remove(below, tuple(rest))} if isinstance(below, dict) else tree


def walk(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield a path and every path below it, positions in lists as keys."""
    yield path
    pairs: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, dict):
        pairs = iter(value.items())
    elif isinstance(value, list):
        pairs = zip(itertools.count(), value)
    for key, below in pairs:
        yield from walk(below, (*path, str(key)))


def leaves(tree: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every value that is not a filled map, with its path."""
    if isinstance(tree, dict) and tree:
        for key, below in tree.items():
            yield from leaves(below, (*path, key))
    else:
        yield path, tree
