"""The sections of the page and which tables they hold."""

from __future__ import annotations

from dataclasses import dataclass

from sim.report.findings import findings
from sim.report.inputs import inputs
from sim.report.others import ENOUGH, hinges, structure
from sim.reporting.table import Table
from sim.results import Result
from sim.words import counted


@dataclass(frozen=True, eq=False)
class Part:
    """A section of the page: a heading, sentences and tables."""

    name: str
    title: str
    words: tuple[str, ...]
    tables: tuple[Table, ...]


PARTS = {
    "losses": ("Who loses what, and when", ("losses", "timing", "countries", "demand")),
    "chances": ("Chance and size of a loss", ("chances",)),
    "licences": ("Licences", ("licences",)),
    "difference": ("What the scenario changes", ("events", "difference")),
    "assumptions": ("Assumptions by what they rest on", ("assumptions", "rests_on", "ranges", "sources")),
    "hinges": ("What the answer hinges on", ("hinges",)),
    "structure": ("Structure of the model", ("structure_ranges", "structure_shares")),
}
APART = (
    "A chance and a size are two things that a mean mixes. Here they stand apart, with the intervals that "
    "the number of futures allows."
)
BASELINE = "The baseline is the same world under the same draws, without what the scenario adds."
WORDS = {"chances": (APART,), "difference": (BASELINE,)}


def sections(result: Result) -> list[Part]:
    """Return the sections of a report that have something to show."""
    tables = [*findings(result), *inputs(result.scenario), *hinges(result), *structure(result)]
    known = {table.name: table for table in tables}
    parts = []
    for name, (title, names) in PARTS.items():
        held = tuple(known[key] for key in names if key in known)
        words = SPOKEN[name](result) if name in SPOKEN else WORDS.get(name, ())
        if held or name in SPOKEN:
            parts.append(Part(name, title, words, held))
    return parts


def hinges_words(result: Result) -> tuple[str, ...]:
    """Say when there are too few futures, or nothing to tell."""
    if not result.manifest["uncertain_values"]:
        return ("Every value of this run is certain.",)
    if result.replications < ENOUGH:
        return (f"This needs {ENOUGH} futures or more; the run has {result.replications}.",)
    return ("Most values matter little. Shares come from the draws of this run, without further runs.",)


def structure_words(result: Result) -> tuple[str, ...]:
    """Say what the ranges of the page are over."""
    values = result.manifest["uncertain_values"]
    over = (
        f"{counted(values, 'uncertain value')} and chance"
        if values
        else "chance alone: every value is certain"
    )
    if "structure" not in result.arrays:
        return (ONE_STRUCTURE.format(over),)
    return (MORE_STRUCTURES.format(over),)


ONE_STRUCTURE = (
    "The ranges of this page are over {}, for one structure of the model: production functions, rationing, "
    "switching of orders and order inflation are as the scenario sets them."
)
MORE_STRUCTURES = (
    "The ranges above are over {}, for the structure that the scenario sets. For the tables below, every "
    "future was run once more with another structure: production functions, rationing, switching of orders "
    "and order inflation. Their ranges are over parameters, chance and structure together."
)
SPOKEN = {"hinges": hinges_words, "structure": structure_words}
