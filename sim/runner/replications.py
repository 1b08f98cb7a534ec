"""Run a scenario many times, each replication paired with its baseline, and collect the result."""

from __future__ import annotations

import datetime
import functools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from sim import arguments
from sim.deprecated import old_keywords
from sim.engine import OwnProcess, make_plan
from sim.engine.large import read_firms
from sim.engine.user_processes import UserProcesses
from sim.errors import CurbsimError, PartialRunWarning, ScenarioError
from sim.network.checks import check_network
from sim.results import measures
from sim.results.headline import horizon_days
from sim.results.provenance import provenance
from sim.results.restricted import treated_suppliers
from sim.results.result import Result
from sim.results.tables import Index
from sim.runner import memory
from sim.runner.checkpoint import checkpointing
from sim.runner.compiled_scenario import CompiledScenario, ReplicationResult
from sim.runner.daily_tables import daily_tables
from sim.runner.options import MOST_REPLICATIONS, RunKeywords, RunOptions, takes
from sim.runner.parallel import run_all
from sim.runner.stopping import MOST_SEQUENTIAL, Rule, run_until
from sim.runner.structures import STRUCTURES, require_choices, run_structures
from sim.scenario import Scenario, ScenarioLike, as_scenario
from sim.scenario.paths import Layer
from sim.units import Clock

StructureChoices = Mapping[str, Sequence[Any]]  # values by path of section model


@old_keywords
@takes(RunKeywords)
def run(
    scenario: ScenarioLike,
    *,
    structure: bool | StructureChoices = False,
    processes: Sequence[OwnProcess] = (),
    precision: float | None = None,
    horizons: str | datetime.date | Sequence[str | datetime.date] = (),
    **keywords: Unpack[RunKeywords],
) -> Result:
    """Run a scenario and its baseline with the same draws.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or the name or path of one, as `load` takes it.
    replications, seed : int, optional
        Those of the scenario when left out.
    jobs : int or str, optional
        Number of processes, or the address of a Dask scheduler (`tcp://host:port`); all cores when left out.
        The numbers do not depend on it.
    uncertainty : bool
        False fixes every uncertain value at the median of its range. Chance within a replication stays:
        events with a probability, times that are drawn; `words()` says which events took place.
    structure : bool or dict of str to list
        True runs every replication once more with another model structure, so that ranges hold over
        structure, too (`sim.structure`); a dict names the choices: values by path of section model.
    processes : sequence of callable
        Your own SimPy generators `f(env, world)`; they act in the scenario, not in its baseline.
    precision : float, optional
        Replications are added until the half-width of the 95 % interval (Student's t) of every headline loss
        is this share of it, such as 0.05, or 0.1 days of output; `replications` is then the most (4,096 when
        left out). The manifest says under `sequential` why it stopped. An interval that was waited for holds
        its mean a little less often than 95 %: `sim.runner.stopping`.
    horizons : str, date or a sequence of them
        Dates up to which losses are added up as well, for `Result.horizons`: the same replications tell what
        each of several ends of the run would have told.
    checkpoint : path, optional
        The folder of run folders. What is finished of a longer run is kept there until it is whole: the same
        call goes on after a stop.
    progress : callable, optional
        Called with the number of replications just finished.

    Returns
    -------
    Result
        After Ctrl-C with what was finished: a PartialRunWarning, `interrupted`, words and pages say so.
    """
    scenario = as_scenario(scenario, "run")
    options = RunOptions(**keywords)
    if precision is not None and options.replications is None:
        options = replace(options, replications=MOST_SEQUENTIAL)
    recorded = scenario.document.run.record_replications
    users = UserProcesses(own_processes(processes))
    days = horizon_days(scenario.document.run, horizons)
    compiled = compile_scenario(scenario, options, processes=users, recorded=recorded, horizons=days)
    require_sound(compiled)
    choices = _choices(structure, compiled)
    with checkpointing(options.checkpoint) as store:
        options = replace(options, checkpoint=store)
        compiled, results, stopped, sequential = _run_enough(compiled, precision, options)
        if not results:
            raise KeyboardInterrupt
        result = collect(compiled, results, stopped)
        if sequential:
            result = replace(result, manifest={**result.manifest, "sequential": sequential})
        if choices and not stopped:
            result = _with_structures(result, compiled, choices, options)
    if result.interrupted:
        warnings.warn(f"{result.name}: {result.interrupted}; all numbers are of these", PartialRunWarning, 4)
    return result


def compile_scenario(scenario: Scenario, options: RunOptions, **settings: Any) -> CompiledScenario:
    """Make a scenario ready to run with these options."""
    return CompiledScenario(
        scenario=scenario,
        baseline=scenario.baseline(),
        seed=options.seed_of(scenario),
        uncertain=options.uncertainty,
        replications=options.total(scenario),
        **settings,
    )


def own_processes(processes: Any) -> tuple[OwnProcess, ...]:
    """Return the processes that users bring; one alone is not a list of them."""
    if callable(processes) or not isinstance(processes, Sequence) or isinstance(processes, str):
        wrong = f"processes is {arguments.shown(processes)}, which is not a list"
        raise CurbsimError(f"{wrong}; write your functions in brackets, such as [strike]")
    return tuple(processes)


def _choices(structure: bool | StructureChoices, compiled: CompiledScenario) -> StructureChoices:
    """Return the choices of model structure that a run asks for."""
    if structure is not True and structure is not False:
        arguments.lists_by_path("structure", structure, "{'model.switching': [0, 1]}")
    standard = STRUCTURES if compiled.firms is None else {}  # too long for large networks
    choices = standard if structure is True else (structure or {})
    require_choices(choices)
    return choices


def _run_enough(
    compiled: CompiledScenario, precision: float | None, options: RunOptions
) -> tuple[CompiledScenario, list[ReplicationResult], bool, dict[str, Any]]:
    """Run every replication, or as many as a precision asks for: see `run_until`."""
    if precision is None:
        return compiled, *run_all(compiled, options), {}
    rule = Rule(precision, compiled.replications)
    return run_until(compiled, rule, options)


def _with_structures(
    result: Result, compiled: CompiledScenario, choices: StructureChoices, options: RunOptions
) -> Result:
    """Add what each replication gives with another model structure; nothing when the user stops it."""
    replayed = run_structures(compiled, choices, options)
    if replayed is None:
        return replace(result, manifest={**result.manifest, "stopped_early": True})
    labels = replace(
        result.labels,
        structure_factors=tuple(path.removeprefix("model.") for path in choices),
        structure_levels=tuple(tuple(str(value) for value in values) for values in choices.values()),
    )
    arrays = {**result.arrays, "structure": replayed[0], "structure_cell": replayed[1]}
    return replace(result, labels=labels, arrays=arrays)


def require_sound(compiled: CompiledScenario) -> None:
    """Raise when there are too few or too many replications, or the baseline has a problem.

    Raises
    ------
    ScenarioError
        When capacity does not cover the baseline, demand is out of reach, and the like.
    CurbsimError
        When all firms of a world of tables do not fit in memory.
    """
    arguments.whole_number("replications", compiled.replications, least=1, most=MOST_REPLICATIONS)
    if compiled.firms is not None:  # their baseline has capacity by headroom, or has been refused
        memory.require_room(compiled.firms.network)
        return
    layer = Layer(compiled.scenario.tree, compiled.scenario.origins)
    problems = check_network(compiled.document, compiled.network, layer.place)
    if problems:
        raise ScenarioError(problems)
    memory.require_one(compiled)


def solve_tables(scenario: Scenario) -> None:
    """Read the tables of a scenario, check them, solve their baseline and find what events act on.

    Raises
    ------
    CurbsimError
        With all mistakes of the tables, or why no output meets final demand; or a selection of nothing.
    """
    firms = read_firms(scenario)
    memory.require_room(firms.network)
    make_plan(firms.document, firms.network)


def collect(compiled: CompiledScenario, results: list[ReplicationResult], stopped: bool) -> Result:
    """Collect the results of replications in one."""
    arrays = measures.stacked([result.measures for result in results])
    arrays["replication"] = np.array([result.replication for result in results])
    arrays["draws"] = compiled.draws[arrays["replication"]]
    return Result(
        name=compiled.scenario.name,
        title=compiled.scenario.title,
        labels=make_labels(compiled),
        arrays=arrays,
        manifest=make_manifest(compiled, results, stopped),
        daily=functools.partial(daily_tables, compiled, results),
        origin=functools.partial(getattr, compiled, "scenario"),
    )


def make_labels(compiled: CompiledScenario) -> Index:
    """Collect the names of rows and columns."""
    document, network = compiled.document, compiled.network
    materials = document.materials
    return Index(
        processes=tuple(network.processes),
        process_material=tuple(network.process_material),
        stocks=tuple(network.stocks),
        demands=tuple(network.demands),
        materials=compiled.frame.materials,
        events=compiled.frame.events,
        routes=compiled.frame.routes,
        months=Clock(document.run.start).months(compiled.days),
        measures={
            "process": measures.PROCESS_MEASURES,
            "stock": measures.STOCK_MEASURES,
            "demand": measures.DEMAND_MEASURES,
            "licence": measures.LICENCE_MEASURES,
            "event": measures.EVENT_MEASURES,
        },
        units={name: entry.unit for name, entry in materials.items()},
        hs={name: entry.hs for name, entry in materials.items()},
        price={name: m.price.value for name, m in materials.items() if m.price is not None},
        currency=document.meta.currency,
        start=document.run.start.isoformat(),
        days=compiled.days,
        band_step=measures.BAND_STEP,
        exposed=tuple(compiled.exposed),
        suppliers=treated_suppliers(compiled.plan, compiled.network),
        factors=tuple(f.name for f in compiled.factors),
        horizons=tuple(Clock(document.run.start).iso(days - 1) for days in compiled.horizons),
        uses=network.uses(),
    )


def assumptions(compiled: CompiledScenario) -> dict[str, str]:
    """Return what was assumed when the world was imported, or its tables were read, by topic."""
    said = dict(compiled.scenario.document.meta.assumptions)
    for topic, text in compiled.firms.said.items() if compiled.firms is not None else ():
        said.setdefault(topic, text)
    return said


def make_manifest(
    compiled: CompiledScenario, results: Sequence[ReplicationResult], stopped: bool
) -> dict[str, Any]:
    """Describe how the numbers came about, so that anyone can make them again."""
    return {
        "scenario": compiled.scenario.name,
        "title": compiled.scenario.title,
        "changes": dict(compiled.scenario.changes),
        "hash": compiled.scenario.hash,
        "baseline": compiled.baseline.name,
        "baseline_hash": compiled.baseline.hash,
        "seed": compiled.seed,
        "replications": len(results),
        "replications_asked": compiled.replications,
        "stopped_early": stopped,
        "uncertain_values": len(compiled.factors),
        "uncertainty": compiled.uncertain,
        "assumptions": assumptions(compiled),
        "processes": compiled.processes.digests,
        "bytes_kept_per_replication": memory.size(results[0]),
        "bytes_of_records_per_process": memory.working(compiled),
        **provenance(),
    }
