"""Files and folders that are written whole or not at all, also when several commands write the same at once.

Every command writes into a part of its own beside the target. What stood there is renamed aside, the part is
renamed in, and only then is the old one deleted: at any moment one of the two is whole.

Text in CSV files is never a formula of a spreadsheet: see `plain_cell`.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.errors import CurbsimError

# What Excel, LibreOffice and Google Sheets compute or run; a number with its sign, and a lone sign, are none.
FORMULA = re.compile(
    r"(?![-+]?[\d.,]+(?:e[-+]?\d+)?\s?%?\Z)[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20].+", re.I | re.S
)
HOST = re.sub(r"\W", "", platform.node()) or "here"
TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)  # another command has put its folder there meanwhile


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of `target` when all went well, and vanishes otherwise."""
    part = _beside(target, "part")
    try:
        tidy(target)
        part.mkdir(parents=True)
        yield part
        _put_in_place(part, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CurbsimError(
            f"{target}: cannot write the folder ({reason}); write --out DIR for another place"
        ) from error
    finally:
        remove(part)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all; a link that stands there is replaced, not followed."""
    part = _beside(path, "part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        part.replace(path)
    except OSError as error:
        raise CurbsimError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        remove(part)


def _put_in_place(part: Path, target: Path) -> None:
    while True:
        aside = _beside(target, "old")
        with suppress(FileNotFoundError):
            target.rename(aside)
        try:
            part.rename(target)
        except OSError as error:
            if error.errno in TAKEN:
                remove(aside)
                continue
            if aside.exists() and not target.exists():
                aside.rename(target)
            raise
        remove(aside)
        return


def remove(path: Path) -> None:
    """Remove a file, a link or a folder; what is not there, or does not let itself be removed, is left."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _beside(target: Path, ending: str) -> Path:
    """Return a name beside the target that no other command has: with the machine and the process."""
    mark = f"{HOST}-{os.getpid()}-{secrets.token_hex(4)}"
    return target.with_name(f".{target.name}.{mark}.{ending}")


def tidy(target: Path) -> None:
    """Remove what killed commands have left beside the target; an old folder returns to its place."""
    mark = re.compile(rf"\.{re.escape(target.name)}\.{re.escape(HOST)}-(\d+)-[0-9a-f]{{8}}\.(part|old)")
    left = sorted(target.parent.iterdir()) if target.parent.is_dir() else []
    for path in left:
        match = mark.fullmatch(path.name)
        if match is None or _is_running(int(match[1])):
            continue
        if match[2] == "old" and not target.exists():
            path.rename(target)
        else:
            remove(path)


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return True  # elsewhere there is no signal that only asks
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def plain_cell(value: Any) -> Any:
    """Return a cell; text that a spreadsheet would take for a formula gets a `'` in front.

    Examples
    --------
    >>> [plain_cell(x) for x in ("=1+1", "@acid", "-5 %", "-1e3", "-", "acid", -1.5)]
    ["'=1+1", "'@acid", '-5 %', '-1e3', '-', 'acid', -1.5]
    """
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def plain_frame(table: Any) -> Any:
    """Return a pandas table whose texts and heads are plain cells; the same table where all are."""
    changed = {name: cells for name in table if (cells := _changed(table[name])) is not None}
    heads = {name: plain_cell(name) for name in table if plain_cell(name) != name}
    table = table.assign(**changed) if changed else table
    return table.rename(columns=heads) if heads else table


def _changed(column: Any) -> Any:
    if column.dtype.kind in "biufcmM":  # numbers and dates
        return None
    texts = column.cat.categories if hasattr(column, "cat") else column
    if not any(isinstance(text, str) and FORMULA.match(text) for text in texts):
        return None
    return column.astype(object).map(plain_cell, na_action="ignore")
