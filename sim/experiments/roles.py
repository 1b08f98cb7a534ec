"""Treatment x response: what the curbs do alone, what the responses do alone, and both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Unpack

import numpy as np
import pandas as pd

from sim.deprecated import old_keywords
from sim.results.estimates import interval
from sim.results.measures import require_measure
from sim.runner.compiled_scenario import ROLES, measured
from sim.runner.options import RunKeywords, RunOptions, takes
from sim.runner.parallel import run_whole
from sim.runner.replications import compile_scenario, require_sound
from sim.scenario import ScenarioLike, as_scenario
from sim.types import Floats

ARMS = {
    "neither": ("background",),
    "curb alone": ("background", "treatment"),
    "responses alone": ("background", "response"),
    "both": ROLES,
}


@old_keywords
@takes(RunKeywords)
def roles(
    scenario: ScenarioLike, *, measure: str = "lost_days_gross", **keywords: Unpack[RunKeywords]
) -> pd.DataFrame:
    """Run a scenario with neither treatments nor responses, with each alone and with both.

    All four share their draws; events that wait for one that is left out do not happen. The interaction
    is both, less curb alone, less responses alone, plus neither.

    Parameters
    ----------
    measure : str
        One of the measures of processes, against the baseline of the scenario.
    replications, seed, jobs, uncertainty, checkpoint, progress
        As in `run`.

    Returns
    -------
    pandas.DataFrame
        A mean for each exposed process and arm; `low` and `high` bound it (95 %, Student's t).
    """
    require_measure(measure)
    scenario = as_scenario(scenario, "roles")
    options = RunOptions(**keywords)
    whole = compile_scenario(scenario, options)
    require_sound(whole)
    names = [arm for arm in ARMS if arm != "neither" or scenario.document.baseline]
    numbers, exposed = range(whole.replications), list(whole.exposed.values())
    tasks = [(replace(whole, roles=ARMS[arm]), numbers) for arm in names]
    by_arm = dict(zip(names, run_whole(tasks, options), strict=True))
    arms = {arm: measured(results, measure, exposed) for arm, results in by_arm.items()}
    return _table(arms, whole.exposed, measure)


def _table(simulated: dict[str, Floats], exposed: Iterable[str], measure: str) -> pd.DataFrame:
    arms = {name: simulated.get(name, np.zeros_like(simulated["both"])) for name in ARMS}
    arms["interaction"] = arms["both"] - arms["curb alone"] - arms["responses alone"] + arms["neither"]
    names = ["who", "arm", measure, "low", "high", "monte_carlo_error"]
    rows = [
        dict(zip(names, (who, arm, *interval(values[:, column])), strict=True))
        for column, who in enumerate(exposed)
        for arm, values in arms.items()
    ]
    return pd.DataFrame(rows, columns=names)
