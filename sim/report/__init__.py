"""The report of a run: one page that stands alone, and its tables as CSV and LaTeX.

`write` is loaded when it is first used: it draws figures, which sentences and tables do without.
"""

from __future__ import annotations

from typing import Any

__all__ = ["write"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sim.report' has no attribute '{name}'")
    from sim.report.folder import write

    return write
