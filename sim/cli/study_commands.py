"""The commands that weigh an answer: by model structure, by what was seen, by what it hinges on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    DEFAULT,
    CaseArgument,
    CommandOptions,
    FoldersArgument,
    Form,
    FormOption,
    LatestOption,
    MeasureOption,
    SetOption,
    WhoOption,
    load_changed,
    parse_grid,
    run_folders,
    takes_options,
)
from sim.errors import CurbsimError


@takes_options()
def structure(
    name: str,
    measure: MeasureOption = "lost_days_gross",
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
) -> None:
    """Run a scenario over model structures and print how much of the spread each choice makes."""
    from sim.cli.run_actions import structure_command

    scenario = load_changed(name, set_)
    structure_command(scenario, measure, options)


@takes_options("no_uncertainty")
def hindcast(
    name: CaseArgument = "",
    origin: Annotated[
        list[str],
        typer.Option(
            metavar="DATE",
            help="Score forecasts at this date, by default 2019-09-30 and 2019-11-15; may be repeated.",
        ),
    ] = [],  # noqa: B006
    options: CommandOptions = DEFAULT,
) -> None:
    """Set the case beside what was observed, and score what it says of what came later."""
    from sim.cli.run_actions import hindcast_command

    hindcast_command(load_changed(name) if name else None, origin, options)


@takes_options("replications", "no_uncertainty")
def calibrate(
    name: CaseArgument = "",
    points: Annotated[int, typer.Option(min=32, help="Points of the design in each wave.")] = 512,
    waves: Annotated[int, typer.Option(min=1, max=9, help="Waves of history matching.")] = 3,
    no_stop: Annotated[bool, typer.Option("--no-stop", help="Also accept only what shows no stop.")] = False,
    options: CommandOptions = DEFAULT,
) -> None:
    """Find the draws that agree with the fitted figures; the same command goes on after a stop."""
    from sim.cli.study_actions import calibrate_command

    scenario = load_changed(name) if name else None
    design = {"points": points, "waves": waves, "no_stop": no_stop}
    calibrate_command(scenario, design, options)


@takes_options("no_uncertainty")
def identify(
    name: Annotated[str, typer.Argument(help="The counterfactual.")],
    by: Annotated[str, typer.Option(help="The case that was seen; curbs_2019 if left out.")] = "",
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
) -> None:
    """Show what the case that was seen says about another one, and what it cannot."""
    from sim.cli.study_actions import identify_command

    factual = load_changed(by) if by else None
    identify_command(load_changed(name, set_), factual, options)


def importance(
    folders: FoldersArgument = None,
    latest: LatestOption = [],  # noqa: B006
    who: WhoOption = None,
    form: FormOption = Form.table,
) -> None:
    """Find which uncertain values the answer of a run hinges on, and how good their sources are."""
    from sim.cli.study_actions import importance_command

    found = run_folders("importance", folders, latest)
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        raise CurbsimError(f"importance: {len(found)} run folders ({listed}); write one, or --latest NAME")
    importance_command(found[0], who, form)


@takes_options("replications", "no_uncertainty")
def sensitivity(
    name: str,
    options: CommandOptions,
    path: Annotated[
        list[str], typer.Option(help="A path or wildcard of uncertain:; may be repeated; all by default.")
    ] = [],  # noqa: B006
    method: Annotated[str, typer.Option(help="sobol or morris.")] = "sobol",
    who: WhoOption = None,
    measure: Annotated[str, typer.Option(help="A measure of that process.")] = "lost_days_gross",
    points: Annotated[
        int | None, typer.Option(help="Base points of sobol (256), trajectories of morris (10).")
    ] = None,
    set_: SetOption = [],  # noqa: B006
) -> None:
    """Run a design of its own to find what an answer depends on; the same command goes on after a stop."""
    from sim.cli.study_actions import sensitivity_command

    question = {"method": method, "who": who, "measure": measure}
    sensitivity_command(load_changed(name, set_), path or None, question, points, options)


@takes_options("no_uncertainty", "out")
def threshold(
    name: str,
    stock: Annotated[str, typer.Option(help="Path and days of stock.", metavar="PATH=A,B")],
    delay: Annotated[str, typer.Option(help="Path and days of delay, or dates.", metavar="PATH=A,B")],
    share: Annotated[str, typer.Option(help="Path and shares of alternatives.", metavar="PATH=A,B")] = "",
    process: Annotated[str | None, typer.Option(help="A process, facility/process.")] = None,
    options: CommandOptions = DEFAULT,
    set_: SetOption = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="Draw contours to this file.")] = None,
) -> None:
    """Find from which stock, delay and share of alternatives on a plant begins to stop."""
    from sim.cli.study_actions import threshold_command

    axes = tuple(parse_grid([text] if text else []) for text in (stock, delay, share))
    threshold_command(load_changed(name, set_), axes, process, out, options)


COMMANDS = (structure, hindcast, calibrate, identify, importance, sensitivity, threshold)
