"""What the options of commands share, and how their texts are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.errors import CurbsimError


class Form(StrEnum):
    """Formats of tables on stdout."""

    table = "table"
    csv = "csv"
    json = "json"


FormOption = Annotated[Form, typer.Option("--format", help="How to print tables.")]
SetOption = Annotated[list[str], typer.Option("--set", help="A changed value, path=value; may be repeated.")]
ReplicationsOption = Annotated[int | None, typer.Option(min=1, help="How many random futures.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Where the random futures begin.")]
JobsOption = Annotated[int | None, typer.Option(min=1, help="Number of processes; all cores by default.")]
CentralOption = Annotated[
    bool, typer.Option("--no-uncertainty", help="Fix uncertain values at what the file says.")
]
WrittenOption = Annotated[
    bool, typer.Option("--no-structure", help="Run the model structure as written only: faster.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for run folders.")]


def load_changed(name: str, changes: list[str] | None = None) -> Any:
    """Load a scenario with the changed values of the command line."""
    from sim.scenario import load

    return load(name, changes=parse_changes(changes or []), written="--set")


def parse_changes(changes: list[str]) -> dict[str, object]:
    """Turn `path=value` texts into changes; values are read as in a file.

    Examples
    --------
    >>> parse_changes(["run.seed=7", "regimes.individual.denial=30 %"])
    {'run.seed': 7, 'regimes.individual.denial': '30 %'}
    """
    return _parsed(changes, "--set", "{}")


def parse_grid(changes: list[str]) -> dict[str, list[object]]:
    """Turn `path=value,value` texts into the values of each path; a value with commas stands in braces.

    Examples
    --------
    >>> parse_grid(["run.seed=7,8", "model.switching=0, 0.5"])
    {'run.seed': [7, 8], 'model.switching': [0, 0.5]}
    """
    found = _parsed(changes, "--vary", "[{}]")
    return {path: list(values) for path, values in found.items() if isinstance(values, list)}


def _parsed(changes: list[str], option: str, form: str) -> dict[str, object]:
    """Read the values of `path=value` texts as YAML of a form."""
    from sim.scenario.reading import parse

    found: dict[str, object] = {}
    for change in changes:
        path, equals, value = (part.strip() for part in change.partition("="))
        if not equals or not path:
            raise CurbsimError(f"{option}:{change}: there is no value; write path=value")
        layer, problems = parse(f"value: {form.format(value)}", f"{option}:{path}")
        if problems:
            raise CurbsimError("\n".join(str(problem) for problem in problems))
        found[path] = layer.tree["value"]
    return found
