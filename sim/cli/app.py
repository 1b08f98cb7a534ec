"""The command `curbsim`: one function for each command, thin over the API."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sim import signals
from sim.cli import study_commands, world_commands
from sim.cli.options import (
    DEFAULT,
    CommandOptions,
    Form,
    FormOption,
    MeasureOption,
    PrecisionOption,
    SetOption,
    TablesOption,
    WrittenOption,
    load_changed,
    parse_grid,
    takes_options,
)
from sim.cli.printing import print_rows, say
from sim.errors import CurbsimError

INTERRUPTED = 130  # how typer ends on Ctrl-C

app = typer.Typer(
    name="curbsim",
    help="Who runs short, when, by how much and why, when export curbs act on a supply network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command; a user's mistake ends with a plain message and exit code 1."""
    signals.stop_as_ctrl_c()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for as long as the command runs
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them takes a tenth of a check
    try:
        app()
    except CurbsimError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("stopped; the same command goes on with what is finished", file=sys.stderr)
        sys.exit(signals.exit_code(ended.code if isinstance(ended.code, int) else 0))
    except MemoryError:
        print("memory is full; write fewer --replications, a smaller --jobs, or --cluster", file=sys.stderr)
        sys.exit(1)
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

    print_rows(listing(what, name), form)


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders or names.")],
    network: Annotated[
        bool, typer.Option("--network", help="Also solve the baseline and check capacities.")
    ] = False,
) -> None:
    """Check scenario files and print every mistake with its place."""
    from sim.scenario import check as check_files

    problems = check_files(files)
    if network and not problems:
        from sim.cli.run_actions import network_problems

        problems = [problem for name in files for problem in network_problems(load_changed(name))]
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

    scenario = load_changed(name, set_)
    if origins:
        print_rows(origin_rows(scenario), "table")
    else:
        print(scenario.to_yaml(), end="")


@app.command()
def diff(first: str, second: str, form: FormOption = Form.table) -> None:
    """Show in which values two scenarios differ."""
    changes = load_changed(first).diff(load_changed(second))
    rows = [{"path": c.path, first: _text(c.old), second: _text(c.new), "source": c.source} for c in changes]
    if rows:
        print_rows(rows, form)
    say(f"{len(rows)} difference{'' if len(rows) == 1 else 's'}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new scenario.")],
    extends: Annotated[str, typer.Option(help="World or scenario that it builds on.")],
) -> None:
    """Write a new scenario file to fill in."""
    from sim.cli.listing import template

    load_changed(extends)
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
@takes_options()
def run(
    name: str,
    options: CommandOptions = DEFAULT,
    precision: PrecisionOption = None,
    set_: SetOption = [],  # noqa: B006
    no_structure: WrittenOption = False,
    tables: TablesOption = "parquet,csv",
) -> None:
    """Run a scenario against its baseline and print who loses what, when and why."""
    from sim.cli.run_actions import read_formats, run_command

    scenario, wide, formats = load_changed(name, set_), not no_structure, read_formats(tables)
    run_command(scenario, options, precision, wide, formats)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A run folder.")], tables: TablesOption = "parquet,csv"
) -> None:
    """Make the report of a run folder anew."""
    from sim.cli.run_actions import read_formats, report_command

    report_command(folder, read_formats(tables))


@app.command()
@takes_options()
def compare(
    names: Annotated[list[str], typer.Argument(help="Two scenarios or more; the first is the reference.")],
    options: CommandOptions = DEFAULT,
) -> None:
    """Compare scenarios under the same draws."""
    from sim.cli.run_actions import compare_command

    scenarios = [load_changed(name) for name in names]
    compare_command(scenarios, options)


@app.command()
@takes_options()
def roles(
    name: str,
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
) -> None:
    """Print what the curbs cost without responses, the responses without curbs, and both."""
    from sim.cli.run_actions import roles_command

    roles_command(load_changed(name, set_), options)


@app.command()
@takes_options()
def sweep(
    name: str,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", help="Values of a path, as path=value,value; may be repeated.", metavar="PATH=A,B"
        ),
    ],
    measure: MeasureOption = "lost_days",
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
) -> None:
    """Run a scenario over a grid of values and print what each step costs, and whom."""
    from sim.cli.run_actions import sweep_command

    grid = parse_grid(vary)
    sweep_command(load_changed(name, set_), grid, measure, options)


@app.command()
def network(
    name: str,
    out: Annotated[Path | None, typer.Option(help="Draw the network to this file, png or pdf.")] = None,
    form: FormOption = Form.table,
) -> None:
    """List the links of a scenario with their baseline flows, or draw them."""
    from sim.cli.run_actions import network_command

    network_command(load_changed(name), out, form)


for weigh in study_commands.COMMANDS:
    app.command()(weigh)

for name_, make in world_commands.COMMANDS.items():
    app.command(name_)(make)


def _text(value: object) -> str:
    return "" if value is None else str(value)
