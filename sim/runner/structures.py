"""Replay each replication with another model structure, to see how much of an answer is the model's."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.analysis.structure import cells
from sim.errors import CurbsimError
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import RunOptions
from sim.runner.parallel import run_each
from sim.scenario import Scenario
from sim.scenario.schema.document import Switches
from sim.types import Floats, Ints

# Reasons for these levels are in MODEL.md section 11.
STRUCTURES: dict[str, tuple[Any, ...]] = {
    "model.production": ("pbl", "leontief", "ces", "ario"),
    "model.rationing": ("proportional", "relative", "uniform"),
    "model.switching": (1.0, 0.0),
    "model.order_inflation": (0.0, 1.0),
}


def run_structures(
    compiled: CompiledScenario, choices: Mapping[str, Sequence[Any]], options: RunOptions
) -> tuple[Floats, Ints] | None:
    """Return measures of processes with another structure in each replication, and which structure it was.

    [replication, measure, process] and [replication, factor]; None in place of both when the user stopped it:
    structures in part would not be balanced.
    """
    levels = cells(tuple(len(values) for values in choices.values()), compiled.replications, compiled.seed)
    structures, place = np.unique(levels, axis=0, return_inverse=True)
    tasks = [
        (_restructured(compiled, choices, structure), np.flatnonzero(place.ravel() == i).tolist())
        for i, structure in enumerate(structures)
    ]
    by_structure, stopped = run_each(tasks, options)
    if stopped:
        return None
    results = sorted(itertools.chain.from_iterable(by_structure), key=lambda result: result.replication)
    return np.stack([result.measures.process for result in results]), levels


def require_choices(choices: Mapping[str, Sequence[Any]]) -> None:
    """Raise when there is nothing to choose from."""
    for path, values in choices.items():
        if not path.startswith("model.") or len(values) < 2:
            raise CurbsimError(
                f"structure: {path} with {len(values)} value(s); write a path of section model with two or "
                "more, for example {'model.switching': [0, 1]}"
            )


def _restructured(
    compiled: CompiledScenario, choices: Mapping[str, Sequence[Any]], levels: Ints
) -> CompiledScenario:
    """Return the same compiled scenario, draws and all, with other choices of model structure."""
    chosen = {
        path.removeprefix("model."): values[level]
        for (path, values), level in zip(choices.items(), levels, strict=True)
    }
    scenario = _with_model(compiled.scenario, chosen)
    other = replace(
        compiled,
        scenario=scenario,
        baseline=_with_model(compiled.baseline, chosen),
        recorded=0,
        moments=(),
        horizons=(),
    )
    if scenario.document.uncertain == compiled.scenario.document.uncertain:
        other.draws = compiled.draws  # the same factors: nothing to draw anew
    return other


def _with_model(scenario: Scenario, chosen: Mapping[str, Any]) -> Scenario:
    """Return a scenario with other switches, which are certain from then on."""
    document = scenario.document
    switches = Switches.model_validate({**scenario.tree.get("model", {}), **chosen})
    ranges = {p: r for p, r in document.uncertain.items() if p.removeprefix("model.") not in chosen}
    changed = document.model_copy(update={"model": switches, "uncertain": ranges})
    return replace(scenario, document=changed)
