"""What stands in a folder of run folders: date, scenario, changes, seed of each."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments import command_word
from sim.errors import CurbsimError, did_you_mean
from sim.results.saved.manifest import MANIFEST, read_json
from sim.scenario.changes import listed


def is_run_folder(path: str | Path) -> bool:
    """Tell whether a path leads to a run folder."""
    return (Path(path) / MANIFEST).is_file()


def run_rows(folder: str | Path = "runs") -> list[dict[str, Any]]:
    """Return what stands in a folder of run folders, the latest first.

    Folder, the time it was written, what it holds (a run, or the name of an experiment), the scenarios, what
    was changed of them, seed, replications, and whether they are whole.
    """
    place = Path(folder)
    manifests = sorted(
        place.glob(f"*/{MANIFEST}"), key=lambda path: (-path.stat().st_mtime_ns, path.parent.name)
    )
    return [_run_row(path) for path in manifests]


def _run_row(path: Path) -> dict[str, Any]:
    written = datetime.datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")  # noqa: DTZ006
    try:
        manifest = read_json(path)
        if "experiment" in manifest:
            inputs, scenarios = manifest["inputs"], manifest["inputs"]["scenarios"]
        else:
            inputs, scenarios = manifest, [{**manifest, "name": manifest["scenario"]}]
        changes = "; ".join(filter(None, (listed(one.get("changes", {})) for one in scenarios)))
        about = {
            "holds": manifest.get("experiment", "run"),
            "scenario": ", ".join(one["name"] for one in scenarios),
            "changes": changes,
            "seed": inputs.get("seed", ""),
            "replications": inputs.get("replications", ""),
            "whole": "interrupted" if manifest.get("stopped_early") else "whole",
        }
    except (CurbsimError, AttributeError, KeyError, TypeError):
        about = {
            **dict.fromkeys(("holds", "scenario", "changes", "seed", "replications"), ""),
            "whole": "damaged",
        }
    return {"folder": str(path.parent), "written": written, **about}


def runs(folder: str | Path = "runs") -> pd.DataFrame:
    """Return the runs and experiments in a folder of run folders as a table, the latest first.

    Returns
    -------
    DataFrame
        folder, written, holds (run, compare, ...), scenario, changes, seed, replications, whole.
    """
    columns = ["folder", "written", "holds", "scenario", "changes", "seed", "replications", "whole"]
    return pd.DataFrame(run_rows(folder), columns=columns)


def latest_run(name: str, folder: str | Path = "runs") -> dict[str, Any]:
    """Return the latest run of a scenario, as in `run_rows`.

    Raises
    ------
    CurbsimError
        When there is none.
    """
    rows = [row for row in run_rows(folder) if row["holds"] == "run"]
    found = next((row for row in rows if row["scenario"] == name), None)
    if found is None:
        known = did_you_mean(name, [row["scenario"] for row in rows]) if rows else ""
        remedy = known or f"write curbsim run {command_word(name)} first"
        raise CurbsimError(f"{folder}: holds no run of '{name}'; {remedy}")
    return found
