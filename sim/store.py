"""Run folders: written whole or not at all, and read back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import codebook
from sim.errors import CurbsimError

FORMATS = ("parquet", "csv")


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of `target` when all went well, and vanishes otherwise."""
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CurbsimError(
            f"{target}: cannot write the run folder ({reason}); write --out DIR for another place"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        part.replace(path)
    except OSError as error:
        raise CurbsimError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)


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


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _stata(table: pd.DataFrame, path: Path) -> None:
    write_stata(table, path, path.stem)


def write_stata(table: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table for Stata, with what the codebook says of its columns as labels."""
    plain = table.copy()
    for column in plain:
        if not pd.api.types.is_numeric_dtype(plain[column]):
            plain[column] = plain[column].astype(object).where(plain[column].notna(), "").astype(str)
    plain.to_stata(path, write_index=False, version=118, variable_labels=codebook.labels(name))


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {"parquet": _parquet, "csv": _csv, "dta": _stata}


def write_summary(table: pd.DataFrame, path: Path) -> None:
    """Write a summary with the shortest text that reads back to the same numbers."""
    table.to_csv(path, index=False, lineterminator="\n")


def write_codebook(path: Path) -> None:
    """Write what every column means."""
    pd.DataFrame(codebook.rows()).to_csv(path, index=False, lineterminator="\n")


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write readable JSON with sorted keys."""
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_arrays(arrays: dict[str, Any], path: Path) -> None:
    """Write arrays by replication."""
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run folder."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); write the path of a run folder") from error
    return found


def read_arrays(path: Path) -> dict[str, Any]:
    """Read the arrays of a run folder."""
    try:
        with np.load(path) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); run the scenario again") from error


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a run folder."""
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
