"""The options that all long commands share: how many random futures, which, and on what."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # a command that only prints stays light
    from sim.scenario import Scenario

OPTIONS: dict[str, tuple[Any, Any]] = {
    "replications": (Annotated[int | None, typer.Option(min=1, help="How many random futures.")], None),
    "seed": (Annotated[int | None, typer.Option(min=0, help="Where the random futures begin.")], None),
    "jobs": (
        Annotated[int | None, typer.Option(min=1, help="Number of processes; all cores by default.")],
        None,
    ),
    "cluster": (
        Annotated[
            str | None,
            typer.Option(
                help="Run on a Dask cluster: the address of its scheduler.", metavar="tcp://HOST:PORT"
            ),
        ],
        None,
    ),
    "no_uncertainty": (
        Annotated[bool, typer.Option("--no-uncertainty", help="Fix uncertain values at what the file says.")],
        False,
    ),
}


@dataclass(frozen=True)
class Futures:
    """How many random futures an experiment has, which ones, and where they are run.

    Attributes
    ----------
    replications, seed : int, optional
        Those of the scenario when left out.
    jobs : int or str, optional
        Number of processes, or the address of a Dask scheduler.
    uncertainty : bool
        False fixes every uncertain value at what the file says.
    """

    replications: int | None = None
    seed: int | None = None
    jobs: int | str | None = None
    uncertainty: bool = True

    def total(self, scenario: Scenario) -> int:
        """Return the number of replications."""
        return self.replications or scenario.document.run.replications

    @property
    def processes(self) -> int | None:
        """Return the number of processes for what is done on this machine."""
        return self.jobs if isinstance(self.jobs, int) else None

    def inputs(self, scenario: Scenario) -> dict[str, Any]:
        """Return what the numbers depend on: not on what they are run on."""
        seed = scenario.document.run.seed if self.seed is None else self.seed
        return {"replications": self.total(scenario), "seed": seed, "uncertainty": self.uncertainty}

    def options(self, *left_out: str) -> dict[str, Any]:
        """Return what a function of the API is called with.

        Examples
        --------
        >>> Futures(seed=7).options("uncertainty", "jobs")
        {'replications': None, 'seed': 7}
        """
        return {name: value for name, value in asdict(self).items() if name not in left_out}


def takes_futures(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of random futures, in the place of its parameter `futures`.

    Parameters
    ----------
    left_out : str
        Options that mean nothing to the command.
    """

    def extend(command: Callable[..., None]) -> Callable[..., None]:
        added = {name: option for name, option in OPTIONS.items() if name not in left_out}

        @functools.wraps(command)
        def extended(**values: Any) -> None:
            command(futures=_futures(**{name: values.pop(name) for name in added}), **values)

        parameters = []
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            given = added.items() if parameter.name == "futures" else ()
            parameters += [
                parameter.replace(name=name, annotation=kind, default=default)
                for name, (kind, default) in given
            ] or [parameter]
        extended.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        extended.__annotations__ = {p.name: p.annotation for p in parameters}
        return extended

    return extend


def _futures(
    replications: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    no_uncertainty: bool = False,
) -> Futures:
    if jobs is not None and cluster is not None:
        raise typer.BadParameter("--jobs and --cluster: write one of them")
    return Futures(replications, seed, cluster or jobs, not no_uncertainty)
