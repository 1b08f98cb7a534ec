"""The examples of the format's reference, taken apart so that tests can break them one by one."""

from __future__ import annotations

import functools
import json
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sim.errors import Problem
from sim.scenario import check, layering, loading
from sim.scenario.paths import Layer, Path
from sim.scenario.yaml_files import parse

Tree = dict[str, Any]
README = pathlib.Path(__file__).parents[2] / "scenarios" / "README.md"
TEXT = README.read_text(encoding="utf-8")
WORLD, *BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """One event of the reference, and the world around it: the small world with the rest of its block."""

    kind: str
    name: str
    event: Tree
    world: Tree

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}"


@functools.cache
def blocks() -> tuple[Tree, ...]:
    """Return the small world and each block of the reference as maps."""
    trees = (parse(text, "README.md")[0].tree for text in (WORLD, *BLOCKS))
    return tuple({key: value for key, value in tree.items() if key != "extends"} for tree in trees)


@functools.cache
def worlds() -> tuple[Tree, ...]:
    """Return the small world with each block of the reference laid over it, itself first."""
    small, *others = (Layer(tree, {}) for tree in blocks())
    return (small.tree, *(layering.merge(small, block)[0].tree for block in others))


@functools.cache
def examples() -> tuple[Example, ...]:
    """Return every event of the reference."""
    return tuple(
        Example(event["kind"], name, event, _without(world, name))
        for world in worlds()
        for name, event in world.get("events", {}).items()
    )


def first_of(kind: str) -> Example:
    return next(example for example in examples() if example.kind == kind)


def _without(world: Tree, name: str) -> Tree:
    kept = {key: value for key, value in world["events"].items() if key != name}
    return {**{key: value for key, value in world.items() if key != "variants"}, "events": kept}


def written(tree: Tree) -> tuple[str, dict[Path, tuple[int, int]]]:
    """Write a tree as YAML, one key a line, and say in which line and column each key stands."""
    lines: list[str] = []
    places: dict[Path, tuple[int, int]] = {}
    for path, value in _entries(tree, ()):
        indent = "  " * (len(path) - 1)
        lines.append(f"{indent}{json.dumps(path[-1])}: {value}".rstrip())
        places[path] = (len(lines), len(indent) + 1)
    return "\n".join(lines) + "\n", places


def _entries(tree: Tree, above: Path) -> Iterator[tuple[Path, str]]:
    for key, value in tree.items():
        deeper = isinstance(value, dict) and value
        yield (*above, key), "" if deeper else json.dumps(value)
        if deeper:
            yield from _entries(value, (*above, key))


class Bench:
    """A folder in which events are checked on their worlds, which are read only once."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)
        once = functools.cache(loading.read_file)
        fresh = loading.read_file
        monkeypatch.setattr(
            loading, "read_file", lambda path: fresh(path) if path.stem == "event" else once(path)
        )
        self.parents: dict[int, str] = {}

    def problems(self, example: Example, event: Tree, **others: Tree) -> list[Problem]:
        """Return what `curbsim check` says, after a look at the places that it names."""
        tree = {
            "format": 1,
            "extends": self.parent(example),
            "events": {example.name: event, **others},
        }
        text, places = written(tree)
        file = self.folder / "event.yaml"
        file.write_text(text, encoding="utf-8")
        found = check([file])
        for problem in found:
            keys = tuple(problem.path.split("."))
            known = next(keys[:size] for size in range(len(keys), 0, -1) if keys[:size] in places)
            assert (problem.file, problem.line, problem.column) == ("event.yaml", *places[known])
        return found

    def parent(self, example: Example) -> str:
        number = id(example.world)
        if number not in self.parents:
            name = f"world{len(self.parents)}"
            (self.folder / f"{name}.yaml").write_text(written(example.world)[0], encoding="utf-8")
            self.parents[number] = name
        return self.parents[number]
