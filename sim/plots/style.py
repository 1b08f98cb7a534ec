"""The look of figures: sizes, colours, dates, captions. Nothing here touches pyplot or global settings."""

from __future__ import annotations

import datetime
import functools
import io
import pathlib
import textwrap
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib import dates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.errors import CurbsimError

P = ParamSpec("P")
T = TypeVar("T")

STYLE = pathlib.Path(__file__).with_name("curbsim.mplstyle")
SINGLE, DOUBLE = 89.0, 183.0  # widths of one and two columns, mm
INCH = 25.4  # mm
BLUE, ORANGE, VERMILION, GREY = "#0072B2", "#E69F00", "#D55E00", "#8A8A8A"
BLACK, SKY, GREEN = "#000000", "#56B4E9", "#009E73"
# Of series: colours of Okabe and Ito whose greys differ, dashes and hatches for those that come close.
SERIES = (BLUE, ORANGE, BLACK, VERMILION, SKY, GREEN)
DASHES: tuple[tuple[int, tuple[float, ...]], ...] = (
    (0, ()),
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
HATCHES = ("", "////", "", "....", "\\\\\\\\", "xxxx")
LIGHT_BAND, DARK_BAND = "#C6DDEC", "#86B7D9"  # of BLUE, opaque so that bands read alike in grey


class TooNarrowError(CurbsimError):
    """A figure that nobody could read at the width asked for."""


class Picture(Figure):
    """A figure that a notebook shows by itself, without pyplot."""

    def _repr_png_(self) -> bytes:
        page = io.BytesIO()
        with mpl.rc_context(fname=STYLE):
            self.savefig(page, format="png", metadata={"Software": None})
        return page.getvalue()


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Draw with the style of curbsim and leave the settings of the user as they were."""

    @functools.wraps(function)
    def inside(*args: P.args, **options: P.kwargs) -> T:
        with mpl.rc_context(fname=STYLE):
            return function(*args, **options)

    return inside


def picture(width: float, height: float) -> Picture:
    """Return an empty figure of a size in mm."""
    made = Picture(figsize=(width / INCH, height / INCH), layout="constrained")
    FigureCanvasAgg(made)
    return made


def chosen_width(width: float | None, natural: float) -> float:
    """Return the width asked for, in mm, or the natural one.

    Raises
    ------
    CurbsimError
        When a journal would not print it.
    """
    if width not in (None, SINGLE, DOUBLE):
        raise CurbsimError(f"width is {width:g}; write 89 (one column) or 183 (two columns), in mm")
    return natural if width is None else float(width)


def axes_or_new(
    ax: Axes | None, width: float | None = None, height: float = 62.0, *, natural: float = SINGLE
) -> Axes:
    """Return the given axes, or those of a new figure."""
    return ax if ax is not None else picture(chosen_width(width, natural), height).add_subplot()


def most_panels(width: float | None, most: int) -> int:
    """Return how many panels a page holds: as many as `most`, or twelve in one column's width."""
    return most if width != SINGLE else min(most, 12)


def columns_of(panels: int, width: float | None) -> tuple[float, int]:
    """Return the width of a grid of panels, mm, and how many stand side by side."""
    chosen = chosen_width(width, SINGLE if panels == 1 else DOUBLE)
    return chosen, min(panels, 2 if chosen == SINGLE else 4)


def grid(
    panels: int, *, row_height: float, share_y: bool = False, width: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure with small panels, row by row: four side by side, or two in one column's width."""
    chosen, columns = columns_of(panels, width)
    rows = -(-panels // columns)
    figure = picture(chosen, row_height * rows + 14.0)
    axes: list[Axes] = []
    for place in range(panels):
        shared = axes[0] if axes and share_y else None
        axes.append(figure.add_subplot(rows, columns, place + 1, sharey=shared))
    return figure, axes


def label_outer(axes: Sequence[Axes], columns: int, *, x: bool, y: bool) -> None:
    """Keep the numbers of shared scales at the left of a grid and below its last panels only.

    Text takes most of the time of drawing, and repeats what a reader knows.
    """
    for number, ax in enumerate(axes):
        if x:
            ax.tick_params(axis="x", which="both", labelbottom=number + columns >= len(axes))
        if y:
            ax.tick_params(axis="y", which="both", labelleft=number % columns == 0)


def date_axis(ax: Axes, start: datetime.date, days: int, *, narrow: bool = False) -> None:
    """Mark quarters, half-years or years as 2019-07 over the days of a run.

    Ticks are written out: a locator that finds them anew at every drawing takes a quarter of its time.
    """
    ax.set_xlim(_number(start), _number(start) + days)
    months = days / 30.4
    room = 3 if narrow else 5  # labels that fit side by side
    step = next((one for one in (1, 2, 3, 6, 12, 24, 60) if months / one <= room), 120)
    major = _month_starts(start, days, step)
    minor = _month_starts(start, days, max(1, step // 4))
    ax.set_xticks([_number(date) for date in major], [f"{date:%Y-%m}" for date in major])
    ax.set_xticks([_number(date) for date in minor if date not in major], minor=True)


def _month_starts(start: datetime.date, days: int, step: int) -> list[datetime.date]:
    """Return the first of every `step`-th month, counted from January, within the days of a run."""
    end = start + datetime.timedelta(days=days)
    firsts = (
        datetime.date(year, month, 1) for year in range(start.year, end.year + 1) for month in range(1, 13)
    )
    return [date for date in firsts if start <= date <= end and (12 * date.year + date.month - 1) % step == 0]


def _number(date: datetime.date) -> float:
    return float(dates.date2num(date))  # type: ignore[no-untyped-call]


def day_numbers(start: datetime.date, days: list[int]) -> list[float]:
    """Return the places of days of a run on a date axis."""
    first = _number(start)
    return [first + day for day in days]


def short_title(ax: Axes, *lines: str, pad: float = 4.0) -> None:
    """Write the title of a small panel, shortened to its width."""
    figure = ax.get_figure(root=True)
    spec = ax.get_subplotspec()
    columns = spec.get_gridspec().ncols if spec else 1
    room = int((figure.get_figwidth() * INCH if figure else DOUBLE) / columns / 1.4)
    ax.set_title(
        "\n".join(textwrap.shorten(line, room, placeholder=" …") for line in lines), fontsize=6, pad=pad
    )


def row_names(ax: Axes, names: Sequence[str], *, share: float = 0.4, lines: int = 2) -> None:
    """Name the rows of an axes from top to bottom, in some lines at most within a share of the width.

    A line break in a name becomes a comma where all of it fits one line.
    """
    figure = ax.get_figure(root=True)
    room = int((figure.get_figwidth() * INCH if figure else SINGLE) * share / 1.1)
    words = [_in_lines(name, room, lines) for name in names]
    ax.set_yticks(range(len(names)), words, fontsize=5.5, linespacing=0.9)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _in_lines(name: str, room: int, lines: int) -> str:
    whole = name.replace("\n(", " (").replace("\n", ", ")
    if len(whole) <= room:
        return whole
    first, _, second = name.partition("\n")
    some = textwrap.wrap(first, room, max_lines=lines - bool(second), placeholder=" …")
    return "\n".join([*some, *textwrap.wrap(second, room, max_lines=1, placeholder=" …")])


def caption(ax: Axes, text: str, *, below: float = 19.0) -> None:
    """Write a note some points below an axes; the layout makes room for its lines."""
    figure = ax.get_figure(root=True)
    width = figure.get_figwidth() * INCH * ax.get_position().width if figure else SINGLE
    ax.annotate(
        _wrapped(text, width),
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(0, -below),
        textcoords="offset points",
        va="top",
        fontsize=5.5,
        color="#444444",
        annotation_clip=False,
    )


def explain(ax: Axes, text: str, *, below: float = 19.0) -> None:
    """Write a note below a figure of one axes over its whole width, or below an axes among others."""
    figure = ax.get_figure(root=True)
    if figure is not None and figure.axes == [ax]:
        figure_caption(figure, text)
    else:
        caption(ax, text, below=below)


def legend_above(ax: Axes, *, handles: Sequence[Artist] | None = None) -> None:
    """Put a legend above a figure of one axes, or above an axes among others."""
    figure = ax.get_figure(root=True)
    columns = 4 if figure is not None and figure.get_figwidth() * INCH > SINGLE + 1.0 else 2
    found = list(handles) if handles is not None else ax.get_legend_handles_labels()[0]
    names = [str(one.get_label()) for one in found]
    if figure is not None and figure.axes == [ax]:
        figure.legend(found, names, loc="outside upper left", ncols=columns, handlelength=2.0)
    else:
        ax.legend(found, names, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, handlelength=2.0)


def figure_caption(figure: Figure, text: str) -> None:
    """Write a note below a grid of panels."""
    lines = _wrapped(text, figure.get_figwidth() * INCH * 0.9)
    figure.supxlabel(lines, x=0.008, ha="left", fontsize=5.5, color="#444444")


def _wrapped(text: str, width: float) -> str:
    """Break lines at about one character a mm, never between a number and its %."""
    return textwrap.fill(text.replace(" %", "\u00a0%"), max(30, int(width)))


def measured(measure: str, unit: str) -> str:
    """Return what an axis says about a measure of processes.

    Examples
    --------
    >>> measured("lost_days", "days"), measured("stopped_days", "days")
    ('Lost output, net, days', 'Stopped days')
    """
    known = {"lost_days": "Lost output, net", "lost_days_gross": "Lost output, gross"}
    words = known.get(measure, measure.replace("_", " ").capitalize())
    return words if unit in ("currency", "material") or words.endswith(unit) else f"{words}, {unit}"


def counted(number: int, word: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "replication"), counted(1200, "replication")
    ('1 replication', '1,200 replications')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"
