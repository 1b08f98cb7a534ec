"""The command `curbsim`: one function for each command, thin over the API."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from sim import signals
from sim.arguments import command_word
from sim.cli import study_commands, world_commands
from sim.cli.options import (
    DEFAULT,
    CommandOptions,
    FoldersArgument,
    Form,
    FormOption,
    HorizonsOption,
    LatestOption,
    MeasureOption,
    PrecisionOption,
    SetOption,
    TablesOption,
    WrittenOption,
    load_changed,
    parse_grid,
    run_folders,
    takes_options,
)
from sim.cli.printing import open_streams, print_rows, say
from sim.errors import CurbsimError, LeftOutWarning, PartialRunWarning, quoted
from sim.runner.options import RunOptions


def print_version(wanted: bool) -> None:
    """Print the version of the program and end."""
    if wanted:
        from importlib.metadata import version

        print(f"curbsim {version('curbsim')}")
        raise typer.Exit


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
    open_streams()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them takes a tenth of a check
    warnings.simplefilter("ignore", PartialRunWarning)  # the command has words of its own
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of a home that cannot be written
    warnings.simplefilter("always", LeftOutWarning)
    warnings.formatwarning = lambda message, *_, **__: f"{message}\n"  # without a line of code
    try:
        code = _exit_code()
        sys.stdout.flush()  # a disk may be full
        sys.exit(code)
    except CurbsimError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except MemoryError:
        print("memory is full; write fewer --replications, a smaller --jobs, or --cluster", file=sys.stderr)
        sys.exit(1)
    except ImportError as error:  # also where memory is limited to so little that it cannot be mapped
        print(
            f"a library cannot be loaded ({error}); install curbsim anew, or allow more memory",
            file=sys.stderr,
        )
        sys.exit(1)
    except OSError as error:
        print(f"{error.filename or 'curbsim'}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def _exit_code() -> int:
    """Run the command and return what it ends with."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("stopped; the same command goes on with what is finished", file=sys.stderr)
        return signals.exit_code(ended.code if isinstance(ended.code, int) else 0)
    return 0


@app.callback()
def whole(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", callback=print_version, is_eager=True),
    ] = False,
) -> None:
    """Who runs short, when, by how much and why, when export curbs act on a supply network."""


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
    """Check scenario files: print every mistake with its place, else what the answer will assume."""
    from sim.cli.listing import statements
    from sim.errors import in_order
    from sim.scenario.scenario import examine
    from sim.scenario.titles import assumption_lines

    examined = list(examine(files))
    problems = list(in_order(problem for found in examined for problem in found.problems))
    if network and not problems:
        from sim.cli.run_actions import network_problems

        problems = [problem for name in files for problem in network_problems(load_changed(name))]
    for problem in problems:
        print(problem)
    if problems:
        say(f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}")
        raise typer.Exit(1)
    for statement in statements(examined):
        print(statement)
    for found in examined:
        for line in assumption_lines(found.document.meta.assumptions) if not found.variant else ():
            say(f"{found.name}: {line}" if len(files) > 1 else line)
    unsolved = "" if network else "; --network checks capacities and loops, too"
    say(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no mistakes{unsolved}")


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
    text = template(path.stem, extends)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CurbsimError(f"{path}: exists already; write another name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CurbsimError(f"{quoted(path)}: cannot be written ({reason}); write another name") from None
    say(f"{path} written; edit it, then: curbsim check {command_word(path)}")


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
    tables: TablesOption = "parquet",
    horizons: HorizonsOption = "",
) -> None:
    """Run a scenario against its baseline and print who loses what, when and why."""
    from sim.cli.run_actions import run_command
    from sim.results.store import require_formats

    scenario, wide, formats = load_changed(name, set_), not no_structure, require_formats(tables)
    dates = tuple(part.strip() for part in horizons.split(",") if part.strip())
    run_command(scenario, options, precision, wide, formats, dates)


@app.command()
def report(
    folders: FoldersArgument = None,
    latest: LatestOption = [],  # noqa: B006
    tables: TablesOption = "parquet",
) -> None:
    """Make the reports of run folders anew."""
    from sim.cli.run_actions import report_command
    from sim.results.store import require_formats

    report_command(run_folders("report", folders, latest), require_formats(tables))


@app.command()
@takes_options()
def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Two scenarios or more, or run folders; the first is the reference."),
    ] = None,
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
    latest: LatestOption = [],  # noqa: B006
) -> None:
    """Compare scenarios under the same draws, or runs that were made before."""
    from sim.cli.run_actions import compare_command, compare_folders
    from sim.results.saved.listing import is_run_folder

    given = names or []
    finished = [Path(name) for name in given if is_run_folder(name)]
    finished += run_folders("compare", [], latest) if latest else []
    if finished and len(finished) < len(given) + len(latest):
        raise CurbsimError(
            "compare: some are run folders, others scenarios; write run folders or scenarios only"
        )
    if finished and (set_ or options.run != RunOptions()):
        raise CurbsimError(
            "compare: finished runs have their options; leave out --set, --replications and the like"
        )
    if finished:
        compare_folders(finished, options)
    else:
        compare_command([load_changed(name, set_) for name in given], options)


@app.command()
def runs(
    folder: Annotated[Path, typer.Argument(help="Folder of run folders.")] = Path("runs"),
    form: FormOption = Form.table,
) -> None:
    """List the runs and experiments that were made, the latest first."""
    from sim.results.saved.listing import run_rows

    rows = run_rows(folder)
    print_rows(rows, form, right=("seed", "replications"))
    say(f"{len(rows)} folder{'' if len(rows) == 1 else 's'} in {folder}")


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
    measure: MeasureOption = "lost_days_gross",
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
