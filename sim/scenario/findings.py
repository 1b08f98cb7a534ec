"""Collecting what is wrong with a document: places, sources, names, and what not to report twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sim.errors import Problem, did_you_mean, quoted
from sim.quantity import unit_factor
from sim.scenario.fields import Amount, Price, Rate
from sim.scenario.paths import Layer, Path, get, is_pattern, join, matching
from sim.scenario.schema import Document
from sim.scenario.validate import Checked

COUNTRY = "country with a facility"


class Unread(dict[str, object]):
    """Stands for a section that could not be read: nothing is unknown in it."""

    def __contains__(self, key: object) -> bool:
        """Claim to hold every name."""
        return True


class Findings:
    """The problems of one document, with what every rule needs to look up.

    Attributes
    ----------
    document : Document
        The valid part of the scenario.
    problems : list of Problem
        What the rules have found so far.
    """

    def __init__(self, checked: Checked, layer: Layer) -> None:
        self.document: Document = checked.document
        self.layer = layer
        self.problems: list[Problem] = []
        self._damaged = checked.damaged
        # Every path at or above a damaged one: what follows from a mistake of shape is not news.
        self._above = {path[:size] for path in checked.damaged for size in range(len(path) + 1)}

    def add(self, path: Path, wrong: str, remedy: str, about: Iterable[str] = ()) -> None:
        """Report a problem, unless it only follows from a mistake of shape in the same place.

        `about` names the fields below the path that the problem is about, where it is not about all.
        """
        if any(map(self.broken, [(*path, field) for field in about] or [path])):
            return
        place = self.layer.place(path)
        self.problems.append(Problem(place.file, place.line, place.column, join(path), wrong, remedy))

    def broken(self, path: Path) -> bool:
        """Tell whether something at, above or below a path could not be read."""
        return path in self._above or any(path[:size] in self._damaged for size in range(1, len(path)))

    def latest(self, paths: Sequence[Path]) -> Path:
        """Return the path that was written last: the likely cause of what is wrong with all of them."""
        order = {path: number for number, path in enumerate(self.layer.places)}
        return max(paths, key=lambda path: order.get(path, -1))

    def lost(self, section: str) -> bool:
        """Tell whether a whole section could not be read."""
        return (section,) in self._damaged

    def ids(self, *path: str) -> dict[str, object]:
        """Return what a keyed map holds, broken entries included: these are not unknown."""
        if self.lost(path[0]):
            return Unread()
        found = get(self.layer.tree, path)
        if isinstance(found, dict):
            return found
        return Unread() if any(path[:size] in self._damaged for size in range(1, len(path) + 1)) else {}

    def known(self, path: Path, word: str, what: str, names: Iterable[str]) -> bool:
        """Report a name that is not among `names`; tell whether it is."""
        if word in (names if isinstance(names, dict) else (names := list(names))):
            return True
        self.add(path, *_unknown(what, word, names))
        return False

    def source(self, path: Path, source: str | None, *, needed: bool = False) -> None:
        """Report a source that is missing, or that is not declared."""
        declared = self.ids("meta", "sources")
        if source is None:
            if needed:
                names = ", ".join(list(declared)[:3]) or "estimate"
                remedy = f"write source: and one of meta.sources ({names})"
                self.add(path, "it names no source", remedy, about=("source", "provenance"))
        elif source not in declared:
            remedy = did_you_mean(source, declared)
            if not remedy.startswith("did you mean"):
                remedy = f"declare it: meta: {{sources: {{{source}: {{title: ...}}}}}}"
            self.add((*path, "source"), f"unknown source '{source}'", remedy)

    def names(self, path: Path, words: Sequence[str] | None, what: str, names: Iterable[str]) -> bool:
        """Report unknown names of a list in which wildcards are allowed; tell whether all are known."""
        if isinstance(names, Unread):
            return True
        fine = True
        known = dict.fromkeys(names)
        for number, word in enumerate(words or ()):
            if not matching(known, word):
                # `from: [JP, KR]` is short for `from: {country: [JP, KR]}`
                lists = [(*path, str(number)), (*path[:-1], str(number))]
                here = next((place for place in lists if place in self.layer.places), path)
                self.add(here, *_unknown(what, word, known))
                fine = False
        return fine

    def unit(self, path: Path, quantity: object, material: str) -> None:
        """Report an amount, rate or price that cannot be turned into the unit of a material."""
        entry = self.document.materials.get(material)
        if entry is None or not isinstance(quantity, Amount | Rate | Price):
            return
        if unit_factor(quantity.unit, entry.unit) is None:
            written = get(self.layer.tree, path, f"... {quantity.unit}")
            wrong = f"'{written}' cannot be turned into {entry.unit}, the unit of {material}"
            self.add(path, wrong, f"write it in {entry.unit}{_per(quantity)}")
        elif isinstance(quantity, Price) and quantity.currency != self.document.meta.currency:
            money = self.document.meta.currency
            self.add(path, f"prices of this scenario are in {money}", f"write {money}/{quantity.unit}")


def _unknown(what: str, word: str, names: Iterable[str]) -> tuple[str, str]:
    """Say that a name is unknown, and what is near it."""
    if is_pattern(word):
        return f"no {what} fits {quoted(word)}", did_you_mean(word, names)
    if what == COUNTRY and not re.fullmatch("[A-Z]{2}", word):
        return f"unknown {what} {quoted(word)}", f"write two capital letters; {did_you_mean(word, names)}"
    return f"unknown {what} {quoted(word)}", did_you_mean(word, names)


def _per(quantity: object) -> str:
    return " per day, week, month or year" if isinstance(quantity, Rate) else ""
