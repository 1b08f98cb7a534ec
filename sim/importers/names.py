"""Names that mean one thing: blanks, letters in two parts and signs of selections are mended, and said."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from sim.errors import Problem, ScenarioError
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.cells import clean, selectable, texts_of
from sim.scenario.schema.countries import country_code

FLOAT = re.compile(r"\d+\.0")  # of a column of numbers with an empty cell


def mend(tables: Iterable[tuple[pd.DataFrame, tuple[str, ...]]], said: Assumptions) -> list[pd.DataFrame]:
    """Return tables with mended names in some of their columns.

    Raises
    ------
    ScenarioError
        When two names become one although they differ in more than blanks and the parts of letters.
    """
    given = [(frame, [column for column in columns if column in frame]) for frame, columns in tables]
    texts = [{column: texts_of(frame[column]) for column in columns} for frame, columns in given]
    texts = [{column: _codes(cells, column, said) for column, cells in table.items()} for table in texts]
    words = sorted({word for table in texts for cells in table.values() for word in cells.unique()})
    mended = {word: selectable(clean(word)) for word in words}
    _require_apart(words, mended)
    _say(mended, said)
    return [
        frame.assign(**{column: cells.map(mended) for column, cells in table.items()})
        for (frame, _), table in zip(given, texts, strict=True)
    ]


def _codes(cells: pd.Series, column: str, said: Assumptions) -> pd.Series:
    """Return the codes of a column of whole numbers that a program wrote with a decimal: 1001.0 is 1001."""
    words = [word for word in cells.unique() if word]
    if not words or not all(FLOAT.fullmatch(word) for word in words):
        return cells
    said.say("names", f"Read as whole numbers: the column {column} ('{words[0]}' as '{words[0][:-2]}').")
    return cells.map(lambda word: word[:-2])


def _require_apart(words: list[str], mended: dict[str, str]) -> None:
    """Report names that only signs tell apart which no name may hold."""
    first: dict[str, str] = {}
    for word in words:
        other = first.setdefault(mended[word], word)
        if clean(other) != clean(word):
            wrong = f"the names '{other}' and '{word}' would both be written '{mended[word]}'"
            raise ScenarioError([Problem("names", 0, 0, "", wrong, "write one of them in another way")])


def _say(mended: dict[str, str], said: Assumptions) -> None:
    changed = [f"'{word}' as '{name}'" for word, name in mended.items() if name != word]
    if changed:
        said.say("names", f"Written otherwise: {few(changed)}.")
    lower: dict[str, set[str]] = {}
    for name in mended.values():
        lower.setdefault(name.casefold(), set()).add(name)
    cases = [
        " and ".join(f"'{name}'" for name in sorted(names)) for names in lower.values() if len(names) > 1
    ]
    if cases:
        said.say("names", f"Told apart by capital letters alone: {few(cases)}.")


def say_countries(words: Iterable[str], said: Assumptions) -> None:
    """Say which countries are read as another text than was written."""
    codes = {word: country_code(word) for word in words}
    changed = [f"'{word}' as {code}" for word, code in codes.items() if code is not None and code != word]
    if changed:
        said.say("countries", f"Read as ISO 3166: {few(changed)}.")
