"""How long commands begin, and the folders that they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from sim import store
from sim.cli.futures import Futures
from sim.cli.output import say
from sim.engine import warm
from sim.errors import CurbsimError
from sim.experiments.provenance import experiment_manifest
from sim.experiments.unfinished import Unfinished, resuming
from sim.scenario import Scenario


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
    warm.announce(say)
    warm.compile_day_step()


@contextmanager
def long_work(out: Path) -> Iterator[Unfinished]:
    """Begin long work whose folder will stand in `out`, and go on with what an earlier call has finished."""
    require_writable(out)
    compile_with_message()
    with resuming(out) as kept:
        assert kept is not None
        yield kept


def save(
    experiment: str,
    scenarios: Sequence[Scenario],
    futures: Futures,
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
    manifest = experiment_manifest(experiment, scenarios, **futures.inputs(scenarios[0]), **inputs)
    texts = {f"scenario_{number}": one.to_yaml() for number, one in enumerate(scenarios, 1)}
    say(f"run folder: {store.save_experiment(out, manifest, tables, texts, figures=figures)}")
