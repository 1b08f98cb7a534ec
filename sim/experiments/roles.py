"""Treatment x response: what the curbs do alone, what the responses do alone, and both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from sim.estimates import interval
from sim.experiments.executors import Jobs, run_each
from sim.experiments.prepare import Prepared
from sim.experiments.runs import exposed_processes, require_sound
from sim.experiments.unfinished import Unfinished, resuming
from sim.metrics import PROCESS_MEASURES, require_measure
from sim.network.arrays import Floats
from sim.scenario import Scenario

ARMS = {
    "neither": ("background",),
    "curb alone": ("background", "treatment"),
    "responses alone": ("background", "response"),
    "both": ("background", "treatment", "response"),
}


def roles_table(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    jobs: Jobs = None,
    uncertainty: bool = True,
    measure: str = "lost_days",
    keep: str | Path | Unfinished | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Run a scenario with neither treatments nor responses, with each alone and with both.

    All four share their draws; events that wait for one that is left out do not happen. The interaction
    is both, less curb alone, less responses alone, plus neither.

    Parameters
    ----------
    measure : str
        One of the measures of processes, against the baseline of the scenario.
    keep : path, optional
        The folder of run folders, where what is finished is kept for the same call; see `run`.

    Returns
    -------
    pandas.DataFrame
        A mean for each exposed process and arm; `low` and `high` bound it (95 %, Student's t).
    """
    require_measure(measure)
    whole = prepared_for(scenario, ARMS["both"], replications, seed, uncertainty)
    require_sound(scenario, whole)
    exposed = exposed_processes(whole)
    columns = [whole.network.processes.index(name) for name in exposed]
    row = PROCESS_MEASURES.index(measure)
    arms = [arm for arm in ARMS if arm != "neither" or scenario.document.baseline]
    tasks = [prepared_for(scenario, ARMS[arm], replications, seed, uncertainty) for arm in arms]
    with resuming(keep) as kept:
        found, stopped = run_each(
            [(one, range(one.replications)) for one in tasks], jobs, progress or (lambda count: None), kept
        )
    if stopped:
        raise KeyboardInterrupt
    values = {
        arm: np.array([o.measures.process[row][columns] for o in outcomes])
        for arm, outcomes in zip(arms, found, strict=True)
    }
    return _table(values, exposed, measure)


def prepared_for(
    scenario: Scenario, roles: tuple[str, ...], replications: int | None, seed: int | None, uncertainty: bool
) -> Prepared:
    """Prepare a scenario with the events of some roles only."""
    settings = scenario.document.run
    return Prepared(
        scenario=scenario,
        baseline=scenario.baseline(),
        seed=settings.seed if seed is None else seed,
        uncertain=uncertainty,
        replications=settings.replications if replications is None else replications,
        roles=roles,
    )


def _table(found: dict[str, Floats], exposed: tuple[str, ...], measure: str) -> pd.DataFrame:
    arms = {name: found.get(name, np.zeros_like(found["both"])) for name in ARMS}
    arms["interaction"] = arms["both"] - arms["curb alone"] - arms["responses alone"] + arms["neither"]
    names = ["who", "arm", measure, "low", "high", "monte_carlo_error"]
    rows = [
        dict(zip(names, (who, arm, *interval(values[:, column])), strict=True))
        for column, who in enumerate(exposed)
        for arm, values in arms.items()
    ]
    return pd.DataFrame(rows, columns=names)
