"""Where the long commands write: whether they can, and the folders of experiments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim import store
from sim.cli.futures import Futures
from sim.cli.output import say
from sim.errors import CurbsimError
from sim.experiments.provenance import experiment_manifest
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
