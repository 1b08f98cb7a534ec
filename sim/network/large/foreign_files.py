"""Files of somebody else, bounded before a reader unpacks them: small files may stand for huge tables."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any, NoReturn
from xml.parsers import expat

import pandas as pd

UNPACKED_MEGABYTES = 200  # of an Excel file
MOST_PARTS = 1_000  # of an Excel file
MOST_ROWS = 1_048_576  # of a sheet of Excel
MOST_CELLS = 200_000_000  # of a Parquet file
MOST_SHEET_CELLS = 20_000_000
PIECE = 1 << 16  # bytes


def require_no_device(path: Path) -> None:
    """Raise where a path leads to a device: /dev/zero has no end."""
    if path.is_char_device() or path.is_block_device():
        raise ValueError("it is a device, not a file")


def require_plain_xml(file: IO[bytes]) -> None:
    """Raise where XML declares a document type: its entities could name other files, or repeat themselves.

    Declarations stand before the first element, and no more is read.

    Examples
    --------
    >>> import io
    >>> require_plain_xml(io.BytesIO(b"<graphml/>"))
    >>> require_plain_xml(io.BytesIO(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"))
    Traceback (most recent call last):
    ValueError: its XML declares a document type, whose entities are not read
    """
    parser, begun = expat.ParserCreate(), []

    def refuse(*_: Any) -> NoReturn:
        raise ValueError("its XML declares a document type, whose entities are not read")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda *_: begun.append(True)
    while not begun and (piece := file.read(PIECE)):
        parser.Parse(piece)


def require_plain_book(path: Path) -> None:
    """Raise where an Excel file would unpack to too much, or its XML declares entities.

    Parts are unpacked no further than the size that they declare, so that this size can be relied on.
    """
    with zipfile.ZipFile(path) as book:
        parts = book.infolist()
        megabytes = sum(part.file_size for part in parts) / 1e6
        if megabytes > UNPACKED_MEGABYTES or len(parts) > MOST_PARTS:
            raise ValueError(
                f"it unpacks to {megabytes:,.0f} MB in {len(parts):,} parts, more than "
                f"{UNPACKED_MEGABYTES} MB or {MOST_PARTS:,} parts; large tables are read as CSV or Parquet"
            )
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                with book.open(part) as file:
                    require_plain_xml(file)


def bounded_rows(sheet: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet, whatever size it says it has.

    Raises
    ------
    ValueError
        With more rows than Excel has, or too many cells: one cell far away makes every cell before it.
    """
    sheet.reset_dimensions()
    rows: list[tuple[Any, ...]] = []
    cells = 0
    for row in sheet.iter_rows():
        rows.append(row)
        cells += len(row)
        if len(rows) > MOST_ROWS or cells > MOST_SHEET_CELLS:
            raise ValueError(
                f"its sheet has more than {MOST_ROWS:,} rows or {MOST_SHEET_CELLS:,} cells; large tables "
                "are read as CSV or Parquet"
            )
    return rows


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table of one Parquet file; a text that is repeated is held once.

    Raises
    ------
    ValueError
        When it has too many cells (a column of one value takes a few bytes for any number of rows), or texts
        that are not UTF-8.
    """
    from pyarrow import parquet, types

    if not path.is_file():  # a folder would be read with everything in it
        raise FileNotFoundError(path)
    with parquet.ParquetFile(path) as file:
        cells = file.metadata.num_rows * file.metadata.num_columns
        if cells > MOST_CELLS:
            raise ValueError(
                f"it has {cells:,} cells, more than {MOST_CELLS:,}; keep the columns that are needed"
            )
        kinds = {field.name: field.type for field in file.schema_arrow}
    texts = [name for name, kind in kinds.items() if types.is_string(kind) or types.is_large_string(kind)]
    with parquet.ParquetFile(path, read_dictionary=texts) as file:
        table = file.read()
    for name in texts:
        _require_utf8(table, name)
    frame: pd.DataFrame = table.to_pandas()
    return frame.assign(**{name: frame[name].astype(object) for name in texts if name in frame})


def _require_utf8(table: Any, name: str) -> None:
    try:
        table.column(name).validate(full=True)
    except Exception:  # of pyarrow, which differ by version
        raise ValueError(f"a text in its column '{name}' is not UTF-8") from None
