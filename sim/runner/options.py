"""How many replications an experiment has, which ones, and how they are run: handed on as one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

if TYPE_CHECKING:  # no circle: without these the command starts in 0.1 s in place of 2 s
    from sim.runner.checkpoint import CheckpointStore
    from sim.scenario import Scenario

Jobs = int | str | None  # a number of processes, the address of a Dask scheduler, or all cores
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
    """Show the keywords that a function takes as `**keywords` one by one, in `help` and elsewhere."""

    def show(function: F) -> F:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        options = inspect.signature(RunOptions).parameters
        shared = [p for name, p in options.items() if name in keywords.__annotations__]
        function.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return function

    return show
