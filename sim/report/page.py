"""The page: one HTML file with its style and figures inside, which asks nothing of any network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from sim.report.pictures import Figure
from sim.report.sections import Part
from sim.reporting.table import marked_up
from sim.results import Result


def render(result: Result, parts: Sequence[Part], figures: Sequence[Figure]) -> str:
    """Return the page; the same result gives the same bytes on the same machine."""
    import jinja2

    home = resources.files("sim.report")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["marked_up"] = marked_up
    page = environment.from_string((home / "page.html.jinja").read_text(encoding="utf-8"))
    return page.render(
        result=result,
        meta=result.scenario.document.meta,
        answer=result.words().split("\n"),
        parts=parts,
        figures=figures,
        repeat=repeat(result),
        style=(home / "page.css").read_text(encoding="utf-8"),
    )


def repeat(result: Result) -> dict[str, str]:
    """Return what it takes to make the numbers again."""
    told = result.manifest
    certain = "" if told["uncertainty"] else " --no-uncertainty"
    written = "" if "structure" in result.arrays else " --no-structure"
    number = told["replications_asked"]
    options = f"--replications {number} --seed {told['seed']}{certain}{written}"
    command = f"curbsim run scenario.yaml {options}"
    stopped = f" of {number:,} asked for" if told["stopped_early"] else ""
    found = {
        "Command, in this run folder": command,
        "Scenario": f"{told['scenario']}, SHA-256 {told['hash']}",
        "Baseline": f"{told['baseline']}, SHA-256 {told['baseline_hash']}",
        "Seed": str(told["seed"]),
        "Replications": f"{told['replications']:,}{stopped}",
        "Uncertain values": f"{told['uncertain_values']:,}",
        "Commit": told["commit"] or "none: an installed package",
        "Python": told["python"],
        "Platform": told["platform"],
        "Packages": ", ".join(f"{name} {version}" for name, version in sorted(told["versions"].items())),
    }
    if told.get("processes"):
        found["Own processes"] = ", ".join(told["processes"])
    return found
