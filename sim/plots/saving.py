"""Writing figures so that the same result gives the same bytes."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import pathlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.plots.covers import cover, exposed_stocks
from sim.plots.drawing import network
from sim.plots.outputs import output, shown_processes
from sim.plots.style import STYLE
from sim.plots.trades import observed, trade
from sim.plots.treated import treated
from sim.results import Result
from sim.scenario import Scenario

# Without dates and versions, so that bytes can be compared.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": "curbsim"},
}


def save(figure: Figure | Axes, path: pathlib.Path | str) -> list[pathlib.Path]:
    """Write a figure as PNG (200 dpi) and PDF, or as what the ending of `path` says."""
    whole = figure.get_figure(root=True) if isinstance(figure, Axes) else figure
    if whole is None:
        raise ValueError("these axes belong to no figure any more")
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = []
    with mpl.rc_context(fname=STYLE), laid_out(whole):
        asked = path.suffix.lower().removeprefix(".")
        for ending, metadata in METADATA.items():
            if asked in METADATA and asked != ending:
                continue
            file = path if asked == ending else path.with_name(f"{path.name}.{ending}")
            whole.savefig(file, format=ending, metadata=metadata)
            written.append(file)
    return written


@contextlib.contextmanager
def laid_out(figure: Figure) -> Iterator[None]:
    """Lay a figure out once for all files; every savefig would do it again, which takes half of its time."""
    engine = figure.get_layout_engine()
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)


def save_all(
    result: Result, folder: pathlib.Path | str, scenario: Scenario, jobs: int | None = None
) -> list[pathlib.Path]:
    """Write the figures of a run, in `jobs` processes; one that has nothing to show is left out.

    `trade_MATERIAL_FROM_TO` for every route that a treatment acts on, between two
    countries, if it carries goods; `cover` when it acts on a stock in use, `output` when a
    process uses such a stock, `network` always.
    """
    work = Work(figures(result, scenario), pathlib.Path(folder))
    number = min(jobs or os.cpu_count() or 1, len(work.figures))
    if number <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        return [file for name in work.figures for file in work.save(name)]
    # Drawing takes longer than a run of 50 replications. A forked process inherits the result.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(number, context, _begin, (work,)) as pool:
        return [file for files in pool.map(_save, work.figures) for file in files]


@dataclass(frozen=True)
class Work:
    """Figures to write into a folder."""

    figures: dict[str, Callable[[], Figure | Axes]]
    folder: pathlib.Path

    def save(self, name: str) -> list[pathlib.Path]:
        """Draw one figure and write it."""
        return save(self.figures[name](), self.folder / name)


_shared: dict[str, Work] = {}  # what a worker process draws; set once when it starts


def _begin(work: Work) -> None:
    """Set up a worker; the parent alone answers to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["work"] = work


def _save(name: str) -> list[pathlib.Path]:
    return _shared["work"].save(name)


def figures(result: Result, scenario: Scenario) -> dict[str, Callable[[], Figure | Axes]]:
    """Return what draws each figure of a run, by the name of its file."""
    found = treated(result)
    drawn: dict[str, Callable[[], Figure | Axes]] = {}
    seen = observed(scenario)
    for route in found.routes:
        place = result.labels.routes.index(route)
        if result.arrays["trade"][:, :, place].any():
            drawn["trade_" + "_".join(route)] = _trade_of(result, route, seen)
    if exposed_stocks(result, found):
        drawn["cover"] = lambda: cover(result)
    if shown_processes(result, found):
        drawn["output"] = lambda: output(result)
    drawn["network"] = lambda: network(scenario)
    return drawn


def _trade_of(result: Result, route: tuple[str, str, str], seen: object) -> Callable[[], Axes]:
    material, origin, destination = route
    return lambda: trade(result, material=material, origin=origin, destination=destination, observed=seen)  # type: ignore[arg-type]
