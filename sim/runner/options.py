"""How many replications an experiment has, which ones, and how they are run: handed on as one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

from sim import arguments

if TYPE_CHECKING:  # no circle: without these the command starts in 0.1 s in place of 2 s
    from sim.runner.checkpoint import CheckpointStore
    from sim.scenario import Scenario

Jobs = int | str | None  # a number of processes, the address of a Dask scheduler, or all cores
MOST_REPLICATIONS = 1_000_000  # more do not fit in memory, and nobody needs them
F = TypeVar("F", bound=Callable[..., Any])


class StudyKeywords(TypedDict, total=False):
    """Keywords of every experiment: see `RunOptions`."""

    seed: int | None
    jobs: Jobs
    checkpoint: str | Path | CheckpointStore | None
    progress: Callable[[int], None] | None


class ReplicationKeywords(StudyKeywords, total=False):
    """Keywords of experiments with a number of replications."""

    replications: int | None


class RunKeywords(ReplicationKeywords, total=False):
    """Keywords of experiments that may leave uncertainty out."""

    uncertainty: bool


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options that all experiments share; `run` says what each of them means."""

    replications: int | None = None
    seed: int | None = None
    jobs: Jobs = None
    uncertainty: bool = True
    checkpoint: str | Path | CheckpointStore | None = None
    progress: Callable[[int], None] | None = None

    def __post_init__(self) -> None:
        """Raise when an option is not what it can be."""
        count = functools.partial(arguments.whole_number, least=1)
        if self.replications is not None:
            self._take("replications", count("replications", self.replications, most=MOST_REPLICATIONS))
        if self.seed is not None:
            self._take("seed", count("seed", self.seed, least=0, example=7))
        if self.jobs is not None and not isinstance(self.jobs, str):
            self._take("jobs", count("jobs", self.jobs, example=2))
        arguments.flag("uncertainty", self.uncertainty)
        arguments.folder("checkpoint", self.checkpoint)
        arguments.function("progress", self.progress)

    def _take(self, name: str, number: int) -> None:
        object.__setattr__(self, name, number)  # a number of numpy as Python has it: it goes into manifests

    def total(self, scenario: Scenario) -> int:
        """Return the number of replications."""
        return scenario.document.run.replications if self.replications is None else self.replications

    def seed_of(self, scenario: Scenario) -> int:
        """Return the seed."""
        return scenario.document.run.seed if self.seed is None else self.seed

    def settled(self, scenario: Scenario) -> RunOptions:
        """Return these options with the number and the seed that they have for a scenario."""
        return replace(self, replications=self.total(scenario), seed=self.seed_of(scenario))

    def inputs(self, scenario: Scenario) -> dict[str, Any]:
        """Return what the numbers depend on: not on how they are run."""
        settled = self.settled(scenario)
        return {name: getattr(settled, name) for name in ("replications", "seed", "uncertainty")}

    @property
    def processes(self) -> int | None:
        """Return the number of processes for what is done on this machine."""
        return self.jobs if isinstance(self.jobs, int) else None

    def keywords(self, *left_out: str) -> dict[str, Any]:
        """Return the keywords that a public function is called with.

        Examples
        --------
        >>> RunOptions(seed=7).keywords("uncertainty", "jobs", "checkpoint", "progress")
        {'replications': None, 'seed': 7}
        """
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in left_out}


def takes(keywords: type) -> Callable[[F], F]:
    """Show the keywords that a function takes as `**keywords` one by one, and refuse others in words."""

    def show(function: F) -> F:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        options = inspect.signature(RunOptions).parameters
        shared = [p for name, p in options.items() if name in keywords.__annotations__]
        parameters = [*own, *shared]
        known = {p.name for p in parameters if p.kind is not p.VAR_POSITIONAL}

        @functools.wraps(function)
        def checked(*args: Any, **given: Any) -> Any:
            arguments.known_keywords(function, known, given)
            return function(*args, **given)

        checked.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return cast("F", checked)

    return show
