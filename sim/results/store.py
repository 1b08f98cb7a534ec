"""Run folders: written whole or not at all, and read back."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.files import whole_folder
from sim.results import codebook

FORMAT = 1  # of run folders, in their manifests: one more whenever a folder of before could not be read
FORMATS = ("parquet", "csv")
# Of a column that a sweep names after what it varies.
VARIED = codebook.CodebookRow("", "Value of this path at the point")


def save_experiment(
    out: Path,
    manifest: dict[str, Any],
    tables: dict[str, pd.DataFrame],
    scenarios: dict[str, str],
    formats: tuple[str, ...] = FORMATS,
    figures: Callable[[Path], None] | None = None,
) -> Path:
    """Write the folder of an experiment, whole or not at all, and return its path.

    Parameters
    ----------
    out : Path
        The folder of run folders.
    manifest : dict
        Of `experiment_manifest`; the name of the folder has a hash of its `inputs`.
    tables : dict of str to DataFrame
        Whose columns the codebook knows.
    scenarios : dict of str to str
        Scenario files by name.
    figures : callable, optional
        Called with the folder to draw figures in.
    """
    inputs = json.dumps(manifest["inputs"], sort_keys=True, default=str)
    name = f"{manifest['experiment']}-{manifest['inputs']['scenarios'][0]['name']}"
    target = out / f"{folder_name(name)}-{hashlib.sha256(inputs.encode()).hexdigest()[:8]}"
    with whole_folder(target) as part:
        write_json(manifest, part / "manifest.json")
        for file, text in scenarios.items():
            (part / f"{folder_name(file)}.yaml").write_text(text, encoding="utf-8")
        write_tables(part / "tables", {name: _plain(table) for name, table in tables.items()}, formats)
        columns = {
            name: {str(column): codebook.COLUMNS[name].get(str(column), VARIED) for column in table}
            for name, table in tables.items()
        }
        write_codebook(part / "codebook.csv", codebook.rows_of(columns))
        if figures is not None:
            figures(part / "figures")
    return target


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of values of several kinds, such as `7` and `7 days`, are text."""
    mixed = [c for c in table if table[c].dtype == object and len(set(map(type, table[c]))) > 1]
    return table.astype(dict.fromkeys(mixed, str))


def folder_name(name: str) -> str:
    """Return a name without what a file system may not like.

    Examples
    --------
    >>> folder_name("my curbs/2019+strict")
    'my-curbs-2019+strict'
    """
    return re.sub(r"[^\w+-]+", "-", name).strip("-") or "run"


def write_tables(folder: Path, tables: dict[str, pd.DataFrame], formats: tuple[str, ...]) -> None:
    """Write tables side by side in every format asked for."""
    folder.mkdir()
    for name, table in tables.items():
        for form in formats:
            WRITERS[form](table, folder / f"{name}.{form}")


def _csv(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import csv

    csv.write_csv(
        pa.Table.from_pandas(table, preserve_index=False), path, csv.WriteOptions(quoting_style="needed")
    )


def write_stata(table: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table for Stata, with what the codebook says of its columns as labels."""
    plain = table.copy()
    for column in plain:
        if not pd.api.types.is_numeric_dtype(plain[column]):
            plain[column] = plain[column].astype(object).where(plain[column].notna(), "").astype(str)
    plain.to_stata(path, write_index=False, version=118, variable_labels=codebook.labels(name))


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "parquet": lambda table, path: table.to_parquet(path, index=False),
    "csv": _csv,
    "dta": lambda table, path: write_stata(table, path, path.stem),
}


def write_summary(table: pd.DataFrame, path: Path) -> None:
    """Write a summary with the shortest text that reads back to the same numbers."""
    table.to_csv(path, index=False, lineterminator="\n")


def write_codebook(path: Path, rows: list[dict[str, str]]) -> None:
    """Write what every column means."""
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write readable JSON with sorted keys."""
    path.write_text(json.dumps(data, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def write_arrays(arrays: dict[str, Any], path: Path, *, compressed: bool = True) -> None:
    """Write arrays by replication."""
    write = np.savez_compressed if compressed else np.savez
    with path.open("wb") as file:
        write(file, **arrays)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run folder.

    Raises
    ------
    CurbsimError
        When it cannot be read, when another version wrote it in another format, or when it is not of a run.
    """
    manifest = read_json(folder / "manifest.json")
    written = manifest.get("format", "none, as before 0.2")
    if written != FORMAT:
        version = manifest.get("versions", {}).get("curbsim")
        writer = f"curbsim {version}" if version else "another version of curbsim"
        raise CurbsimError(
            f"{folder}: written by {writer} in another format ({written}; this version reads {FORMAT}); "
            f"run its scenario.yaml again, or read it with {writer}"
        )
    if "labels" not in manifest:
        experiment = manifest.get("experiment", "something else")
        raise CurbsimError(f"{folder}: holds {experiment}, not a run; write a folder that curbsim run wrote")
    return manifest


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run folder."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); write the path of a run folder") from error


UNREADABLE = (OSError, ValueError, EOFError, LookupError, NotImplementedError, OverflowError, RuntimeError)


def read_arrays(path: Path) -> dict[str, Any]:
    """Read the arrays of a run folder."""
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); run the scenario again") from error


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a run folder."""
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
