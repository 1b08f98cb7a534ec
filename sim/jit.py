"""How functions are compiled, and how compiled code on disk goes stale with its sources."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def cached_njit(function: F, **options: Any) -> F:
    """Compile a function when it is first called, and keep what was compiled for the next process.

    numba keeps it beside the source, or in the cache folder of the user when that cannot be written. Where
    neither can, as in some containers, numba refuses; then every process compiles anew, as it does when the
    disk is full.
    """
    try:
        compiled: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return cast("F", numba.njit(**options)(function))
    save = compiled._cache.save_overload

    def save_if_there_is_room(*given: Any) -> None:
        with suppress(OSError):
            save(*given)

    compiled._cache.save_overload = save_if_there_is_room
    return cast("F", compiled)


#: Decorator of every function of the day step. They are not cached by themselves: only `run_days` is.
step = numba.njit(error_model="numpy")


class Direct:
    """A compiled function whose arguments have the same types in every call, which numba need not look up.

    With the many arguments of the day step that took longer than a day of a network of 84 processes.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        self._enter: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        if self._enter is None:
            self._enter = self.function.compile(tuple(map(numba.typeof, arguments)))
        return self._enter(*arguments)


COMPILED = re.compile(r"^\s*@(step|cached_njit|numba\.njit)\b|\bnjit\(", re.MULTILINE)
IMPORTED = re.compile(r"^from (sim[\w.]*) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)


@functools.cache
def sources(package: Path = Path(__file__).parent) -> tuple[Path, ...]:
    """Return the modules of the package with a compiled function, and the modules that these import.

    They are found, not listed, so that none can be forgotten when a module is added, split or renamed.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    compiled = {path for path, text in texts.items() if COMPILED.search(text)}
    imported = {path for user in compiled for path in _imported(texts[user], package.parent) if path in texts}
    return tuple(sorted(compiled | imported))


def _imported(text: str, root: Path) -> Iterator[Path]:
    """Yield the files that a module may import: where a name is taken from, or the module of that name."""
    for module, inside, line in IMPORTED.findall(text):
        home = root.joinpath(*module.split("."))
        yield home.with_suffix(".py")
        for name in re.findall(r"\w+", inside or line):
            yield home / f"{name}.py"


def newest_source() -> float:
    """Return when a source of compiled code was last written, as seconds since 1970."""
    return max(path.stat().st_mtime for path in sources())


def source_digest() -> int:
    """Return a negative number that changes with any source of compiled code.

    numba's cache looks at the file of the function alone, so that an edit of a function it calls would go
    unnoticed; a value that the function closes over is part of the key.
    """
    text = b"".join(path.read_bytes() for path in sources())
    return -int.from_bytes(blake2b(text, digest_size=7).digest(), "little") - 1
