"""The look of figures: sizes, colours, panels, captions. Nothing touches pyplot or global settings."""

from __future__ import annotations

import functools
import inspect
import io
import pathlib
import textwrap
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.arguments import shown
from sim.errors import CurbsimError, did_you_mean, quoted
from sim.results.numbers import measure_words
from sim.results.result import as_result

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
CAPTION: dict[str, Any] = {"fontsize": 5.5, "color": "#444444"}
NARROW_PANELS = 12  # of one figure in one column's width


class TooNarrowError(CurbsimError):
    """A figure that nobody could read at the width asked for."""


class Picture(Figure):
    """A figure that a notebook shows by itself, without pyplot."""

    def _repr_png_(self) -> bytes:
        page = io.BytesIO()
        with mpl.rc_context(fname=STYLE):
            self.savefig(page, format="png", metadata={"Software": None})
        return page.getvalue()


class PointLook(NamedTuple):
    """Marker and colour of points, and whether they are filled."""

    marker: str
    colour: str
    is_filled: bool

    def options(self, size: float) -> dict[str, Any]:
        """Return what matplotlib needs to draw the points, without a line."""
        face = self.colour if self.is_filled else "white"
        return {
            "linestyle": "",
            "marker": self.marker,
            "color": self.colour,
            "markerfacecolor": face,
            "markersize": size,
        }


DRAWN_FROM = {  # what the first argument of a figure is, by its name
    "comparison": "a hindcast",
    "frame": "a table",
    "study": "a sensitivity study",
    "sweep": "a sweep",
    "table": "a table",
}
MADE_BY = {  # what of `sim` makes it, where the names differ
    "stop_contours": "threshold",
    "structure": "structure(result, by='choice')",
    "swept": "sweep",
}


@dataclass(frozen=True, kw_only=True)
class PanelLook:
    """What the small panels of a figure have in common.

    Attributes
    ----------
    row_height : float
        In mm.
    most : int
        Panels of one figure; twelve at most in one column's width.
    share_x, share_y : bool
        Numbers of the axis stand below the last panels, or at the left, only.
    """

    row_height: float
    most: int = 24
    x_label: str = ""
    y_label: str = ""
    share_x: bool = False
    share_y: bool = False

    def room(self, width: float | None) -> int:
        """Return how many panels a figure of some width holds."""
        return self.most if width != SINGLE else min(self.most, NARROW_PANELS)


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Draw with the style of curbsim and leave the settings of the user as they were.

    What a figure is drawn from, its first argument, is looked at before.
    """
    name = next(iter(inspect.signature(function).parameters), "")

    @functools.wraps(function)
    def inside(*args: P.args, **options: P.kwargs) -> T:
        if args:
            args = (drawn_from(function, name, args[0]), *args[1:])  # type: ignore[assignment]
        elif name in options:
            options[name] = drawn_from(function, name, options[name])
        with mpl.rc_context(fname=STYLE):
            return function(*args, **options)

    return inside


def drawn_from(function: Callable[..., Any], name: str, given: Any) -> Any:
    """Return what a figure is drawn from, read when it is the path of a run folder.

    Raises
    ------
    CurbsimError
        When it is something else than the function takes.
    """
    if name == "result":
        return as_result(given, function.__name__)
    if name in DRAWN_FROM and not isinstance(given, typing.get_type_hints(function)[name]):
        made = MADE_BY.get(function.__name__, function.__name__)
        wrong = f"{function.__name__} takes {DRAWN_FROM[name]}, not {shown(given)}"
        raise CurbsimError(f"{wrong}; write what sim.{made} returns")
    return given


def picture(width: float, height: float) -> Picture:
    """Return an empty figure of a size in mm."""
    figure = Picture(figsize=(width / INCH, height / INCH), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


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


def axes_or_new(ax: Axes | None, width: float | None, height: float, *, natural: float = SINGLE) -> Axes:
    """Return the given axes, or those of a new figure."""
    return ax if ax is not None else picture(chosen_width(width, natural), height).add_subplot()


def figure_of(ax: Axes) -> Figure:
    """Return the figure to which an axes belongs."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure any more")
    return figure


def width_of(ax: Axes) -> float:
    """Return the width of the figure of an axes, mm."""
    return figure_of(ax).get_figwidth() * INCH


def is_wide(ax: Axes) -> bool:
    """Tell whether the figure of an axes is wider than one column."""
    return width_of(ax) > SINGLE + 1.0


def columns_of(ax: Axes) -> int:
    """Return how many panels stand side by side in the figure of an axes."""
    spec = ax.get_subplotspec()
    return spec.get_gridspec().ncols if spec else 1


def first_names(
    names: Sequence[str], rank: Callable[[str], Any], most: int, what: str
) -> tuple[list[str], str]:
    """Return the `most` names of lowest rank, in the order given, and a note if any are left out.

    Examples
    --------
    >>> first_names(["a", "b", "c"], {"a": 2, "b": 9, "c": 1}.__getitem__, 2, "stocks with the lowest cover")
    (['a', 'c'], ' The 2 stocks with the lowest cover of 3.')
    """
    if len(names) <= most:
        return list(names), ""
    first = set(sorted(names, key=lambda name: (rank(name), name))[:most])
    return [name for name in names if name in first], f" The {most} {what} of {len(names)}."


def panels(
    names: Sequence[T], draw: Callable[[Axes, T, int], None], look: PanelLook, width: float | None = None
) -> Figure:
    """Return a figure with a small panel for each name, four side by side, or two in one column's width.

    Text takes most of the time of drawing, so labels, and numbers of shared scales, stand at the left and
    below the last panels only.

    Parameters
    ----------
    draw : callable
        Draws on an axes what belongs to a name; gets the number of panels side by side as well.
    """
    chosen = chosen_width(width, SINGLE if len(names) == 1 else DOUBLE)
    columns = min(len(names), 2 if chosen == SINGLE else 4)
    rows = -(-len(names) // columns)
    figure = picture(chosen, look.row_height * rows + 14.0)
    for number, name in enumerate(names):
        first = figure.axes[0] if number and look.share_y else None
        ax = figure.add_subplot(rows, columns, number + 1, sharey=first)
        draw(ax, name, columns)
        is_left, is_lowest = number % columns == 0, number + columns >= len(names)
        ax.set_ylabel(look.y_label if is_left else "")
        ax.set_xlabel(look.x_label if is_lowest else "")
        if look.share_x:
            ax.tick_params(axis="x", which="both", labelbottom=is_lowest)
        if look.share_y:
            ax.tick_params(axis="y", which="both", labelleft=is_left)
    return figure


def short_title(ax: Axes, *lines: str, pad: float = 4.0) -> None:
    """Write the title of a small panel, shortened to its width."""
    room = int(width_of(ax) / columns_of(ax) / 1.4)
    shortened = [textwrap.shorten(line, room, placeholder=" …") for line in lines]
    ax.set_title("\n".join(shortened), fontsize=6, pad=pad)


def row_names(ax: Axes, names: Sequence[str], *, share: float = 0.4, lines: int = 2) -> None:
    """Name the rows of an axes from top to bottom, in some lines at most within a share of the width.

    A line break in a name becomes a comma where all of it fits one line.
    """
    room = int(width_of(ax) * share / 1.1)
    wrapped = [_in_lines(name, room, lines) for name in names]
    ax.set_yticks(range(len(names)), wrapped, fontsize=5.5, linespacing=0.9)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _in_lines(name: str, room: int, lines: int) -> str:
    whole = name.replace("\n(", " (").replace("\n", ", ")
    if len(whole) <= room:
        return whole
    first, _, second = name.partition("\n")
    wrapped = textwrap.wrap(first, room, max_lines=lines - bool(second), placeholder=" …")
    return "\n".join([*wrapped, *textwrap.wrap(second, room, max_lines=1, placeholder=" …")])


def finish_rows(ax: Axes, x_label: str, text: str, *, handles: Sequence[Artist] | None = None) -> None:
    """Label the horizontal axis of a figure of rows, and add its legend and its caption."""
    ax.grid(visible=True, axis="x")
    ax.set_xlabel(x_label)
    legend_above(ax, handles=handles)
    explain(ax, text, below=30.0)


def note(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    coords: str | tuple[str, str] = "data",
    **look: Any,
) -> Artist:
    """Write a text some points away from a place, on the axes or outside of them."""
    return ax.annotate(
        text,
        at,
        xycoords=coords,
        xytext=offset,
        textcoords="offset points",
        annotation_clip=False,
        **look,
    )


def caption(ax: Axes, text: str, *, below: float = 19.0) -> None:
    """Write a note some points below an axes; the layout makes room for its lines."""
    lines = _wrapped(text, width_of(ax) * ax.get_position().width)
    note(ax, lines, (0, 0), (0, -below), "axes fraction", va="top", **CAPTION)


def explain(ax: Axes, text: str, *, below: float) -> None:
    """Write a note below a figure of one axes over its whole width, or below an axes among others."""
    figure = figure_of(ax)
    if figure.axes == [ax]:
        figure_caption(figure, text)
    else:
        caption(ax, text, below=below)


def legend_above(ax: Axes, *, handles: Sequence[Artist] | None = None) -> None:
    """Put a legend above a figure of one axes, or above an axes among others."""
    figure, columns = figure_of(ax), 4 if is_wide(ax) else 2
    artists = list(handles) if handles is not None else ax.get_legend_handles_labels()[0]
    names = [str(artist.get_label()) for artist in artists]
    if figure.axes == [ax]:
        figure.legend(artists, names, loc="outside upper left", ncols=columns, handlelength=2.0)
    else:
        ax.legend(artists, names, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, handlelength=2.0)


def figure_caption(figure: Figure, text: str) -> None:
    """Write a note below a grid of panels."""
    lines = _wrapped(text, figure.get_figwidth() * INCH * 0.9)
    figure.supxlabel(lines, x=0.008, ha="left", **CAPTION)


def _wrapped(text: str, width: float) -> str:
    """Break lines at about one character a mm, never between a number and its %."""
    return textwrap.fill(text.replace(" %", "\u00a0%"), max(30, int(width)))


def measured(measure: str, unit: str) -> str:
    """Return what an axis says about a measure of processes.

    Examples
    --------
    >>> measured("lost_days", "days"), measured("lost_value_gross", "USD")
    ('Net lost days', 'Gross lost value, USD')
    """
    words = measure_words(measure).capitalize()
    return words if unit in ("currency", "material") or words.endswith(unit) else f"{words}, {unit}"


def require_name(what: str, name: str, names: Sequence[str]) -> None:
    """Raise when a name is none of those that a result has."""
    if name not in names:
        raise CurbsimError(f"unknown {what} {quoted(name)}; {did_you_mean(str(name), names)}")


def require_columns(frame: Any, columns: Sequence[str], source: str) -> None:
    """Raise when a table lacks a column, and say which function returns it."""
    if missing := [name for name in columns if name not in frame.columns]:
        raise CurbsimError(f"the table has no column '{missing[0]}'; write that of {source}")
