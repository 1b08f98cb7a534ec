"""Options that commands share, and changes written as path=value."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.errors import CurbsimError
from sim.runner.options import RunOptions
from sim.units import fraction

STARS = re.compile(r"(^|,\s*)(\*\s*\.?\d[^,]*)")  # `* 1.2`: YAML would take it for an alias


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
    >>> parse_grid(["model.order_inflation=0,1", "model.switching=0, 0.5"])
    {'model.order_inflation': [0, 1], 'model.switching': [0, 0.5]}
    """
    grid = {
        path: list(values)
        for path, values in _parsed(changes, "--vary", "[{}]").items()
        if isinstance(values, list)
    }
    for path, values in grid.items():
        for value in values:
            if isinstance(value, str) and ";" in value:
                parts = ",".join(part.strip() for part in value.split(";"))
                wrong = f"--vary:{path}: '{value}' is one value"
                raise CurbsimError(f"{wrong}; write commas between values, such as {path}={parts}")
    return grid


def _parsed(changes: list[str], option: str, form: str) -> dict[str, object]:
    """Read the values of `path=value` texts as YAML of a form."""
    from sim.scenario.yaml_files import parse

    values: dict[str, object] = {}
    for change in changes:
        path, equals, text = (part.strip() for part in change.partition("="))
        if not equals or not path:
            raise CurbsimError(f"{option}:{change}: there is no value; write path=value")
        if path in values:
            raise CurbsimError(f"{option}:{path}: it is given twice, and one would be lost; write it once")
        if form == "{}" and text.startswith("*"):
            text = f'"{text}"'
        elif form != "{}":
            text = STARS.sub(r'\1"\2"', text)
        layer, problems = parse(f"value: {form.format(text)}", f"{option}:{path}")
        if problems:
            raise CurbsimError("\n".join(str(problem) for problem in problems))
        values[path] = layer.tree["value"]
    return values


class Form(StrEnum):
    """Formats of tables on stdout."""

    table = "table"
    csv = "csv"
    json = "json"


FormOption = Annotated[Form, typer.Option("--format", help="How to print tables.")]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="A changed value, path=value, or a change of it: path=+5 days, x 1.2, +10 %; may be repeated.",
    ),
]
TablesOption = Annotated[str, typer.Option("--tables", help="parquet, csv, dta; several with commas.")]
WrittenOption = Annotated[
    bool, typer.Option("--no-structure", help="Run the model structure as written only: faster.")
]


def _share(text: str) -> float:
    """Read a share as files write it: 0.05, or 5 %."""
    try:
        return fraction(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a share; write 0.05 or '5 %'") from None


PrecisionOption = Annotated[
    float | None,
    typer.Option(
        parser=_share,
        metavar="SHARE",
        help="Add replications until losses are this precise, such as 0.05; --replications at most.",
    ),
]
HorizonsOption = Annotated[
    str,
    typer.Option(
        help="Dates up to which losses are told as well, with commas, such as 2019-12-31,2020-06-30; with "
        "--format csv or json this table is printed in place of the headline.",
        metavar="DATES",
    ),
]
FoldersArgument = Annotated[list[Path] | None, typer.Argument(help="Run folders.")]
LatestOption = Annotated[
    list[str], typer.Option("--latest", help="The latest run of a scenario, by its name; may be repeated.")
]
CaseArgument = Annotated[str, typer.Argument(help="A scenario; curbs_2019 if left out.")]
MeasureOption = Annotated[str, typer.Option(help="A measure of processes.")]
WhoOption = Annotated[str | None, typer.Option(help="A process, facility/process; all users by default.")]


@dataclass(frozen=True)
class CommandOptions:
    """The options that commands share: how to run, the folder for run folders, how to print."""

    run: RunOptions = RunOptions()
    out: Path = Path("runs")
    form: str = "table"


DEFAULT = CommandOptions()


def load_changed(name: str, changes: list[str] | None = None) -> Any:
    """Load a scenario with the changed values of the command line."""
    from sim.scenario import scenario

    return scenario.load_changed(name, parse_changes(changes or []), "--set")


def run_folders(command: str, folders: list[Path] | None, latest: list[str]) -> list[Path]:
    """Return the run folders that a command is given, by path or as the latest of a scenario."""
    from sim.cli.printing import say
    from sim.results.saved.listing import latest_run

    found = [*(folders or [])]
    for name in latest:
        row = latest_run(name, DEFAULT.out)
        changed = f" ({row['changes']})" if row["changes"] else ""
        say(f"latest run of {name}: {row['folder']}, {row['written']}{changed}")
        found.append(Path(row["folder"]))
    if not found:
        raise CurbsimError(
            f"{command}: no run folder; write its path, or --latest and the name of a scenario"
        )
    return found


def takes_options(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the shared options, in the place of its parameter `options`.

    Parameters
    ----------
    left_out : str
        Options that mean nothing to the command.
    """

    def extend(command: Callable[..., None]) -> Callable[..., None]:
        added = [option for name, option in SHARED.items() if name not in left_out]

        @functools.wraps(command)
        def extended(**values: Any) -> None:
            options = _command_options(**{option.name: values.pop(option.name) for option in added})
            command(options=options, **values)

        own = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [
            option for parameter in own for option in (added if parameter.name == "options" else [parameter])
        ]
        extended.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        extended.__annotations__ = {option.name: option.annotation for option in parameters}
        return extended

    return extend


def _command_options(
    replications: Annotated[int | None, typer.Option(min=1, help="How many replications.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the random draws.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Number of processes; all cores by default.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(help="Run on a Dask cluster: the address of its scheduler.", metavar="tcp://HOST:PORT"),
    ] = None,
    no_uncertainty: Annotated[
        bool,
        typer.Option(
            "--no-uncertainty",
            help="Fix uncertain values at the medians of their ranges; events by chance stay.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for run folders.")] = DEFAULT.out,
    form: FormOption = Form.table,
) -> CommandOptions:
    if jobs is not None and cluster is not None:
        raise typer.BadParameter("--jobs and --cluster: write one of them")
    run = RunOptions(
        replications=replications, seed=seed, jobs=cluster or jobs, uncertainty=not no_uncertainty
    )
    return CommandOptions(run, out, form)


SHARED = inspect.signature(_command_options, eval_str=True).parameters
