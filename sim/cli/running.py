"""The long commands: run, compare, network."""

from __future__ import annotations

import math
from pathlib import Path

from sim.answers import why_it_ended
from sim.cli.folders import long_work, require_writable, save
from sim.cli.futures import Futures
from sim.cli.output import print_rows, progress_bar, say
from sim.cli.structured import SHARES_CAPTION, share_rows, structure_caption, structure_rows
from sim.cli.views import (
    NOTHING_LOST,
    best_caption,
    best_rows,
    caption,
    compare_caption,
    compare_rows,
    groups_caption,
    hindcast_rows,
    hindcast_score,
    left_out,
    records,
    roles_caption,
    roles_rows,
    run_rows,
    sweep_caption,
    sweep_rows,
)
from sim.errors import CurbsimError, Problem
from sim.experiments import compare, hindcast, roles_table, run, sweep
from sim.experiments.hindcasting import default_case
from sim.experiments.precision import MOST
from sim.experiments.structures import STRUCTURES
from sim.factorial import fewest, structure_ranges, structure_shares
from sim.metrics import require_measure
from sim.results import Result, read
from sim.scenario import Scenario
from sim.store import FORMATS, WRITERS

STRUCTURED = ("as written", "any structure", "MC error")
SWEPT = ("mean", "95 % range", "MC error", "step", "95 % interval of step")
NUMBERS = (
    "lost days",
    "95 % range",
    "any structure",
    "95 % interval",
    "all rows at once",
    "variance",
    "above the best of the others",
    "95 %, all scenarios",
    "MC error",
    "lost value",
    "95 % range of value",
    "median",
    "ever short",
    "lost days, first",
    "difference",
)


def run_command(
    scenario: Scenario,
    futures: Futures,
    precision: float | None,
    out: Path,
    structure: bool,
    form: str,
    formats: tuple[str, ...] = FORMATS,
) -> None:
    """Run, save with figures and the report, print."""
    most = futures.total(scenario) if precision is None else futures.replications or MOST
    label = scenario.name if precision is None else f"{scenario.name}, at most"
    options = {**futures.options(), "precision": precision, "structure": structure}
    with long_work(out) as kept:
        with progress_bar(most * (2 if structure else 1), label) as advance:
            result = run(scenario, **options, keep=kept, progress=advance)
        if result.manifest["stopped_early"]:
            say(
                f"stopped: {result.replications} of {result.manifest['replications_asked']} replications are "
                "finished and kept; the same command goes on from there"
            )
        say("writing tables, figures and the report ...")
        folder = result.save(
            out,
            formats=formats,
            figures=lambda place: draw_figures(result, place, result.scenario, futures.processes),
            report=lambda place: write_report(result, place, formats),
        )
    if form == "table":
        rows = run_rows(result)
        print(caption(result) if rows else f"{result.title}\n{NOTHING_LOST}")
        print_rows(rows, form, right=NUMBERS)
        print(left_out(result, rows), end="")
        if why := why_it_ended(result.manifest):
            print(why)
    else:
        print_rows(records(result.headline()), form)
    where = f"report: {folder / 'report.html'}\nrun folder: {folder}"
    print(where) if form == "table" else say(where)


def network_problems(scenario: Scenario) -> list[Problem]:
    """Return what is wrong with a network once its baseline is solved."""
    from sim.experiments.runs import solve_tables
    from sim.network import compile_network
    from sim.network.checks import check_network
    from sim.scenario.paths import Layer

    if scenario.document.network is not None:
        solve_tables(scenario)
        return []
    place = Layer(scenario.tree, scenario.origins).place
    return check_network(scenario.document, compile_network(scenario.document), place)


def draw_figures(result: Result, folder: Path, scenario: Scenario, jobs: int | None) -> None:
    """Draw the figures of a run folder."""
    from sim import plots

    folder.mkdir()
    plots.save_all(result, folder, scenario, jobs)


def write_report(result: Result, folder: Path, formats: tuple[str, ...]) -> None:
    """Write the report of a run folder."""
    from sim import report

    report.write(result, folder, stata="dta" in formats)


def report_command(folder: Path, formats: tuple[str, ...]) -> None:
    """Make the report of a run folder anew."""
    result = read(folder)
    require_writable(folder)
    write_report(result, folder, formats)
    print(folder / "report.html")


def read_formats(text: str) -> tuple[str, ...]:
    """Read which formats of tables are asked for.

    Examples
    --------
    >>> read_formats("csv, dta")
    ('csv', 'dta')
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in found:
        if name not in WRITERS:
            known = ", ".join(sorted(WRITERS))
            raise CurbsimError(f"--tables: '{name}' is not a format of tables; write one or more of {known}")
    return found


def compare_command(scenarios: list[Scenario], futures: Futures, out: Path, form: str) -> None:
    """Compare, save and print paired differences."""
    total = futures.total(scenarios[0]) * len(scenarios)
    with long_work(out) as kept:
        with progress_bar(total, "comparing") as advance:
            comparison = compare(*scenarios, **futures.options(), keep=kept, progress=advance)
        table = comparison.table()
        tables = {"differences": table}
        if len(scenarios) > 2:
            tables["best"] = comparison.best()
        save("compare", scenarios, futures, out, tables)
    for scenario, changes in list(zip(scenarios, comparison.changes, strict=True))[1:]:
        say(f"{scenario.name} differs from {scenarios[0].name} in {len(changes)} values:")
        for change in changes[:20]:
            say(f"  {change.path}: {change.old} -> {change.new}")
    if form == "table":
        rows = compare_rows(comparison)
        print(compare_caption(comparison, len(rows)))
        print_rows(rows, form, right=NUMBERS)
        if len(scenarios) > 2:
            print(best_caption(comparison))
            print_rows(best_rows(comparison), form, right=NUMBERS)
    else:
        print_rows(records(table), form)


def roles_command(scenario: Scenario, futures: Futures, out: Path, form: str) -> None:
    """Print and save lost days by treatment and response."""
    total = 3 * futures.total(scenario)
    with long_work(out) as kept:
        with progress_bar(total, scenario.name) as advance:
            table = roles_table(scenario, **futures.options(), keep=kept, progress=advance)
        save("roles", [scenario], futures, out, {"roles": table})
    if form != "table":
        print_rows(records(table), form)
    elif table.empty:
        print(f"{scenario.title}\nNo treatment acts on a process that makes anything.")
    else:
        print(roles_caption(scenario, total // 3))
        print_rows(roles_rows(table), form, right=NUMBERS)


def structure_command(scenario: Scenario, measure: str, futures: Futures, out: Path, form: str) -> None:
    """Print and save ranges over model structures and the share of variance by choice."""
    require_measure(measure)
    total = futures.total(scenario)
    if total < (least := fewest(STRUCTURES.values())):
        raise CurbsimError(f"--replications {total}: write {least} or more, two of each structure")
    with long_work(out) as kept:
        with progress_bar(2 * total, scenario.name) as advance:
            result = run(scenario, **futures.options(), structure=True, keep=kept, progress=advance)
        if result.manifest["stopped_early"]:
            raise KeyboardInterrupt  # structures in part would not be balanced
        shares = structure_shares(result, measure)
        tables = {"structure_ranges": structure_ranges(result, measure), "structure_shares": shares}
        save("structure", [scenario], futures, out, tables, measure=measure)
    if form != "table":
        print_rows(records(shares), form)
        return
    print(structure_caption(result, measure))
    print_rows(structure_rows(result, measure), form, right=STRUCTURED)
    print(SHARES_CAPTION)
    print_rows(share_rows(shares), form, right=tuple(shares["factor"].unique()))


def sweep_command(
    scenario: Scenario,
    vary: dict[str, list[object]],
    measure: str,
    futures: Futures,
    out: Path,
    form: str,
) -> None:
    """Print and save a measure at every point of a grid, and what each step costs by country."""
    require_measure(measure)
    points = math.prod(len(values) for values in vary.values())
    with long_work(out) as kept:
        with progress_bar(points * futures.total(scenario), scenario.name) as advance:
            grid = sweep(scenario, vary, **futures.options(), keep=kept, progress=advance)
        table, countries = grid.table(measure), grid.groups()
        tables = {"points": table, "countries": countries, "summary": grid.summary()}
        save("sweep", [scenario], futures, out, tables, vary=vary, measure=measure)
    if form != "table":
        print_rows(records(table), form)
        return
    print(sweep_caption(grid, measure))
    print_rows(sweep_rows(grid, table), form, right=SWEPT)
    print(groups_caption(grid))
    print_rows(sweep_rows(grid, countries, millions=True), form, right=SWEPT)


def hindcast_command(scenario: Scenario | None, futures: Futures, out: Path, form: str) -> None:
    """Print and save observed figures beside the simulated distribution, and the score."""
    scenario = scenario or default_case()
    with long_work(out) as kept:
        with progress_bar(futures.total(scenario), "hindcast") as advance:
            found = hindcast(scenario, **futures.options("uncertainty"), keep=kept, progress=advance)
        table = found.table()
        save("hindcast", [scenario], futures, out, {"hindcast": table})
    if form != "table":
        print_rows(records(table), form)
        return
    print_rows(hindcast_rows(found), form, right=("observed", "median", "90 % band", "rank", "CRPS"))
    print(hindcast_score(found))


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
