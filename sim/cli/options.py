"""What the options of commands share, and how their texts are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.changes import parse_changes


class Form(StrEnum):
    """Formats of tables on stdout."""

    table = "table"
    csv = "csv"
    json = "json"


FormOption = Annotated[Form, typer.Option("--format", help="How to print tables.")]
SetOption = Annotated[list[str], typer.Option("--set", help="A changed value, path=value; may be repeated.")]
TablesOption = Annotated[str, typer.Option("--tables", help="parquet, csv, dta; several with commas.")]
WrittenOption = Annotated[
    bool, typer.Option("--no-structure", help="Run the model structure as written only: faster.")
]
PrecisionOption = Annotated[
    float | None,
    typer.Option(help="Add futures until losses are this precise, such as 0.05; --replications at most."),
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for run folders.")]


def load_changed(name: str, changes: list[str] | None = None) -> Any:
    """Load a scenario with the changed values of the command line."""
    from sim.scenario import scenario

    return scenario.load_changed(name, parse_changes(changes or []), "--set")
