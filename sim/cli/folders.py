"""How long commands begin, and the folders that they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from sim.cli.output import progress_bar, say
from sim.engine.daystep.run import announce, compile_day_step
from sim.errors import CurbsimError
from sim.results import store
from sim.results.provenance import experiment_manifest
from sim.runner.checkpoint import checkpointing
from sim.runner.options import RunOptions
from sim.scenario import Scenario

T = TypeVar("T")


def require_writable(out: Path) -> None:
    """Find out before the long work whether its results can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CurbsimError(
            f"{out}: cannot be written to ({reason}); write --out DIR for another place"
        ) from error


def compile_with_message() -> None:
    """Say so when the first run on a machine has to compile the day step."""
    announce(say)
    compile_day_step()


@contextmanager
def long_work(experiment: Callable[..., T], out: Path, total: int, label: str) -> Iterator[T]:
    """Do long work whose folder will stand in `out`, going on with what an earlier call has finished.

    Yields what the experiment returns, to be saved: until then what is finished is kept.

    Parameters
    ----------
    experiment : callable
        Called with a checkpoint and what shows progress.
    total : int
        Replications.
    """
    require_writable(out)
    compile_with_message()
    with checkpointing(out) as checkpoint:
        with progress_bar(total, label) as progress:
            result = experiment(checkpoint=checkpoint, progress=progress)
        yield result


def save(
    experiment: str,
    scenarios: Sequence[Scenario],
    options: RunOptions,
    out: Path,
    tables: dict[str, pd.DataFrame],
    figures: Callable[[Path], None] | None = None,
    **inputs: Any,
) -> None:
    """Write the folder of an experiment and say where it is.

    Parameters
    ----------
    scenarios : sequence of Scenario
        All that went in; the first gives its number of replications and its seed.
    figures : callable, optional
        Called with the folder to draw figures in.
    inputs : optional
        What else the numbers depend on, for the manifest.
    """
    manifest = experiment_manifest(experiment, scenarios, **options.inputs(scenarios[0]), **inputs)
    texts = {f"scenario_{number}": one.to_yaml() for number, one in enumerate(scenarios, 1)}
    say(f"run folder: {store.save_experiment(out, manifest, tables, texts, figures=figures)}")
