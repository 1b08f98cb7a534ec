"""What a change does to ranges: a value that a variant or `--set` writes is certain from then on."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.paths import Layer, Path, Tree, expand, is_pattern, join, matcher, split, walk

UNTOUCHED = ("uncertain", "variants", "meta", "run", "extends", "baseline")


def settle(before: Layer, after: Layer, changed: Iterable[Path]) -> Layer:
    """Fix the ranges of changed values, and drop ranges of what has been removed.

    Examples
    --------
    >>> tree = {"a": {"b": "2 days"}, "uncertain": {"a.*": {"low": "1 days", "high": "3 days"}}}
    >>> settle(Layer(tree, {}), Layer(tree, {}), [("a", "b")]).tree["uncertain"]["a.b"]
    {'fixed': True}
    """
    ranges = after.tree.get("uncertain")
    old = before.tree.get("uncertain")
    if not isinstance(ranges, dict) or not isinstance(old, dict):
        return after
    inherited = [pattern for pattern in ranges if ranges[pattern] == old.get(pattern)]
    keys = [split(pattern) for pattern in inherited]
    fixed = {path for leaf in changed for path in _fixed(keys, leaf) if expand(after.tree, path)}
    # Sections that nothing touched are the same objects: nothing can be gone from them.
    touched = {key for key in before.tree if before.tree[key] is not after.tree.get(key)}
    gone = [
        pattern
        for pattern in inherited
        if split(pattern)[0] in touched and expand(before.tree, pattern) and not expand(after.tree, pattern)
    ]
    if not fixed and not gone:
        return after
    kept = {pattern: entry for pattern, entry in ranges.items() if pattern not in gone}
    settled = kept | {join(path): {"fixed": True} for path in sorted(fixed)}
    places = dict(after.places)
    for path in fixed:
        places["uncertain", join(path)] = after.place(path)
    return Layer({**after.tree, "uncertain": settled}, places)


def _fixed(patterns: list[Path], leaf: Path) -> list[Path]:
    """Return the part of a changed path that each range of it speaks of."""
    if not leaf or leaf[0] in UNTOUCHED:
        return []
    near = [keys for keys in patterns if keys[0] == leaf[0] or is_pattern(keys[0])]
    return [leaf[: len(keys)] for keys in near if _covers(keys, leaf)]


def _covers(keys: Path, leaf: Path) -> bool:
    return len(keys) <= len(leaf) and all(
        key == part or (is_pattern(key) and matcher(key)(part)) for key, part in zip(keys, leaf, strict=False)
    )


def leaves_of(tree: Tree) -> list[Path]:
    """Return the paths of a variant, written as nested maps or as dotted keys."""
    return [tuple(part for key in path for part in split(key)) for path in walk(tree)]
