"""How the day step is compiled, and how its cache on disk knows that a source has changed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba

#: Decorator of every function of the day step. They are not cached by themselves: only `run_days` is.
step = numba.njit(error_model="numpy")


class Direct:
    """A compiled function whose arguments have the same types in every call, which numba need not look up.

    With the many arguments of the day step that took longer than a day of a network of 84 processes.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        self._enter: Callable[..., Any] | None = None

    def __call__(self, *given: Any) -> Any:
        if self._enter is None:
            self._enter = self.function.compile(tuple(map(numba.typeof, given)))
        return self._enter(*given)


SOURCES = (
    "compiled.py", "families.py", "flows.py", "kernel.py", "ordering.py", "parts.py", "production.py",
    "rationing.py", "recording.py", "records.py", "rows.py", "split.py", "state.py", "../randomness.py",
)  # fmt: skip


def newest_source() -> float:
    """Return when a source of the day step was last written, as seconds since 1970."""
    return max((Path(__file__).parent / name).stat().st_mtime for name in SOURCES)


def source_digest() -> int:
    """Return a negative number that changes with any source of the day step.

    numba's cache looks at the file of the function alone, so that an edit of a function it calls would go
    unnoticed; a value that the function closes over is part of the key.
    """
    folder = Path(__file__).parent
    text = b"".join((folder / name).read_bytes() for name in SOURCES)
    return -int.from_bytes(blake2b(text, digest_size=7).digest(), "little") - 1
