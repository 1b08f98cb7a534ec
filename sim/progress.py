"""How far long work has come, in words: for logs and for notebooks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REPLICATIONS = "replications"
QUIET = 2.0  # seconds in which short work says nothing in a notebook
BETWEEN = 0.5  # seconds between two lines in a notebook
SHORTEST = 1.0  # seconds of work from which the rest is estimated


class Progress:
    """Long work of a known size.

    Parameters
    ----------
    total : int
        How much there is to do.
    label : str
        What is done, such as the name of a scenario.
    unit : str
        What is counted.
    """

    def __init__(
        self, total: int, label: str, unit: str = REPLICATIONS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total, self.label, self.unit = total, label, unit
        self.done = 0
        self._clock, self._began = clock, clock()

    def add(self, count: int) -> None:
        """Count what has just been finished."""
        self.done += count

    @property
    def seconds(self) -> float:
        """Return how long the work has taken."""
        return self._clock() - self._began

    def text(self) -> str:
        """Return how far it is, of what, and about how long the rest takes.

        Examples
        --------
        >>> ticks = iter([0.0, 20.0])
        >>> half = Progress(200, "curbs_2019", clock=lambda: next(ticks))
        >>> half.add(50)
        >>> half.text()
        'curbs_2019: 50/200 replications, about 60 s left'
        """
        taken = self.seconds
        left = taken / self.done * (self.total - self.done) if self.done else 0.0
        rest = f", about {duration(left)} left" if left and taken >= SHORTEST else ""
        return f"{self.label}: {self.done}/{self.total} {self.unit}{rest}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it.

    Examples
    --------
    >>> duration(12.3), duration(200.0), duration(9000.0)
    ('12 s', '3 min', '2.5 h')
    """
    if seconds < 120.0:
        return f"{max(seconds, 1.0):.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 7200.0 else f"{seconds / 3600.0:.1f} h"


@contextmanager
def in_notebook(
    total: int, label: str, given: Callable[[int], None] | None
) -> Iterator[Callable[[int], None] | None]:
    """Yield what is called with finished work: what the user gave, or a line below the cell of a notebook.

    The line is there while the work lasts, from its third second on; outside of notebooks there is none.
    """
    if given is not None or not is_notebook():
        yield given
        return
    progress, shown = Progress(total, label), [0.0, 0.0]  # the time and the length of the last line

    def advance(count: int) -> None:
        progress.add(count)
        if progress.seconds >= max(QUIET, shown[0] + BETWEEN):
            text = progress.text()
            _write(f"\r{text.ljust(int(shown[1]))}")
            shown[:] = [progress.seconds, float(len(text))]

    try:
        yield advance
    finally:
        if shown[1]:
            _write(f"\r{' ' * int(shown[1])}\r")


def _write(text: str) -> None:
    sys.stdout.write(text)  # what goes to stderr has a red ground in notebooks
    sys.stdout.flush()


def is_notebook() -> bool:
    """Tell whether a cell of a notebook is being run."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    return type(shell).__name__ == "ZMQInteractiveShell"
