"""The command `curbsim`: one function for each command, thin over the API."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.errors import CurbsimError

app = typer.Typer(
    name="curbsim",
    help="Who runs short, when, by how much and why, when export curbs act on a supply network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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


def main() -> None:
    """Run the command; a user's mistake ends with a plain message and exit code 1."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them takes a tenth of a check
    try:
        app()
    except CurbsimError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("stopped before the first replication was finished", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        print(f"{error.filename or 'curbsim'}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


@app.command("list")
def list_(
    what: Annotated[
        str, typer.Argument(help="scenarios, facilities, firms, materials, links, events or variants.")
    ] = "scenarios",
    name: Annotated[str, typer.Argument(help="A scenario, for everything but scenarios.")] = "",
    form: FormOption = Form.table,
) -> None:
    """List scenarios, or what is in one."""
    from sim.cli.listing import listing
    from sim.cli.output import print_rows

    print_rows(listing(what, name), form.value)


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders or names.")],
    network: Annotated[
        bool, typer.Option("--network", help="Also solve the baseline and check capacities.")
    ] = False,
) -> None:
    """Check scenario files and print every mistake with its place."""
    import gc

    gc.disable()  # it all ends in a moment; to search for garbage takes a tenth of it
    from sim.cli.output import say
    from sim.scenario import check as check_files

    problems = check_files(files)
    if network and not problems:
        from sim.cli.running import network_problems

        problems = [problem for name in files for problem in network_problems(_load(name))]
    for problem in problems:
        print(problem)
    if problems:
        say(f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}")
        raise typer.Exit(1)
    say(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no mistakes")


@app.command()
def show(
    name: str,
    origins: Annotated[bool, typer.Option("--origins", help="Say where every value was written.")] = False,
    set_: SetOption = [],  # noqa: B006 - typer reads the default
) -> None:
    """Show a scenario as one file, with everything it inherits."""
    from sim.cli.listing import origin_rows
    from sim.cli.output import print_rows

    scenario = _load(name, set_)
    if origins:
        print_rows(origin_rows(scenario), "table")
    else:
        print(scenario.to_yaml(), end="")


@app.command()
def diff(first: str, second: str, form: FormOption = Form.table) -> None:
    """Show in which values two scenarios differ."""
    from sim.cli.output import print_rows, say

    changes = _load(first).diff(_load(second))
    rows = [{"path": c.path, first: _text(c.old), second: _text(c.new), "source": c.source} for c in changes]
    if rows:
        print_rows(rows, form.value)
    say(f"{len(rows)} difference{'' if len(rows) == 1 else 's'}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new scenario.")],
    extends: Annotated[str, typer.Option(help="World or scenario that it builds on.")],
) -> None:
    """Write a new scenario file to fill in."""
    from sim.cli.listing import template
    from sim.cli.output import say

    _load(extends)
    path = Path(f"{name.removesuffix('.yaml')}.yaml")
    if path.exists():
        raise CurbsimError(f"{path}: exists already; write another name")
    path.write_text(template(path.stem, extends), encoding="utf-8")
    say(f"{path} written; edit it, then: curbsim check {path}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.scenario import json_schema

    print(json.dumps(json_schema(), indent=2))


@app.command()
def run(
    name: str,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    out: OutOption = Path("runs"),
    no_uncertainty: CentralOption = False,
    no_structure: WrittenOption = False,
    form: FormOption = Form.table,
) -> None:
    """Run a scenario against its baseline and print who loses what, when and why."""
    from sim.cli.running import run_command

    scenario, wide = _load(name, set_), not no_structure
    run_command(scenario, replications, seed, jobs, out, not no_uncertainty, wide, form.value)


@app.command()
def structure(
    name: str,
    measure: Annotated[str, typer.Option(help="A measure of processes.")] = "lost_days",
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    no_uncertainty: CentralOption = False,
    form: FormOption = Form.table,
) -> None:
    """Run a scenario over model structures and tell how much of the spread each choice makes."""
    from sim.cli.running import structure_command

    scenario = _load(name, set_)
    structure_command(scenario, measure, replications, seed, jobs, not no_uncertainty, form.value)


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(help="Two scenarios or more; the first is the reference.")],
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    no_uncertainty: CentralOption = False,
    form: FormOption = Form.table,
) -> None:
    """Compare scenarios under the same draws."""
    from sim.cli.running import compare_command

    scenarios = [_load(name) for name in names]
    compare_command(scenarios, replications, seed, jobs, not no_uncertainty, form.value)


@app.command()
def roles(
    name: str,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    no_uncertainty: CentralOption = False,
    form: FormOption = Form.table,
) -> None:
    """Tell what the curbs cost without responses, the responses without curbs, and both."""
    from sim.cli.running import roles_command

    roles_command(_load(name, set_), replications, seed, jobs, not no_uncertainty, form.value)


@app.command()
def sweep(
    name: str,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", help="Values of a path, as path=value,value; may be repeated.", metavar="PATH=A,B"
        ),
    ],
    measure: Annotated[str, typer.Option(help="A measure of processes.")] = "lost_days",
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    no_uncertainty: CentralOption = False,
    form: FormOption = Form.table,
) -> None:
    """Run a scenario over a grid of values and tell what each step costs, and whom."""
    from sim.cli.running import sweep_command

    grid = parse_grid(vary)
    sweep_command(_load(name, set_), grid, measure, replications, seed, jobs, not no_uncertainty, form.value)


@app.command()
def hindcast(
    name: Annotated[str, typer.Argument(help="A scenario; curbs_2019 if left out.")] = "",
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    form: FormOption = Form.table,
) -> None:
    """Set the case beside what was observed, and score what was not used to build it."""
    from sim.cli.running import hindcast_command

    hindcast_command(_load(name) if name else None, replications, seed, jobs, form.value)


@app.command()
def calibrate(
    name: Annotated[str, typer.Argument(help="A scenario; curbs_2019 if left out.")] = "",
    points: Annotated[int, typer.Option(min=32, help="Points of the design in each wave.")] = 512,
    waves: Annotated[int, typer.Option(min=1, max=9, help="Waves of history matching.")] = 3,
    no_stop: Annotated[bool, typer.Option("--no-stop", help="Also accept only what shows no stop.")] = False,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    out: OutOption = Path("runs"),
    form: FormOption = Form.table,
) -> None:
    """Find the draws that agree with the fitted figures; the same command goes on after a stop."""
    from sim.cli.evidence import calibrate_command

    scenario = _load(name) if name else None
    calibrate_command(scenario, points, waves, no_stop, seed, jobs, out, form.value)


@app.command()
def identify(
    name: Annotated[str, typer.Argument(help="The counterfactual.")],
    by: Annotated[str, typer.Option(help="The case that was seen; curbs_2019 if left out.")] = "",
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    form: FormOption = Form.table,
) -> None:
    """Tell what the case that was seen says about another one, and what it cannot."""
    from sim.cli.evidence import identify_command

    factual = _load(by) if by else None
    identify_command(_load(name, set_), factual, replications, seed, jobs, form.value)


@app.command()
def importance(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    who: Annotated[
        str | None, typer.Option(help="A process, facility/process; all users by default.")
    ] = None,
    form: FormOption = Form.table,
) -> None:
    """Tell which uncertain values the answer of a run hinges on, and how good their sources are."""
    from sim.cli.evidence import importance_command

    importance_command(run, who, form.value)


@app.command()
def threshold(
    name: str,
    stock: Annotated[str, typer.Option(help="Path and days of stock.", metavar="PATH=A,B")],
    delay: Annotated[str, typer.Option(help="Path and days of delay, or dates.", metavar="PATH=A,B")],
    share: Annotated[str, typer.Option(help="Path and shares of alternatives.", metavar="PATH=A,B")] = "",
    process: Annotated[str | None, typer.Option(help="A process, facility/process.")] = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    set_: SetOption = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="Draw contours to this file.")] = None,
    form: FormOption = Form.table,
) -> None:
    """Find from which stock, delay and share of alternatives on a plant begins to stop."""
    from sim.cli.evidence import threshold_command

    axes = tuple(parse_grid([text] if text else []) for text in (stock, delay, share))
    threshold_command(
        _load(name, set_), (axes[0], axes[1], axes[2]), process, replications, seed, jobs, out, form.value
    )


@app.command()
def network(
    name: str,
    out: Annotated[Path | None, typer.Option(help="Draw the network to this file, png or pdf.")] = None,
    form: FormOption = Form.table,
) -> None:
    """List the links of a scenario with their baseline flows, or draw them."""
    from sim.cli.running import network_command

    network_command(_load(name), out, form.value)


def _load(name: str, changes: list[str] | None = None) -> Any:
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


def _text(value: object) -> str:
    return "" if value is None else str(value)
