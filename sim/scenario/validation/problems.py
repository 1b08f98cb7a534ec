"""Collecting what is wrong with a document: places, sources, names, and what not to report twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.errors import Problem, did_you_mean, quoted
from sim.scenario.paths import Layer, Path, get, is_pattern, matching
from sim.scenario.schema.countries import country_code
from sim.scenario.schema.document import Document
from sim.scenario.schema.field_types import Amount, Price, Rate
from sim.scenario.validation.shape import Checked
from sim.units import unit_factor

COUNTRY = "country with a facility"


class ProblemCollector:
    """The problems of one document, with what every rule needs to look up.

    Attributes
    ----------
    document : Document
        The valid part of the scenario: entries with a mistake of shape are not in it.
    collected : list of Problem
        What the rules have reported so far.
    """

    def __init__(self, checked: Checked, layer: Layer) -> None:
        self.document: Document = checked.document
        self.layer = layer
        self.collected: list[Problem] = []
        self.broken = checked.broken
        self.changed = checked.changed
        self.lost = checked.lost
        self.has_tables = "network" in layer.tree

    def add(self, path: Path, wrong: str, remedy: str) -> None:
        """Report a problem."""
        self.collected.append(self.layer.problem(path, wrong, remedy))

    def incomplete(self, *sections: str) -> bool:
        """Tell whether entries of a section are missing from the document: then no match says nothing."""
        return any(path[0] in sections for path in self.broken)

    def latest(self, paths: Sequence[Path]) -> Path:
        """Return the path that was written last: the likely cause of what is wrong with all of them."""
        order = {path: number for number, path in enumerate(self.layer.places)}
        return max(paths, key=lambda path: order.get(path, -1))

    def ids(self, *path: str) -> Mapping[str, Any] | None:
        """Return what a keyed map holds, broken entries included; None when it could not be read."""
        entries = get(self.layer.tree, path)
        if isinstance(entries, dict):
            return entries
        return None if path[:1] in self.broken else {}

    def item(self, path: Path, number: int) -> Path:
        """Return the path of an item of a list; that of the list where it is written as one name."""
        here = (*path, str(number))
        return here if here in self.layer.places else path

    def countries(self) -> set[str] | None:
        """Return the countries with a facility, None when a facility could not be read."""
        if self.incomplete("facilities"):
            return None
        return {facility.country for facility in self.document.facilities.values()}

    def known(self, path: Path, word: str, what: str, names: Iterable[str] | None) -> bool:
        """Report a name that is not among `names`, unless these are None; tell whether it is."""
        if names is None or word in (names if isinstance(names, Mapping) else (names := list(names))):
            return True
        self.add(path, *_unknown(what, word, names))
        return False

    def source(self, path: Path, source: str | None, *, needed: bool = False) -> None:
        """Report a source that is missing, or that is not declared."""
        declared = self.ids("meta", "sources")
        if source is None:
            if needed:
                names = ", ".join(list(declared or ())[:3]) or "estimate"
                self.add(path, "it names no source", f"write source: and one of meta.sources ({names})")
        elif declared is not None and source not in declared:
            remedy = did_you_mean(source, declared)
            if not remedy.startswith("did you mean"):
                remedy = f"declare it: meta: {{sources: {{{source}: {{title: ...}}}}}}"
            self.add((*path, "source"), f"unknown source '{source}'", remedy)

    def names(self, path: Path, words: Sequence[str] | None, what: str, names: Iterable[str] | None) -> bool:
        """Report unknown names of a list in which wildcards are allowed; tell whether all are known."""
        if names is None:
            return True
        known = dict.fromkeys(names)
        unknown = [(number, word) for number, word in enumerate(words or ()) if not matching(known, word)]
        for number, word in unknown:
            # `from: [JP, KR]` is short for `from: {country: [JP, KR]}`
            items = [(*path, str(number)), (*path[:-1], str(number))]
            here = next((item for item in items if item in self.layer.places), path)
            self.add(here, *_unknown(what, word, known))
        return not unknown

    def unit(self, path: Path, quantity: object, material: str) -> None:
        """Report an amount, rate or price that cannot be turned into the unit of a material."""
        entry = self.document.materials.get(material)
        if entry is None or not isinstance(quantity, Amount | Rate | Price):
            return
        if unit_factor(quantity.unit, entry.unit) is None:
            written = get(self.layer.tree, path, f"... {quantity.unit}")
            wrong = f"'{written}' cannot be turned into {entry.unit}, the unit of {material}"
            self.add(path, wrong, f"write it in {entry.unit}{_per(quantity)}")
        elif isinstance(quantity, Price) and not self.incomplete("meta"):
            money = self.document.meta.currency
            if quantity.currency != money:
                wrong = f"prices of this scenario are in {money}, not {quantity.currency}"
                self.add(path, wrong, f"write what it is in {money}/{quantity.unit}, or meta.currency")


def _unknown(what: str, word: str, names: Iterable[str]) -> tuple[str, str]:
    """Say that a name is unknown, and what is near it."""
    if is_pattern(word):
        return f"no {what} fits {quoted(word)}", did_you_mean(word, names)
    if what == COUNTRY and not re.fullmatch("[A-Z]{2}", word):
        code = country_code(word)
        remedy = (
            f"write {code}"
            if code in set(names)
            else f"write two capital letters; {did_you_mean(word, names)}"
        )
        return f"unknown {what} {quoted(word)}", remedy
    return f"unknown {what} {quoted(word)}", did_you_mean(word, names)


def _per(quantity: object) -> str:
    return " per day, week, month or year" if isinstance(quantity, Rate) else ""
