"""Compiled functions that are kept on disk, where there is a place for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kept(function: F, **options: Any) -> F:
    """Compile a function when it is first called, and keep what was compiled for the next process.

    numba keeps it beside the source, or in the cache folder of the user when that cannot be written. Where
    neither can, as in some containers, numba refuses; then every process compiles anew.
    """
    try:
        made: F = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        made = numba.njit(**options)(function)
    return made
