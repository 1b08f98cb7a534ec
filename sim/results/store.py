"""Run folders: written whole or not at all, and read back."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import CurbsimError, left_out
from sim.files import plain_frame, whole_folder
from sim.results import codebook
from sim.results.saved.manifest import MANIFEST, as_json

LONGEST_FILE = 120  # bytes: a part folder adds the machine and the process, and file systems end at 255
DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10)),
}  # Windows
DAILY = ("parquet",)  # formats of daily tables; as CSV they are ten times as large
FORMATS = ("parquet", "csv")  # of the tables of experiments
DATES = ("date", "filed", "decided", "usable")  # columns of days in daily tables
# Of a column that a sweep names after what it varies.
VARIED = codebook.CodebookRow("", "Value of this path at the point")


def save_experiment(
    out: Path,
    manifest: dict[str, Any],
    tables: dict[str, pd.DataFrame],
    scenarios: dict[str, str],
    formats: tuple[str, ...] = FORMATS,
    figures: Callable[[Path], object] | None = None,
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
    first = manifest["inputs"]["scenarios"][0]
    name = marked(f"{manifest['experiment']}-{first['name']}", first.get("changes"))
    target = out / f"{name}-{hashlib.sha256(inputs.encode()).hexdigest()[:8]}"
    with whole_folder(target) as part:
        write_json(manifest, part / MANIFEST)
        for file, text in scenarios.items():
            (part / f"{folder_name(file)}.yaml").write_text(text, encoding="utf-8")
        write_tables(part / "tables", {name: _plain(table) for name, table in tables.items()}, formats)
        columns = {
            name: {str(column): codebook.COLUMNS[name].get(str(column), VARIED) for column in table}
            for name, table in tables.items()
        }
        write_codebook(part / "codebook.csv", codebook.rows_of(columns))
    show(target, figures)
    return target


def show(
    folder: Path,
    figures: Callable[[Path], object] | None,
    report: Callable[[Path], object] | None = None,
) -> None:
    """Draw and write what a folder is looked at by: nothing that fails here costs a number."""
    if figures is not None:
        left_out(f"{folder}: figures could not be drawn", lambda: figures(folder / "figures"))
    if report is not None:
        left_out(f"{folder}: the report could not be written", lambda: report(folder))


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
    text = re.sub(r"[^\w+-]+", "-", name).strip("-").encode()[:LONGEST_FILE].decode(errors="ignore") or "run"
    return f"{text}-" if text.upper() in DEVICES else text


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name of a file for each name: no two are alike, also where capitals do not count.

    Examples
    --------
    >>> file_names(["acid/50 %", "acid 50", "ACID-50", "con"])
    {'acid/50 %': 'acid-50', 'acid 50': 'acid-50-2', 'ACID-50': 'ACID-50-3', 'con': 'con-'}
    """
    files: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        first = folder_name(name)
        numbered = (f"{first}-{number}" for number in itertools.count(2))
        files[name] = next(
            file for file in itertools.chain([first], numbered) if file.casefold() not in taken
        )
        taken.add(files[name].casefold())
    return files


def marked(name: str, changes: object) -> str:
    """Return the first part of the name of a folder, with a mark where values of the scenario were changed.

    Examples
    --------
    >>> marked("curbs_2019", {"run.end": "2019-12-31"}), marked("curbs_2019", {})
    ('curbs_2019-changed', 'curbs_2019')
    """
    return folder_name(name) + "-changed" * bool(changes)


def write_tables(folder: Path, tables: dict[str, pd.DataFrame], formats: tuple[str, ...]) -> None:
    """Write tables side by side in every format asked for."""
    folder.mkdir()
    for name, table in tables.items():
        for form in formats:
            WRITERS[form](table, folder / f"{name}.{form}")


def _csv(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import csv

    columns = pa.Table.from_pandas(plain_frame(table), preserve_index=False)
    for place, field in enumerate(columns.schema):
        if pa.types.is_timestamp(field.type):  # a day has no hour
            columns = columns.set_column(place, field.name, columns.column(place).cast(pa.date32()))
    csv.write_csv(columns, path, csv.WriteOptions(quoting_style="needed"))


def write_stata(table: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table for Stata, with what the codebook says of its columns as labels."""
    plain = table.copy()
    days = [column for column in plain if pd.api.types.is_datetime64_dtype(plain[column])]
    for column in plain.columns.difference(days, sort=False):
        if not pd.api.types.is_numeric_dtype(plain[column]):
            plain[column] = plain[column].astype(object).where(plain[column].notna(), "").astype(str)
    daily: Any = dict.fromkeys(days, "td")
    plain.to_stata(
        path, write_index=False, version=118, variable_labels=codebook.labels(name), convert_dates=daily
    )


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "parquet": lambda table, path: table.to_parquet(path, index=False, compression="zstd"),
    "csv": _csv,
    "dta": lambda table, path: write_stata(table, path, path.stem),
}


def require_formats(formats: str | Iterable[str]) -> tuple[str, ...]:
    """Return the formats of tables that are asked for, each once; a text may name several with commas.

    Examples
    --------
    >>> require_formats("csv, dta")
    ('csv', 'dta')
    """
    given = formats.split(",") if isinstance(formats, str) else formats
    names = tuple(dict.fromkeys(part.strip() for part in given))
    for name in names:
        if name not in WRITERS:
            known = ", ".join(sorted(WRITERS))
            raise CurbsimError(f"tables: '{name}' is not a format of tables; write one or more of {known}")
    return names


def write_summary(table: pd.DataFrame, path: Path) -> None:
    """Write a summary with the shortest text that reads back to the same numbers."""
    plain_frame(table).to_csv(path, index=False, lineterminator="\n")


def write_codebook(path: Path, rows: list[dict[str, str]]) -> None:
    """Write what every column means."""
    plain_frame(pd.DataFrame(rows)).to_csv(path, index=False, lineterminator="\n")


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write readable JSON with sorted keys."""
    path.write_text(as_json(data), encoding="utf-8")


def write_arrays(arrays: dict[str, Any], path: Path, *, compressed: bool = True) -> None:
    """Write arrays by replication."""
    write = np.savez_compressed if compressed else np.savez
    with path.open("wb") as file:
        write(file, **arrays)


# What numpy raises at a file that is damaged, cut short, packed in another way or made to be huge.
UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    MemoryError,
)


def read_arrays(path: Path) -> dict[str, Any]:
    """Read the arrays of a run folder."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); run the scenario again") from error


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a run folder, each from Parquet where it is there, else from CSV.

    Raises
    ------
    CurbsimError
        When one of them cannot be read.
    """
    paths = {path.stem: path for form in ("csv", "parquet") for path in sorted(folder.glob(f"*.{form}"))}
    try:
        return {
            name: _read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
            for name, path in paths.items()
        }
    except Exception as error:  # pandas, pyarrow and their versions raise errors of their own
        raise CurbsimError(f"{folder}: a table cannot be read ({error}); run the scenario again") from error


def _read_csv(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path)
    days = {name: pd.to_datetime(table[name]) for name in DATES if name in table}
    texts = [str(name) for name in table.select_dtypes(exclude="number") if name not in days]
    names = {name: table[name].fillna("") for name in texts}
    return table.assign(**days, **names)
