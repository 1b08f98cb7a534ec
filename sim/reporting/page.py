"""The report of a run: one page that stands alone, and its tables as CSV and LaTeX."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import plots
from sim.errors import CurbsimError
from sim.files import remove, whole_folder, write_whole
from sim.reporting.input_tables import inputs
from sim.reporting.loss_tables import FEWEST_FOR_SHARES, findings, hinges, structure
from sim.reporting.table import FILES, Table, render_template
from sim.results import store
from sim.results.loss_summary import Titles
from sim.results.numbers import counted
from sim.results.restricted import group_words
from sim.results.result import Result
from sim.scenario.titles import assumption_lines


@dataclass(frozen=True, eq=False)
class PageSection:
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
CHANCE_AND_SIZE = (
    "A chance and a size are two things that a mean mixes. Here they stand apart, with the intervals that "
    "the number of replications allows."
)
BASELINE = "The baseline is the same world under the same draws, without what the scenario adds."
WORDS = {"chances": (CHANCE_AND_SIZE,), "difference": (BASELINE,)}


def sections(result: Result) -> list[PageSection]:
    """Return the sections of a report that have something to show."""
    tables = [*findings(result), *inputs(result.scenario), *hinges(result), *structure(result)]
    known = {table.name: table for table in tables}
    parts = []
    for name, (title, names) in PARTS.items():
        shown = tuple(known[key] for key in names if key in known)
        words = SPOKEN[name](result) if name in SPOKEN else WORDS.get(name, ())
        if shown or words:
            parts.append(PageSection(name, title, words, shown))
    return parts


def hinges_words(result: Result) -> tuple[str, ...]:
    """Say when there are too few replications, or nothing to tell."""
    if not result.manifest["uncertain_values"]:
        return ("Every value of this run is certain.",)
    if result.replications < FEWEST_FOR_SHARES:
        return (f"This needs {FEWEST_FOR_SHARES} replications or more; the run has {result.replications}.",)
    return ("Most values matter little. Shares come from the draws of this run, without further runs.",)


def structure_words(result: Result) -> tuple[str, ...]:
    """Say what the ranges of the page are over."""
    values = result.manifest["uncertain_values"]
    certain = "chance alone: every value is certain"
    over = f"{counted(values, 'uncertain value')} and chance" if values else certain
    return ((MORE_STRUCTURES if "structure" in result.arrays else ONE_STRUCTURE).format(over),)


def assumption_words(result: Result) -> tuple[str, ...]:
    """Say what was made up or mended when the world was imported."""
    return tuple(assumption_lines(result.manifest.get("assumptions", {})))


ONE_STRUCTURE = (
    "The ranges of this page are over {}, for one structure of the model: production functions, rationing, "
    "switching of orders and order inflation are as the scenario sets them."
)
MORE_STRUCTURES = (
    "The ranges above are over {}, for the structure that the scenario sets. For the tables below, every "
    "replication was run once more with another structure: production functions, rationing, switching of "
    "orders and order inflation. Their ranges are over parameters, chance and structure together."
)
SPOKEN = {"hinges": hinges_words, "structure": structure_words, "assumptions": assumption_words}


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
DPI, CSS_DPI, ZOOM = 200, 96, 1.35  # of the files, of the page; shown a little larger than in print
TITLES = {
    "cover": "Stocks of {goods}, in days of use",
    "output": "Output of users of {goods}, against the baseline",
    "network": "The network",
    "licences": "Open licence files by week, and how long they waited",
    "lost_value": "Value lost, gross and net",
    "loss_by_material": "Gross loss by what held production back",
    "exceedance": "How likely a gross loss above any size is",
    "spread": "Share of processes below 90 % of their baseline, by tier and week",
}


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its file without ending, the PNG as a data URI, its size in CSS pixels."""

    file: str
    title: str
    alt: str
    data: str
    width: int
    height: int


def pictures(result: Result, folder: Path, *, draw: bool = True) -> list[Figure]:
    """Return the figures of a run folder in the order of plots; with `draw`, what is missing is drawn."""
    files = store.file_names(plots.figures(result, result.scenario))
    if folder.is_symlink():
        raise CurbsimError(f"{folder}: is a link; delete it, the figures are drawn anew")
    paths = {name: folder / f"{file}.png" for name, file in files.items()}
    others = [path for path in paths.values() if not _is_png(path)]
    for path in others:
        remove(path)  # a link would be written through
    if others and draw:
        plots.save_all(result, folder, result.scenario)
    return [_read(title_of(result, name), result, path) for name, path in paths.items() if _is_png(path)]


def _is_png(path: Path) -> bool:
    """Tell whether a file is a PNG by its first bytes: a page shows nothing else, whatever the name."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == PNG


def _read(title: str, result: Result, path: Path) -> Figure:
    data = path.read_bytes()
    width, height = (round(x * ZOOM * CSS_DPI / DPI) for x in struct.unpack(">II", data[16:24]))
    run = f"{result.title}; {counted(result.replications, 'replication')}"
    alt = f"{title}. {run}. The tables below give numbers."
    code = base64.b64encode(data).decode()
    return Figure(path.stem, title, alt, f"data:image/png;base64,{code}", width, height)


def title_of(result: Result, name: str) -> str:
    """Return the title of a figure by its name."""
    titles = Titles(result)
    if route := re.fullmatch(r"(?s)trade_(.+)_([A-Z]{2})_([A-Z]{2})", name):
        material, origin, destination = route.groups()
        return f"{titles.material(material)}, {origin} to {destination}, by month"
    if name not in TITLES:
        return name.replace("_", " ").capitalize()
    return TITLES[name].format(goods=group_words(result.scenario.document).goods)


def render(result: Result, parts: Sequence[PageSection], figures: Sequence[Figure]) -> str:
    """Return the page; the same result gives the same bytes on the same machine."""
    style = (FILES / "page.css").read_text(encoding="utf-8")
    return render_template(
        "page.html.jinja",
        result=result,
        meta=result.scenario.document.meta,
        answer=result.words().split("\n"),
        parts=parts,
        figures=figures,
        repeat=repeat(result),
        style=style,
    )


def repeat(result: Result) -> dict[str, str]:
    """Return what it takes to make the numbers again."""
    manifest = result.manifest
    asked = manifest["replications_asked"]
    certain = "" if manifest["uncertainty"] else " --no-uncertainty"
    written = "" if "structure" in result.arrays else " --no-structure"
    stopped = f" of {asked:,} asked for" if manifest["stopped_early"] else ""
    versions = sorted(manifest["versions"].items())
    lines = {
        "Command, in this run folder": (
            f"curbsim run scenario.yaml --replications {asked} --seed {manifest['seed']}{certain}{written}"
        ),
        "Scenario": f"{manifest['scenario']}, SHA-256 {manifest['hash']}",
        "Baseline": f"{manifest['baseline']}, SHA-256 {manifest['baseline_hash']}",
        "Seed": str(manifest["seed"]),
        "Replications": f"{manifest['replications']:,}{stopped}",
        "Uncertain values": f"{manifest['uncertain_values']:,}",
        "Commit": manifest["commit"] or "none: an installed package",
        "Python": manifest["python"],
        "Platform": manifest["platform"],
        "Packages": ", ".join(f"{name} {version}" for name, version in versions),
    }
    if manifest.get("processes"):
        lines["Own processes"] = ", ".join(manifest["processes"])
    return lines


PAGE, TABLES = "report.html", "report_tables"


def write(result: Result, folder: Path, *, stata: bool = False, draw: bool = True) -> Path:
    """Write `report.html` and `report_tables/` into a run folder, each whole; return the path of the page.

    Figures are read from `figures/` beside it.

    Parameters
    ----------
    stata : bool
        Also write every table as .dta.
    draw : bool
        Draw the figures first where one is missing.
    """
    parts = sections(result)
    forms = ("csv", "tex", "dta") if stata else ("csv", "tex")
    with whole_folder(folder / TABLES) as place:
        for table in (table for part in parts for table in part.tables):
            table.write(place, forms)
    page = render(result, parts, pictures(result, folder / "figures", draw=draw))
    write_whole(folder / PAGE, lambda part: part.write_bytes(page.encode()))
    return folder / PAGE
