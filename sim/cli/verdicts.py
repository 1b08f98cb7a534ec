"""Which files were checked and had no mistakes: nothing is read again until one of them changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from sim.scenario import library

PACKAGE = Path(__file__).parents[1]
LIBRARIES = Path(typer.__file__).parents[1]  # its date changes when something is installed


def stamps(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return size and times of every file from which these scenarios may come, and of the program itself.

    Names are looked up beside the file, in the working directory and in the library; a world is a folder
    there. A file that appears in one of these places may change what a name stands for, so all count.
    """
    near = [folder for name in names for folder in list(Path(name).parents)[:2]]
    program = (PACKAGE, PACKAGE / "scenario")
    found = {str(LIBRARIES): _stamp(LIBRARIES)}
    for folder in {place.resolve() for place in (Path(), *near, *library.folders(), *program)}:
        found.update(_files(folder))
    return found


def _files(folder: Path, *, worlds: bool = True) -> Iterator[tuple[str, tuple[int, ...]]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_file():
                yield path.resolve().as_posix(), _stamp(path)
            elif worlds and (path / library.WORLD).is_file():
                yield from _files(path, worlds=False)


def _stamp(path: Path) -> tuple[int, ...]:
    told = path.stat()
    return (told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def known(names: Sequence[str], found: dict[str, tuple[int, ...]]) -> bool:
    """Tell whether these names were checked, without a mistake, when every file was as it is now."""
    try:
        return _place(names).read_text(encoding="ascii") == _digest(found)
    except (OSError, ValueError, RuntimeError):
        return False


def remember(names: Sequence[str], found: dict[str, tuple[int, ...]], read: Iterable[str]) -> None:
    """Remember that these names have no mistake, unless they rest on files that have no stamp."""
    if all(Path(file).resolve().as_posix() in found for file in read):
        with contextlib.suppress(OSError, RuntimeError):  # a cache that cannot be written is none
            place = _place(names)
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_name(f"{place.name}.{os.getpid()}")
            part.write_text(_digest(found), encoding="ascii")
            part.replace(place)


def _place(names: Sequence[str]) -> Path:
    told = hashlib.sha256(repr((str(Path.cwd()), *names)).encode()).hexdigest()
    return cache_folder() / "checked" / told[:32]


def _digest(found: dict[str, tuple[int, ...]]) -> str:
    return hashlib.sha256(repr((sys.version, sorted(found.items()))).encode()).hexdigest()


def cache_folder() -> Path:
    """Return the folder for what can be made again, as the system of the user has it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "curbsim"
