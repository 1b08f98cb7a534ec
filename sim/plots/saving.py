"""Writing figures so that the same result gives the same bytes."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pathlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arguments import shown
from sim.errors import CurbsimError, did_you_mean, warn_left_out
from sim.plots.losses import exceedance, losers, loses, loss_by_material, lost_value, priced, spread
from sim.plots.network import network
from sim.plots.style import STYLE, TooNarrowError, figure_of
from sim.plots.time_series import cover, exposed_stocks, output, shown_processes
from sim.plots.trade import filed_materials, licences, observed, trade
from sim.results.restricted import treated
from sim.results.result import Result, as_result
from sim.results.store import file_names
from sim.scenario import Scenario
from sim.signals import leave_to_parent

# Without dates and versions, so that bytes can be compared.
METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": "curbsim"},
    "svg": {"Date": None, "Creator": "curbsim"},
}
USUAL = ("loss_by_material", "cover", "output")  # figures that a run is shown by, the first that it has
FORMATS = ("png", "pdf")  # of a run folder
Drawn = Callable[[float | None], Figure | Axes]  # a figure, given its width in mm


def save(
    figure: Figure | Axes, path: pathlib.Path | str, *, formats: Sequence[str] = FORMATS
) -> list[pathlib.Path]:
    """Write a figure as PNG (200 dpi) and PDF, or as what the ending of `path` says.

    Parameters
    ----------
    formats : sequence of str
        Of png, pdf and svg, when `path` has no such ending.

    Raises
    ------
    CurbsimError
        When a format is another one.
    """
    if unknown := [ending for ending in formats if ending not in METADATA]:
        raise CurbsimError(f"unknown format '{unknown[0]}'; write some of {', '.join(METADATA)}")
    if not isinstance(figure, Axes | Figure):
        raise CurbsimError(
            f"save takes a figure, not {shown(figure)}; write what a function of sim.plots returns"
        )
    whole = figure_of(figure) if isinstance(figure, Axes) else figure
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = path.suffix.lower().removeprefix(".")
    endings = (asked,) if asked in METADATA else formats
    files = {end: path if end == asked else path.with_name(f"{path.name}.{end}") for end in endings}
    engine = whole.get_layout_engine()
    with mpl.rc_context(fname=STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter that the font lacks is a box, which is seen
        # Laid out once for all files; every savefig would do it again, which takes half of its time.
        whole.draw_without_rendering()
        whole.set_layout_engine("none")
        try:
            for ending, file in files.items():
                whole.savefig(file, format=ending, metadata=METADATA[ending])
        finally:
            whole.set_layout_engine(engine)
    return list(files.values())


def save_all(
    result: Result,
    folder: pathlib.Path | str,
    scenario: Scenario,
    jobs: int | None = None,
    *,
    widths: Sequence[float] | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[pathlib.Path]:
    """Write the figures of a run, in `jobs` processes; one that has nothing to show is left out.

    `trade_MATERIAL_FROM_TO` for every route that a treatment acts on, between two countries, if it carries
    goods; `cover` when it acts on a stock in use; `output` and `exceedance` when a process is exposed to it;
    `lost_value` when anything with a price is lost; `loss_by_material` and `spread` when anything is lost;
    `licences` when a file was filed; `network`
    where processes take inputs (groups of a network in tables tell none).

    Parameters
    ----------
    widths : sequence of float, optional
        For a paper: each figure at each of these widths (89, 183 mm), named `cover_89mm`. A figure that
        cannot be read at one of them is left out there.
    """
    drawn = figures(as_result(result, "save_all"), scenario)
    files = file_names(drawn)
    tasks = [(name, width) for name in drawn for width in widths or (None,)]

    def write(name: str, width: float | None) -> list[pathlib.Path] | Exception:
        suffix = "" if width is None else f"_{width:g}mm"
        try:
            return save(drawn[name](width), pathlib.Path(folder) / f"{files[name]}{suffix}", formats=formats)
        except TooNarrowError:
            return []
        except Exception as error:  # told below: the others are drawn
            return CurbsimError(str(error) or type(error).__name__)

    number = min(jobs or os.cpu_count() or 1, len(tasks))
    if number <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        return _whole(tasks, [write(*task) for task in tasks])
    # Drawing takes longer than a run of 50 replications. A forked process inherits the result.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(number, context, _begin, (write,)) as pool:
        return _whole(tasks, pool.map(_write, tasks))


def _whole(
    tasks: Sequence[tuple[str, float | None]], written: Iterable[list[pathlib.Path] | Exception]
) -> list[pathlib.Path]:
    """Return the files of all figures, and tell which could not be drawn."""
    files: list[pathlib.Path] = []
    for (name, _), outcome in zip(tasks, written, strict=True):
        if isinstance(outcome, Exception):
            warn_left_out(f"the figure {name} could not be drawn", outcome)
        else:
            files += outcome
    return files


Written = Callable[[str, float | None], list[pathlib.Path] | Exception]
_shared: dict[str, Written] = {}  # what a worker process does; set when it starts


def _begin(write: Written) -> None:
    """Set up a worker with what it does."""
    leave_to_parent()
    _shared["write"] = write


def _write(task: tuple[str, float | None]) -> list[pathlib.Path] | Exception:
    return _shared["write"](*task)


def figures(result: Result, scenario: Scenario) -> dict[str, Drawn]:
    """Return what draws each figure of a run, given a width, by the name of its file."""
    result = as_result(result, "figures")
    restricted = treated(result)
    customs = observed(scenario)
    drawn: dict[str, Drawn] = {}
    for route in restricted.routes:
        if result.arrays["trade"][:, :, result.labels.routes.index(route)].any():
            names = dict(zip(("material", "origin", "destination"), route, strict=True))
            drawn["trade_" + "_".join(route)] = _by_width(trade, result, observed=customs, **names)
    makers = (p for place in scenario.document.facilities.values() for p in place.makes.values())
    # Groups of a large network take everything from everybody.
    has_inputs = any(process.inputs for process in makers)
    has_files = "open_files" in result.arrays and filed_materials(result)
    shown: dict[str, tuple[object, Drawn]] = {
        "cover": (exposed_stocks(result, restricted), _by_width(cover, result)),
        "output": (shown_processes(result, restricted), _by_width(output, result)),
        "network": (has_inputs, _by_width(network, scenario, result)),
        "licences": (has_files, _by_width(licences, result)),
        "loss_by_material": (losers(result), _by_width(loss_by_material, result)),
        "exceedance": (result.labels.exposed, _by_width(exceedance, result)),
        "spread": (loses(result), _by_width(spread, result)),
    }
    first = {"lost_value": _by_width(lost_value, result)} if priced(result) else {}
    return first | drawn | {name: draw for name, (is_shown, draw) in shown.items() if is_shown}


def plot(result: Result, name: str | None = None, width: float | None = None) -> Figure:
    """Return one of the figures of a run by name; the first of the usual ones when left out.

    Raises
    ------
    CurbsimError
        When the run has no such figure, or nothing to show.
    """
    drawn = figures(result, result.scenario)
    if not drawn:
        raise CurbsimError(f"{result.name}: nothing is lost or shipped that a figure could show")
    chosen = name or next((usual for usual in USUAL if usual in drawn), next(iter(drawn)))
    if chosen not in drawn:
        raise CurbsimError(f"the run has no figure '{chosen}'; {did_you_mean(str(chosen), drawn)}")
    made = drawn[chosen](width)
    return made if isinstance(made, Figure) else figure_of(made)


def _by_width(function: Callable[..., Figure | Axes], *args: Any, **options: Any) -> Drawn:
    return lambda width: function(*args, width=width, **options)
