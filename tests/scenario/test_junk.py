"""Junk anywhere in a scenario gives messages, never an exception; what passes can be compiled."""

from __future__ import annotations

import datetime
import pathlib
import random
from collections.abc import Iterator
from typing import Any

import pytest

from sim.errors import CurbsimError
from sim.network import compile_network
from sim.scenario import check, from_tree
from sim.scenario.layering import plain_value
from sim.scenario.paths import Path, get, put, walk
from tests.scenario.examples import Tree, blocks, worlds, written

DISTRIBUTIONS = [
    {"low": 1, "high": 2},
    {"low": "3 days", "high": "2 days"},
    {"mean": "0 days", "cv": 0},
    {"mean": "3 days", "cv": 0.2, "law": {}},
    {"values": [{}], "weights": [1]},
    {"values": 3, "weights": None},
    {"max": 1},
]
NUMBERS = [0, -1, 3, 1.5, 1e308, 10**20, 10**400, float("nan"), float("inf"), True]
QUANTITIES = [
    "30 days",
    "1e999 days",
    "1e308 years",
    "3 %",
    "-3 %",
    "+35 days",
    "1 t",
    "5 t/month",
    "1400 USD/t",
]
WORDS = [
    "",
    "JP",
    "a.b",
    "*",
    "[",
    "[a",
    "none",
    "% of baseline",
    "1e400/year",
    "é漢字😀",
    "²",
    "a\nb",
    "\x00",
    "x" * 5000,
]
DATES = ["2019-07-04", "9999-12-31", "0001-01-01", datetime.date(2019, 1, 1)]
MAPS = [{}, {"": 1}, {"a": {"b": 1}}, {"country": [None]}, {"event": "talks"}, {"kind": "quota"}]
LISTS = [[], [1, 2], ["JP"], [None], [{}], [[["x"]]]]
JUNK: list[Any] = [None, *NUMBERS, *QUANTITIES, *WORDS, *DATES, *MAPS, *LISTS, *DISTRIBUTIONS]
EACH = 2  # pieces of junk tried at each path
WRITTEN = 30  # one in so many is written to a file and read from there, which takes ten times as long


@pytest.mark.parametrize("number", range(len(blocks())))
def test_junk_gives_messages_or_a_network(number: int, tmp_path: pathlib.Path) -> None:
    rng = random.Random(number)
    for tree in broken(blocks()[number], worlds()[number], rng):
        if rng.randrange(WRITTEN) == 0:
            lines_of_check(tree, tmp_path / "junk.yaml")
        try:
            document = from_tree(tree).document
        except CurbsimError:
            continue
        if document.network is None:  # firms in tables are read when they are run
            compile_network(document)


def broken(block: Tree, world: Tree, rng: random.Random) -> Iterator[Tree]:
    """Yield a world with junk at each path of a block, and with unknown keys."""
    for path in list(walk(block))[1:]:
        if get(world, path[:-1], world) is not None and not any("." in key for key in path):
            for junk in rng.sample(JUNK, EACH):
                yield with_junk(world, path, junk)
            if isinstance(get(world, path), dict):
                yield put(world, (*path, rng.choice(WORDS)), rng.choice(JUNK))


def with_junk(world: Tree, path: Path, junk: object) -> Tree:
    """Return the world with a value replaced; `path` may end in a position of a list."""
    above = get(world, path[:-1]) if len(path) > 1 else world
    if not isinstance(above, list):
        return put(world, path, junk)
    number = int(path[-1])
    return put(world, path[:-1], [*above[:number], junk, *above[number + 1 :]])


def lines_of_check(tree: Tree, file: pathlib.Path) -> None:
    """Write a scenario, check it, and look at what each message is made of."""
    file.write_text(written(plain_value(tree))[0], encoding="utf-8")
    for problem in check([file]):
        assert problem.remedy
        assert len(str(problem).splitlines()) == 1
