"""What the commands around a run do, and the folders they leave."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from sim.analysis.structure import fewest, structure
from sim.arguments import command_word
from sim.cli.options import CommandOptions
from sim.cli.printing import print_rows, progress_bar, say
from sim.engine.daystep.run import announce, compile_day_step
from sim.errors import CurbsimError, Problem
from sim.experiments.comparison import Comparison, compare
from sim.experiments.hindcast import cases_of, default_case, hindcast
from sim.experiments.roles import roles
from sim.experiments.sweep import sweep
from sim.progress import REPLICATIONS
from sim.reporting import hindcast_tables, terminal_tables
from sim.reporting.main_table import run_answer
from sim.reporting.premises import assumptions, premises, replaced_words
from sim.reporting.table import Table, records
from sim.results import store
from sim.results.measures import require_measure
from sim.results.numbers import counted
from sim.results.provenance import experiment_manifest
from sim.results.result import Result, read
from sim.runner.checkpoint import checkpointing
from sim.runner.replications import run
from sim.runner.stopping import MOST_SEQUENTIAL
from sim.runner.structures import STRUCTURES
from sim.scenario import Scenario

T = TypeVar("T")
MOST_LISTED = 20  # values in which two scenarios differ


def print_answer(
    frame: pd.DataFrame, form: str, answer: Iterable[str | Table], said: Iterable[str] = ()
) -> None:
    """Print texts and tables for a reader at the terminal, or a frame as CSV or JSON.

    `said` is what the answer rests on: below the tables, or beside a frame on stderr.
    """
    if form != "table":
        print_rows(records(frame), form)
        for line in said:
            say(line)
        return
    for part in answer:
        if isinstance(part, str):
            print(part)
        else:
            print_rows(part.lines(), form, right=part.right)
    for line in said:
        print(line)


def require_writable(out: Path) -> None:
    """Find out before the long work whether its results can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CurbsimError(
            f"{out}: cannot be written to ({reason}); write --out DIR for another place"
        ) from error


def compile_with_message() -> None:
    """Say so when the first run on a machine has to compile the day step."""
    announce(say)
    compile_day_step()


@contextmanager
def long_work(
    experiment: Callable[..., T], out: Path, total: int, label: str, unit: str = REPLICATIONS
) -> Iterator[T]:
    """Do long work whose folder will stand in `out`, going on with what an earlier call has finished.

    Yields what the experiment returns, to be saved: until then what is finished is kept.

    Parameters
    ----------
    experiment : callable
        Called with a checkpoint and what shows progress.
    total, unit : int and str
        How much there is to do, and what is counted.
    """
    require_writable(out)
    compile_with_message()
    with checkpointing(out) as checkpoint:
        with progress_bar(total, label, unit) as progress:
            result = experiment(checkpoint=checkpoint, progress=progress)
        yield result


def save(
    experiment: str,
    scenarios: Sequence[Scenario],
    options: CommandOptions,
    tables: dict[str, pd.DataFrame],
    figures: Callable[[Path], object] | None = None,
    said: Sequence[str] = (),
    **inputs: Any,
) -> None:
    """Write the folder of an experiment and say where it is.

    Parameters
    ----------
    scenarios : sequence of Scenario
        All that went in; the first gives its number of replications and its seed.
    figures : callable, optional
        Called with the folder to draw figures in.
    said : sequence of str, optional
        What the answer rests on, for the manifest; what the scenarios say by themselves when left out.
    inputs : optional
        What else the numbers depend on, for the manifest.
    """
    manifest = experiment_manifest(experiment, scenarios, **options.run.inputs(scenarios[0]), **inputs)
    if rests_on := [*(said or replaced_words(*scenarios))]:
        manifest["rests_on"] = rests_on
    texts = {f"scenario_{number}": scenario.to_yaml() for number, scenario in enumerate(scenarios, 1)}
    say(f"run folder: {store.save_experiment(options.out, manifest, tables, texts, figures=figures)}")


def run_command(
    scenario: Scenario,
    options: CommandOptions,
    precision: float | None,
    structured: bool,
    formats: tuple[str, ...],
    horizons: tuple[str, ...] = (),
) -> None:
    """Run, save with figures and the report, print."""
    most = options.run.total(scenario) if precision is None else options.run.replications or MOST_SEQUENTIAL
    label = scenario.name if precision is None else f"{scenario.name}, at most"
    work = partial(run, scenario, **options.run.keywords(), precision=precision, structure=structured)
    unit = f"runs ({most:,} replications, and each with another structure)" if structured else REPLICATIONS
    work = partial(work, horizons=horizons)
    with long_work(work, options.out, most * (2 if structured else 1), label, unit) as result:
        if result.manifest["stopped_early"]:
            say(
                f"stopped: {result.replications} of {result.manifest['replications_asked']} replications are "
                "finished and kept; the same command goes on from there"
            )
        say("writing tables, figures and the report ...")
        folder = result.save(
            options.out,
            formats=formats,
            figures=lambda place: draw_figures(result, place, result.scenario, options.run.processes),
            report=lambda place: write_report(result, place, formats, draw=False),
        )
    frame = result.horizons() if horizons else result.headline()
    print_answer(frame, options.form, run_answer(result), premises(result))
    where = f"report: {folder / 'report.html'}\nrun folder: {folder}"
    print(where) if options.form == "table" else say(where)


def network_problems(scenario: Scenario) -> list[Problem]:
    """Return what is wrong with a network once its baseline is solved."""
    from sim.network import compile_network
    from sim.network.checks import check_network
    from sim.runner.replications import solve_tables
    from sim.scenario.paths import Layer

    if scenario.document.network is not None:
        solve_tables(scenario)
        return []
    place = Layer(scenario.tree, scenario.origins).place
    return check_network(scenario.document, compile_network(scenario.document), place)


def draw_figures(result: Result, folder: Path, scenario: Scenario, jobs: int | None) -> None:
    """Draw the figures of a run folder."""
    from sim import plots

    plots.save_all(result, folder, scenario, jobs)


def write_report(result: Result, folder: Path, formats: tuple[str, ...], *, draw: bool = True) -> None:
    """Write the report of a run folder."""
    from sim import report

    report.write(result, folder, stata="dta" in formats, draw=draw)


def report_command(folders: Sequence[Path], formats: tuple[str, ...]) -> None:
    """Make the reports of run folders anew."""
    for folder in folders:
        report_of(folder, formats)


def report_of(folder: Path, formats: tuple[str, ...]) -> None:
    """Make the report of a run folder anew."""
    result = read(folder)
    require_writable(folder)
    write_report(result, folder, formats)
    print(folder / "report.html")


def compare_command(scenarios: list[Scenario], options: CommandOptions) -> None:
    """Compare, save and print paired differences."""
    total = options.run.total(scenarios[0]) * len(scenarios) if scenarios else 0
    unit = f"replications ({len(scenarios)} scenarios)"
    work = partial(compare, *scenarios, **options.run.keywords())
    with long_work(work, options.out, total, "comparing", unit) as comparison:
        print_comparison(comparison, options)


def compare_folders(folders: Sequence[Path], options: CommandOptions) -> None:
    """Save and print the paired differences of runs that were made before."""
    require_writable(options.out)
    results = [read(folder) for folder in folders]
    comparison = compare(*results)
    manifest = results[0].manifest
    numbers = {"replications": manifest["replications_asked"], "uncertainty": manifest["uncertainty"]}
    made = replace(options.run, seed=manifest["seed"], **numbers)
    print_comparison(comparison, replace(options, run=made))


def print_comparison(comparison: Comparison, options: CommandOptions) -> None:
    """Save a comparison and print it, the values that differ before it."""
    table, scenarios = comparison.table(), [result.scenario for result in comparison.results]
    tables = {"differences": table}
    if len(scenarios) > 2:
        tables["best"] = comparison.best()
    said = [*premises(*comparison.results), *assumptions(*comparison.results)]
    save("compare", scenarios, options, tables, said=said)
    first, *others = [result.name for result in comparison.results]  # variants included
    for name, changes in zip(others, comparison.changes[1:], strict=True):
        say(f"{name} differs from {first} in {counted(len(changes), 'value')}:")
        for change in changes[:MOST_LISTED]:
            say(f"  {change.path}: {change.old} -> {change.new}")
        if len(changes) > MOST_LISTED:
            pair = f"{command_word(first)} {command_word(name)}"
            say(f"  and {len(changes) - MOST_LISTED} more: curbsim diff {pair}")
    print_answer(table, options.form, terminal_tables.compare_answer(comparison), said)


def roles_command(scenario: Scenario, options: CommandOptions) -> None:
    """Print and save lost days by treatment and response."""
    total = 3 * options.run.total(scenario)
    work = partial(roles, scenario, **options.run.keywords())
    with long_work(work, options.out, total, scenario.name) as table:
        save("roles", [scenario], options, {"roles": table})
    answer = terminal_tables.roles_answer(scenario, total // 3, table)
    print_answer(table, options.form, answer, replaced_words(scenario))


def structure_command(scenario: Scenario, measure: str, options: CommandOptions) -> None:
    """Print and save ranges over model structures and the share of variance by choice."""
    require_measure(measure)
    total = options.run.total(scenario)
    if total < (least := fewest(STRUCTURES.values())):
        raise CurbsimError(f"--replications {total}: write {least} or more, two of each structure")
    work = partial(run, scenario, **options.run.keywords(), structure=True)
    unit = f"runs ({total:,} replications, and each with another structure)"
    with long_work(work, options.out, 2 * total, scenario.name, unit) as result:
        if result.manifest["stopped_early"]:
            raise KeyboardInterrupt  # structures in part would not be balanced
        shares = structure(result, measure, by="choice")
        tables = {"structure_ranges": structure(result, measure), "structure_shares": shares}
        save("structure", [scenario], options, tables, measure=measure)
    answer = terminal_tables.structure_answer(result, measure, shares)
    print_answer(shares, options.form, answer, [*premises(result), *assumptions(result)])


def sweep_command(
    scenario: Scenario, vary: dict[str, list[object]], measure: str, options: CommandOptions
) -> None:
    """Print and save a measure at every point of a grid, and what each step costs by country."""
    require_measure(measure)
    points, total = math.prod(len(values) for values in vary.values()), options.run.total(scenario)
    unit = f"replications ({points:,} points of {total:,})"
    work = partial(sweep, scenario, vary, **options.run.keywords())
    with long_work(work, options.out, points * total, scenario.name, unit) as grid:
        table, countries = grid.table(measure), grid.groups()
        tables = {"points": table, "countries": countries, "summary": grid.summary()}
        said = [*premises(*grid.results), *assumptions(*grid.results)]
        save("sweep", [scenario], options, tables, said=said, vary=vary, measure=measure)
    answer = terminal_tables.sweep_answer(grid, measure, table, countries)
    print_answer(table, options.form, answer, said)


def hindcast_command(scenario: Scenario | None, origins: list[str], options: CommandOptions) -> None:
    """Print and save observed figures beside the simulated distribution, and the scores at each origin."""
    scenario, dates = scenario or default_case(), origins or None
    total = options.run.total(scenario) * len(cases_of(scenario, dates))
    work = partial(hindcast, scenario, origins=dates, **options.run.keywords("uncertainty"))
    with long_work(work, options.out, total, "hindcast") as study:
        table = study.table()
        tables = {"hindcast": table}
        if study.forecasts:
            tables |= {"hindcast_scores": study.scores(), "hindcast_by_figure": study.by_figure()}
        save("hindcast", [scenario], options, tables, origins=[str(said.origin) for said in study.forecasts])
    print_answer(table, options.form, hindcast_tables.answer(study), replaced_words(scenario))


def network_command(scenario: Scenario, out: Path | None, form: str) -> None:
    """Draw the network, or list its links with baseline flows."""
    if out is not None:
        from sim import plots

        if out.suffix.lower() not in (".png", ".pdf", ".svg"):
            raise CurbsimError(
                f"{out}: cannot draw this kind of file; write a name that ends in .png, .pdf or .svg"
            )
        plots.save(plots.network(scenario), out)
        say(f"{out} written")
        return
    from sim.cli.listing import link_rows

    print_rows(link_rows(scenario), form, right=("share", "flow a day", "lead time"))
