"""What the commands of sensitivity, importance, calibration, identification and thresholds do."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

from sim.analysis.importance import FEWEST, importance
from sim.cli.options import CommandOptions
from sim.cli.printing import progress_bar, say
from sim.cli.run_actions import compile_with_message, long_work, print_answer, save
from sim.errors import CurbsimError
from sim.experiments.calibration import Calibration, calibrate
from sim.experiments.hindcast import default_case
from sim.experiments.identification import identify
from sim.experiments.sensitivity import Sensitivity, planned_runs, sensitivity
from sim.experiments.sweep import threshold
from sim.files import write_whole
from sim.reporting import study_tables
from sim.reporting.premises import replaced_words
from sim.results import store
from sim.results.result import read
from sim.scenario import Scenario

RUNS = Path("runs")  # where a stopped command that leaves no folder keeps what is finished


def calibrate_command(scenario: Scenario | None, design: dict[str, Any], options: CommandOptions) -> None:
    """Calibrate, save the accepted set, print what was narrowed and how figures fare."""
    scenario = scenario or default_case()
    folder = options.out / f"calibration-{scenario.name}-{scenario.hash[:8]}"
    work = functools.partial(
        calibrate, scenario, **design, **options.run.keywords("replications", "uncertainty")
    )
    with long_work(work, options.out, design["points"] * design["waves"], "calibrating") as calibration:
        save_calibration(calibration, folder)
    answer = study_tables.calibration_answer(calibration)
    print_answer(calibration.table(), options.form, answer, replaced_words(scenario))
    say(f"accepted set: {folder / 'accepted.csv'}")


def save_calibration(calibration: Calibration, folder: Path) -> None:
    """Write the accepted set, what it narrows, and how it stands to the observed figures."""
    tables = {
        "accepted": calibration.sets(),
        "narrowed": calibration.table(),
        "figures": calibration.figures().table(),
    }
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", functools.partial(store.write_summary, table))


def identify_command(counterfactual: Scenario, factual: Scenario | None, options: CommandOptions) -> None:
    """Print and save the counterfactual inside and outside of what was seen, and what goes with its loss."""
    total = options.run.total(counterfactual)
    if total < FEWEST:
        raise CurbsimError(f"to identify takes {FEWEST} replications, not {total}; write more")
    factual = factual or default_case()
    work = functools.partial(identify, counterfactual, factual, **options.run.keywords("uncertainty"))
    with long_work(work, options.out, 2 * total, counterfactual.name) as study:
        figures, values = study.moments(), study.estimates()
        tables = {"sets_of_draws": study.table(), "figures": figures, "hinges": values}
        save("identify", [counterfactual, factual], options, tables)
    answer = study_tables.identification_answer(study, figures, values)
    print_answer(study.table(), options.form, answer, replaced_words(counterfactual, factual))


def importance_command(folder: Path, who: str | None, form: str) -> None:
    """Print what the answer of a run hinges on, and on how good values it rests."""
    result = read(folder)
    values = importance(result, who)
    answer = study_tables.importance_answer(result, who, values)
    print_answer(values, form, answer, replaced_words(result.scenario))


def threshold_command(
    scenario: Scenario,
    axes: tuple[dict[str, list[object]], ...],
    process: str | None,
    out: Path | None,
    options: CommandOptions,
) -> None:
    """Print the chance of a stop over stock, delay and alternatives, or draw it."""
    compile_with_message()
    stock, delay, share = axes
    total = options.run.total(scenario)
    points = math.prod(len(values) for axis in axes for values in axis.values())
    with progress_bar(points * total, scenario.name) as progress:
        frame = threshold(
            scenario,
            stock=stock,
            delay=delay,
            share=share or None,
            process=process,
            **options.run.keywords("uncertainty", "checkpoint", "progress"),
            checkpoint=RUNS,
            progress=progress,
        )
    if out is not None:
        from sim import plots

        plots.save(plots.stop_contours(frame), out)
        say(f"{out} written")
    who = frame["process"].iloc[0]
    caption = f"{scenario.title}: chance that {who} stands still on any day, {total} draws."
    answer = (caption, study_tables.threshold_table(frame))
    cases = [
        scenario.with_({path: value}) for axis in axes for path, values in axis.items() for value in values
    ]
    print_answer(frame, options.form, answer, replaced_words(*cases))


def sensitivity_command(
    scenario: Scenario,
    paths: list[str] | None,
    question: dict[str, str | None],
    points: int | None,
    options: CommandOptions,
) -> None:
    """Print what an answer depends on; keep tables and figure in a run folder."""
    method = str(question["method"])
    planned = planned_runs(scenario, paths, method=method, points=points)
    left_to_design = options.run.keywords("replications", "uncertainty")
    work = functools.partial(sensitivity, scenario, paths, **question, points=points, **left_to_design)  # type: ignore[arg-type]
    with long_work(work, options.out, planned, scenario.name) as study:
        asked: dict[str, Any] = {**question, "paths": paths, "points": study.points}
        stages = (study, study.screening)
        tables = {stage.method: stage.table() for stage in stages if stage is not None}
        save("sensitivity", [scenario], options, tables, functools.partial(draw, study), **asked)
    answer = study_tables.sensitivity_answer(study)
    print_answer(study.table(), options.form, answer, replaced_words(scenario))


def draw(study: Sensitivity, folder: Path) -> None:
    """Draw the figure, where there is anything to show."""
    from sim import plots

    table = study.table()
    if (table["total" if "total" in table else "mu_star"] > 0.0).any():
        plots.save(plots.sensitivity(table), folder / "sensitivity")
