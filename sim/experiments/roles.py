"""Treatment x response: what the curbs do alone, what the responses do alone, and both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sim.estimates import interval
from sim.experiments.executors import run_all
from sim.experiments.prepare import Prepared
from sim.experiments.runs import exposed_processes, require_sound
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
    jobs: int | None = None,
    uncertainty: bool = True,
    measure: str = "lost_days",
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Run a scenario with neither treatments nor responses, with each alone and with both.

    All four share their draws; events that wait for one that is left out do not happen. The interaction
    is both, less curb alone, less responses alone, plus neither.

    Parameters
    ----------
    measure : str
        One of the measures of processes, against the baseline of the scenario.

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
    found: dict[str, Floats] = {}
    for arm, roles in ARMS.items():
        if arm != "neither" or scenario.document.baseline:
            prepared = prepared_for(scenario, roles, replications, seed, uncertainty)
            outcomes, _ = run_all(prepared, jobs, progress or (lambda count: None))
            row = PROCESS_MEASURES.index(measure)
            found[arm] = np.array([o.measures.process[row][columns] for o in outcomes])
    return _table(found, exposed, measure)


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
        recorded=0,
        roles=roles,
    )


def _table(found: dict[str, Floats], exposed: tuple[str, ...], measure: str) -> pd.DataFrame:
    number = min(len(values) for values in found.values())  # after Ctrl-C some arms have more
    arms = {name: values[:number] for name, values in found.items()}
    arms.setdefault("neither", np.zeros_like(arms["both"]))
    arms = {name: arms[name] for name in ARMS}
    arms["interaction"] = arms["both"] - arms["curb alone"] - arms["responses alone"] + arms["neither"]
    names = ["who", "arm", measure, "low", "high", "monte_carlo_error"]
    rows = [
        dict(zip(names, (who, arm, *interval(values[:, column])), strict=True))
        for column, who in enumerate(exposed)
        for arm, values in arms.items()
    ]
    return pd.DataFrame(rows, columns=names)
